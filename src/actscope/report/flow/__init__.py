"""A look at the flow through depth, told: a table, a figure, a page, JSON. A figure loads the drawing library."""
