"""What to compile for an activation: value, slope, both in one pass, or the gradient g * f'(x)."""

from functools import lru_cache
from typing import Literal

from ..catalogue import Activation
from ..formula import Expr, Symbol
from .codegen import Dtype, Source
from .rows import row_gradient
from .settle import settled

Kind = Literal["value", "slope", "value_and_slope", "gradient"]
Bound = tuple[tuple[str, float], ...]
KINDS: tuple[Kind, ...] = ("value", "slope", "value_and_slope", "gradient")


@lru_cache(maxsize=1024)
def source(activation: Activation, kind: Kind, dtype: Dtype, bound: Bound) -> Source:
    """Return what the kernel of `kind` computes. `bound` gives every parameter its value, in declared order.

    Parameters stay numbers that the kernel is called with; their values only tell which limits there are at infinity.
    """
    if activation.rowwise:
        gradient = kind == "gradient"
        outputs: tuple[Expr, ...] = (row_gradient(activation.formula) if gradient else activation.formula,)
        return Source(("x", "g") if gradient else ("x",), outputs, tuple(name for name, _ in bound), dtype)
    return pointwise(activation.formula, activation.slope_formula, kind, dtype, bound)


def pointwise(formula: Expr, slope: Expr, kind: Kind, dtype: Dtype, bound: Bound) -> Source:
    """Return what the kernel of `kind` computes for a formula of one number and its slope."""
    f, d = settled(formula, bound), settled(slope, bound)
    outputs = {"value": (f,), "slope": (d,), "value_and_slope": (f, d), "gradient": (Symbol("g") * d,)}[kind]
    return Source(("x", "g") if kind == "gradient" else ("x",), outputs, tuple(name for name, _ in bound), dtype)
