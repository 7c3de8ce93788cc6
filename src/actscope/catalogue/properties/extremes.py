"""The smallest and largest value of a formula over the whole line, and where it is: branch and bound on intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...formula import Apply, Const, Expr, Interval, bounds, derivative
from .limits import ROUNDED, one_sided, sure_limit
from .line import Enclosure, Floats, at, crossing, enclosure, ladder, middle, narrow, split
from .pieces import Piece

ENDLESS = 2.0**100
"""A value beyond this, found far out where no limit is, counts as infinite: that of x*cos(x)."""
TOLERANCE = 4e-12
"""Of the largest value, or of 0.01 where that is smaller: the search ends when no cell can hold more by this much."""
_MOST_CELLS = 800
_MOST_CROWDS = 4
_GENERATIONS = 16


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest value of a formula."""

    value: float
    x: float
    """Where it is reached; infinite where it is only tended to."""
    excess: float
    """No value is larger by more than this."""


def extremes(expr: Expr, pieces: Sequence[Piece] = ()) -> Interval:
    """Return the smallest and the largest value of `expr`; a limit that is tended to and not reached counts.

    >>> from actscope.formula import parse
    >>> low = extremes(parse("x*sigmoid(x)")).low
    >>> round(low, 6)
    -0.278465
    """
    parts = pieces or (Piece(-math.inf, math.inf, expr),)
    negated = [Piece(p.low, p.high, -p.formula) for p in parts]
    return Interval(0.0 - largest(negated).value, 0.0 + largest(parts).value)


def largest(pieces: Sequence[Piece]) -> Extreme:
    """Return the largest value over pieces that together are a formula; nan if it has no value anywhere.

    >>> from actscope.formula import parse
    >>> found = largest([Piece(-math.inf, math.inf, parse("x*exp(-x)"))])
    >>> round(found.value, 9), round(found.x, 6), found.excess < 1e-11
    (0.367879441, 1.0, True)
    """
    pieces = _one_turn(pieces)
    best = Extreme(-math.inf, math.nan, 0.0)
    for piece in pieces:
        for value, x in _ends(piece):
            if value > best.value:
                best = Extreme(value, x, 0.0)
    excess = -math.inf
    for piece in pieces:
        if best.value == math.inf:
            return best
        found = _within(piece, best)
        best, excess = found, max(excess, found.value + found.excess)
    if best.value == -math.inf and math.isnan(best.x):
        return Extreme(math.nan, math.nan, math.nan)
    return Extreme(best.value, best.x, max(0.0, excess - best.value) if math.isfinite(best.value) else 0.0)


