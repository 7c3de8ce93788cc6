"""What a formula gives: numbers, and intervals that enclose them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from .expr import Apply, Const, Expr, Symbol, nodes
from .interval import Bump, Increasing, Interval, distance
from .ops import OPS, Op
from .rowwise import spread

NUMPY: dict[str, Callable[..., Any]] = {name: op.numpy for name, op in OPS.items()}
# The number of a node, or the name of a symbol, or a primitive with the places of its arguments.
Step = float | str | tuple[Op, tuple[int, ...]]


def evaluate(expr: Expr, table: Mapping[str, Callable[..., Any]] = NUMPY, **values: Any) -> Any:
    """Return the value of `expr` at the given values of its symbols.

    `table` says how each primitive computes: NumPy by default (the reference, in float64; the fast way is
    `actscope.kernels`), or another library's functions by the primitives' names. Nothing warns or raises on a value.

    >>> from actscope.formula import parse
    >>> evaluate(parse("x*sigmoid(x)"), x=np.array([0.0, 1.0])).round(4).tolist()
    [0.0, 0.7311]
    """

    found: list[Any] = []
    with np.errstate(all="ignore"):
        for step in _steps(expr, tuple(values)):
            match step:
                case float():
                    found.append(step)
                case str():
                    found.append(values[step])
                case op, places:
                    found.append(table[op.name](*[found[place] for place in places]))
    return found[-1]


def bounds(expr: Expr, **values: Interval) -> Interval:
    """Return an interval that holds `expr` for every choice of its symbols within `values`.

    It may be wider than the true range where a symbol occurs twice; narrow inputs give tight bounds. The ends of
    `values` may be arrays of one shape, and so are then the ends of the result; where `expr` does not depend on them
    they may stay single numbers.

    >>> from actscope.formula import parse
    >>> b = bounds(parse("x*x"), x=Interval(2.0, 3.0))
    >>> round(b.low, 6), round(b.high, 6)
    (4.0, 9.0)
    """
    found: list[Interval] = []
    with np.errstate(all="ignore"):
        for step in _steps(expr):
            match step:
                case float():
                    found.append(Interval(step, step))
                case str():
                    found.append(values[step])
                case op, places:
                    found.append(_carried(op, [found[place] for place in places]))
    return found[-1]


@lru_cache(maxsize=1024)
def _steps(expr: Expr, given: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """Return what computes each node of `expr`, arguments first; searches ask for the same formula many times."""
    order = nodes(spread(expr, given))
    place = {node: k for k, node in enumerate(order)}

    def step(node: Expr) -> Step:
        match node:
            case Const(value):
                return value
            case Symbol(name):
                return name
            case Apply(op, args):
                return OPS[op], tuple(place[arg] for arg in args)
        raise TypeError(f"not a formula: {node!r}")

    return tuple(map(step, order))


def _carried(op: Op, args: list[Interval]) -> Interval:
    """Return the bounds of a primitive; a rule that knows only single numbers is asked for each."""
    size = max(np.size(end) for arg in args for end in (arg.low, arg.high))
    if size == 1 and not any(isinstance(arg.low, np.ndarray) for arg in args):
        return op.bounds(*args)
    match op.bounds:
        case Increasing() as rule:
            return rule.between(op.numpy(args[0].low), op.numpy(args[0].high), args[0])
        case Bump() as rule:
            near, far = distance(args[0])
            return rule.between(op.numpy(far), op.numpy(near), near)
    if size > 1:
        try:
            return op.bounds(*args)
        except (TypeError, ValueError):
            pass
    lows, highs = (
        np.broadcast_arrays(*(np.atleast_1d(np.asarray(getattr(arg, end), float)) for arg in args))
        for end in ("low", "high")
    )
    single = [
        op.bounds(*(Interval(float(low[k]), float(high[k])) for low, high in zip(lows, highs, strict=True)))
        for k in range(lows[0].size)
    ]
    together: Any = np.array([[one.low, one.high] for one in single]).T
    return Interval(together[0], together[1])
