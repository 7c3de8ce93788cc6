"""From records to the rows that figures draw: every number of a figure is computed here, none while drawing."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..catalogue import Activation, get
from ..errors import ParameterError, UnknownActivationError
from ..lab.records import Comparison, LayerState, Run, Standing
from ..lab.statistics import paired
from . import numerals, words

Row = dict[str, Any]
MOST_EPOCHS = 200
"""Points per learning curve; a longer training is drawn at this many epochs, the first and the last among them."""
REACHES = (6.0, 8.0, 10.0, 12.0)
"""Curves are drawn for |x| up to the first of these where each side that saturates up to the last can be seen to."""
SEEN = 0.5
"""Length along x that a saturated stretch needs to be seen."""


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


def known(name: str) -> Activation | None:
    """Return the activation of the catalogue, or None if it has none of that name.

    >>> known("relu").title, known("mine")
    ('ReLU', None)
    """
    try:
        return get(name)
    except UnknownActivationError:
        return None


def depths(comparison: Comparison) -> list[int]:
    """Return the depths that have a finished run; an interrupted comparison may lack the later ones."""
    return list(dict.fromkeys(depth for depth, _, _ in groups(comparison)))


def groups(comparison: Comparison) -> Iterator[tuple[int, str, list[Run]]]:
    """Yield depth, activation and its finished runs, in the order of the comparison."""
    for depth in comparison.depths:
        for name in comparison.activations:
            runs = [
                run for run in comparison.runs if (run.experiment.activation, run.experiment.depth) == (name, depth)
            ]
            if runs:
                yield depth, name, runs


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


def learning(comparison: Comparison, quantity: Literal["accuracy", "loss"]) -> list[Row]:
    """Return a row per depth, activation, part of the data and epoch: mean over the seeds, lowest, highest."""
    rows: list[Row] = []
    for depth, name, runs in groups(comparison):
        epochs = sorted({epoch.epoch for run in runs for epoch in run.history})
        for part in ("train", "test"):
            field = f"{part}_{quantity}"
            found = [{epoch.epoch: getattr(epoch, field) for epoch in run.history} for run in runs]
            for epoch in thinned(epochs):
                mean, low, high = over_seeds((one.get(epoch, math.nan) for one in found), len(runs))
                rows.append(_row(depth, name, part=part, epoch=epoch, mean=mean, low=low, high=high))
    return rows


def layers(comparison: Comparison, quantity: str) -> list[Row]:
    """Return a row per depth, activation, layer and moment (start, end): mean over the seeds, lowest, highest."""
    rows: list[Row] = []
    for depth, name, runs in groups(comparison):
        for when in ("start", "end"):
            states: dict[int, list[LayerState]] = {}
            for run in runs:
                for state in getattr(run, when).layers:
                    states.setdefault(state.layer, []).append(state)
            for layer, found in sorted(states.items()):
                mean, low, high = over_seeds((getattr(state, quantity) for state in found), len(runs))
                rows.append(_row(depth, name, when=when, layer=layer, mean=mean, low=low, high=high))
    return rows


def standings(comparison: Comparison) -> list[Row]:
    """Return a row per standing: mean test accuracy and its 95 % interval, cut at 0 and 1."""
    return [
        _row(
            s.depth,
            s.activation,
            mean=_finite(accuracy.mean),
            low=_finite(accuracy.low),
            high=_finite(accuracy.high),
        )
        for s in comparison.standings
        for accuracy in [numerals.cut(s.test_accuracy, 0.0, 1.0)]
    ]


def ranked(comparison: Comparison, standing: Standing) -> tuple[Run, ...]:
    """Return the runs that a standing is over: those of seeds that every activation of the depth has finished."""
    here = [run for run in comparison.runs if run.experiment.depth == standing.depth]
    return paired(here)[standing.depth, standing.activation]


def silent(runs: Iterable[Run]) -> float:
    """Return the share of silent units after training, over all hidden layers and runs; nan if there is none."""
    shares = [layer.silent for run in runs for layer in run.end.layers]
    return math.fsum(shares) / len(shares) if shares else math.nan


def cut_at(comparison: Comparison, *shown: str) -> str:
    """Return where one of the `shown` intervals of the standings leaves the possible range; "" if none does."""

    def leaves(least: float, most: float, *names: str) -> bool:
        found = (getattr(s, name) for s in comparison.standings for name in names if name in shown)
        return any(estimate.low < least or estimate.high > most for estimate in found if estimate)

    return words.cut_at(
        shares=leaves(0.0, 1.0, "test_accuracy", "train_accuracy"),
        points=leaves(-1.0, 1.0, "behind"),
        losses=leaves(0.0, math.inf, "test_loss"),
    )


def finals(comparison: Comparison) -> list[Row]:
    """Return a row per run: its test accuracy after the last epoch."""
    return [
        _row(
            run.experiment.depth,
            run.experiment.activation,
            seed=run.experiment.seed,
            accuracy=_finite(run.final.test_accuracy),
        )
        for run in comparison.runs
    ]


def mapped(comparison: Comparison) -> list[Run]:
    """Return the runs whose decision boundary is drawn: the first seed of each activation, at each depth."""
    return [run for _, _, runs in groups(comparison) for run in runs[:1] if run.boundary is not None]


def curve(activation: str | Activation, *, saturation_slope: float = 0.01, **parameters: float) -> Curve:
    """Return the curve of an activation, from its compiled value and slope.

    No piece crosses a kink, so that no line is drawn across a jump of the value or of the slope.

    >>> [tuple(round(end, 1) for end in stretch) for stretch in curve("relu").flat]
    [(-6.0, 0.0)]
    """
    activation = get(activation)
    if not activation.pointwise:
        acts = "acts on a row of numbers" if activation.rowwise else "takes two inputs"
        raise ParameterError(f"{activation.name} {acts}, so it has no curve; `actscope list` shows what has one")
    values = activation.bind(**parameters)
    kinks = sorted(activation.properties_at(**parameters).kinks)
    far = REACHES[-1]
    # A stretch that touches the left end starts to be saturated, seen from 0, at its right end.
    starts = [
        start
        for low, high in _pieces(activation, values, kinks, far, saturation_slope)[1]
        for start, touches in ((-high, low == -far), (low, high == far))
        if touches
    ]
    reach = next((reach for reach in REACHES if all(start + SEEN <= reach for start in starts)), far)
    rows, flat = _pieces(activation, values, kinks, reach, saturation_slope)
    return Curve(activation.name, activation.title, values, rows, reach, flat, saturation_slope)


def _pieces(
    activation: Activation, values: dict[str, float], kinks: Iterable[float], reach: float, saturation_slope: float
) -> tuple[tuple[Row, ...], tuple[tuple[float, float], ...]]:
    """Return the rows of a curve for |x| up to `reach`, and its saturated stretches."""
    from .. import kernels

    inner = [kink for kink in kinks if -reach < kink < reach]
    ends = [-reach, *inner, reach]
    rows: list[Row] = []
    flat: list[tuple[float, float]] = []
    for piece, (low, high) in enumerate(pairwise(ends)):
        x = np.linspace(low, high, max(3, round(25 * (high - low)) + 1))
        # The kernels give the declared slope at a kink; just beside it is the slope that this piece tends to.
        inside = x.copy()
        inside[0] += 1e-9 * (low in inner)
        inside[-1] -= 1e-9 * (high in inner)
        value, slope = kernels.value_and_slope(activation, inside, **values)
        rows += [
            {
                "x": round(float(a), 4),
                "value": _finite(float(f"{v:.6g}")),
                "slope": _finite(float(f"{s:.6g}")),
                "piece": piece,
            }
            for a, v, s in zip(x, value, slope, strict=True)
        ]
        # Around a peak or a trough the slope passes through 0 without staying there: no saturation.
        flat += [f for f in _stretches(x, np.abs(slope) < saturation_slope) if not _passes_zero(x, slope, *f)]
    return tuple(rows), tuple(_joined(flat))


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


def _row(depth: int, name: str, **rest: Any) -> Row:
    return {"depth": depth, "activation": name, **rest}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _stretches(x: Any, wanted: Any) -> Iterator[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False])).astype(int)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        if after - first > 1:
            yield float(x[first]), float(x[after - 1])


def _passes_zero(x: Any, slope: Any, low: float, high: float) -> bool:
    inside = slope[(x >= low) & (x <= high)]
    return bool(inside.min() < 0 < inside.max())


def _joined(stretches: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
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
