"""Intervals, and how each primitive carries them: the bounds column of `ops.py`.

The ends of an interval may be NumPy arrays of one shape: many intervals at once, which is how searches use them. An
infinite end stands for numbers without limit; it is never reached itself.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


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

    @property
    def width(self) -> float:
        """How far apart the ends are."""
        return self.high - self.low


EVERYTHING = Interval(-math.inf, math.inf)
LARGEST = sys.float_info.max
# Floats of Python's and NumPy's libraries are within a few units in the last place; this is wider.
_SLACK = 2.0**-50
# A result that underflows to 0 lies somewhere below this.
_TINY = 5e-324


def outward(low: Any, high: Any, slack: float = _SLACK) -> Interval:
    """Return [low, high] widened by more than rounding can have taken; nan ends become infinite.

    >>> outward(1.0, 1.0).low < 1.0 < outward(1.0, 1.0).high
    True
    """
    if _are_arrays(low, high):
        # fmin and fmax pass over nan. An overflow says no more than that the number is beyond the largest float.
        low = np.where(np.isnan(low), -np.inf, np.fmin(low, LARGEST))
        high = np.where(np.isnan(high), np.inf, np.fmax(high, -LARGEST))
        return Interval(low - np.abs(low) * slack, high + np.abs(high) * slack)
    low = -math.inf if math.isnan(low) else min(low, LARGEST)
    high = math.inf if math.isnan(high) else max(high, -LARGEST)
    return Interval(low - abs(low) * slack, high + abs(high) * slack)


def _are_arrays(*ends: object) -> bool:
    return any(isinstance(end, np.ndarray) for end in ends)


@dataclass(frozen=True, slots=True)
class Increasing:
    """The bounds rule of a function that never decreases; `f` takes one float."""

    f: Callable[[float], float]
    slack: float = _SLACK

    def __call__(self, u: Interval) -> Interval:
        """Return the bounds, from the ends."""
        return self.between(self.f(u.low), self.f(u.high), u)

    def between(self, low: Any, high: Any, u: Interval) -> Interval:
        """Return the bounds where the function is `low` and `high` at the ends of `u`."""
        return outward(low, _above_underflow(high, u.high), self.slack)


@dataclass(frozen=True, slots=True)
class Bump:
    """The bounds rule of an even function that is never negative and never rises away from 0."""

    f: Callable[[float], float]
    slack: float = _SLACK

    def __call__(self, u: Interval) -> Interval:
        """Return the bounds, from the ends and 0."""
        near, far = distance(u)
        return self.between(self.f(far), self.f(near), near)

    def between(self, far: Any, near: Any, distance: Any) -> Interval:
        """Return the bounds where the function is `near` at the least `distance` from 0, and `far` at the largest."""
        return outward(far, _above_underflow(near, distance), self.slack)


def increasing(f: Callable[[float], float], slack: float = _SLACK) -> Increasing:
    """Return the bounds rule of a function that never decreases.

    >>> increasing(math.atan)(Interval(0.0, math.inf)).low
    0.0
    """
    return Increasing(f, slack)


def bump(f: Callable[[float], float], slack: float = _SLACK) -> Bump:
    """Return the bounds rule of an even function that is never negative and never rises away from 0."""
    return Bump(f, slack)


def _above_underflow(high: Any, at: Any) -> Any:
    # Of a function that is 0 at 0, such as sqrt, the 0 there is no underflow.
    if _are_arrays(high):
        return np.where((high == 0) & (at != 0), _TINY, high)
    return _TINY if high == 0 and at != 0 else high


def distance(u: Interval) -> tuple[Any, Any]:
    """Return the least and the largest distance of `u` from 0.

    >>> distance(Interval(-3.0, 2.0)), distance(Interval(-3.0, -2.0))
    ((0.0, 3.0), (2.0, 3.0))
    """
    low, high = u.low, u.high
    if _are_arrays(low, high):
        return np.maximum(0.0, np.maximum(low, -high)), np.maximum(np.abs(low), np.abs(high))
    return max(0.0, low, -high), max(abs(low), abs(high))


def product(u: Interval, v: Interval) -> Interval:
    """Return the bounds of a product; 0 times infinity counts as 0, since infinite ends are never reached."""
    if _are_arrays(u.low, u.high, v.low, v.high):
        left, right, bottom, top = np.broadcast_arrays(u.low, u.high, v.low, v.high)
        a, b = np.stack([left, left, right, right]), np.stack([bottom, top, bottom, top])
        ends = a * b
        if (lost := (ends == 0) | np.isnan(ends)).any():
            ends[lost] = np.sign(a[lost]) * np.sign(b[lost]) * _TINY
        return outward(ends.min(axis=0), ends.max(axis=0))
    found = [_times(a, b) for a in (u.low, u.high) for b in (v.low, v.high)]
    return outward(min(found), max(found))


def _times(a: float, b: float) -> float:
    if a == 0.0 or b == 0.0:
        return 0.0
    return a * b or math.copysign(_TINY, a) * math.copysign(1.0, b)


def quotient(u: Interval, v: Interval) -> Interval:
    """Return the bounds of a quotient where it is defined; a divisor with 0 inside gives everything."""
    return product(u, _reciprocal(v))


def _reciprocal(v: Interval) -> Interval:
    if _are_arrays(v.low, v.high):
        with np.errstate(all="ignore"):
            low = np.where(np.equal(v.high, 0), -np.inf, np.divide(1.0, v.high))
            high = np.where(np.equal(v.low, 0), np.inf, np.divide(1.0, v.low))
        crossing = (np.less(v.low, 0) & np.greater(v.high, 0)) | (np.equal(v.low, 0) & np.equal(v.high, 0))
        return outward(np.where(crossing, -np.inf, low), np.where(crossing, np.inf, high))
    if v.low < 0 < v.high or v.low == v.high == 0:
        return EVERYTHING
    return outward(-math.inf if v.high == 0 else 1.0 / v.high, math.inf if v.low == 0 else 1.0 / v.low)


def power(u: Interval, exponent: Interval) -> Interval:
    """Return the bounds of a whole power."""
    n = int(exponent.low)
    if n < 0:
        return _reciprocal(power(u, Interval(-n, -n)))
    if n % 2 == 0:
        near, far = distance(u)
        return outward(_powered(near, n), _above_underflow(_powered(far, n), far))
    below = _above_underflow(-_powered(u.low, n), np.minimum(u.low, 0.0))
    return outward(-below, _above_underflow(_powered(u.high, n), np.maximum(u.high, 0.0)))


def _powered(base: Any, n: int) -> Any:
    if _are_arrays(base):
        return base**n
    try:
        return float(base) ** n
    except OverflowError:
        return math.inf if base > 0 or n % 2 == 0 else -math.inf


def cosine(u: Interval) -> Interval:
    """Return the bounds of cos.

    >>> cosine(Interval(0.0, 10.0))
    Interval(low=-1.0, high=1.0)
    """
    return _wave(u, np.cos, np.sin, 0.0)


def sine(u: Interval) -> Interval:
    """Return the bounds of sin, narrow ones also around its roots.

    >>> sine(Interval(0.0, 0.0))
    Interval(low=0.0, high=0.0)
    """
    return _wave(u, np.sin, np.cos, 0.5)


def _wave(u: Interval, wave: Callable[[Any], Any], slope: Callable[[Any], Any], top: float) -> Interval:
    """Return the bounds of a wave that is 1 at `top` times pi, -1 half a turn on, and so forth.

    `slope` is 0 where the wave turns, and up to its sign the derivative.
    """
    low, high = np.asarray(u.low, float), np.asarray(u.high, float)
    with np.errstate(all="ignore"):
        ends: Any = wave(low), wave(high)
        # Which turning points are inside; near ones count too, since floats cannot tell.
        first, last = np.ceil(low / np.pi - top - 1e-9), np.floor(high / np.pi - top + 1e-9)
        known = np.maximum(np.abs(low), np.abs(high)) < 2.0**20
        # Between ends that are near one another the slope tells, also where multiples of pi are beyond reckoning.
        near, before, after = high - low < 1.0, slope(low), slope(high)
        turns = (before * after < 0) | (np.minimum(np.abs(before), np.abs(after)) < 1e-7)
        whole = ~near & (~(high - low < 2 * np.pi) | ~known)
        even = np.where(near & ~known, turns & (ends[0] > 0), known & (last >= first + np.mod(first, 2)))
        odd = np.where(near & ~known, turns & (ends[0] < 0), known & (last >= first + np.mod(first + 1, 2)))
        least, most = np.minimum(*ends), np.maximum(*ends)
    ends = (
        np.where(odd | whole, -1.0, np.maximum(-1.0, least - np.abs(least) * _SLACK)),
        np.where(even | whole, 1.0, np.minimum(1.0, most + np.abs(most) * _SLACK)),
    )
    return Interval(*ends) if low.ndim else Interval(*map(float, ends))
