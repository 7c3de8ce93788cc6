"""Maps of places by steps: a quantity at each place in each bin, how dark it is drawn, and beyond which bound it is."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....probe.findings import thresholds as t
from ....probe.findings.reading import saturates
from ....probe.records import Diagnosis, PlaceHistory, Recording
from ...rows import Row
from .. import rows
from ..rows import Numbers, digits

MOST_PLACES = 120
"""Rows of a map; of a deeper model the worst are shown, in the order in which they act."""
Quantity = Literal["silent", "flat", "gradient", "update"]
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

    @property
    def is_zero(self) -> bool:
        """Whether all of it is 0."""
        return not any(value for row in self.rows for value in row["value"])

    @property
    def measured(self) -> float:
        """The share of places and bins at which there is a value."""
        return sum(len(row["bin"]) for row in self.rows) / (len(self.rows) * len(self.bins))


def maps(diagnosis: Diagnosis) -> list[Map]:
    """Return the maps of all quantities of which something was measured that is not 0 everywhere; none of one step."""
    return [one for one in _measured(diagnosis) if not one.is_zero]


def zeros(diagnosis: Diagnosis) -> list[Quantity]:
    """Return the quantities that were measured, and were 0 at every place in every bin."""
    return [one.quantity for one in _measured(diagnosis) if one.is_zero]


def _measured(diagnosis: Diagnosis) -> list[Map]:
    if len(diagnosis.recording.bins) < 2:
        return []
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
