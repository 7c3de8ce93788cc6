"""Where a formula says nothing, its limit does: infinite input, and products such as -inf * 0 on the way there.

x*sigmoid(x) at -inf is -inf * 0 = nan, though it tends to 0; where(x > 0, x, 0) at nan is 0, though nan belongs there.
Which of these a formula has is found by trying; a choice is added only where one is needed.
"""

import math
import sys
from functools import lru_cache
from typing import Literal

import numpy as np

from ..catalogue.properties import limit
from ..formula import Apply, Expr, Symbol, evaluate, substitute, symbols
from ..formula.ops import isnan, where

x = Symbol("x")
LARGEST = sys.float_info.max
# Beyond this every formula of moderate growth has reached its limit, and squares and cubes are still finite.
FAR = 2.0**300
_SIDES: tuple[Literal[-1, 1], ...] = (-1, 1)


def settled_in(
    expr: Expr, data: tuple[str, ...], parameters: tuple[tuple[str, float], ...] = (), far: bool = False
) -> Expr:
    """Return a formula of several data with each part that depends on one of them alone settled.

    >>> from actscope.formula import parse
    >>> str(settled_in(parse("a*sigmoid(a)*b"), ("a", "b")))
    'where(-1.7976931348623157e+308 > a, 0, a*sigmoid(a))*b'
    """
    used = symbols(expr) & set(data)
    if len(used) == 1:
        (name,) = used
        there = settled(substitute(expr, {name: x}) if name != "x" else expr, parameters, far)
        return substitute(there, {"x": Symbol(name)})
    if not isinstance(expr, Apply) or not used:
        return expr
    return Apply(expr.op, tuple(settled_in(arg, data, parameters, far) for arg in expr.args))


Spans = tuple[tuple[str, float, float], ...]
"""The smallest and largest value of each parameter that is an array."""


def settled_for_all(expr: Expr, data: tuple[str, ...], parameters: tuple[tuple[str, float], ...], spans: Spans) -> Expr:
    """Return `expr` with the limits at infinite data that hold for every value of the parameters within the spans.

    Where they are not the same for all, as those of x*sigmoid(beta*x) for beta of both signs, none is put in.
    """
    lowest = tuple((name, low) for name, low, _ in spans)
    highest = tuple((name, high) for name, _, high in spans)
    # The limits may be the same, and only the products that overflow on the way to one of them: then both are put in
    # from where the first overflows.
    for far in (False, True):
        low, high = (settled_in(expr, data, parameters + end, far) for end in (lowest, highest))
        if low == high:
            return low
    return expr


@lru_cache(maxsize=512)
def settled(expr: Expr, parameters: tuple[tuple[str, float], ...] = (), far: bool = False) -> Expr:
    """Return `expr` with its limits at infinite x and with nan at nan, as choices where its own arithmetic has neither.

    With `far` a finite limit that has to be put in is so for all x that is far away, not only for infinite x.

    >>> from actscope.formula import parse
    >>> str(settled(parse("x*sigmoid(x)")))
    'where(-1.7976931348623157e+308 > x, 0, x*sigmoid(x))'
    """
    filled = substitute(expr, dict(parameters))
    result = expr
    for side in _SIDES:
        target = limit(filled, side)
        if math.isnan(target):
            continue
        beyond = _beyond(filled, side, target, far)
        if beyond is not None:
            condition = x > beyond if side > 0 else x < -beyond
            result = where(condition, target, result)
    if not math.isnan(_at(filled, math.nan)):
        result = where(isnan(x), x, result)
    return result


def _at(expr: Expr, at: float) -> float:
    return float(evaluate(expr, x=np.float64(at)))


def _beyond(expr: Expr, side: Literal[-1, 1], target: float, far: bool) -> float | None:
    """Return the input beyond which the limit must be put in: none, all infinite input, or all that is far away."""
    if math.isfinite(target) and any(math.isnan(_at(expr, side * at)) for at in (1e100, 1e155, 1e200, LARGEST)):
        return FAR
    if _at(expr, side * math.inf) == target:
        return None
    return FAR if far and math.isfinite(target) else LARGEST
