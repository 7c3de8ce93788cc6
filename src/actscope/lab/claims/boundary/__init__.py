"""Claims about what networks can separate and approximate, and the pictures of it."""
