"""Primitives that look beyond one element: sums and largest values of a row, and what becomes of a score among them."""

import math
import sys
from collections.abc import Collection
from typing import Any

import numpy as np

from .builders import share, tempered, where
from .expr import Apply, Expr, Symbol, fold, nodes
from .interval import EVERYTHING, Interval
from .op import SIGN, Op


def _tempered(u: Any, v: Any, t: Any) -> Any:
    gap = np.subtract(u, v)
    apart = np.where(np.isinf(gap), gap, np.divide(gap, t))
    return np.where(np.less(u, v) | np.greater(u, v), apart, np.where(np.greater(u, sys.float_info.max), 0.0, gap))


def _no_row_slope(u: Expr, _: Expr) -> Expr:
    raise TypeError(f"{u} is joined with the rest of its row; its derivative is a matrix, see catalogue.rows")


# Over a row (the last axis of the array that arrives here); the only primitives that look beyond one element.
ROWS = [
    Op(
        "row_sum",
        numpy=lambda u: np.sum(u, axis=-1, keepdims=True),
        slope=_no_row_slope,
        bounds=lambda u: EVERYTHING,
        latex=lambda u: rf"\sum_j {u:2}",
    ),
    Op(
        "row_max",
        numpy=lambda u: np.max(u, axis=-1, keepdims=True, initial=-np.inf),
        slope=_no_row_slope,
        bounds=lambda u: u,
        latex=lambda u: rf"\max_j {u:5}",
    ),
]

# What becomes of a score u beside the largest one v at a temperature t from 0 to infinity. Equal scores are 0 apart at
# every temperature, infinity and a number infinitely far. The slopes are 0 at t = 0, where a share is a step.
TEMPERED = [
    Op(
        "tempered",
        numpy=_tempered,
        slope=lambda u, v, t, du, dv, dt: where(abs(t) > 0, (du - dv) / t - tempered(u, v, t) * (dt / t), 0),
        bounds=lambda u, v, t: EVERYTHING,
        latex=lambda u, v, t: rf"\frac{{{u:1} - {v:2}}}{{{t}}}",
        latex_level=SIGN,
        meaning="(u - v)/t, the limit where t is 0 or something is infinite",
    ),
    Op(
        "share",
        numpy=lambda u, v, t: np.exp(_tempered(u, v, t)),
        slope=lambda u, v, t, du, dv, dt: (
            share(u, v, t) * where(abs(t) > 0, (du - dv) / t - tempered(u, v, t) * (dt / t), 0)
        ),
        bounds=lambda u, v, t: Interval(0.0, math.inf),
        latex=lambda u, v, t: rf"e^{{\left({u:1} - {v:2}\right) / {t:5}}}",
        meaning="exp((u - v)/t), the limit where t is 0 or something is infinite",
    ),
]
ROW_OPS = frozenset(op.name for op in ROWS)


def is_rowwise(expr: Expr) -> bool:
    """Return whether `expr` looks at a whole row, as softmax does."""
    return any(isinstance(node, Apply) and node.op in ROW_OPS for node in nodes(expr))


_ELEMENTS = ("x", "y", "g")
"""What formulas of a row call an element, its result and the gradient there."""


def sees_elements(expr: Expr) -> bool:
    """Return whether `expr` uses an element outside sums and largest values of the row."""
    if isinstance(expr, Apply):
        return expr.op not in ROW_OPS and any(map(sees_elements, expr.args))
    return isinstance(expr, Symbol) and expr.name in _ELEMENTS


def spread(expr: Expr, given: Collection[str]) -> Expr:
    """Return `expr` with a number for each element under every sum, so that arrays count it once for each.

    `given` are the symbols that have values, of which one has to be an element.

    >>> from .parse import parse
    >>> str(spread(parse("x - row_sum(x)/row_sum(1)"), ["x"]))
    'x - row_sum(x)/row_sum(where(isnan(x), 1, 1))'
    """
    element = next((Symbol(name) for name in _ELEMENTS if name in given), None)
    if element is None or not is_rowwise(expr):
        return expr

    def join(op: str, args: list[Expr]) -> Expr:
        if op == "row_sum" and not sees_elements(args[0]):
            args = [Apply("where", (Apply("isnan", (element,)), args[0], args[0]))]
        return Apply(op, tuple(args))

    return fold(expr, lambda leaf: leaf, join)
