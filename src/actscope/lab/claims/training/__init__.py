"""Claims about what training comes to, measured over seeds."""
