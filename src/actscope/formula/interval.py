"""Intervals, and how each primitive carries them: the bounds column of `ops.py`."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """All numbers from `low` to `high`, both included; infinite ends allowed."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def hull(self, other: "Interval") -> "Interval":
        """Return the smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


EVERYTHING = Interval(-math.inf, math.inf)
# Floats of Python's and NumPy's libraries are within a few units in the last place; this is wider.
_SLACK = 2.0**-50


def outward(low: float, high: float, slack: float = _SLACK) -> Interval:
    """Return [low, high] widened by more than rounding can have taken; nan ends become infinite.

    >>> outward(1.0, 1.0).low < 1.0 < outward(1.0, 1.0).high
    True
    """
    low = -math.inf if math.isnan(low) else low - abs(low) * slack
    high = math.inf if math.isnan(high) else high + abs(high) * slack
    return Interval(low, high)


def increasing(f: Callable[[float], float], slack: float = _SLACK) -> Callable[[Interval], Interval]:
    """Return the bounds rule of a function that never decreases."""
    return lambda u: outward(f(u.low), f(u.high), slack)


def bump(f: Callable[[float], float], slack: float = _SLACK) -> Callable[[Interval], Interval]:
    """Return the bounds rule of an even function that never rises away from 0."""

    def rule(u: Interval) -> Interval:
        near = 0.0 if 0.0 in u else min(abs(u.low), abs(u.high))
        far = max(abs(u.low), abs(u.high))
        return outward(f(far), f(near), slack)

    return rule


def product(u: Interval, v: Interval) -> Interval:
    """Return the bounds of a product; 0 times infinity counts as 0, since infinite ends are never reached."""
    ends = [0.0 if 0.0 in (a, b) else a * b for a in (u.low, u.high) for b in (v.low, v.high)]
    return outward(min(ends), max(ends))


def quotient(u: Interval, v: Interval) -> Interval:
    """Return the bounds of a quotient; a divisor that may be 0 gives everything."""
    if 0.0 in v:
        return EVERYTHING
    return product(u, outward(1.0 / v.high, 1.0 / v.low))


def power(u: Interval, exponent: Interval) -> Interval:
    """Return the bounds of a whole power."""
    n = int(exponent.low)
    if n < 0:
        return quotient(Interval(1.0, 1.0), power(u, Interval(-n, -n)))
    ends = [_powered(u.low, n), _powered(u.high, n)]
    if n % 2 == 0 and n > 0 and 0.0 in u:
        ends.append(0.0)
    return outward(min(ends), max(ends))


def _powered(base: float, n: int) -> float:
    try:
        return base**n
    except OverflowError:
        return math.inf if base > 0 or n % 2 == 0 else -math.inf


def cosine(u: Interval) -> Interval:
    """Return the bounds of cos."""
    if not math.isfinite(u.low) or not math.isfinite(u.high) or u.high - u.low >= 2 * math.pi or abs(u.high) > 2**40:
        return Interval(-1.0, 1.0)
    turns = [k % 2 for k in range(math.ceil(u.low / math.pi - 1e-9), math.floor(u.high / math.pi + 1e-9) + 1)]
    ends = [math.cos(u.low), math.cos(u.high)]
    wide = outward(-1.0 if 1 in turns else min(ends), 1.0 if 0 in turns else max(ends))
    return Interval(max(-1.0, wide.low - 1e-9), min(1.0, wide.high + 1e-9))