def _one_turn(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces around 0 that say all of a periodic formula, or all pieces of another."""
    periods = [period_of(piece.formula) for piece in pieces]
    known = {period for period in periods if period is not None and period > 0}
    if len(known) != 1 or None in periods:
        return pieces
    half = 0.5001 * known.pop()
    near = [Piece(max(p.low, -half), min(p.high, half), p.formula) for p in pieces if p.low < half and p.high > -half]
    return near if all(period != 0 for period in periods) else pieces


def higher(one: Extreme, other: Extreme) -> Extreme:
    """Return the larger of two extremes; of equal ones that nearer to 0, of x and -x the positive."""
    if math.isinf(one.value) or math.isinf(other.value) or math.isnan(other.x):
        return one if one.value > other.value else other
    if abs(one.value - other.value) > 1e-12 * max(abs(one.value), abs(other.value)):
        return one if one.value > other.value else other
    return min(one, other, key=lambda extreme: (round(abs(extreme.x), 9), -extreme.x))


def _ends(piece: Piece) -> list[tuple[float, float]]:
    """Return what the piece tends to at both ends, with the end; what it tends to nothing at is left out."""
    right = sure_limit(piece.formula, 1).value if math.isinf(piece.high) else one_sided(piece.formula, piece.high, -1)
    left = sure_limit(piece.formula, -1).value if math.isinf(piece.low) else one_sided(piece.formula, piece.low, 1)
    return [(value, end) for value, end in ((right, piece.high), (left, piece.low)) if not math.isnan(value)]


def _within(piece: Piece, best: Extreme) -> Extreme:
    """Return the best of `best` and what lies inside the piece; its excess says how much more the piece could hold."""
    expr = piece.formula
    if isinstance(expr, Const):
        nearest = min(max(0.0, piece.low), piece.high)
        return higher(Extreme(expr.value, nearest, 0.0), Extreme(best.value, best.x, 0.0))
    slope = derivative(expr)
    if isinstance(slope, Const):
        return Extreme(best.value, best.x, 0.0)
    lows, highs = ladder(piece.low, piece.high)
    here: tuple[float, float, float] | None = None
    value, top, left, crowded = best.value, -math.inf, -math.inf, 0
    for _ in range(_GENERATIONS):
        found = enclosure(expr, slope, lows, highs)
        there, k = _highest(expr, lows, highs, found, only=value == -math.inf)
        # Of several inputs with the same value the one nearest to 0 is told.
        if there > value - 2 * _room(value) and (
            here is None or there > value or abs(middle(lows, highs)[k]) < abs(here[0])
        ):
            here = float(middle(lows, highs)[k]), float(lows[k]), float(highs[k])
            value = max(value, there)
        if value > ENDLESS:
            return Extreme(math.inf, math.copysign(math.inf, lows[k]), 0.0)
        hopeful = found.high > value + _room(value)
        top = float(np.max(found.high[hopeful], initial=-math.inf))
        # Where rounding, or a form such as inf/inf, makes the bounds, there is no use in cutting.
        idle = hopeful & (narrow(lows, highs) | found.rough)
        left = float(np.max(found.high[idle], initial=left))
        lows, highs, tops = (ends[hopeful & ~idle] for ends in (lows, highs, found.high))
        if not len(lows):
            break
        if len(lows) > _MOST_CELLS:
            # Of a formula that swings without end the most promising cells show the most.
            order = np.argsort(-_defined(at(expr, middle(lows, highs))))
            crowded += 1
            kept = order[: _MOST_CELLS // 4] if crowded < _MOST_CROWDS else order[:0]
            left = max(left, float(tops[order[len(kept) :]].max()))
            lows, highs = lows[kept], highs[kept]
            if not len(kept):
                break
        lows, highs = split(lows, highs)
    top = max(top, left, value + _room(value))
    if here:
        peak = _polished(expr, slope, *here)
        # A limit is not reached, though floats far out may be equal to it.
        equal = math.isinf(best.x) and abs(peak.value - best.value) <= 1e-12 * abs(peak.value)
        best = best if equal else higher(peak, best)
    return Extreme(best.value, best.x, max(0.0, top - best.value))


def _room(value: float) -> float:
    return TOLERANCE * max(1e-2, abs(value)) if math.isfinite(value) else 0.0


def _highest(expr: Expr, lows: Floats, highs: Floats, found: Enclosure, only: bool) -> tuple[float, int]:
    """Return the largest value in the middle of the cells and the cell; of equal ones, that nearest to 0.

    What rounding may have made counts if there are no other values, and these are the only ones.
    """
    centre = middle(lows, highs)
    there = _defined(at(expr, centre))
    sure = _surely(there, found.middle_low)
    if not only or np.any(sure):
        there = np.where(sure, there, -np.inf)
    top = float(there.max())
    nearly = top - 1e-12 * max(1e-2, abs(top)) if math.isfinite(top) else top
    equal: list[int] = np.flatnonzero(there >= nearly).tolist()
    k = min(equal, key=lambda cell: (abs(centre[cell]), -centre[cell]))
    return float(there[k]), k


def _surely(values: Any, least: Any) -> Any:
    """Return which values are not much larger than rounding lets them surely be."""
    with np.errstate(invalid="ignore"):
        return (values - least <= ROUNDED * np.maximum(1.0, np.abs(values))) | (least > ENDLESS)


def _defined(values: Floats) -> Floats:
    return np.where(np.isnan(values), -np.inf, values)


def _polished(expr: Expr, slope: Expr, x: float, low: float, high: float) -> Extreme:
    """Return the largest value near `x`, in or beside its cell: where the slope turns from + to -."""
    value = float(at(expr, np.array([x]))[0])
    for k in range(16):
        left, right = x - (high - low) * 4.0**k, x + (high - low) * 4.0**k
        before, after = at(slope, np.array([left, right]))
        if before > 0 > after:
            there = crossing(slope, left, right)
            found = float(at(expr, np.array([there]))[0])
            higher_up = found >= value - 1e-12 * abs(value) and _surely(
                found, bounds(expr, x=Interval(there, there)).low
            )
            return Extreme(found, there, 0.0) if higher_up else Extreme(value, x, 0.0)
    return Extreme(value, x, 0.0)


def period_of(expr: Expr) -> float | None:
    """Return the period of a formula that sees x only through sines and cosines of whole multiples; None without one.

    A formula without x repeats itself at any distance: 0.

    >>> from actscope.formula import parse
    >>> period_of(parse("1 + 2*sin(x)*cos(x)")), period_of(parse("x + sin(x)")), period_of(parse("2"))
    (6.283185307179586, None, 0.0)
    """
    turns = _frequencies(expr)
    if not turns:
        return None if turns is None else 0.0
    slowest = min(turns)
    whole = all(abs(turn / slowest - round(turn / slowest)) < 1e-12 for turn in turns)
    return 2 * math.pi / slowest if whole else None


def _frequencies(expr: Expr) -> set[float] | None:
    """Return the factors of x inside sines and cosines; None if x occurs outside of them."""
    match expr:
        case Const():
            return set()
        case Apply("sin" | "cos", (u,)) if isinstance(steepness := derivative(u), Const):
            return {abs(steepness.value)} - {0.0}
        case Apply(_, args):
            parts = [_frequencies(arg) for arg in args]
            known = [part for part in parts if part is not None]
            return set().union(*known) if len(known) == len(parts) else None
    return None
