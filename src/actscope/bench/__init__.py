"""Measured on this machine: the errors and the speed of our functions, beside those of PyTorch, JAX and SciPy.

`accuracy.measure` and `accuracy.walk_all` give the league table of errors, `speed.measure` that of times.
"""
