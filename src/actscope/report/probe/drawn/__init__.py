"""What the figures of a diagnosis draw: every number of a figure is computed here, none while drawing."""
