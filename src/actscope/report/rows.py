"""From records to the rows that figures draw: every number of a figure is computed here, none while drawing."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from ..catalogue import Activation, get
from ..errors import UnknownActivationError
from ..lab.activations import activation_of
from ..lab.records import Comparison, Condition, LayerState, Run
from ..lab.statistics import by_condition
from . import numerals, words

Row = dict[str, Any]
MOST_EPOCHS = 200
"""Points per learning curve; a longer training is drawn at this many epochs, the first and the last among them."""


def known(comparison: Comparison, name: str) -> Activation | None:
    """Return the activation that a comparison calls by this name: a user's own, or the catalogue's; None if neither."""
    for run in comparison.runs:
        if run.experiment.activation == name and run.experiment.defined:
            return activation_of(run.experiment)
    try:
        return get(name)
    except UnknownActivationError:
        return None


def conditions(comparison: Comparison) -> list[Condition]:
    """Return the conditions that have a finished run; an interrupted comparison may lack the later ones."""
    return list(by_condition(comparison))


def groups(comparison: Comparison) -> Iterator[tuple[Condition, str, list[Run]]]:
    """Yield condition, activation and its finished runs, in the order of the comparison."""
    for condition, here in by_condition(comparison).items():
        for name in comparison.activations:
            if runs := [run for run in here if run.experiment.activation == name]:
                yield condition, name, runs


def over_seeds(values: Iterable[float], seeds: int) -> tuple[float | None, float | None, float | None]:
    """Return mean, lowest and highest; the mean is None unless all `seeds` runs have a finite value.

    A mean over the survivors would hide that a run diverged.

    >>> over_seeds([1.0, 3.0], 2), over_seeds([1.0, math.nan], 2)
    ((2.0, 1.0, 3.0), (None, 1.0, 1.0))
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return None, None, None
    mean = math.fsum(finite) / len(finite) if len(finite) == seeds else None
    return mean, min(finite), max(finite)


def learning(comparison: Comparison, quantity: Literal["score", "loss"]) -> list[Row]:
    """Return a row per condition, activation, part of the data and epoch: mean over the seeds, lowest, highest."""
    rows: list[Row] = []
    for condition, name, runs in groups(comparison):
        epochs = sorted({epoch.epoch for run in runs for epoch in run.history})
        for part in ("train", "test"):
            field = f"{part}_{quantity}"
            found = [{epoch.epoch: getattr(epoch, field) for epoch in run.history} for run in runs]
            for epoch in thinned(epochs):
                mean, low, high = over_seeds((one.get(epoch, math.nan) for one in found), len(runs))
                rows.append(_row(condition, name, part=part, epoch=epoch, mean=mean, low=low, high=high))
    return rows


def layers(comparison: Comparison, quantity: str) -> list[Row]:
    """Return a row per condition, activation, layer and moment (start, end): mean over the seeds, lowest, highest."""
    rows: list[Row] = []
    for condition, name, runs in groups(comparison):
        for when in ("start", "end"):
            states: dict[int, list[LayerState]] = {}
            for run in runs:
                for state in getattr(run, when).layers:
                    states.setdefault(state.layer, []).append(state)
            for layer, found in sorted(states.items()):
                mean, low, high = over_seeds((getattr(state, quantity) for state in found), len(runs))
                rows.append(_row(condition, name, when=when, layer=layer, mean=mean, low=low, high=high))
    return rows


def standings(comparison: Comparison) -> list[Row]:
    """Return a row per standing: mean test accuracy and its 95 % interval, cut at 0 and 1."""
    return [
        _row(
            s.condition,
            s.activation,
            mean=_finite(accuracy.mean),
            low=_finite(accuracy.low),
            high=_finite(accuracy.high),
        )
        for s in comparison.standings
        for accuracy in [numerals.cut(s.test_score, 0.0, 1.0)]
    ]


def cut_at(comparison: Comparison, *shown: str) -> str:
    """Return where one of the `shown` intervals of the standings leaves the possible range; "" if none does."""

    def leaves(least: float, most: float, *names: str) -> bool:
        found = (getattr(s, name) for s in comparison.standings for name in names if name in shown)
        return any(estimate.low < least or estimate.high > most for estimate in found if estimate)

    return words.cut_at(
        shares=leaves(0.0, 1.0, "test_score", "train_score"),
        points=leaves(-1.0, 1.0, "behind"),
        losses=leaves(0.0, math.inf, "test_loss"),
    )


def finals(comparison: Comparison) -> list[Row]:
    """Return a row per run: its test accuracy after the last epoch."""
    return [
        _row(condition, name, seed=run.experiment.seed, score=_finite(run.final.test_score))
        for condition, name, runs in groups(comparison)
        for run in runs
    ]


def mapped(comparison: Comparison) -> list[tuple[Condition, Run]]:
    """Return the runs whose decision boundary is drawn: the first seed of each activation, in each condition."""
    return [(at, run) for at, _, runs in groups(comparison) for run in runs[:1] if run.boundary is not None]


def thinned(values: list[int], most: int = MOST_EPOCHS) -> list[int]:
    """Return at most `most` of `values`, evenly spread, the first and the last among them.

    >>> thinned([0, 1, 2, 3, 4, 5, 6], most=3)
    [0, 3, 6]
    """
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def contour(
    values: tuple[tuple[float, ...], ...], x: tuple[float, float], y: tuple[float, float], at: float = 0.5
) -> list[Row]:
    """Return where `values` on an even grid cross `at`, as short straight pieces, by marching squares.

    >>> contour(((0.0, 1.0), (0.0, 1.0)), (0.0, 1.0), (0.0, 1.0))
    [{'x': 0.5, 'y': 0.0, 'x2': 0.5, 'y2': 1.0}]
    """
    height, width = len(values), len(values[0])

    def place(column: float, row: float) -> tuple[float, float]:
        return x[0] + (x[1] - x[0]) * column / (width - 1), y[0] + (y[1] - y[0]) * row / (height - 1)

    pieces: list[Row] = []
    for row in range(height - 1):
        for column in range(width - 1):
            corners = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
            crossings = []
            for (c1, r1), (c2, r2) in zip(corners, (*corners[1:], corners[0]), strict=True):
                a, b = values[r1][c1] - at, values[r2][c2] - at
                if (a < 0) != (b < 0) and math.isfinite(a) and math.isfinite(b):
                    crossings.append(place(c1 + (c2 - c1) * a / (a - b), r1 + (r2 - r1) * a / (a - b)))
            for (xa, ya), (xb, yb) in zip(crossings[::2], crossings[1::2], strict=False):
                pieces.append({"x": round(xa, 4), "y": round(ya, 4), "x2": round(xb, 4), "y2": round(yb, 4)})
    return pieces


def _row(condition: Condition, name: str, **rest: Any) -> Row:
    return {"condition": words.condition_line(condition), "activation": name, **rest}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
