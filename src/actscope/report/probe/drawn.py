"""What the figures of a diagnosis draw: maps of places by steps, the loss, and what arrives at each curve."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...catalogue import CATALOGUE
from ...formula import evaluate
from ...probe.findings import thresholds as t
from ...probe.findings.reading import saturates
from ...probe.records import Diagnosis, PlaceHistory, Recording
from ...probe.rows.statistics import Rows, cell_edges, spread
from ..rows import Row
from . import rows
from .rows import Numbers

START = 0.2
"""The share of the run that counts as its start."""
MOST_PLACES = 120
"""Rows of a map; of a deeper model the worst are shown, in the order in which they act."""
MOST_CURVES, MOST_HIDDEN = 8, 40
"""Curves that are seen at once, and those behind the line that unfolds."""
POINTS, BARS = 81, 48
"""Points of a curve, and bars of a histogram, which have all one width."""
NEAR = 3.0
"""Curves are drawn at least for |x| up to this."""
TAIL = 1e-3
"""The part of what arrives that may lie beyond either end of what is drawn."""

Quantity = Literal["silent", "flat", "gradient", "update"]
Profile = Literal["gradient", "update", "spread"]
BOUNDS: dict[Profile, tuple[float, ...]] = {
    "gradient": (t.VANISHING, t.EXPLODING),
    "update": (t.SMALL_STEP, t.LARGE_STEP),
    "spread": (t.WIDE,),
}
WITHIN, ABOVE, BELOW = 0, 1, 3
"""Places in the list of colours: below a bound is not the third, a green that looks well."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is coloured: how dark from 0 to 1, and within which bounds it is healthy."""

    reach: float
    """How far from what is palest it is darkest: a difference, or a factor to either side."""
    usual: float | None = None
    """What is palest on a logarithmic scale; None is a scale of shares, which is palest at 0."""
    above: float = math.inf
    below: float = -math.inf

    def darkness(self, value: float) -> float:
        """Return how dark a value is drawn, from 0 to 1.

        >>> SCALES["silent"].darkness(0.25), SCALES["gradient"].darkness(1.0), SCALES["gradient"].darkness(1e-2)
        (0.25, 0.0, 0.5)
        """
        if self.usual is None:
            return round(min(value / self.reach, 1.0), 2)
        return round(min(abs(math.log(max(value, 1e-300) / self.usual)) / math.log(self.reach), 1.0), 2)

    def side(self, value: float) -> int:
        """Return WITHIN, ABOVE or BELOW the bounds."""
        return ABOVE if value >= self.above else BELOW if value < self.below else WITHIN


SCALES: dict[Quantity, Scale] = {
    "silent": Scale(1.0, above=t.SILENT),
    "flat": Scale(1.0, above=t.FLAT),
    "gradient": Scale(1e4, 1.0, above=t.EXPLODING, below=t.VANISHING),
    "update": Scale(1e3, 1e-3, above=t.LARGE_STEP, below=t.SMALL_STEP),
}
"""The bounds are those of the definitions of dead units, saturation, vanishing and exploding gradients, and updates."""


@dataclass(frozen=True, slots=True)
class Map:
    """A quantity at each place over the steps."""

    quantity: Quantity
    rows: list[Row]
    """Of each place its name and, as lists over the bins in which it was measured: bin, value, darkness, side."""
    bins: list[Row]
    """Number, first step and last step + 1 of each bin."""
    places: list[str]
    marked: list[str]
    """Places with findings."""
    sides: tuple[int, ...]
    """Which sides occur."""


def maps(diagnosis: Diagnosis) -> list[Map]:
    """Return the maps of all quantities of which something was measured."""
    return [one for quantity in SCALES if (one := map_of(diagnosis, quantity)).rows]


