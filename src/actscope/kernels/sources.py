"""What to compile for an activation: value, slope, both in one pass, or the gradient g * f'(x)."""

from functools import lru_cache
from typing import Any, Literal

from ..catalogue import Activation
from ..formula import Expr, Symbol, simplify, substitute, text
from .block import rounded_to
from .expressions import rounds_once_in_float32
from .interiors import FLOAT32_SUFFICES
from .memory import Dtype, Source
from .rows import row_gradient
from .settle import settled, settled_in

Kind = Literal["value", "slope", "value_and_slope", "gradient"]
Bound = tuple[tuple[str, float], ...]
KINDS: tuple[Kind, ...] = ("value", "slope", "value_and_slope", "gradient")


@lru_cache(maxsize=1024)
def source(activation: Activation, kind: Kind, dtype: Dtype, bound: Bound) -> Source:
    """Return what the kernel of `kind` computes. `bound` gives every parameter its value, in declared order.

    Parameters stay numbers that the kernel is called with; their values only tell which limits there are at infinity.
    """
    if activation.rowwise:
        return _rows(activation, kind == "gradient", dtype, bound)
    if activation.gated:
        return _gated(activation, kind == "gradient", dtype, bound)
    return pointwise(activation.formula, activation.slope_formula, kind, dtype, bound)


def _gated(activation: Activation, gradient: bool, dtype: Dtype, bound: Bound) -> Source:
    names = activation.inputs
    if not gradient:
        return joint((settled_in(activation.formula, names, bound),), names, (), (), dtype, bound)
    partials = (settled_in(activation.partial(name), names, bound) for name in names)
    return joint(tuple(Symbol("g") * partial for partial in partials), (*names, "g"), (), (), dtype, bound)


def _rows(activation: Activation, gradient: bool, dtype: Dtype, bound: Bound) -> Source:
    given = tuple((name, value) for name, value in bound if name != activation.row_length)
    if gradient and (by_output := gradient_by_output(activation, dtype)) is not None:
        return _filled(("y", "g"), by_output, given, dtype)
    if gradient:
        # A pooled row has one gradient for all of its inputs.
        each, across = (("x",), ("g",)) if activation.pooled else (("x", "g"), ())
        return _filled(each, row_gradient(activation.formula), given, dtype, across=across)
    return _filled(("x",), activation.formula, given, dtype, pooled=activation.pooled)


def gradient_by_output(activation: Activation, dtype: Dtype) -> Expr | None:
    """Return a row's gradient as it comes from the output, if it does; in half precision the output is too coarse."""
    return activation.by_output if dtype in ("float32", "float64") else None


def _filled(inputs: tuple[str, ...], formula: Expr, bound: Bound, dtype: Dtype, **options: Any) -> Source:
    """Return the kernel of a formula, with its parameters as part of the code where float32 suffices for them."""
    filled = simplify(substitute(formula, dict(bound)))
    if dtype != "float64" and text(filled) in FLOAT32_SUFFICES:
        return Source(inputs, (filled,), (), dtype, narrow=True, **options)
    return Source(inputs, (formula,), tuple(name for name, _ in bound), dtype, **options)


def pointwise(formula: Expr, slope: Expr, kind: Kind, dtype: Dtype, bound: Bound) -> Source:
    """Return what the kernel of `kind` computes for a formula of one number and its slope.

    Where float32 is known to suffice for the formula with these very parameters, they become part of the code.
    """
    inputs = ("x", "g") if kind == "gradient" else ("x",)
    needed = {"value": (formula,), "value_and_slope": (formula, slope)}.get(kind, (slope,))
    if dtype != "float64":
        filled = tuple(simplify(substitute(expr, dict(bound))) for expr in needed)
        if all(text(expr) in FLOAT32_SUFFICES for expr in filled):
            return Source(inputs, _outputs(kind, filled, ()), (), dtype, narrow=True)
    outputs = _outputs(kind, needed, bound)
    return Source(inputs, outputs, tuple(name for name, _ in bound), dtype, narrow=_narrow(outputs, dtype, bound))


def _narrow(outputs: tuple[Expr, ...], dtype: Dtype, bound: Bound) -> bool:
    """Return whether float32 arithmetic with these parameters gives the nearest float32."""
    fitting = dtype != "float64" and all(rounded_to("float", value) == value for _, value in bound)
    return fitting and all(map(rounds_once_in_float32, outputs))


def _outputs(kind: Kind, needed: tuple[Expr, ...], bound: Bound) -> tuple[Expr, ...]:
    finished = tuple(settled(expr, bound) for expr in needed)
    return (Symbol("g") * finished[0],) if kind == "gradient" else finished


def joint(
    formulas: tuple[Expr, ...],
    each: tuple[str, ...],
    across: tuple[str, ...],
    along: tuple[str, ...],
    dtype: Dtype,
    bound: Bound,
) -> Source:
    """Return what the kernel computes for formulas of several arrays, whose limits have been put in."""
    narrow = _narrow(formulas, dtype, bound)
    return Source(each, formulas, tuple(name for name, _ in bound), dtype, narrow, across, along)
