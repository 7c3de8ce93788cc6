"""From the record to the rows that table, figures and exports show: every number of them is computed here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...probe.findings.thresholds import LATE
from ...probe.records import Diagnosis, Finding, ParameterHistory, PlaceHistory, Recording
from ...probe.rows.statistics import Rows, pooled, ratio, root_mean_square, silent, spread

WINDOW = (LATE, 1.0)
"""The share of the run that the table of layers speaks of: as it is, not as it was at the start."""

COLUMNS = ("silent", "flat", "mean", "spread", "gradient", "update")
"""The quantities of the table of layers."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A place as the table of layers shows it, at the end of the run; nan is what was not measured."""

    history: PlaceHistory
    weight: ParameterHistory | None
    """The weight of the layer before it."""
    silent: float
    """Share of units whose slope was small on every sample."""
    flat: float
    """Share of elements whose slope was small."""
    mean: float
    spread: float
    gradient: float
    """Length of the gradient that arrives, relative to that at the last place."""
    update: float
    """Size of a step over the size of the weight."""
    found: tuple[int, ...]
    """The numbers of what was found there, from 1, in the order of `told`."""
    worst: tuple[int, ...]
    """Those of them that were found here most of all."""

    @property
    def name(self) -> str:
        """The name of the place."""
        return self.history.place.name


