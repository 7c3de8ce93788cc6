"""Measurements that anyone can repeat: `python -m benchmarks.speed`, `python -m benchmarks.startup`."""
