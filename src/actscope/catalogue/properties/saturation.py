"""From where on a slope stays below a bound: certified cell by cell, from far out inwards."""

import math
from collections.abc import Sequence

import numpy as np

from ...formula import Expr, Symbol, derivative, simplify, substitute
from .limits import FAR, limit, one_sided
from .line import REACH, Floats, at, enclosure, ladder, split
from .pieces import Piece

_PARTS = 32
_MOST_CUTS = 150


def saturated_beyond(slopes: Sequence[Piece], eps: float, jumps: Sequence[float] = ()) -> float | None:
    """Return the least b such that |slope| < eps for all x > b; `slopes` are the pieces of the slope.

    At a jump of the value no slope is small. None if the slope does not fade; nan if that cannot be certified, and
    where the function has no values.

    >>> from actscope.formula import parse
    >>> whole = Piece(-math.inf, math.inf, parse("sech2(x)"))
    >>> round(saturated_beyond([whole], 1e-7), 6)
    8.752195
    """
    if not slopes or math.isfinite(slopes[-1].high):
        return math.nan
    end = limit(slopes[-1].formula, 1)
    if math.isnan(end) and np.isnan(at(slopes[-1].formula, np.array(FAR))).any():
        return math.nan
    if not abs(end) < eps:
        return None
    for piece in reversed(slopes):
        bound = _within(piece, eps)
        if bound > piece.low or math.isnan(bound):
            return bound
        if piece.low in jumps:
            return piece.low
    return -math.inf


def mirrored(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of f(-x) for those of f(x).

    >>> from actscope.formula import parse
    >>> [(p.low, p.high, str(p.formula)) for p in mirrored([Piece(0.0, math.inf, parse("exp(x)"))])]
    [(-inf, -0.0, 'exp(-x)')]
    """
    reflected = {"x": -Symbol("x")}
    return [Piece(-p.high, -p.low, simplify(substitute(p.formula, reflected))) for p in reversed(pieces)]


def _within(piece: Piece, eps: float) -> float:
    """Return the bound inside a piece, `piece.low` if all of it is saturated, nan if its far end cannot be decided."""
    slope, change = piece.formula, derivative(piece.formula)
    if math.isfinite(piece.high) and not abs(one_sided(slope, piece.high, -1)) < eps:
        return piece.high
    lows, highs = ladder(piece.low, piece.high)
    waiting = _undecided(slope, change, lows, highs, eps)
    if waiting and waiting[-1][1] >= REACH:
        return math.nan
    for _ in range(_MOST_CUTS):
        if not waiting:
            return piece.low
        low, high = waiting.pop()
        if high - low < 1e-12 * max(1e-3, abs(high)):
            return high
        waiting += _undecided(slope, change, *split(np.array([low]), np.array([high]), _PARTS), eps)
    # All beyond the last cell is certified, though the bound may lie further in.
    return waiting[-1][1] if waiting else piece.low


def _undecided(slope: Expr, change: Expr, lows: Floats, highs: Floats, eps: float) -> list[tuple[float, float]]:
    """Return the cells that may hold a slope of at least `eps`, from left to right."""
    open_ = ~(enclosure(slope, change, lows, highs).size < eps)
    return list(zip(lows[open_].tolist(), highs[open_].tolist(), strict=True))
