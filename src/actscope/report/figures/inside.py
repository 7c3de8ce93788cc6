"""What happened inside the networks, layer by layer, and what of it goes with the outcome."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ...lab.records import Comparison
from .. import numerals, rows, words
from ..rows.measured import Moment
from .parts import LETTER, WIDTH, Figure, chart, concat, drawable, lines, or_nan, title, y_axis


def gradient(comparison: Comparison) -> Figure:
    """Return the gradient of each layer's weights at the start and at the end, on a logarithmic scale."""
    return _by_layer(comparison, {"gradient": words.GRADIENT_AXIS}, words.GRADIENT)


def units(comparison: Comparison) -> Figure:
    """Return the share of silent units and of saturated outputs by layer, at the start and at the end."""
    return _by_layer(comparison, {"silent": words.SILENT_AXIS, "saturated": words.SATURATED_AXIS}, words.UNITS)


def output(comparison: Comparison) -> Figure:
    """Return mean and spread of each layer's output, at the start and at the end."""
    return _by_layer(comparison, {"mean": words.MEAN_AXIS, "spread": words.SPREAD_AXIS}, words.OUTPUT)


def centre(comparison: Comparison) -> Figure:
    """Return how far from 0 the outputs of each layer lie to one side, at the start and at the end."""
    return _by_layer(comparison, {"off_centre": words.CENTRE_AXIS}, words.CENTRE)


def updates(comparison: Comparison) -> Figure:
    """Return how large steps are beside the weights of each layer, early in training and at its end."""
    return _by_layer(comparison, {"update": words.UPDATE_AXIS}, words.UPDATES, ("early", "end"))


def zero_gradients(comparison: Comparison) -> list[str]:
    """Return the activations that have a layer without any gradient, which a logarithmic scale cannot show."""
    return sorted({row["activation"] for row in rows.layers(comparison, "gradient") if row["mean"] == 0})


def associations(comparison: Comparison) -> Figure:
    """Return how the quantities inside go with the outcome: rank correlations with their intervals over the seeds."""
    found = rows.associations(comparison)
    there = list(dict.fromkeys(row["condition"] for row in found))
    panels = [
        _associations([row for row in found if row["condition"] == at]).properties(
            **title(comparison, at, "") if len(there) > 1 else {}
        )
        for at in there
    ]
    ends = [(row["quantity"], numerals.number(or_nan(row["mean"]), 2)) for row in found]
    labels = max(len(row["quantity"]) for row in found)
    return concat(panels, 1, words.alt_lines(words.ASSOCIATION_AXIS, ends), labels=labels)


def _by_layer(
    comparison: Comparison, quantities: dict[str, str], what: str, moments: Sequence[Moment] = ("start", "end")
) -> Figure:
    panels = []
    ends: list[tuple[str, str]] = []
    measured = {quantity: rows.layers(comparison, quantity, moments) for quantity in quantities}
    for condition in rows.shown(comparison):
        at = words.condition_line(condition)
        # A user's own model has as many layers as were measured, whatever depth was asked for.
        depth = max((row["layer"] for found in measured.values() for row in found if row["condition"] == at), default=1)
        scale = alt.Scale(domain=[1, max(depth, 2)], nice=False, padding=8)
        x = alt.X("layer:Q", title=words.LAYER_AXIS, scale=scale, axis=_layer_axis(depth))
        for quantity, named in quantities.items():
            y = y_axis(named, measured[quantity], quantity)
            for when in moments:
                here = [row for row in measured[quantity] if (row["condition"], row["when"]) == (at, when)]
                drawn = lines(comparison, drawable(here, quantity), x, y, points=True)
                panels.append(drawn.properties(**title(comparison, at, words.WHEN[when])))
            ends += [
                (words.first_layer(row["activation"], named), numerals.number(or_nan(row["mean"])))
                for row in here
                if row["layer"] == 1
            ]
    return concat(panels, 2, words.alt_lines(what, ends))


def _associations(here: list[rows.Row]) -> Any:
    def x(field: str) -> Any:
        axis = alt.Axis(format=".1~f", tickCount=5)
        return alt.X(f"{field}:Q", title=words.ASSOCIATION_AXIS, scale=alt.Scale(domain=[-1, 1], nice=False), axis=axis)

    order = [row["quantity"] for row in here]
    label = alt.Axis(labelFontSize=12, labelLimit=LETTER * 60, grid=False)
    y = alt.Y("quantity:N", title=None, sort=order, axis=label)
    told = ["quantity:N", *(alt.Tooltip(f"{field}:Q", format=".2f") for field in ("mean", "low", "high"))]
    layers = [
        chart([{"at": 0.0}]).mark_rule(style="zero", aria=False).encode(x=x("at")),
        chart([row for row in here if row["low"] is not None])
        .mark_rule(style="shade", strokeWidth=4, opacity=0.6, strokeCap="round")
        .encode(x=x("low"), x2="high:Q", y=y),
        chart(here)
        .mark_point(style="ink", shape="diamond", size=90, filled=True)
        .encode(x=x("mean"), y=y, tooltip=told),
    ]
    return alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(28))


def _layer_axis(depth: int) -> Any:
    every = max(1, math.ceil(depth / 10))
    return alt.Axis(
        grid=False,
        values=[layer for layer in range(1, depth + 1) if layer == 1 or layer % every == 0],
        format="d",
        labelFlush=False,
    )
