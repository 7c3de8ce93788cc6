"""Every series of a diagnosis: a quantity at each place, of each parameter and of the model, over the bins of steps."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...probe.records import Diagnosis, ParameterHistory, PlaceHistory, Recording
from ...probe.rows.statistics import ratio, root_mean_square, spread
from . import rows
from .rows import Numbers

PLACE: dict[str, Callable[[PlaceHistory], Numbers]] = {
    "silent": rows.silent_share,
    "flat": rows.flat_share,
    "mean": lambda history: _where(history.bins["mean"], history.bins["count"]),
    "spread": lambda history: spread(history.bins),
    "low": lambda history: _where(history.bins["low"], history.bins["count"]),
    "high": lambda history: _where(history.bins["high"], history.bins["count"]),
    "output_mean": lambda history: _where(history.bins["out_mean"], history.bins["out_count"]),
    "output_spread": lambda history: spread(history.bins, "out_"),
    "zeros": lambda history: ratio(history.bins["zeros"], history.bins["out_count"]),
    "arriving": lambda history: root_mean_square(history.bins, "arriving_"),
    "leaving": lambda history: root_mean_square(history.bins, "leaving_"),
    "nonfinite": lambda history: _where(history.bins["nonfinite"], history.bins["elements"]),
}
"""What is known of a place: shares of units and elements, moments, gradients as root mean squares, counts."""

PARAMETER: dict[str, Callable[[ParameterHistory], Numbers]] = {
    "gradient": lambda history: root_mean_square(history.bins, "gradient_"),
    "weight": lambda history: root_mean_square(history.bins, "weight_"),
    "update": lambda history: rows.update(history.bins),
    "one_signed": lambda history: rows.one_signed(history.bins),
}
"""What is known of a parameter: sizes as root mean squares; "update" is the step over the weight."""

COURSE: dict[str, Callable[[Recording], Numbers]] = {
    "loss": lambda seen: _where(seen.course["loss_mean"], seen.course["loss_count"]),
    "loss_low": lambda seen: _where(seen.course["loss_low"], seen.course["loss_count"]),
    "loss_high": lambda seen: _where(seen.course["loss_high"], seen.course["loss_count"]),
    "input_mean": lambda seen: _where(seen.course["input_mean"], seen.course["input_count"]),
    "input_spread": lambda seen: spread(seen.course, "input_"),
    "skipped": lambda seen: _where(seen.course["skipped"], np.ones(len(seen.bins))),
}
"""What is known of the model as a whole."""


def of_place(history: PlaceHistory) -> dict[str, Numbers]:
    """Return the series of a place, one number for each bin, nan where nothing was measured."""
    return {name: compute(history) for name, compute in PLACE.items()}


def of_parameter(history: ParameterHistory) -> dict[str, Numbers]:
    """Return the series of a parameter."""
    return {name: compute(history) for name, compute in PARAMETER.items()}


def of_course(recording: Recording) -> dict[str, Numbers]:
    """Return the series of the model as a whole."""
    return {name: compute(recording) for name, compute in COURSE.items()}


def series(diagnosis: Diagnosis) -> dict[str, list[tuple[int, float]]]:
    """Return every series by its name, as pairs of a step, the last of its bin, and a value.

    Names are such as "place/encoder.3/relu/silent", "parameter/3.weight/update" and "course/loss"; what was not
    measured in a bin is left out, and a series of which nothing was measured too.
    """
    recording = diagnosis.recording
    named: dict[str, Numbers] = {f"course/{name}": found for name, found in of_course(recording).items()}
    for place in recording.places:
        named |= {f"place/{place.place.name}/{name}": found for name, found in of_place(place).items()}
    for one in recording.parameters:
        named |= {f"parameter/{one.name}/{name}": found for name, found in of_parameter(one).items()}
    steps = recording.bins.tolist()
    pairs = {
        name: [(step, value) for step, value in zip(steps, found.tolist(), strict=True) if np.isfinite(value)]
        for name, found in named.items()
    }
    return {name: some for name, some in pairs.items() if some}


def scalars(diagnosis: Diagnosis) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield step by step all values of `series` as one flat dict, as W&B's and MLflow's functions take it.

    for step, values in scalars(diagnosis):
        wandb.log(values, step=step)
    """
    found: dict[int, dict[str, float]] = {}
    for name, pairs in series(diagnosis).items():
        for step, value in pairs:
            found.setdefault(step, {})[name] = value
    yield from sorted(found.items())


def _where(values: Any, seen: Any) -> Numbers:
    measured: Numbers = np.where(np.asarray(seen) > 0, values, np.nan)
    return measured
