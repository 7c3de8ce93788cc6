"""Claims told: a table, figures, a page like an illustrated article, JSON. A figure loads the drawing library."""
