"""Recordings as a probe would make them, made up: one sick of each disease that training shows, and healthy ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from actscope.catalogue import get
from actscope.formula import evaluate
from actscope.probe.findings import DEFINITIONS
from actscope.probe.records import (
    Diagnosis,
    Finding,
    FirstBad,
    Optimizer,
    ParameterHistory,
    Place,
    PlaceHistory,
    Recording,
    Role,
    Spacing,
)
from actscope.probe.rows.statistics import ABOVE, BELOW, COURSE, FIRED, PARAMETER, PLACE, Rows, blank, cell_edges

Course = float | Callable[[float], float]
"""A quantity over the run, from 0 to 1."""

FIRES: dict[str, tuple[tuple[float, float], ...]] = {
    "relu": ((0.0, math.inf),),
    "sigmoid": ((-4.585, 4.585),),
    "tanh": ((-2.993, 2.993),),
    "gelu": ((-2.8, -0.77), (-0.74, math.inf)),
    "softplus": ((-4.595, math.inf),),
    "identity": ((-math.inf, math.inf),),
}
BATCH, BINS = 64, 64


@dataclass(frozen=True)
class Layer:
    """What is planted at one place and in the layer before it."""

    function: str = "relu"
    units: int = 64
    mean: Course = 0.0
    spread: Course = 1.0
    silent: Course = 0.0
    arriving: Course = 1e-3
    gradient: Course = 1e-3
    update: Course = 1e-3
    one_signed: Course = 0.6
    signs: int = ABOVE | BELOW
    nonfinite_from: float = math.inf
    role: Role = "activation"
    trained: bool = True
    name: str = ""
    """Of the place; "" is that in a Sequential."""


def recording(*layers: Layer, steps: int = 100, bins: int = 20, loss: Course | None = None, **more) -> Recording:
    """Return what a probe would have seen of these layers in a row; `more` replaces fields of the Recording."""
    count = min(bins, steps, BINS)
    ends = np.unique(np.linspace(steps / count, steps, count).round().astype(np.int64))
    at = ends / steps
    lengths = np.diff(ends, prepend=0)
    falling = loss if loss is not None else lambda t: 0.3 + 2.0 * math.exp(-4.0 * t)
    course = blank(COURSE, len(ends))
    course["loss_count"] = lengths
    course["loss_mean"] = [_at(falling, t) for t in at]
    course["loss_m2"] = lengths * (0.05 * course["loss_mean"]) ** 2
    course["loss_low"], course["loss_high"] = 0.9 * course["loss_mean"], 1.1 * course["loss_mean"]
    lost = ~np.isfinite(course["loss_mean"])
    course["loss_nonfinite"][lost] = lengths[lost]
    for name in ("loss_count", "loss_mean", "loss_m2"):
        course[name][lost] = 0
    spread, mean = more.pop("input_spread", 1.0), more.pop("input_mean", 0.0)
    course["input_count"] = lengths * BATCH * 16
    course["input_m2"] = course["input_count"] * spread**2
    course["input_mean"] = mean
    course["input_low"], course["input_high"] = mean - 3 * spread, mean + 3 * spread
    made = Recording(
        model="Net",
        steps=steps,
        bins=ends,
        places=tuple(_place(layer, k, at, lengths) for k, layer in enumerate(layers)),
        parameters=tuple(one for k, layer in enumerate(layers) for one in _parameters(layer, k, at, lengths)),
        course=course,
        optimizer=Optimizer("SGD", 0.1),
        spacing=Spacing(1, 4, 10),
        differentiated=True,
        graph="read",
    )
    return replace(made, **more)


def in_turns(seen: Recording, spacing: int) -> Recording:
    """Return a recording whose weights took turns: of `spacing` of them, each was looked at in a bin of its own.

    What a step did is seen before the next one, and so in the next bin.
    """
    turned = []
    for k, one in enumerate(seen.parameters):
        rows = one.bins.copy()
        rows[np.arange(len(rows)) % spacing != k % spacing] = blank(PARAMETER)
        for name in ("update_count", "update_squares"):
            rows[name] = np.append(0, rows[name][:-1])
        turned.append(replace(one, bins=rows))
    return replace(seen, parameters=tuple(turned))


def of_sizes(seen: Recording, *sizes: float) -> Recording:
    """Return a recording whose weights are so many times as large as they were, with steps as large beside them."""
    made = []
    for one, size in zip(seen.parameters, sizes, strict=True):
        rows = one.bins.copy()
        rows["weight_squares"] *= size**2
        rows["update_squares"] *= size**2
        made.append(replace(one, bins=rows))
    return replace(seen, parameters=tuple(made))


def _at(quantity: Course, t: float) -> float:
    return quantity(t) if callable(quantity) else quantity


def _place(layer: Layer, k: int, at: np.ndarray, lengths: np.ndarray) -> PlaceHistory:
    rows = blank(PLACE, len(at))
    shown = np.zeros((len(at), layer.units), np.uint8)
    for row, seen, t, length in zip(rows, shown, at, lengths, strict=True):
        _fill(row, layer, float(t), int(length))
        alive = layer.units - round(_at(layer.silent, t) * layer.units)
        seen[:alive] = FIRED | layer.signs
        seen[alive:] = BELOW
    place = Place(
        name=layer.name or f"{2 * k + 1}/{layer.function}",
        function=layer.function,
        parameters=(),
        role=layer.role,
        order=k + 1,
        units=layer.units,
        fires=FIRES.get(layer.function),
        formula=layer.function in FIRES,
        layer=layer.name.rpartition("/")[0] or f"{2 * k}",
    )
    return PlaceHistory(place, rows, shown)


def _fill(row: Rows, layer: Layer, t: float, length: int) -> None:
    mean, spread = _at(layer.mean, t), max(_at(layer.spread, t), 1e-12)
    row["passes"], row["elements"] = length, length * BATCH * layer.units
    count = int(row["elements"]) // 4
    row["count"], row["mean"], row["m2"] = count, mean, count * spread**2
    row["low"], row["high"] = mean - 3.5 * spread, mean + 3.5 * spread
    cumulative, out_mean, variance, zeros, flat = _through(layer.function, mean, spread)
    row["histogram"] = np.diff((count * cumulative).round()).astype(np.int64)
    row["out_count"], row["out_mean"], row["out_m2"] = count, out_mean, count * variance
    row["zeros"], row["flat"] = round(count * zeros), round(count * flat)
    arriving = _at(layer.arriving, t)
    row["arriving_count"] = row["leaving_count"] = count
    row["arriving_squares"] = count * arriving**2
    row["leaving_squares"] = row["arriving_squares"] * (1 - row["flat"] / count)
    if t >= layer.nonfinite_from:
        row["nonfinite"] = row["elements"]


@lru_cache(maxsize=1024)
def _through(function: str, mean: float, spread: float) -> tuple[np.ndarray, float, float, float, float]:
    """Return what a normal distribution is by the cells of a histogram, and what a function makes of it.

    That is mean and variance of what leaves, the share of zeros, and that of small slopes.
    """
    arrives = NormalDist(mean, spread)
    cumulative = np.array([0.0, *(arrives.cdf(edge) for edge in cell_edges()), 1.0])
    if function not in FIRES:
        return cumulative, 0.0, 0.0, 0.0, 0.0
    activation = get(function)
    x = np.array([arrives.inv_cdf(p) for p in (np.arange(200) + 0.5) / 200])
    y, slope = (evaluate(e, x=x, **activation.bind()) + 0 * x for e in (activation.formula, activation.slope_formula))
    return cumulative, y.mean(), y.var(), (y == 0).mean(), (np.abs(slope) < 0.01).mean()


def _parameters(layer: Layer, k: int, at: np.ndarray, lengths: np.ndarray) -> list[ParameterHistory]:
    module = layer.name.rpartition("/")[0] or f"{2 * k}"
    found = []
    for name, shape in (("weight", (layer.units, layer.units)), ("bias", (layer.units,))):
        rows, size = blank(PARAMETER, len(at)), math.prod(shape)
        for row, t, length in zip(rows, at, lengths, strict=True):
            visits = max(int(length) // 2, 1)
            row["visits"] = visits
            row["weight_count"], row["weight_squares"] = visits * size, visits * size * 0.1**2
            if layer.trained:
                row["gradient_count"] = row["update_count"] = visits * size
                row["gradient_squares"] = visits * size * _at(layer.gradient, t) ** 2
                row["update_squares"] = visits * size * (0.1 * _at(layer.update, t)) ** 2
                if name == "weight":
                    row["rows"], row["one_signed"] = visits * 64, visits * 64 * _at(layer.one_signed, t)
        found.append(ParameterHistory(f"{module}.{name}", shape, layer.trained, "Linear", rows))
    return found


def _deep(rate: float, count: int = 8, **same) -> list[Layer]:
    """Return layers whose gradients grow by `rate` from each to the next."""
    return [
        Layer(arriving=1e-2 * rate ** (k - count), gradient=1e-2 * rate ** (k - count), **same) for k in range(count)
    ]


def _dying(t: float) -> float:
    return min(0.9, max(0.0, 3.0 * (t - 0.2)))


def _even(t: float) -> float:
    return 2.3 + 0.2 * math.sin(57 * t)


def _narrowing(count: int = 6) -> list[Layer]:
    return [Layer("tanh", spread=0.3**k, arriving=1e-3) for k in range(count)]


def aimed(seen: Recording, mean: float, spread: float, outputs: float) -> Recording:
    """Return a recording of a regression with such targets, whose first outputs have such a size around 0."""
    row, count = seen.course[0], BATCH
    row["target_count"], row["target_mean"] = count, mean
    row["target_m2"] = row["target_constant"] = count * spread**2
    row["target_outputs"] = count * outputs**2
    row["target_errors"] = count * (mean**2 + spread**2 + outputs**2)
    return seen


SICK: dict[str, Callable[[], Recording]] = {
    "non-finite": lambda: recording(
        Layer(),
        Layer(nonfinite_from=0.4),
        Layer(nonfinite_from=0.4),
        loss=lambda t: math.nan if t >= 0.4 else 2.0,
        first_bad=FirstBad("3/relu", 37, 4096),
    ),
    "unscaled-inputs": lambda: recording(Layer("tanh", spread=60.0), Layer("tanh"), Layer("tanh"), input_spread=100.0),
    "unscaled-targets": lambda: aimed(recording(Layer(), Layer(), loss=lambda t: 1e10 * (1 - 0.1 * t)), 0, 1e5, 0.3),
    "learning-rate-too-high": lambda: recording(
        *(Layer(update=0.7, silent=_dying, spread=40.0) for _ in range(3)), loss=lambda t: 2.0 + 40.0 * t
    ),
    "unsuited-initialisation": lambda: recording(*_narrowing()),
    "dead-units": lambda: recording(Layer(), Layer(silent=_dying, mean=lambda t: -2.0 * _dying(t)), Layer(), Layer()),
    "one-sided-units": lambda: recording(Layer(), Layer(mean=6.0, spread=0.8, signs=ABOVE), Layer()),
    "saturation": lambda: recording(Layer("tanh"), Layer("tanh", spread=8.0), Layer("tanh")),
    "vanishing-gradient": lambda: recording(*_deep(7.0, function="sigmoid")),
    "exploding-gradient": lambda: recording(*_deep(0.3)),
    "learning-rate-too-low": lambda: recording(*(Layer(update=1e-8) for _ in range(3)), loss=2.3),
    "zigzag": lambda: recording(
        *(Layer("sigmoid", one_signed=0.98) for _ in range(3)), input_mean=1.0, input_spread=0.3
    ),
    "plateau": lambda: recording(*(Layer(update=5e-3) for _ in range(3)), loss=_even, bins=50),
}
"""One for each finding that training shows, by its name."""

HEALTHY: dict[str, Callable[[], Recording]] = {
    "relu": lambda: recording(*(Layer(silent=0.05 * k) for k in range(4))),
    "tanh": lambda: recording(*(Layer("tanh", spread=0.9) for _ in range(4))),
    "gelu": lambda: recording(*(Layer("gelu", units=256) for _ in range(6))),
    "sigmoid, shallow": lambda: recording(*_deep(2.5, 2, function="sigmoid")),
    "frozen": lambda: recording(Layer(trained=False), Layer(trained=False), Layer()),
    "gates": lambda: recording(Layer("sigmoid", spread=9.0, role="gate"), Layer("tanh")),
    "an output": lambda: recording(Layer(), Layer(), Layer("sigmoid", spread=6.0, units=1, role="output")),
    "scaled targets": lambda: aimed(recording(Layer(), Layer()), 0.5, 1.0, 0.3),
    "one step": lambda: recording(Layer(), Layer(), steps=1),
    "long": lambda: recording(*(Layer() for _ in range(4)), steps=100_000, bins=BINS),
}
"""Such as must not be flagged."""


def diagnosis(name: str) -> Diagnosis:
    """Return a diagnosis with the finding of that name, as a rule would tell it, or a healthy one."""
    if name in HEALTHY:
        return Diagnosis(HEALTHY[name]())
    seen = SICK[name]()
    worst = max(seen.places, key=lambda one: (one.silent(seen.span(0.6, 1.0)), float(one.pooled()["m2"]))).place
    finding = Finding(
        name=name,
        where=worst.name,
        measured=0.9,
        threshold=0.6,
        evidence=f"58 of {worst.units} units gave 0 on all 2560 samples of the last 40 steps.",
        advice=("Train with a lower rate, or replace the function:", "    actscope.nn.replace(model, 'relu', 'elu')"),
        also=tuple(one.place.name for one in seen.places[-1:] if one.place != worst),
        since=41,
    )
    assert name in DEFINITIONS
    return Diagnosis(seen, (finding,))


def large(places: int = 120, steps: int = 100_000) -> Diagnosis:
    """Return the diagnosis of a deep model with long names, watched for long."""
    block = "model.encoder.layers.{}.intermediate.activation_function"
    layers = [
        Layer("gelu", units=512, spread=1 + 0.01 * k, arriving=1e-3 * 1.02**k, name=f"{block.format(k)}/gelu")
        for k in range(places)
    ]
    layers[17] = replace(layers[17], silent=_dying)
    seen = recording(*layers, steps=steps, bins=BINS, model="BertForSequenceClassification")
    finding = replace(diagnosis("dead-units").findings[0], where=seen.places[17].place.name, also=(), since=41_250)
    hint = replace(finding, name="unreached-parameters", where="model.pooler.weight", weight="hint", since=None)
    return Diagnosis(seen, (finding, hint))
