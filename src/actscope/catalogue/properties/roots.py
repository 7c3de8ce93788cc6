"""The roots of a formula: where it crosses or touches 0, found by interval arithmetic, so that none is left out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...formula import Const, Expr, Interval, derivative
from .line import REACH, Floats, at, crossing, enclosure, ladder, narrow, split, steepness

MOST_CELLS = 1_000
"""A formula such as cos has roots without end; where so many cells are open, the search stops there."""
NEAR = 64.0
"""Roots for |x| up to this are looked for first; further out they may be left open."""
_GENERATIONS = 22
# A crossing is found to the last digits, a place where 0 is touched to half of them.
_CROSSING, _TOUCHING = 1e-15, 1e-7


@dataclass(frozen=True, slots=True)
class Roots:
    """The roots of a formula on a stretch of the line."""

    points: tuple[float, ...] = ()
    zero: tuple[Interval, ...] = ()
    """Stretches where it is 0, or where floats cannot tell it from 0."""
    open: tuple[Interval, ...] = ()
    """Stretches that may hold more roots: the search gave up there."""
    error: float = 0.0
    """How far off a point may be, relative to the larger of 1 and its size: 0 where it solves a linear equation."""


def roots(expr: Expr, low: float = -REACH, high: float = REACH, blur: float = 0.0) -> Roots:
    """Return the roots of `expr` from `low` to `high`, where it must be differentiable.

    Cells that cannot hold a root by interval arithmetic are left out, cells where the slope keeps its sign hold one or
    none, the others are cut. Where |expr| < blur * |x| all along a cell, it counts as 0 there.

    >>> from actscope.formula import parse
    >>> [round(x, 6) for x in roots(parse("x**3 - 2*x")).points], roots(parse("2*x - 3")).points
    ([-1.414214, 0.0, 1.414214], (1.5,))
    """
    slope = derivative(expr)
    if isinstance(slope, Const):
        return _of_a_line(expr, slope.value, low, high)
    if high > NEAR or low < -NEAR:
        stretches = [(low, -NEAR), (-NEAR, NEAR), (NEAR, high)]
        parts = [_on(expr, slope, max(a, low), min(b, high), blur) for a, b in stretches if max(a, low) < min(b, high)]
    else:
        parts = [_on(expr, slope, low, high, blur)]
    points = sorted({x for part in parts for x in part.points})
    zero = tuple(_joined([z for part in parts for z in part.zero]))
    alone = tuple(x for x in points if not any(x in z for z in zero))
    return Roots(alone, zero, tuple(z for p in parts for z in p.open), max(part.error for part in parts))


def _of_a_line(expr: Expr, steepness: float, low: float, high: float) -> Roots:
    start = float(at(expr, np.zeros(1))[0])
    if steepness == 0.0 or not math.isfinite(steepness):
        return Roots(zero=(Interval(low, high),)) if start == 0.0 else Roots()
    root = -start / steepness + 0.0
    return Roots((root,) if low <= root <= high else ())


def _on(expr: Expr, slope: Expr, low: float, high: float, blur: float) -> Roots:
    lows, highs = ladder(low, high)
    points: list[float] = []
    doubtful: list[Interval] = []
    zero: list[Interval] = []
    for _ in range(_GENERATIONS):
        found = enclosure(expr, slope, lows, highs)
        possible = (found.low <= 0) & (found.high >= 0)
        falling, rising = steepness(slope, lows, highs)
        monotone = possible & ((falling > 0) | (rising < 0))
        points += _crossed(expr, lows[monotone], highs[monotone])
        blurred = possible & ~monotone & (found.size <= blur * np.maximum(np.abs(lows), np.abs(highs)))
        zero += _cells(lows, highs, blurred)
        still = possible & ~monotone & ~blurred
        done = still & (found.rough | narrow(lows, highs))
        doubtful += _cells(lows, highs, done)
        lows, highs = lows[still & ~done], highs[still & ~done]
        if len(lows) > MOST_CELLS:
            return Roots(open=(Interval(low, high),), error=_CROSSING)
        if not len(lows):
            break
        lows, highs = split(lows, highs)
    doubtful += _cells(lows, highs, np.full(len(lows), True))
    return _settled(expr, points, list(_joined([*zero, *doubtful])), list(_joined(doubtful)))


def _cells(lows: Floats, highs: Floats, which: Any) -> list[Interval]:
    return [Interval(*pair) for pair in zip(lows[which].tolist(), highs[which].tolist(), strict=True)]


def _settled(expr: Expr, points: list[float], clusters: list[Interval], doubtful: list[Interval]) -> Roots:
    """Return the roots, each cluster of cells that could not be decided counted as a point, a stretch, or left open."""
    zero, left = [], []
    error = _CROSSING
    for cluster in clusters:
        if cluster.width <= 1e-3 * max(1.0, abs(cluster.low), abs(cluster.high)):
            if (root := _touched(expr, cluster)) is not None:
                points.append(root)
                error = _TOUCHING if root else error
        elif any(wide.low <= cluster.high and cluster.low <= wide.high and wide.width > 1e-3 for wide in doubtful):
            left.append(cluster)
        else:
            zero.append(cluster)
    return Roots(tuple(points), tuple(zero), tuple(left), error)


def _crossed(expr: Expr, lows: Floats, highs: Floats) -> Iterator[float]:
    before, after = at(expr, lows), at(expr, highs)
    for low, high, a, b in zip(lows, highs, before, after, strict=True):
        if a == 0 or b == 0:
            yield float(low if a == 0 else high) + 0.0
        elif a * b < 0 or (a < 0) != (b < 0):
            yield crossing(expr, float(low), float(high))


def _touched(expr: Expr, cluster: Interval) -> float | None:
    """Return the root inside a cluster of cells that could be neither left out nor told apart; None if there is none.

    Where the slope is 0 too, as of x**2 at 0, that is a cell's worth of points whose values are all but 0.
    """
    low, high = cluster.low, cluster.high
    for _ in range(12):
        x = np.unique([*np.linspace(low, high, 33), *([0.0] if 0.0 in cluster else [])])
        value = np.abs(at(expr, x))
        if not np.any(np.isfinite(value)):
            return None
        # Floats know the root of x**3 only as a stretch of zeros; its middle is told, or 0.
        least = np.flatnonzero(value == np.nanmin(value))
        best = int(next((k for k in least if x[k] == 0), least[len(least) // 2]))
        low, high = float(x[max(best - 1, 0)]), float(x[min(best + 1, len(x) - 1)])
    root = float(x[best])
    scale = np.nanmax(np.abs(at(expr, root + 1e-2 * max(1e-3, abs(root)) * np.array([-1.0, 1.0]))))
    return root + 0.0 if value[best] <= 1e-9 * scale else None


def _joined(stretches: list[Interval]) -> Iterator[Interval]:
    waiting: Interval | None = None
    for stretch in sorted(stretches):
        if waiting and stretch.low <= waiting.high:
            waiting = waiting.hull(stretch)
            continue
        if waiting:
            yield waiting
        waiting = stretch
    if waiting:
        yield waiting
