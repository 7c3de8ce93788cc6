"""From the record to the rows that the figure draws: every number of it is computed here, none while drawing."""

import math
from collections.abc import Sequence
from typing import Literal, TypeVar

from ...lab.flow.records import Flow, Line, Measured
from ..rows import Row, thinned

MOST_DOTS = 51
"""Layers with a dot; of a deeper network these many are spread evenly, the first and the last among them."""
MOST_POINTS = 400
"""Points of a line."""

Quantity = Literal["gradient", "signal"]
T = TypeVar("T")


def predicted(flow: Flow, quantity: Quantity) -> list[Row]:
    """Return a row per activation and layer with the predicted size, None where a logarithm has no place for it."""
    return [
        {"activation": line.activation, "layer": sizes.layer, "size": positive(getattr(sizes, quantity))}
        for line in flow.lines
        for sizes in _some(line.predicted, MOST_POINTS)
    ]


def measured(flow: Flow, quantity: Quantity) -> list[Row]:
    """Return a row per activation and layer with the measured size, the lowest and the highest of the networks."""
    rows: list[Row] = []
    for line in flow.lines:
        for layer in _some(line.measured, MOST_DOTS):
            found = getattr(layer, quantity)
            rows.append(
                {
                    "activation": line.activation,
                    "layer": layer.layer,
                    "size": positive(found.mean),
                    "low": positive(found.low),
                    "high": positive(found.high),
                }
            )
    return rows


def lost(flow: Flow, quantity: Quantity) -> list[Row]:
    """Return a row per activation whose float32 networks lose the quantity: the last layer at which one holds it.

    The gradient comes from the last layer, the signal from the first.
    """
    rows: list[Row] = []
    for line in flow.lines:
        layers = list(line.single) if quantity == "signal" else list(reversed(line.single))
        ends = [end for end in line.measured_ends if end.cause.startswith(quantity)]
        if ends:
            last = layers[max(end.depth for end in ends) - 2] if max(end.depth for end in ends) > 1 else layers[0]
            size = _true_size(line, last, quantity)
            rows.append({"activation": line.activation, "layer": last.layer, "size": positive(size)})
    return rows


def positive(size: float) -> float | None:
    """Return the size, or None where a logarithmic scale has no place for it.

    >>> positive(0.5), positive(0.0), positive(math.inf)
    (0.5, None, None)
    """
    return size if 0.0 < size < math.inf else None


def _some(layers: Sequence[T], most: int) -> list[T]:
    return [layers[k] for k in thinned(list(range(len(layers))), most)]


def _true_size(line: Line, at: Measured, quantity: Quantity) -> float:
    size: float = getattr(line.measured[at.layer - 1], quantity).mean
    return size
