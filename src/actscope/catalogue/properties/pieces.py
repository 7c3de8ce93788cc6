"""A formula cut where its conditions change: pieces that are one smooth formula each, and what happens between them."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ...formula import Apply, Const, Expr, Interval, Symbol, bounds, derivative, fold, nodes, simplify
from ...formula.evaluate import NUMPY
from ...formula.simplify import simplify_once
from .limits import one_sided
from .line import REACH, at
from .roots import roots

LINE = Interval(-REACH, REACH)
HIGHEST_ORDER = 5
"""Derivatives beyond this order are not compared across a cut."""
_MOST_NODES = 80
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the line on which no condition of a formula changes, and the formula that holds inside."""

    low: float
    high: float
    formula: Expr

    @property
    def inside(self) -> float:
        """A number inside."""
        if math.isinf(self.low):
            return min(-1.0, 2 * self.high) if math.isfinite(self.high) else 0.0
        return max(1.0, 2 * self.low) if math.isinf(self.high) else 0.5 * self.low + 0.5 * self.high


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the conditions of formulas change, and where a divisor, a logarithm or a root meets its edge."""

    points: tuple[float, ...]
    open: tuple[Interval, ...]
    """Stretches with more of them than can be told."""
    error: float
    """How far off a point may be, relative to the larger of 1 and its size: 0 where all solve linear equations."""


@lru_cache(maxsize=256)
def cuts_of(*exprs: Expr) -> Cuts:
    """Return where conditions of the formulas change; also of a condition that is no line, and of one in another.

    >>> from actscope.formula import parse
    >>> cuts_of(parse("max(min(x, 6), 0)")).points, cuts_of(parse("abs(x*x - 4)")).points
    ((0.0, 6.0), (-2.0, 2.0))
    """
    points: set[float] = set()
    left: list[Interval] = []
    error = 0.0
    for node in dict.fromkeys(node for expr in exprs for node in nodes(expr)):
        edge = _edge(node)
        if edge is None or isinstance(edge, Const):
            continue
        if isinstance(steepness := derivative(edge), Const):
            if steepness.value != 0.0 and math.isfinite(root := _root_of_line(edge, steepness.value)):
                points.add(root)
            continue
        if 0.0 not in bounds(edge, x=LINE):
            continue
        # The conditions inside this one come first in `nodes`, so that it is smooth between the cuts found so far.
        for low, high in _between(points):
            found = roots(decided(edge, Piece(low, high, edge).inside), max(low, -REACH), min(high, REACH))
            points.update(x for x in found.points if not any(_is_one(x, known) for known in points))
            left += [stretch for stretch in found.open if stretch not in left]
            error = max(error, found.error)
    return Cuts(tuple(sorted(points)), tuple(left), error)


def _edge(node: Expr) -> Expr | None:
    """Return the formula whose sign decides what `node` is, or None if nothing about it is decided by a sign."""
    match node:
        case Apply("greater", (a, b)):
            return simplify(a - b)
        case Apply("abs" | "log" | "sqrt", (u,)):
            return u
        case Apply("log1p", (u,)):
            return simplify(1 + u)
        case Apply("div", (_, v)):
            return v
        case Apply("pow", (u, Const(n))) if n < 0:
            return u
    return None


def _root_of_line(line: Expr, steepness: float) -> float:
    return -float(at(line, np.zeros(1))[0]) / steepness + 0.0


def _is_one(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-14 * max(abs(a), abs(b))


def _between(points: set[float]) -> list[tuple[float, float]]:
    ends = [-math.inf, *sorted(points), math.inf]
    return list(pairwise(ends))


def decided(expr: Expr, x: float) -> Expr:
    """Return `expr` with every condition replaced by what holds at `x`; `x` itself must not be where one changes.

    >>> from actscope.formula import parse
    >>> str(decided(parse("where(x > 0, x, 0.1*x)"), -1.0)), str(decided(parse("abs(x - 2)"), -1.0))
    ('0.1*x', '-(x - 2)')
    """

    def leaf(node: Const | Symbol) -> tuple[Expr, float]:
        return node, node.value if isinstance(node, Const) else x

    def join(op: str, args: list[tuple[Expr, float]]) -> tuple[Expr, float]:
        value = float(NUMPY[op](*(number for _, number in args)))
        if op in ("greater", "isnan"):
            return Const(value), value
        if op == "abs":
            inner, number = args[0]
            return (inner if number >= 0 else simplify_once("neg", [inner])), value
        return simplify_once(op, [formula for formula, _ in args]), value

    with np.errstate(all="ignore"):
        return fold(expr, leaf, join)[0]


@lru_cache(maxsize=256)
def pieces_of(formula: Expr) -> tuple[Piece, ...]:
    """Return the pieces of a formula from left to right; its slope and curvature have no conditions inside them either.

    >>> from actscope.formula import parse
    >>> [(piece.low, piece.high, str(piece.formula)) for piece in pieces_of(parse("max(x, 0)"))]
    [(-inf, 0.0, '0'), (0.0, inf, 'x')]
    """
    cuts = cuts_of(formula, slope := derivative(formula), derivative(slope))
    whole = (Piece(low, high, formula) for low, high in _between(set(cuts.points)))
    # Where not every cut is known, the formula is kept as it is, with all its conditions.
    return tuple(
        piece if _is_open(piece, cuts) else Piece(piece.low, piece.high, decided(formula, piece.inside))
        for piece in whole
    )


def _is_open(piece: Piece, cuts: Cuts) -> bool:
    return any(stretch.low < piece.high and piece.low < stretch.high for stretch in cuts.open)


def has_values(piece: Piece) -> bool:
    """Return whether a piece has a value anywhere; log(x) has none for x < 0, though its slope 1/x has."""
    low, high = max(piece.low, -REACH), min(piece.high, REACH)
    steps = np.array([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6])
    near = piece.inside + np.array([0.0, 1e-3, 0.1, 1.0])
    points = np.concatenate([low + steps * (high - low), near[(near > low) & (near < high)]])
    return not bool(np.all(np.isnan(at(piece.formula, points))))


def slope_of(piece: Piece) -> Expr:
    """Return the slope of a piece, without conditions."""
    return decided(derivative(piece.formula), piece.inside)


def order_of_break(left: Piece, right: Piece, highest: int = HIGHEST_ORDER) -> float:
    """Return the order of the first derivative that jumps between two pieces: 0 the value, 1 the slope; inf if none.

    A value or slope that is infinite there counts as a jump, and so does an edge beyond which there is no value.

    >>> from actscope.formula import parse
    >>> [order_of_break(*pieces_of(parse(f"where(x > 0, {f}, 0)"))) for f in ("1", "x", "x**2", "x**3")]
    [0, 1, 2, 3]
    """
    cut = left.high
    for order in range(highest + 1):
        before, after = one_sided(left.formula, cut, -1), one_sided(right.formula, cut, 1)
        if math.isnan(before) or math.isnan(after):
            return order if math.isnan(before) != math.isnan(after) and order == 0 else math.inf
        if math.isinf(before) or math.isinf(after) or _differ(before, after, left, right):
            return order
        if order == highest:
            break
        left, right = (Piece(p.low, p.high, slope_of(p)) for p in (left, right))
        # One formula on both sides that is finite in between has no jump, nor have its derivatives.
        if left.formula == right.formula and np.isfinite(at(left.formula, np.array([cut]))[0]):
            return math.inf
        if max(len(nodes(p.formula)) for p in (left, right)) > _MOST_NODES:
            return math.inf
    return math.inf


def _differ(before: float, after: float, left: Piece, right: Piece) -> bool:
    if before == after:
        return False
    near = 1e-2 * max(1.0, abs(left.high))
    sides = (at(p.formula, np.array([left.high + side * near]))[0] for p, side in ((left, -1), (right, 1)))
    scale = max(abs(before), abs(after), *(abs(value) for value in sides if math.isfinite(value)), 0.0)
    return bool(abs(after - before) > _SAME * scale)
