"""Several recordings as one: of ranks that trained together, of runs to be pooled, of a run and its resumption.

Nothing is lost but the time within a bin: counts add, moments combine as `statistics.merged` says, what units have
shown is put together. Recordings with bins of other widths meet in the widest bins that all of them have.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ProbeError
from .records import Finding, FirstBad, Graph, Optimizer, ParameterHistory, PlaceHistory, Recording, Role, Spacing
from .rows import statistics
from .rows.statistics import Rows

_BINS = 64
_History = TypeVar("_History", PlaceHistory, ParameterHistory)


@dataclass(frozen=True, slots=True)
class _Timed:
    """A recording and where its steps lie among those of all."""

    recording: Recording
    start: int
    ends: NDArray[np.int64]


def merge(recordings: Sequence[Recording], *, resumed: bool = False) -> Recording:
    """Return the one recording of a model that has seen what all have seen.

    The steps of ranks or of separate runs lie side by side: step 5 of each goes into one bin. With `resumed` each
    recording goes on where the one before it ended, as those of a training that was stopped and taken up again do.
    Moments are those of all numbers together (Chan, Golub, LeVeque 1979). Raises ProbeError if there is nothing to
    merge, or if the recordings are of models that differ.

    >>> from actscope.probe.rows.statistics import COURSE, blank
    >>> first = Recording("Net", 3, np.array([1, 2, 3]), (), (), blank(COURSE, 3))
    >>> second = Recording("Net", 2, np.array([1, 2]), (), (), blank(COURSE, 2))
    >>> merge([first, second]).bins.tolist(), merge([first, second], resumed=True).bins.tolist()
    ([1, 2, 3], [1, 2, 3, 4, 5])
    """
    if not recordings:
        raise ProbeError("merge takes a list of recordings, but got an empty one; probe.recording() gives one")
    _check(recordings)
    timed, start = [], 0
    for recording in recordings:
        timed.append(_Timed(recording, start, recording.bins + start))
        start += recording.steps if resumed else 0
    bins = _common_ends(timed)
    bads = [
        replace(one.recording.first_bad, step=one.recording.first_bad.step + one.start)
        for one in timed
        if one.recording.first_bad is not None
    ]
    steps = int(bins[-1]) if len(bins) else 0
    looked = [one.looked for one in recordings]
    return Recording(
        model=recordings[0].model,
        steps=steps,
        bins=bins,
        places=_places(timed, bins),
        parameters=_parameters(timed, bins),
        course=statistics.pooled(np.stack([_rows(one, one.recording.course, bins) for one in timed])),
        static=in_common([one.static for one in recordings if one.steps] or [one.static for one in recordings]),
        notes=tuple(dict.fromkeys(note for one in recordings for note in one.notes)),
        optimizer=_fastest(one.optimizer for one in recordings),
        spacing=Spacing(
            max(one.spacing.forward for one in recordings),
            max(one.spacing.gradients for one in recordings),
            max(one.spacing.parameters for one in recordings),
        ),
        first_bad=min(bads, key=_step, default=None),
        eps=recordings[0].eps,
        moved=any(one.moved for one in recordings),
        broken=next((one.broken for one in recordings if one.broken), ""),
        cost=sum(one.cost * one.steps for one in recordings) / max(sum(one.steps for one in recordings), 1),
        unseen=steps - (sum(looked) if resumed else max(looked)),
        differentiated=any(one.differentiated for one in recordings),
        graph=_graph({one.graph for one in recordings}),
        by_turns=any(one.by_turns for one in recordings),
    )


def in_common(calls: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """Return the findings of several losses: each once, and a parameter without gradient only if none reaches it."""
    found: dict[tuple[str, str], Finding] = {}
    for findings in calls:
        for finding in findings:
            found.setdefault((finding.name, finding.where), finding)
    reached = [{(finding.name, finding.where) for finding in findings} for findings in calls]
    return tuple(
        finding
        for key, finding in found.items()
        if finding.name != "unreached-parameters" or all(key in keys for keys in reached)
    )


def _graph(seen: set[Graph]) -> Graph:
    return "hidden" if "hidden" in seen else "read" if "read" in seen else "unseen"


def _check(recordings: Sequence[Recording]) -> None:
    for what, values in (
        ("models", {one.model for one in recordings}),
        ("bounds of a small slope", {one.eps for one in recordings}),
    ):
        if len(values) > 1:
            raise ProbeError(
                f"these recordings are of different {what}, {', '.join(map(str, sorted(values)))}; "
                "merge those of one model, and compare the others"
            )


def _common_ends(timed: Sequence[_Timed]) -> NDArray[np.int64]:
    """Return the ends of bins that cut no bin of any recording in two, at most _BINS of them."""
    ends = np.unique(np.concatenate([one.ends for one in timed]))
    for one in timed:
        if len(one.ends):
            ends = ends[(ends <= one.start) | (ends >= one.ends[-1]) | np.isin(ends, one.ends)]
    while len(ends) > _BINS:
        ends = np.unique(np.append(ends[1::2], ends[-1]))
    return ends


def _bins_of(one: _Timed, bins: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return for each bin of a recording the common bin that it lies in."""
    return np.searchsorted(bins, one.ends)


