"""Claims about a function alone: its values, its slope, its range."""
