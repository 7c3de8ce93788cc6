"""Claims about what many layers do to values and gradients."""
