"""What the rules ask of a recording: its windows of steps, its hidden places, and sizes that several rules need."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..records import ParameterHistory, PlaceHistory, Recording
from ..rows import statistics
from ..rows.statistics import Rows, ratio, root_mean_square
from .thresholds import FIRST_STEPS, LATE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """A recording as the rules see it; after a number that was not finite nothing is seen."""

    recording: Recording

    @cached_property
    def early(self) -> slice:
        """The bins of the first steps; at least one."""
        return self.until(FIRST_STEPS)

    @cached_property
    def late(self) -> slice:
        """The bins of the last part of the run."""
        return self.recording.span(LATE, 1.0)

    def until(self, step: int) -> slice:
        """Return the bins that end by a step; at least one."""
        return slice(0, max(1, int(np.searchsorted(self.recording.bins, step, side="right"))))

    @cached_property
    def hidden(self) -> tuple[PlaceHistory, ...]:
        """The places where something acted that is neither a gate nor an output, in order."""
        return tuple(one for one in self.recording.places if one.place.role == "activation" and one.bins["count"].any())

    @cached_property
    def trained(self) -> tuple[ParameterHistory, ...]:
        """The parameters whose steps were seen."""
        return tuple(one for one in self.recording.parameters if one.trained and one.bins["update_count"].any())

    @cached_property
    def weight_sizes(self) -> Floats:
        """(parameters, bins): root mean squares of weights, those near 0 taken for as large as they are made.

        Weights that begin at 0 would otherwise grow without bound in their first step; PyTorch makes those of a layer
        uniform with a spread of 1/sqrt(3 fan-in).
        """
        sizes = np.array([root_mean_square(one.bins, "weight_") for one in self.trained])
        made = np.array([_made(one.shape) for one in self.trained])
        return np.where(np.isnan(sizes), sizes, np.maximum(sizes, made[:, None])) if len(sizes) else sizes

    def growth(self, window: slice) -> float:
        """Return how many times as large as at their start weights became within a window, those seen twice there."""
        if not len(self.trained):
            return 1.0
        sizes = self.weight_sizes[:, window]
        together = self._together(sizes, (~np.isnan(sizes)).sum(1) > 1)
        known = together[np.isfinite(together)]
        return float(known.max() / known[0]) if len(known) else 1.0

    def swelling(self, window: slice) -> float:
        """Return how many times as large as PyTorch makes them the weights were that a window shows."""
        if not len(self.trained):
            return 1.0
        sizes = self.weight_sizes[:, window]
        seen = ~np.isnan(sizes).all(1) & np.array([len(one.shape) > 1 for one in self.trained])
        made = np.array([[_made(one.shape)] for one in self.trained])
        return largest(self._together(sizes, seen)) / (largest(self._together(made, seen)) or 1.0)

    @cached_property
    def layer_steps(self) -> Floats:
        """(parameters, bins): the size of an update over that of the weights as they were last seen.

        What a step did is seen before the next one, which may belong to a bin in which others have their turn.
        """
        return self._updates / _carried(self.weight_sizes) if len(self.trained) else self._updates

    @cached_property
    def largest_steps(self) -> Floats:
        """(bins,): the largest step of any layer, of each as it was last seen, or else as it was first seen."""
        steps = _carried(self.layer_steps[~np.isnan(self.layer_steps).all(1)])
        found: Floats = steps.max(0) if len(steps) else np.zeros(0)
        return found

    def gradient(self, window: slice) -> float:
        """Return the size of the gradient of all weights in these bins; nan where none was seen."""
        of_all = [one.pooled(window) for one in self.trained]
        squares, count = (sum(float(row[f"gradient_{kind}"]) for row in of_all) for kind in ("squares", "count"))
        return math.sqrt(squares / count) if count else math.nan

    @cached_property
    def _updates(self) -> Floats:
        return np.array([root_mean_square(one.bins, "update_") for one in self.trained])

    @cached_property
    def whole_steps(self) -> Floats:
        """(bins,): the size of an update of all weights over that of all weights; nan where no update was seen."""
        return self._together(self._updates) / self._together(_carried(self.weight_sizes))

    def _together(self, sizes: Floats, of: NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Return the root mean square of all weights, or of some, in each bin; nan where none was looked at.

        In each step a probe may look at a share of the parameters alone. The others are taken as they were last seen,
        or else as they were first seen, so that each is compared with itself.
        """
        if not len(sizes):
            return np.zeros(0)
        counts = np.array([math.prod(one.shape) for one in self.trained], float)[of, None]
        filled = _carried(sizes[of])
        seen = ~np.isnan(filled)
        found: Floats = np.sqrt(ratio(np.where(seen, filled**2 * counts, 0).sum(0), (seen * counts).sum(0)))
        return np.where(np.isnan(sizes[of]).all(0), np.nan, found)

    @cached_property
    def fall(self) -> float:
        """The share by which the loss of the last quarter lies below that of the first tenth; 0 if neither is known."""
        course = self.recording.course
        losses = course["loss_mean"][course["loss_count"] > 0]
        begun = float(losses[: max(1, len(losses) // 10)].mean()) if len(losses) > 1 else 0.0
        return 1 - float(losses[-max(1, len(losses) // 4) :].mean()) / begun if begun > 0 else 0.0

    @property
    def first_loss(self) -> float:
        """The smallest loss of the first steps with one; nan if there is none."""
        course = self.recording.course
        known = course["loss_low"][course["loss_count"] > 0]
        return float(known[0]) if len(known) else math.nan

    def step_of(self, crossing: NDArray[np.bool_], first: int = 0) -> int | None:
        """Return the first step of the first bin that crosses; `first` is the bin that `crossing` begins with."""
        found = np.flatnonzero(crossing)
        if not len(found):
            return None
        bin = first + int(found[0])
        return 1 if bin == 0 else int(self.recording.bins[bin - 1]) + 1

    def first_step(self, window: slice) -> int:
        """Return the first step of a window."""
        return 1 if not window.start else int(self.recording.bins[window.start - 1]) + 1

    def lengths(self, window: slice) -> list[tuple[PlaceHistory, float]]:
        """Return the hidden places with the length of the gradient that arrives at each, where one does.

        A length, not a mean: after pooling the same gradient is spread over fewer numbers.
        """
        found = []
        for one in self.hidden:
            row = one.pooled(window)
            if row["arriving_count"] and row["passes"]:
                size = float(root_mean_square(row, "arriving_"))
                found.append((one, size * math.sqrt(row["elements"] / row["passes"])))
        return found


def _carried(sizes: Floats) -> Floats:
    """Return sizes with each gap of a row filled by the last number before it, or by the first of the row."""
    if not sizes.size:
        return sizes
    known = ~np.isnan(sizes)
    last = np.maximum.accumulate(np.where(known, np.arange(sizes.shape[1]), -1), axis=1)
    found: Floats = np.take_along_axis(sizes, np.where(last < 0, known.argmax(1)[:, None], last), axis=1)
    return found


def _made(shape: tuple[int, ...]) -> float:
    return 1 / math.sqrt(3 * max(math.prod(shape[1:]), 1)) if len(shape) > 1 else 0.0


def before(recording: Recording, step: int, more: int = 0) -> Recording:
    """Return what was seen in the bins that end before a step, and in so many more."""
    kept = slice(0, int(np.searchsorted(recording.bins, step, side="left")) + more)
    return replace(
        recording,
        steps=int(recording.bins[kept][-1]) if len(recording.bins[kept]) else 0,
        bins=recording.bins[kept],
        places=tuple(replace(one, bins=one.bins[kept], shown=one.shown[kept]) for one in recording.places),
        parameters=tuple(replace(one, bins=one.bins[kept]) for one in recording.parameters),
        course=recording.course[kept],
    )


def largest(values: Floats) -> float:
    """Return the largest of those that are not nan; 0 if there is none."""
    return float(np.where(np.isnan(values), 0.0, values).max(initial=0.0))


def beyond(row: Rows, fires: tuple[tuple[float, float], ...]) -> float:
    """Return the share of elements outside of all ranges with a slope, as the histogram tells; nan where none.

    An end nearer to 0 than 0.5 is where a function cuts off, as relu6 does, and no saturation.
    """
    edges = statistics.cell_edges()
    low, high = fires[0][0], fires[-1][1]
    cells = row["histogram"]
    above = int(cells[int(np.searchsorted(edges, high, side="left")) + 1 :].sum()) if high >= 0.5 else 0
    below = int(cells[: int(np.searchsorted(edges, low, side="right"))].sum()) if low <= -0.5 else 0
    return float(ratio(above + below, int(cells.sum())))


def saturates(one: PlaceHistory) -> bool:
    """Return whether the function is flat towards both ends, and not only because it cuts off at 0."""
    return -math.inf < lower_end(one) <= -0.5 and 0.5 <= upper_end(one) < math.inf


def rectifies(one: PlaceHistory) -> bool:
    """Return whether the function is flat towards one end, or cuts off at 0, as relu6 does."""
    known = bool(one.place.fires) and (lower_end(one) > -math.inf or upper_end(one) < math.inf)
    return known and not saturates(one)


def lower_end(one: PlaceHistory) -> float:
    """Return below which x the function is flat."""
    return one.place.fires[0][0] if one.place.fires else -math.inf


def upper_end(one: PlaceHistory) -> float:
    """Return above which x the function is flat."""
    return one.place.fires[-1][1] if one.place.fires else math.inf
