"""Rules on units: silent ones, such as see one side of their function alone, and saturated layers."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...catalogue import CATALOGUE
from ..records import Finding, PlaceHistory
from ..rows import statistics
from ..rows.statistics import ABOVE, BELOW, ratio, spread
from ..slopes import slopes
from . import advice
from .reading import Floats, Reading, beyond, rectifies, saturates
from .thresholds import (
    FEWEST_SAMPLES,
    FEWEST_UNITS,
    FLAT,
    ONE_SIDED,
    SILENT,
    STRAIGHT,
)


def window_of(seen: Reading, one: PlaceHistory) -> slice | None:
    """Return the last part of the run, or all of it, whichever holds enough samples of each unit; None if neither."""
    return next((w for w in (seen.late, slice(None)) if _samples(one, w) >= FEWEST_SAMPLES), None)


def enough(seen: Reading, one: PlaceHistory) -> bool:
    """Return whether the units of a place got enough samples to be called silent."""
    return window_of(seen, one) is not None


def _samples(one: PlaceHistory, window: slice) -> float:
    return float(one.bins["elements"][window].sum()) / max(one.place.units, 1)


def dead_units(seen: Reading) -> Iterator[Finding]:
    """Yield the places where most units had no slope on any sample of the last part of the run."""
    found = []
    for one in seen.hidden:
        units = one.place.units
        window = window_of(seen, one)
        if units < FEWEST_UNITS or not rectifies(one) or window is None:
            continue
        if one.silent(window) >= least_silent(units):
            found.append(one)
    if found:
        yield told_dead(seen, found)


def told_dead(seen: Reading, found: list[PlaceHistory]) -> Finding:
    """Return the finding on places whose units are dead, all of which had enough samples."""
    judged = [(one.silent(window), one, window) for one in found if (window := window_of(seen, one)) is not None]
    silent, worst, window = max(judged, key=lambda row: row[0])
    units = worst.place.units
    by_bin = statistics.silent(worst.shown[None]).mean(-1)
    since = seen.step_of((by_bin >= least_silent(units)) & (worst.bins["elements"] > 0))
    samples = round(_samples(worst, window))
    begun = since is not None and since <= 2
    return Finding(
        "dead-units",
        worst.place.name,
        silent,
        least_silent(units),
        f"{advice.share(round(silent * units), units)} had a slope below {advice.number(seen.recording.eps)} on all "
        f"{samples} samples each of steps {seen.first_step(window)} to {seen.recording.steps}: nothing reaches "
        f"their weights. {'It was so from the start.' if begun else ''}".strip(),
        (
            "Give units a slope everywhere" + (", and begin with biases of 0:" if begun else ", or lower the rate:"),
            *advice.replacement(worst.place),
            *(
                (f"    torch.nn.init.zeros_({advice.access(worst.place.layer)}.bias)",)
                if begun and worst.place.layer
                else (advice.optimizer(seen.recording.optimizer, 0.1),)
            ),
        ),
        also=tuple(one.place.name for one in found if one is not worst),
        since=since,
    )


def least_silent(units: int) -> float:
    """Return the share of silent units that is too many: in a small layer half of them may be so by chance.

    >>> [round(least_silent(units), 2) for units in (8, 32, 512)]
    [0.95, 0.77, 0.6]
    """
    return max(SILENT, min(0.95, 0.5 + 1.5 / math.sqrt(units)))


def one_sided_units(seen: Reading) -> Iterator[Finding]:
    """Yield the places where the units work, and their inputs never change sign."""
    found = []
    for one in seen.hidden:
        window = window_of(seen, one)
        if (
            one.place.units < FEWEST_UNITS
            or not rectifies(one)
            or window is None
            # What ends at 0 was cut off there before: one sign is then by design.
            or float(one.pooled(window)["low"]) == 0.0
            or not _weighted(seen, one)
        ):
            continue
        shown = one.shown[window]
        works = ~statistics.silent(shown)
        above, below = _straight(one, window)
        sided = works & ((above & statistics.silent(shown, BELOW)) | (below & statistics.silent(shown, ABOVE)))
        if float(sided.mean()) >= ONE_SIDED:
            found.append((float(sided.mean()), one, window))
    if not found:
        return
    part, worst, window = max(found, key=lambda row: row[0])
    row, units = worst.pooled(window), worst.place.units
    yield Finding(
        "one-sided-units",
        worst.place.name,
        part,
        ONE_SIDED,
        f"{advice.share(round(part * units), units)} got inputs of one sign on all {round(_samples(worst, window))} "
        f"samples each (mean {advice.number(float(row['mean']))}, spread {advice.number(float(spread(row)))}): "
        f"{worst.place.function} is a straight line for them.",
        (
            "Begin with biases of 0, or normalise before the activation:",
            f"    torch.nn.init.zeros_({advice.access(worst.place.layer)}.bias)",
        ),
        also=tuple(one.place.name for _, one, _ in found if one is not worst),
        since=seen.first_step(window),
    )


def _straight(one: PlaceHistory, window: slice) -> tuple[bool, bool]:
    """Return whether the function is a straight line for what arrives above 0, and for what arrives below.

    Softplus far below 0 is an exponential function, and no line. Where the formula is not known, neither is taken for
    one.
    """
    if one.place.function not in CATALOGUE:
        return False, False
    cells = one.pooled(window)["histogram"]
    edges = statistics.cell_edges()
    middles = np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]])
    at = slopes(CATALOGUE[one.place.function], one.place.parameters, middles)
    return _even(at, np.where(middles > 0, cells, 0)), _even(at, np.where(middles < 0, cells, 0))


def _even(slope: Floats, cells: NDArray[np.int64]) -> bool:
    """Return whether a slope hardly changes between the 5 % and the 95 % point of what lies in these cells."""
    share = np.cumsum(cells) / max(int(cells.sum()), 1)
    inner = slope[np.searchsorted(share, 0.05) : np.searchsorted(share, 0.95) + 1]
    return bool(cells.any()) and float(np.ptp(inner)) <= STRAIGHT * float(np.abs(inner).max())


def _weighted(seen: Reading, one: PlaceHistory) -> bool:
    """Return whether a trained layer stands before a place, which could change the sign."""
    return any(p.trained and p.name.rpartition(".")[0] == one.place.layer for p in seen.recording.parameters)


def saturation(seen: Reading) -> Iterator[Finding]:
    """Yield the places where most inputs lie beyond both ends of the range with a slope."""
    found = []
    for one in seen.hidden:
        row = one.pooled(seen.late)
        if not saturates(one) or one.place.units < FEWEST_UNITS or row["count"] < FEWEST_SAMPLES:
            continue
        part = max(beyond(row, one.place.fires or ()), float(ratio(row["flat"], row["count"])) if row["flat"] else 0.0)
        if part > FLAT:
            found.append((part, one))
    if not found:
        return
    part, worst = max(found, key=lambda pair: pair[0])
    row, fires = worst.pooled(seen.late), worst.place.fires
    assert fires is not None
    by_bin = np.array([float(ratio(one["flat"], one["count"])) for one in worst.bins])
    yield Finding(
        "saturation",
        worst.place.name,
        part,
        FLAT,
        f"{100 * part:.0f} % of what arrives at `{worst.place.name}` in steps {seen.first_step(seen.late)} to "
        f"{seen.recording.steps} lies beyond {advice.number(fires[0][0])} or {advice.number(fires[-1][1])}, where "
        f"{worst.place.function} has a slope below {advice.number(seen.recording.eps)}; its spread is "
        f"{advice.number(float(spread(row)))}.",
        (
            "Draw smaller weights, scale what comes in, or take a function that does not saturate:",
            *advice.initialisation(worst.place.function),
            *advice.replacement(worst.place)[-1:],
        ),
        also=tuple(one.place.name for _, one in found if one is not worst),
        since=seen.step_of(by_bin > FLAT),
    )
