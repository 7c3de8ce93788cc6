"""The line of inputs cut into cells, and what interval arithmetic says of a formula on each of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...formula import Expr, Interval, bounds, evaluate
from ...formula.interval import outward, product

Floats = NDArray[np.float64]
REACH = 2.0**128
"""Searches look at |x| up to here, the first number beyond float32; beyond, the limits tell."""
_STEPS = 2.0 ** np.array([-20, -14, -8, *range(-2, 9), *range(16, 129, 8)])
_RUNGS = np.concatenate([-_STEPS[::-1], [0.0], _STEPS])
SPLIT = 8
# Two neighbouring floats and what lies around them: here a cell cannot be cut any more.
_NARROWEST = 2.0**-51


def ladder(low: float, high: float) -> tuple[Floats, Floats]:
    """Return the lower and the upper ends of cells from `low` to `high`: narrow ones near 0, wider ones outwards.

    >>> low, high = ladder(-1.0, 0.0)
    >>> low.tolist()
    [-1.0, -0.5, -0.25, -0.00390625, -6.103515625e-05, -9.5367431640625e-07]
    """
    low, high = max(low, -REACH), min(high, REACH)
    ends = np.concatenate([[low], _RUNGS[(low < _RUNGS) & (high > _RUNGS)], [high]])
    return ends[:-1], ends[1:]


def split(low: Floats, high: Floats, parts: int = SPLIT) -> tuple[Floats, Floats]:
    """Return the cells, each cut into equal parts; neighbours share their end exactly."""
    share = np.linspace(0.0, 1.0, parts + 1)
    ends = low[:, None] * (1 - share) + high[:, None] * share
    ends[:, 0], ends[:, -1] = low, high
    return ends[:, :-1].ravel(), ends[:, 1:].ravel()


def narrow(low: Floats, high: Floats) -> Any:
    """Return which cells are so narrow that there is no use in cutting them."""
    return high - low <= np.maximum(_NARROWEST * np.maximum(np.abs(low), np.abs(high)), 1e-18)


def middle(low: Floats, high: Floats) -> Floats:
    """Return the middle of each cell."""
    return 0.5 * low + 0.5 * high


def at(expr: Expr, x: Any) -> Floats:
    """Return the values of `expr` at `x`, also where it does not depend on it."""
    return np.broadcast_to(np.asarray(evaluate(expr, x=x), float), np.shape(x))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What is known of a formula on each of many cells."""

    low: Floats
    high: Floats
    middle_low: Floats
    """In the middle of the cell no value is smaller than this, whatever rounding does."""
    middle_high: Floats

    @property
    def rounding(self) -> Floats:
        """Width of the bounds in the middle of the cell: what remains however narrow the cell is cut."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.middle_high - self.middle_low)

    @property
    def size(self) -> Floats:
        """Largest possible absolute value."""
        return np.maximum(-self.low, self.high)

    @property
    def rough(self) -> Any:
        """Where cutting the cell would hardly narrow the bounds."""
        return 4 * self.rounding >= self.high - self.low


def enclosure(expr: Expr, slope: Expr, low: Floats, high: Floats) -> Enclosure:
    """Return bounds of `expr` on each cell; `slope` is its derivative, which must hold throughout the cell.

    Of two forms the narrower: the formula's own, good for wide cells, and the value in the middle with the slope's
    bounds around it (the mean value theorem), whose excess falls with the square of the width.
    """
    whole, centre = _interval(low, high), middle(low, high)
    own, there = bounds(expr, x=whole), bounds(expr, x=_interval(centre, centre))
    with np.errstate(all="ignore"):
        drift = product(bounds(slope, x=whole), _interval(low - centre, high - centre))
        around = outward(np.asarray(there.low + drift.low), np.asarray(there.high + drift.high))
        ends = np.maximum(own.low, around.low), np.minimum(own.high, around.high), there.low, there.high
    return Enclosure(*(np.broadcast_to(end, low.shape) for end in ends))


def steepness(slope: Expr, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of `slope` on each cell."""
    found = bounds(slope, x=_interval(low, high))
    return np.broadcast_to(found.low, low.shape), np.broadcast_to(found.high, low.shape)


def _interval(low: Floats, high: Floats) -> Interval:
    ends: Any = (low, high)
    return Interval(*ends)


def crossing(expr: Expr, low: float, high: float) -> float:
    """Return where `expr` crosses 0 between `low` and `high`, where its signs differ; good to the last digits.

    >>> from actscope.formula import parse
    >>> round(crossing(parse("x*x - 2"), 0.0, 2.0), 12)
    1.414213562373
    """
    sign = np.sign(at(expr, np.array([low]))[0]) or -np.sign(at(expr, np.array([high]))[0])
    for _ in range(24):
        x = np.linspace(low, high, 33)
        same = np.sign(at(expr, x)) == sign
        last = int(np.argmin(same)) if not same.all() else len(x) - 1
        if at(expr, x[last : last + 1])[0] == 0:
            return float(x[last])
        low, high = float(x[max(last - 1, 0)]), float(x[last])
        if high - low <= _NARROWEST * max(abs(low), abs(high)):
            break
    return 0.5 * (low + high)
