"""Activations on JAX arrays, under jit, grad of any order, vmap and forward mode.

`act.gelu(x)` comes here when x is a JAX array. What runs is XLA's arithmetic on the same formulas; the derivatives are
the formulas' own, so that they keep their digits where a function saturates.
"""

from ..errors import missing_extra

try:
    import jax as _jax  # noqa: F401
except ModuleNotFoundError as error:
    raise missing_extra("jax", "actscope.jax") from error

from . import functional

__all__ = ["functional"]