def map_of(diagnosis: Diagnosis, quantity: Quantity) -> Map:
    """Return the map of a quantity; places of which it was never measured are left out."""
    recording = diagnosis.recording
    worst = rows.lines(diagnosis)[:MOST_PLACES]
    names = rows.short_names([history.place.name for history in recording.places])
    here = sorted(worst, key=lambda line: line.history.place.order)
    values = _values(recording, quantity)
    scale = SCALES[quantity]
    found: list[Row] = []
    for line in here:
        value = values[recording.places.index(line.history)]
        if np.isfinite(value).any():
            bounded = scale if quantity != "flat" or flat_on_both_sides(line.history) else Scale(1.0)
            seen = [(k, float(v)) for k, v in enumerate(value) if math.isfinite(v)]
            found.append(
                {
                    "place": names[line.name],
                    "bin": [k for k, _ in seen],
                    "value": [digits(v, 3) for _, v in seen],
                    "dark": [scale.darkness(v) for _, v in seen],
                    "side": [bounded.side(v) for _, v in seen],
                }
            )
    sides = sorted({side for row in found for side in row["side"]})
    marked = [names[line.name] for line in here if line.found]
    bins = [{"bin": k, "from": first, "to": last + 1} for k, (first, last) in enumerate(rows.spans_of(recording))]
    return Map(quantity, found, bins, [row["place"] for row in found], marked, tuple(sides))


def _values(recording: Recording, quantity: Quantity) -> list[Numbers]:
    if quantity == "gradient":
        return rows.relative_gradients(recording)
    nothing = np.full(len(recording.bins), math.nan)
    if quantity == "update":
        weights = [rows.weight_of(recording, history) for history in recording.places]
        return [nothing if weight is None else rows.update(weight.bins) for weight in weights]
    share = rows.silent_share if quantity == "silent" else rows.flat_share
    return [share(history) for history in recording.places]


def flat_on_both_sides(history: PlaceHistory) -> bool:
    """Return whether a function is flat towards both sides, as sigmoid is and ReLU is not; gates are flat by design."""
    return saturates(history) and history.place.role == "activation"


def losses(recording: Recording) -> list[Row]:
    """Return the mean, the lowest and the highest loss of each bin that has one."""
    return [
        {
            "step": int(end),
            "mean": digits(float(bin["loss_mean"])),
            "low": digits(float(bin["loss_low"])),
            "high": digits(float(bin["loss_high"])),
        }
        for end, bin in zip(recording.bins, recording.course, strict=True)
        if bin["loss_count"] and math.isfinite(bin["loss_mean"])
    ]


def begins(diagnosis: Diagnosis) -> list[Row]:
    """Return from which steps on something was found, with the numbers of the findings."""
    steps: dict[int, list[str]] = {}
    for number, finding in enumerate(rows.told(diagnosis), 1):
        if finding.since is not None and finding.since > 1:
            steps.setdefault(finding.since, []).append(str(number))
    return [{"step": step, "told": ", ".join(numbers)} for step, numbers in sorted(steps.items())]


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
        whole = line.history.pooled(diagnosis.recording.span(*rows.WINDOW))
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


def digits(value: float, count: int = 4) -> float:
    """Return a number with as many digits as a drawing shows.

    >>> digits(0.123456), digits(1234567.0)
    (0.1235, 1235000.0)
    """
    return float(f"{float(value):.{count}g}")


def profile(diagnosis: Diagnosis, quantity: Profile) -> list[Row]:
    """Return a quantity at each place in the order in which they act, where it is above 0.

    The spread is that of the first fifth of the run, where the initialisation shows; the others are at the end.
    """
    recording = diagnosis.recording
    start, found = recording.span(0.0, START), []
    for line in sorted(rows.lines(diagnosis), key=lambda line: line.history.place.order):
        seen = line.history.pooled(start if start.stop else slice(0, 1))
        value = float(spread(seen)) if quantity == "spread" else getattr(line, quantity)
        if math.isfinite(value) and value > 0:
            found.append({"order": line.history.place.order, "place": line.name, "value": digits(value)})
    return found
