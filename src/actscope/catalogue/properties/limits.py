"""What a formula tends to: at infinite input, and from one side at a finite one."""

import math
from typing import Literal

import numpy as np

from ...formula import Expr, evaluate
from .line import at

Side = Literal[-1, 1]
# A float64 at these inputs has reached what it tends to, and its cube is still finite.
FAR = (2.0**100, 2.0**200, 2.0**300)
# What grows to infinity has one sign at all of these; x*cos(x) has not.
_SWINGS = FAR[0] * np.linspace(1.0, 8.0, 15)
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