def _rows(one: _Timed, rows: Rows, bins: NDArray[np.int64]) -> Rows:
    """Return the rows of a recording by the common bins."""
    into, found = _bins_of(one, bins), statistics.blank(rows.dtype, len(bins))
    for bin in np.unique(into):
        found[bin] = statistics.pooled(rows[into == bin])
    return found


def _shown(one: _Timed, shown: NDArray[np.uint8], bins: NDArray[np.int64]) -> NDArray[np.uint8]:
    found = np.zeros((len(bins), shown.shape[1]), np.uint8)
    np.bitwise_or.at(found, _bins_of(one, bins), shown)
    return found


def _places(timed: Sequence[_Timed], bins: NDArray[np.int64]) -> tuple[PlaceHistory, ...]:
    def together(found: list[tuple[_Timed, PlaceHistory]]) -> PlaceHistory:
        places = [history.place for _, history in found]
        _same(places[0].name, "functions", {place.function for place in places})
        _same(places[0].name, "numbers of units", {place.units for place in places})
        role: Role = next((place.role for place in places if place.role != "activation"), "activation")
        return PlaceHistory(
            replace(places[0], role=role),
            statistics.pooled(np.stack([_rows(one, history.bins, bins) for one, history in found])),
            np.bitwise_or.reduce([_shown(one, history.shown, bins) for one, history in found]),
        )

    united = _united([(one, one.recording.places) for one in timed], lambda history: history.place.name)
    return tuple(
        replace(history, place=replace(history.place, order=order))
        for order, history in enumerate(map(together, united), start=1)
    )


def _parameters(timed: Sequence[_Timed], bins: NDArray[np.int64]) -> tuple[ParameterHistory, ...]:
    def together(found: list[tuple[_Timed, ParameterHistory]]) -> ParameterHistory:
        first = found[0][1]
        _same(first.name, "shapes", {history.shape for _, history in found})
        return replace(
            first,
            trained=any(history.trained for _, history in found),
            bins=statistics.pooled(np.stack([_rows(one, history.bins, bins) for one, history in found])),
        )

    united = _united([(one, one.recording.parameters) for one in timed], lambda history: history.name)
    return tuple(map(together, united))


def _united(
    given: Sequence[tuple[_Timed, tuple[_History, ...]]], name: Callable[[_History], Hashable]
) -> list[list[tuple[_Timed, _History]]]:
    """Return what has one name together, in one order: a newcomer stands behind what it followed where it was seen."""
    order: list[Hashable] = []
    found: dict[Hashable, list[tuple[_Timed, _History]]] = {}
    for one, histories in given:
        at = 0
        for history in histories:
            key = name(history)
            if key not in found:
                order.insert(at, key)
            found.setdefault(key, []).append((one, history))
            at = order.index(key) + 1
    return [found[key] for key in order]


def _same(name: str, what: str, values: set[object] | set[str] | set[int] | set[tuple[int, ...]]) -> None:
    if len(values) > 1:
        raise ProbeError(
            f"{name} has different {what} in these recordings, {' and '.join(sorted(map(str, values)))}; "
            "merge recordings of one model"
        )


def _fastest(optimizers: Iterable[Optimizer | None]) -> Optimizer | None:
    return max((one for one in optimizers if one is not None), key=lambda one: one.lr, default=None)


def _step(bad: FirstBad) -> int:
    return bad.step
