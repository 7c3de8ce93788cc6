"""What was measured run by run: over the epochs, by layer, at the end."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from ...lab.records import Comparison, LayerState, Run, Snapshot
from .grouped import Row, finite, groups, row

MOST_EPOCHS = 200
"""Points per learning curve; a longer training is drawn at this many epochs, the first and the last among them."""

Moment = Literal["start", "early", "end"]


def over_seeds(values: Iterable[float], seeds: int) -> tuple[float | None, float | None, float | None]:
    """Return mean, lowest and highest; the mean is None unless all `seeds` runs have a finite value.

    A mean over the survivors would hide that a run diverged.

    >>> over_seeds([1.0, 3.0], 2), over_seeds([1.0, math.nan], 2)
    ((2.0, 1.0, 3.0), (None, 1.0, 1.0))
    """
    there = [value for value in values if math.isfinite(value)]
    if not there:
        return None, None, None
    mean = math.fsum(there) / len(there) if len(there) == seeds else None
    return mean, min(there), max(there)


def learning(comparison: Comparison, quantity: Literal["score", "loss"]) -> list[Row]:
    """Return a row per condition, activation, part of the data and epoch: mean over the seeds, lowest, highest."""
    found: list[Row] = []
    for condition, name, runs in groups(comparison):
        epochs = sorted({epoch.epoch for run in runs for epoch in run.history})
        for part in ("train", "test"):
            field = f"{part}_{quantity}"
            by_epoch = [{epoch.epoch: getattr(epoch, field) for epoch in run.history} for run in runs]
            for epoch in thinned(epochs):
                mean, low, high = over_seeds((one.get(epoch, math.nan) for one in by_epoch), len(runs))
                found.append(row(condition, name, part=part, epoch=epoch, mean=mean, low=low, high=high))
    return found


def layers(comparison: Comparison, quantity: str, moments: Sequence[Moment] = ("start", "end")) -> list[Row]:
    """Return a row per condition, activation, layer and moment: mean over the seeds, lowest, highest.

    Early is where layers were measured first after the start.
    """
    found: list[Row] = []
    for condition, name, runs in groups(comparison):
        for when in moments:
            states: dict[int, list[LayerState]] = {}
            for run in runs:
                for state in _snapshot(run, when).layers:
                    states.setdefault(state.layer, []).append(state)
            for layer, of_layer in sorted(states.items()):
                mean, low, high = over_seeds((getattr(state, quantity) for state in of_layer), len(runs))
                found.append(row(condition, name, when=when, layer=layer, mean=mean, low=low, high=high))
    return found


def finals(comparison: Comparison) -> list[Row]:
    """Return a row per run: its test score at the end."""
    return [
        row(condition, name, seed=run.experiment.seed, score=finite(run.final.test_score))
        for condition, name, runs in groups(comparison)
        for run in runs
    ]


def thinned(values: list[int], most: int = MOST_EPOCHS) -> list[int]:
    """Return at most `most` of `values`, evenly spread, the first and the last among them.

    >>> thinned([0, 1, 2, 3, 4, 5, 6], most=3)
    [0, 3, 6]
    """
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _snapshot(run: Run, when: Moment) -> Snapshot:
    if when == "start":
        return run.start
    return run.end if when == "end" else run.snapshots[min(1, len(run.snapshots) - 1)]
