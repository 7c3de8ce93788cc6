"""What arrives at each place as a histogram, beside the curve of its activation and where that is flat."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....catalogue import CATALOGUE
from ....formula import evaluate
from ....probe.records import Diagnosis, PlaceHistory
from ....probe.rows.statistics import Rows, cell_edges
from ...rows import Row
from .. import rows
from ..rows import digits

MOST_CURVES, MOST_HIDDEN = 8, 40
"""Curves that are seen at once, and those behind the line that unfolds."""
POINTS, BARS = 81, 48
"""Points of a curve, and bars of a histogram, which have all one width."""
NEAR = 3.0
"""Curves are drawn at least for |x| up to this."""
TAIL = 1e-3
"""The part of what arrives that may lie beyond either end of what is drawn."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What arrives at a place, on the curve of its activation."""

    place: str
    title: str
    """The place by its short name."""
    numbers: str
    """The numbers of what was found there."""
    curve: list[Row]
    """x, value, slope; empty for a function whose formula is not known."""
    histogram: list[Row]
    """from, to, share of what arrives."""
    flat: list[Row]
    """Stretches of x, from and to, where the slope is small."""
    ends: tuple[float, float]


def distributions(diagnosis: Diagnosis) -> list[Distribution]:
    """Return what arrived at each place that has seen anything, the worst first."""
    every = rows.lines(diagnosis)
    names = rows.short_names([line.name for line in every])
    found = []
    for line in every:
        whole = line.history.pooled(rows.window(diagnosis.recording))
        if whole["histogram"].sum() > 0:
            found.append(_distribution(line, names[line.name], whole))
    return found


def _distribution(line: rows.Line, name: str, seen: Rows) -> Distribution:
    inner, histogram = cell_edges(), seen["histogram"]
    edges = np.concatenate([np.minimum(seen["low"], inner[:1]), inner, np.maximum(seen["high"], inner[-1:])])
    share = np.concatenate([[0.0], np.cumsum(histogram) / histogram.sum()])
    first, last = np.interp([TAIL, 1 - TAIL], share, edges)
    ends = float(min(first, -NEAR)), float(max(last, NEAR))
    bars = np.linspace(*ends, BARS + 1)
    heights = np.diff(np.interp(bars, edges, share))
    return Distribution(
        place=line.name,
        title=name,
        numbers=", ".join(map(str, line.found)),
        curve=_curve(line.history, ends),
        histogram=[
            {"from": digits(a), "to": digits(b), "share": digits(height)}
            for a, b, height in zip(bars[:-1], bars[1:], heights, strict=True)
            if height > 0
        ],
        flat=_flat(line.history, ends),
        ends=ends,
    )


def _curve(history: PlaceHistory, ends: tuple[float, float]) -> list[Row]:
    place = history.place
    activation = CATALOGUE[place.function] if place.formula and place.function in CATALOGUE else None
    if activation is None or not activation.pointwise:
        return []
    # On either side of an edge a point, so that a slope that jumps there is drawn upright; and as many near 0, where a
    # function bends, as over a width that may be a hundred times as large.
    edges = [end for fires in place.fires or () for end in fires if ends[0] < end < ends[1]]
    sides = [np.nextafter(edges, side) for side in (-math.inf, math.inf)]
    near = np.linspace(-2 * NEAR, 2 * NEAR, POINTS if ends[1] - ends[0] > 4 * NEAR else 0).clip(*ends)
    x = np.unique(np.concatenate([np.linspace(*ends, POINTS), near, edges, *sides]))
    values: dict[str, Any] = dict(activation.bind(**dict(place.parameters)))
    y, slope = (
        np.broadcast_to(evaluate(formula, x=x, **values), x.shape)
        for formula in (activation.formula, activation.slope_formula)
    )
    finite = np.isfinite(y) & np.isfinite(slope)
    return [
        {"x": digits(a), "value": digits(b), "slope": digits(c)}
        for a, b, c in zip(x[finite], y[finite], slope[finite], strict=True)
    ]


def _flat(history: PlaceHistory, ends: tuple[float, float]) -> list[Row]:
    """Return what lies between the ranges in which the slope is not small."""
    if history.place.fires is None:
        return []
    low, found = ends[0], []
    for first, last in (*history.place.fires, (math.inf, math.inf)):
        if min(first, ends[1]) > low:
            found.append({"from": digits(low), "to": digits(min(first, ends[1]))})
        low = max(low, last)
    return found