def told(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Return all findings in the order in which they are told: what is wrong, then the hints."""
    return tuple(sorted(diagnosis.findings, key=lambda finding: finding.weight == "hint"))


def counts(diagnosis: Diagnosis) -> tuple[int, int]:
    """Return how many findings and how many hints there are."""
    hints = sum(finding.weight == "hint" for finding in diagnosis.findings)
    return len(diagnosis.findings) - hints, hints


def elements(recording: Recording) -> tuple[int, int]:
    """Return how many inputs of activations were looked at, and how many of them were measured."""
    seen = sum(int(history.bins["elements"].sum()) for history in recording.places)
    return seen, sum(int(history.bins["count"].sum()) for history in recording.places)


def lines(diagnosis: Diagnosis) -> list[Line]:
    """Return a line for each place, the worst first: by what was found there, then by units that are silent."""
    recording = diagnosis.recording
    here, findings = window(recording), told(diagnosis)
    reference = last_gradient([history.pooled(here) for history in recording.places], recording.places)
    found = [_line(recording, history, here, reference, findings) for history in recording.places]
    return sorted(found, key=_badness)


def window(recording: Recording) -> slice:
    """Return the bins that the table speaks of: the last of the run, or of those looked at if these came before.

    Steps are looked at in bursts, and those of a short run may all lie at its beginning.
    """
    late = recording.span(*WINDOW)
    looked = [k for k in range(len(recording.bins)) if any(history.bins["elements"][k] for history in recording.places)]
    if not looked or looked[-1] >= late.start:
        return late
    return slice(looked[int(WINDOW[0] * len(looked))], looked[-1] + 1)


def seen_bins(recording: Recording) -> list[bool]:
    """Return for each bin whether a step of it was looked at: whether a place or a parameter has a number there."""
    counts = [one.bins["elements"] for one in recording.places]
    counts += [one.bins["update_count"] + one.bins["gradient_count"] for one in recording.parameters]
    return [any(count[k] for count in counts) for k in range(len(recording.bins))]


def last_looked(recording: Recording) -> int:
    """Return the last step that was looked at, as far as its bin tells; 0 where it is the last of the run, or none."""
    seen = seen_bins(recording)
    last = max((k for k, there in enumerate(seen) if there), default=len(seen) - 1)
    return int(recording.bins[last]) if recording.unseen and last < len(seen) - 1 else 0


def columns(every: Sequence[Line]) -> tuple[str, ...]:
    """Return the columns of the table of layers in which any of these lines has a number."""
    return tuple(name for name in COLUMNS if any(getattr(line, name) == getattr(line, name) for line in every))


def _line(
    recording: Recording, history: PlaceHistory, here: slice, reference: float, findings: Sequence[Finding]
) -> Line:
    row, weight = history.pooled(here), weight_of(recording, history)
    step = weight.pooled(here) if weight else None
    return Line(
        history=history,
        weight=weight,
        silent=history.silent(here),
        flat=float(ratio(row["flat"], row["count"])),
        mean=float(row["mean"]) if row["count"] else math.nan,
        spread=float(spread(row)),
        gradient=float(lengths(row)) / reference if reference > 0 else math.nan,
        update=float(update(step)) if step is not None else math.nan,
        found=tuple(
            k for k, finding in enumerate(findings, 1) if concerns((finding.where, *finding.also), history, weight)
        ),
        worst=tuple(k for k, finding in enumerate(findings, 1) if concerns((finding.where,), history, weight)),
    )


def _badness(line: Line) -> tuple[float, ...]:
    return (
        min(line.found, default=math.inf),
        -len(line.worst),
        -_or_zero(line.silent),
        -_or_zero(line.flat),
        line.history.place.order,
    )


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def concerns(where: Sequence[str], history: PlaceHistory, weight: ParameterHistory | None) -> bool:
    """Return whether one of these is the place, the layer before it, or that layer's weight."""
    names = {history.place.name, history.place.layer, *((weight.name,) if weight else ())} - {""}
    return not names.isdisjoint(where)


def weight_of(recording: Recording, history: PlaceHistory) -> ParameterHistory | None:
    """Return the weight of the layer before a place: of the layer's parameters the largest; None without a layer."""
    module = history.place.layer
    inside = [one for one in recording.parameters if module and one.name.rpartition(".")[0] == module]
    return max(inside, key=lambda one: math.prod(one.shape), default=None)


def update(rows: Rows) -> Numbers:
    """Return the size of the optimiser's steps over the size of the weights."""
    return ratio(root_mean_square(rows, "update_"), root_mean_square(rows, "weight_"))


def one_signed(rows: Rows) -> Numbers:
    """Return the share of a unit's gradients that have one sign, on average over the units."""
    return ratio(rows["one_signed"], rows["rows"])


def lengths(rows: Rows) -> Numbers:
    """Return the length of the gradient that arrives in a pass: after pooling it is spread over fewer numbers."""
    sizes: Numbers = root_mean_square(rows, "arriving_") * np.sqrt(ratio(rows["elements"], rows["passes"]))
    return sizes


def last_gradient(rows: Sequence[Rows], places: Sequence[PlaceHistory]) -> float:
    """Return the length of the gradient at the last place that has one; an output and a gate only if there is no other.

    `rows` is one row for each of `places`; nan without any gradient.
    """
    sizes = [(history.place, float(lengths(row))) for row, history in zip(rows, places, strict=True)]
    inside = [(place, size) for place, size in sizes if math.isfinite(size) and size > 0]
    last = max(inside, key=lambda one: (one[0].role == "activation", one[0].order), default=None)
    return last[1] if last else math.nan


def silent_share(history: PlaceHistory) -> Numbers:
    """Return for each bin the share of units whose slope was small on every sample of that bin."""
    seen = history.bins["elements"] > 0
    shares = [silent(bits[None]).mean() if there else math.nan for bits, there in zip(history.shown, seen, strict=True)]
    return np.array(shares, float)


def flat_share(history: PlaceHistory) -> Numbers:
    """Return for each bin the share of elements whose slope was small."""
    return ratio(history.bins["flat"], history.bins["count"])


def relative_gradients(recording: Recording) -> list[Numbers]:
    """Return for each place the length of the gradient that arrives in each bin over that at the last place."""
    places = recording.places
    ends = [last_gradient([one.bins[k] for one in places], places) for k in range(len(recording.bins))]
    return [ratio(lengths(one.bins), np.array(ends)) for one in places]


def spans_of(recording: Recording) -> list[tuple[int, int]]:
    """Return the first and the last step of each bin."""
    ends = [int(end) for end in recording.bins]
    return [(before + 1, end) for before, end in zip([0, *ends], ends, strict=False)]


def whole(history: PlaceHistory) -> Rows:
    """Return all that was seen at a place as one row."""
    return pooled(history.bins)


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return a shorter name for each: without the path that all begin with and the one that all end with.

    >>> short_names(["bert.layer.0.act/gelu", "bert.layer.11.act/gelu"])
    {'bert.layer.0.act/gelu': '0/gelu', 'bert.layer.11.act/gelu': '11/gelu'}
    >>> short_names(["1", "3"])
    {'1': '1', '3': '3'}
    """
    halves = [name.rpartition("/") if "/" in name else (name, "", "") for name in names]
    paths = [path.split(".") for path, _, _ in halves]
    start, end = _shared(paths), _shared([path[::-1] for path in paths])
    if len(names) < 2 or start + end >= min(map(len, paths)):
        return {name: name for name in names}
    kept = [".".join(path[start : len(path) - end]) for path in paths]
    return {name: short + slash + last for name, short, (_, slash, last) in zip(names, kept, halves, strict=True)}


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """Return with how many equal parts all paths begin."""
    alike = (len(set(parts)) == 1 for parts in zip(*paths, strict=False))
    return next((k for k, same in enumerate(alike) if not same), min(map(len, paths), default=0))


def digits(value: float, count: int = 4) -> float:
    """Return a number with as many digits as a drawing shows.

    >>> digits(0.123456), digits(1234567.0)
    (0.1235, 1235000.0)
    """
    return float(f"{float(value):.{count}g}")
