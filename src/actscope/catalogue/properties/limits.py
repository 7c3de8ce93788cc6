"""What a formula tends to: at infinite input, and from one side at a finite one."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...formula import Expr, Interval, bounds, evaluate
from .line import at

Side = Literal[-1, 1]
# A float64 at these inputs has reached what it tends to, and its cube is still finite.
FAR = (2.0**100, 2.0**200, 2.0**300)
# What grows to infinity has one sign at all of these; x*cos(x) has not.
_SWINGS = FAR[0] * np.linspace(1.0, 8.0, 15)
ROUNDED = 1e-9
"""Of a value, or of 1 where that is larger: rounding that is larger than this leaves too little of it."""
_STEPS = 10.0 ** np.arange(-2, -13, -2)


def limit(expr: Expr, side: Side) -> float:
    """Return what `expr` tends to for x -> side * inf: a number, an infinity, or nan if it tends to nothing.

    It is seen at x = 2^100, 2^200 and 2^300; why that is enough, docs/decisions/0004 tells.

    >>> from actscope.formula import parse
    >>> limit(parse("x*sigmoid(x)"), -1), limit(parse("tanh(x)"), 1), limit(parse("cos(x)"), 1)
    (0.0, 1.0, nan)
    """
    near, middle, far = (float(evaluate(expr, x=np.float64(side * x))) for x in FAR)
    if near == middle == far:
        return far + 0.0
    if abs(near) < abs(middle) < abs(far) and np.all(np.sign(at(expr, side * _SWINGS)) == np.sign(far)):
        return math.copysign(math.inf, far)
    if abs(near) > abs(middle) > abs(far) and abs(far) < 1e-30:
        return 0.0
    return math.nan


@dataclass(frozen=True, slots=True)
class Limit:
    """What a formula tends to at infinite input, and whether that could be seen."""

    value: float
    """nan if it tends to nothing, and where it is drowned."""
    drowned: bool
    """Whether something is seen, but rounding alone could have made it."""


def sure_limit(expr: Expr, side: Side) -> Limit:
    """Return what `limit` finds, unless rounding is as large: x*arctan(x)/pi + x/2 tends to -1/pi, and 0 is seen.

    Where it is looked for, bounds that include rounding must agree with what is found; of an infinity, in its sign.

    >>> from actscope.formula import parse
    >>> sure_limit(parse("x*arctan(x)/pi + x/2"), -1), sure_limit(parse("tanh(x)"), 1)
    (Limit(value=nan, drowned=True), Limit(value=1.0, drowned=False))
    """
    found = limit(expr, side)
    if math.isnan(found):
        return Limit(found, drowned=False)
    x: Any = side * np.array(FAR)
    held = bounds(expr, x=Interval(x, x))
    if math.isinf(found):
        agrees = np.all(held.low > 0) if found > 0 else np.all(held.high < 0)
    else:
        room = ROUNDED * max(1.0, abs(found))
        agrees = np.all((held.low >= found - room) & (held.high <= found + room))
    return Limit(found, drowned=False) if agrees else Limit(math.nan, drowned=True)


def one_sided(expr: Expr, x: float, side: Side) -> float:
    """Return what `expr` tends to at `x` from the right (side 1) or the left (-1); nan if it tends to nothing.

    >>> from actscope.formula import parse
    >>> one_sided(parse("1/x"), 0.0, 1), one_sided(parse("1/x"), 0.0, -1), one_sided(parse("sin(x)/x"), 0.0, 1)
    (inf, -inf, 1.0)
    """
    found = at(expr, np.concatenate([[x], x + side * _STEPS * max(1.0, abs(x))]))
    there, near = float(found[0]), found[1:]
    if not np.all(np.isfinite(near)):
        return float(near[-1])
    size = np.abs(near)
    step = np.diff(near) * np.sign(near[-1] - near[0])
    # The pole of tan lies between two floats, and its value at the nearer one is large but finite.
    pole = size[-1] > 1e4 and np.all(size[3:] > 5 * size[2:-1])
    # What grows by as much with each step towards the pole is a logarithm.
    if pole or step.min() > max(0.9 * step.max(), 1e-6 * size[-1]):
        return math.copysign(math.inf, float(near[-1] - near[-2]))
    if math.isfinite(there):
        return there + 0.0
    if abs(near[-1] - near[-2]) <= 1e-6 * max(1.0, size[-1]):
        return float(near[-1])
    return there if math.isinf(there) else math.nan
