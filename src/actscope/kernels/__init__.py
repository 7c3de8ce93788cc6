"""Compiled code: formula -> LLVM IR -> machine code in memory, for NumPy arrays here, for tensors in `actscope.nn`."""

from .arrays import slope, value, value_and_slope

__all__ = ["slope", "value", "value_and_slope"]
