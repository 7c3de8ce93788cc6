"""From where on a slope stays below a bound: certified cell by cell, from far out inwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...formula import Expr, Symbol, derivative, simplify, substitute
from .limits import FAR, one_sided, sure_limit
from .line import REACH, Floats, at, enclosure, ladder, middle, split
from .pieces import Piece

SHARP = 1e-12
"""Of the bound, or of 1 where that is larger: a bound that is off by no more than this is sharp."""
_PARTS = 32
_MOST_AT_ONCE = 32
_MOST_CUTS = 64


@dataclass(frozen=True, slots=True)
class Edge:
    """Where saturation begins: beyond x every slope is small."""

    x: float | None
    """None if the slope does not stay small; nan if that cannot be certified."""
    slack: float = 0.0
    """The slope may be small already this much further in; where x is sharp, as much as two cells are wide."""

    @property
    def sharp(self) -> bool:
        """Whether the slope is not small just before x."""
        return self.x is not None and self.slack <= 4 * SHARP * max(1.0, abs(self.x))


@lru_cache(maxsize=64)
def edges(slopes: tuple[Piece, ...], eps: float, jumps: tuple[float, ...] = ()) -> tuple[Edge, Edge]:
    """Return where |slope| < eps begins on the left and on the right; see `saturated_beyond`."""
    left = saturated_beyond(mirrored(slopes), eps, tuple(-jump for jump in jumps))
    return Edge(None if left.x is None else 0.0 - left.x, left.slack), saturated_beyond(slopes, eps, jumps)


def saturated_beyond(slopes: Sequence[Piece], eps: float, jumps: Sequence[float] = ()) -> Edge:
    """Return the least x such that |slope| < eps from there on; `slopes` are the pieces of the slope.

    At a jump of the value no slope is small. None if the slope does not fade; nan if that cannot be certified, and
    where the function has no values.

    >>> from actscope.formula import parse
    >>> found = saturated_beyond([Piece(-math.inf, math.inf, parse("sech2(x)"))], 1e-7)
    >>> round(found.x, 6), found.sharp
    (8.752195, True)
    """
    if not slopes or math.isfinite(slopes[-1].high):
        return Edge(math.nan)
    end = sure_limit(slopes[-1].formula, 1)
    if end.drowned or (math.isnan(end.value) and np.isnan(at(slopes[-1].formula, np.array(FAR))).any()):
        return Edge(math.nan)
    if not abs(end.value) < eps:
        return Edge(None)
    for piece in reversed(slopes):
        found = _within(piece, eps)
        if found.x is None or found.x > piece.low or math.isnan(found.x):
            return found
        if piece.low in jumps:
            return Edge(piece.low + 0.0)
    return Edge(-math.inf)


def mirrored(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of f(-x) for those of f(x).

    >>> from actscope.formula import parse
    >>> [(p.low, p.high, str(p.formula)) for p in mirrored([Piece(0.0, math.inf, parse("exp(x)"))])]
    [(-inf, -0.0, 'exp(-x)')]
    """
    reflected = {"x": -Symbol("x")}
    return [Piece(-p.high, -p.low, simplify(substitute(p.formula, reflected))) for p in reversed(pieces)]


def _within(piece: Piece, eps: float) -> Edge:
    """Return the edge inside a piece, `piece.low` if all of it is saturated, nan if its far end cannot be decided."""
    slope, change = piece.formula, derivative(piece.formula)
    if math.isfinite(piece.high) and not abs(one_sided(slope, piece.high, -1)) < eps:
        return Edge(piece.high)
    # From left to right the cells that may hold the edge; to the left of `steep`, where the slope surely is not small,
    # it does not lie.
    lows, highs, steep = _undecided(slope, change, *ladder(piece.low, piece.high), eps, piece.low)
    if len(highs) and highs[-1] >= REACH:
        return Edge(math.nan)
    for _ in range(_MOST_CUTS):
        if not len(lows):
            return Edge(piece.low)
        if highs[-1] - lows[-1] < SHARP * max(1e-3, abs(highs[-1])):
            break
        outer = split(lows[-_MOST_AT_ONCE:], highs[-_MOST_AT_ONCE:], _PARTS)
        nearer, further, steep = _undecided(slope, change, *outer, eps, steep)
        lows = np.concatenate([lows[:-_MOST_AT_ONCE], nearer])
        highs = np.concatenate([highs[:-_MOST_AT_ONCE], further])
        lows, highs = lows[highs > steep], highs[highs > steep]
    # All beyond the last cell is certified, though the edge may lie further in.
    return Edge(float(highs[-1]), float(highs[-1]) - steep)


def _undecided(
    slope: Expr, change: Expr, lows: Floats, highs: Floats, eps: float, steep: float
) -> tuple[Floats, Floats, float]:
    """Return the cells that may hold a slope of at least `eps`, and the last input known where there surely is one."""
    found = enclosure(slope, change, lows, highs)
    surely = (found.middle_low >= eps) | (found.middle_high <= -eps)
    steep = float(np.max(middle(lows, highs)[surely], initial=steep))
    open_ = ~(found.size < eps) & (highs > steep)
    return lows[open_], highs[open_], steep
