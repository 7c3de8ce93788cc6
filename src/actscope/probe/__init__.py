"""What happens inside a user's own PyTorch model while it trains, and what is wrong with it."""
