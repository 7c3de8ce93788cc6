"""An activation as points to draw: in pieces that end at the kinks, with what is marked and where it is saturated."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ...catalogue import Activation, Properties, get
from ...catalogue.properties.limits import one_sided
from ...catalogue.properties.line import at, crossing
from ...catalogue.properties.pieces import Piece, pieces_of
from ...errors import ParameterError
from ...formula import Expr, Symbol, simplify, substitute

Row = dict[str, Any]
REACHES = (6.0, 8.0, 10.0, 12.0)
"""Curves are drawn for |x| up to the first of these where each side that saturates up to the last can be seen to."""
SEEN = 0.5
"""Length along x that a saturated stretch needs to be seen."""
DENSITY = 25
"""Points for each unit of x."""
MOST_KINKS = 6
"""Of a formula with kinks without end, those nearest to 0 say how far to look."""
GATES = (-1.0, 1.0, 2.0)
"""Second inputs for which a gated activation is drawn along the first."""
_LOWEST, _HIGHEST = -2.2, 3.2
# Of a curve of which less than this lies between those, or that is flatter, all is drawn.
_VISIBLE, _SMALL = 0.3, 0.05
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on a curve: filled where the function has this value, open where it only comes close to it."""

    x: float
    y: float
    which: Literal["value", "slope"]
    filled: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """An activation as drawn: value and slope in pieces that end at the kinks, and where it is saturated."""

    name: str
    title: str
    parameters: dict[str, float]
    rows: tuple[Row, ...]
    """x, value, slope, piece."""
    reach: float
    """Drawn for |x| up to this."""
    flat: tuple[tuple[float, float], ...]
    """Stretches of x where |slope| < saturation_slope."""
    saturation_slope: float
    marks: tuple[Mark, ...]
    """Dots at the kinks and jumps."""
    heights: tuple[float, float]
    """Lowest and highest y to draw."""


@dataclass(frozen=True, slots=True)
class Gated:
    """A gated activation along its first input, for several second inputs."""

    name: str
    title: str
    inputs: tuple[str, str]
    rows: tuple[Row, ...]
    """a, b, value, the partial derivatives `first` and `second`, piece."""
    reach: float
    parameters: dict[str, float]


def curve(
    activation: str | Activation,
    parameters: Mapping[str, float] | None = None,
    *,
    saturation_slope: float = 0.01,
    density: int = DENSITY,
) -> Curve:
    """Return the curve of an activation, from its formula and the derived slope.

    No piece crosses a kink, so that no line is drawn across a jump of the value or of the slope. Raises ParameterError
    for an activation that is no function of one number, and for parameters out of bounds.

    >>> curve("relu").flat, [(mark.x, mark.y, mark.which, mark.filled) for mark in curve("relu").marks]
    (((-6.0, 0.0),), [(0.0, 0.0, 'value', True), (0.0, 0.0, 'slope', True), (0.0, 1.0, 'slope', False)])
    """
    activation = get(activation)
    if not activation.pointwise:
        acts = "acts on a row of numbers" if activation.rowwise else "takes two inputs"
        raise ParameterError(f"{activation.name} {acts}, so it has no curve; `actscope list` shows what has one")
    values = activation.bind(**(parameters or {}))
    p = activation.properties_at(**values)
    formula = simplify(substitute(activation.formula, values))
    far = [abs(bound) + SEEN for bound in p.saturation(saturation_slope) if bound is not None and math.isfinite(bound)]
    reach = _reach([found for found in far if found <= REACHES[-1]], p.kinks)
    pieces = pieces_of(formula)
    flat: list[tuple[float, float]] = []
    rows: list[Row] = []
    drawn = 0
    slopes = {slope.low: slope for slope in p.slopes}
    for piece in pieces:
        low, high = max(piece.low, -reach), min(piece.high, reach)
        slope = slopes.get(piece.low)
        if low >= high or slope is None:
            continue
        drawn += piece.low in p.kinks and low > -reach
        points = np.linspace(low, high, max(3, round(density * (high - low)) + 1))
        value, steepness = _along(piece, points), _along(slope, points)
        rows += _rows(points, value, steepness, drawn, first=not rows or piece.low in p.kinks)
        flat += _flat(slope.formula, points, steepness, saturation_slope)
    declared = simplify(substitute(activation.slope_formula, values))
    marks = tuple(_marks(formula, declared, p, [k for k in p.kinks if -reach < k < reach]))
    return Curve(
        name=activation.name,
        title=activation.title,
        parameters=values,
        rows=tuple(rows),
        reach=reach,
        flat=tuple(_joined(flat)),
        saturation_slope=saturation_slope,
        marks=marks,
        heights=heights(rows, ("value", "slope"), most=p.range.high if p.range.high <= reach else _HIGHEST),
    )


