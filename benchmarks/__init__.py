"""What starting costs (`python -m benchmarks.startup`), training many networks (`.training`), sweeps (`.sweeps`).

Accuracy and speed of the functions are `actscope bench`.
"""
