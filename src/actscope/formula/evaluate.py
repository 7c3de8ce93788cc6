"""What a formula gives: numbers, and intervals that enclose them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .expr import Const, Expr, Symbol, fold
from .interval import Interval
from .ops import OPS

NUMPY: dict[str, Callable[..., Any]] = {name: op.numpy for name, op in OPS.items()}


def evaluate(expr: Expr, table: Mapping[str, Callable[..., Any]] = NUMPY, **values: Any) -> Any:
    """Return the value of `expr` at the given values of its symbols.

    `table` says how each primitive computes: NumPy by default (the reference, in float64; the fast way is
    `actscope.kernels`), or another library's functions by the primitives' names. Nothing warns or raises on a value.

    >>> from actscope.formula import parse
    >>> evaluate(parse("x*sigmoid(x)"), x=np.array([0.0, 1.0])).round(4).tolist()
    [0.0, 0.7311]
    """

    def leaf(node: Const | Symbol) -> Any:
        return node.value if isinstance(node, Const) else values[node.name]

    with np.errstate(all="ignore"):
        return fold(expr, leaf, lambda op, args: table[op](*args))


def bounds(expr: Expr, **values: Interval) -> Interval:
    """Return an interval that holds `expr` for every choice of its symbols within `values`.

    It may be wider than the true range where a symbol occurs twice; narrow inputs give tight bounds.

    >>> from actscope.formula import parse
    >>> b = bounds(parse("x*x"), x=Interval(2.0, 3.0))
    >>> round(b.low, 6), round(b.high, 6)
    (4.0, 9.0)
    """

    def leaf(node: Const | Symbol) -> Interval:
        return Interval(node.value, node.value) if isinstance(node, Const) else values[node.name]

    return fold(expr, leaf, lambda op, args: OPS[op].bounds(*args))