def gated(
    activation: Activation,
    parameters: Mapping[str, float] | None = None,
    *,
    reach: float = REACHES[0],
    density: int = DENSITY,
) -> Gated:
    """Return a gated activation along its first input, for each of GATES as the second, with both partial derivatives.

    >>> from actscope.catalogue import get
    >>> [round(row["value"], 4) for row in gated(get("swiglu")).rows if row["a"] == 1.0]
    [-0.7311, 0.7311, 1.4621]
    """
    first, second = activation.inputs
    values = activation.bind(**(parameters or {}))
    formulas = [
        simplify(substitute(f, values)) for f in (activation.formula, *map(activation.partial, (first, second)))
    ]
    rows: list[Row] = []
    for b in GATES:
        along = [simplify(substitute(f, {first: Symbol("x"), second: b})) for f in formulas]
        pieces = [pieces_of(expr) for expr in along]
        cuts = sorted({piece.low for found in pieces for piece in found[1:] if abs(piece.low) < reach})
        for number, (low, high) in enumerate(pairwise([-reach, *cuts, reach])):
            points = np.linspace(low, high, max(3, round(density * (high - low)) + 1))
            columns = [
                _along(next(p for p in found if p.low <= 0.5 * (low + high) <= p.high), points) for found in pieces
            ]
            rows += [
                {"a": round(float(a), 4), "b": b, "value": v, "first": f, "second": s, "piece": number}
                for a, v, f, s in zip(points, *map(_numbers, columns), strict=True)
            ]
    return Gated(activation.name, activation.title, (first, second), tuple(rows), reach, values)


def heights(rows: Sequence[Row], keys: Sequence[str], most: float = _HIGHEST) -> tuple[float, float]:
    """Return the lowest and highest y to draw: a few units around 0, or all where little of it lies there.

    >>> heights(curve("tanh").rows, ("value", "slope")), curve("relu6").heights
    ((-1.149988, 1.25), (-0.3, 6.15))
    """
    numbers = [row[key] for row in rows for key in keys if row[key] is not None] or [0.0]
    # What lies further out is straight; drawn to scale it would press the interesting part flat.
    top = max(_HIGHEST, most + 0.15)
    low, high = max(_LOWEST, min(-0.3, min(numbers) - 0.15)), min(top, max(1.25, max(numbers) + 0.15))
    seen = sum(low <= number <= high for number in numbers) / len(numbers)
    if seen > _VISIBLE and max(map(abs, numbers)) > _SMALL:
        return round(low, 6), round(high, 6)
    low, high = (float(end) for end in np.quantile(numbers, (0.02, 0.98)))
    room = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def _reach(far: Iterable[float], kinks: Sequence[float]) -> float:
    near = sorted(map(abs, kinks))[:MOST_KINKS]
    needed = max([0.0, *far, *(1.25 * kink for kink in near)])
    if needed <= REACHES[-1]:
        return next(reach for reach in REACHES if needed <= reach)
    digits = 10.0 ** math.floor(math.log10(needed))
    return math.ceil(needed / digits) * digits


def _along(piece: Piece, x: Any) -> Any:
    """Return what a piece is at each of `x`, at its ends what it tends to there."""
    found = np.array(at(piece.formula, x))
    for k, end, side in ((0, piece.low, 1), (-1, piece.high, -1)):
        if x[k] == end and not math.isfinite(found[k]):
            found[k] = one_sided(piece.formula, end, 1 if side > 0 else -1)
    return found


def _numbers(values: Iterable[float]) -> Iterator[float | None]:
    return (float(f"{value:.9g}") if math.isfinite(value) else None for value in values)


def _rows(x: Any, value: Any, slope: Any, piece: int, first: bool) -> list[Row]:
    found = zip(x, _numbers(value), _numbers(slope), strict=True)
    rows = [{"x": round(float(a), 4), "value": v, "slope": s, "piece": piece} for a, v, s in found]
    return rows if first else rows[1:]


def _flat(slope: Expr, x: Any, steepness: Any, eps: float) -> Iterator[tuple[float, float]]:
    """Yield the stretches where |slope| < eps, their ends found exactly; a peak or a trough is none."""
    small = np.abs(steepness) < eps
    edges = np.flatnonzero(np.diff(np.concatenate(([False], small, [False])).astype(int)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        last = after - 1
        if first == last or min(steepness[first : last + 1]) < 0 < max(steepness[first : last + 1]):
            continue
        low = _edge(slope, eps, x[first - 1], x[first]) if first > 0 else float(x[0])
        high = _edge(slope, eps, x[last], x[last + 1]) if last + 1 < len(x) else float(x[-1])
        level = first > 0 and last + 1 < len(x) and high - low < SEEN
        # Where it is level for a moment only, as x + sin(x) is, no unit gets stuck.
        if not level or not np.any(steepness[first : last + 1]):
            yield low, high


def _edge(slope: Expr, eps: float, low: float, high: float) -> float:
    return crossing(slope * slope - eps * eps, float(low), float(high))


def _joined(stretches: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    waiting: tuple[float, float] | None = None
    for low, high in stretches:
        if waiting and waiting[1] == low:
            waiting = (waiting[0], high)
            continue
        if waiting:
            yield waiting
        waiting = (low, high)
    if waiting:
        yield waiting


def _marks(formula: Expr, slope: Expr, p: Properties, kinks: Sequence[float]) -> Iterator[Mark]:
    """Yield the dots: what the function has at a kink is filled, what only one side tends to is open."""
    for which, whole, pieces in (("value", formula, pieces_of(formula)), ("slope", slope, p.slopes)):
        for kink in kinks:
            own = float(at(whole, np.array([kink]))[0])
            sides = [one_sided(piece.formula, kink, -1) for piece in pieces if piece.high == kink]
            sides += [one_sided(piece.formula, kink, 1) for piece in pieces if piece.low == kink]
            if which == "slope" and kink in p.jumps and max(sides) - min(sides) <= _SAME:
                continue
            open_ = [side for side in dict.fromkeys(sides) if math.isfinite(side) and abs(side - own) > _SAME]
            if math.isfinite(own):
                yield Mark(kink, own, "value" if which == "value" else "slope", True)
            yield from (Mark(kink, side, "value" if which == "value" else "slope", False) for side in open_)
