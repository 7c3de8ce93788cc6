"""Inputs that a function leaves as they are: x = f(x)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...formula import Expr, Interval, Symbol, simplify
from .line import REACH, at
from .pieces import Piece
from .roots import roots

# Where f(x) and x agree to so many digits all along a stretch, floats cannot say whether they meet.
_BLUR = 1e-10
# What touches 0 without crossing it is found to half the digits, and two pieces may meet in one root.
_APART = 1e-7
MOST_PIECES = 12
"""In pieces beyond so many, counted from 0, no fixed points are looked for."""


@dataclass(frozen=True, slots=True)
class FixedPoints:
    """Where f(x) = x."""

    points: tuple[float, ...]
    stretches: tuple[Interval, ...]
    """Where f is the identity, as ReLU is for x > 0."""
    open: tuple[Interval, ...]
    """Stretches that may hold more."""
    error: float
    """How far off a point may be, relative to the larger of 1 and its size."""


def fixed_points_of(formula: Expr, pieces: Sequence[Piece]) -> FixedPoints:
    """Return where f(x) = x, for a formula and its pieces.

    >>> from actscope.formula import parse
    >>> from .pieces import pieces_of
    >>> fixed_points_of(f := parse("x*x"), pieces_of(f)).points
    (0.0, 1.0)
    """
    x = Symbol("x")
    # At a cut itself the formula may have a value of its own, as the sign of 0 is 0.
    points = {piece.low for piece in pieces[1:] if at(formula, np.array([piece.low]))[0] == piece.low}
    stretches: list[Interval] = []
    left: list[Interval] = []
    error = 0.0
    near = sorted(pieces, key=lambda piece: min(abs(piece.low), abs(piece.high)))[:MOST_PIECES]
    for piece in pieces:
        if piece.formula == x:
            joins = stretches and stretches[-1].high == piece.low
            stretches.append(Interval(stretches.pop().low if joins else piece.low, piece.high))
            continue
        if piece not in near:
            left.append(Interval(piece.low, piece.high))
            continue
        found = roots(simplify(piece.formula - x), max(piece.low, -REACH), min(piece.high, REACH), blur=_BLUR)
        points.update(p for p in found.points if abs(at(formula, np.array([p]))[0] - p) <= _APART * max(1.0, abs(p)))
        left += found.open
        error = max(error, found.error)
    alone: list[float] = []
    for point in sorted(points, key=abs):
        room = _APART * max(1.0, abs(point))
        within = any(stretch.low - room <= point <= stretch.high + room for stretch in stretches)
        if not within and all(abs(point - other) > room for other in alone):
            alone.append(point)
    return FixedPoints(tuple(sorted(alone)), tuple(stretches), tuple(left), error)
