"""What starting costs: `python -m benchmarks.startup`. Accuracy and speed are `actscope bench`."""
