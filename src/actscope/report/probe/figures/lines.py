"""The loss over the steps, and a quantity through depth."""

import math
from typing import Any

import altair as alt

from ....probe.records import Diagnosis
from ...figures import log_ticks
from ...rows import Row
from .. import captions
from ..drawn import courses
from .parts import WIDTH, chart

LOG_REACH = 50.0
"""Losses that reach over more than this factor have a logarithmic axis."""

TICKS = 8
"""Places that the axis of a profile names at most."""


def profile(found: list[Row], quantity: courses.Profile, bound: float | None) -> alt.LayerChart:
    """Return a quantity at each place through depth, with the bound of the finding that it stands beside."""
    values = [row["value"] for row in found]
    bounds = [bound] if bound is not None and min(values) / 30 <= bound <= max(values) * 30 else []
    low, high = min([*values, *bounds]) / 1.5, max([*values, *bounds]) * 1.5
    orders = sorted({row["order"] for row in found})
    x = alt.X(
        "order:Q",
        title=captions.PLACE_AXIS,
        scale=alt.Scale(domain=[min(orders), max(orders)], nice=False, padding=10),
        axis=alt.Axis(grid=False, format="d", values=orders[:: -(-len(orders) // TICKS)]),
    )
    y = alt.Y(
        "value:Q",
        title=captions.QUANTITIES[quantity],
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=log_ticks(low, high, 6), format="~g" if low > 1e-4 else "~e"),
    )
    told = [alt.Tooltip("place:N"), alt.Tooltip("value:Q", format=".3~g")]
    layers: list[Any] = [
        chart(found).mark_line(style="heat", strokeWidth=2).encode(x=x, y=y),
        chart(found).mark_circle(style="heat", size=40, opacity=1).encode(x=x, y=y, tooltip=told),
    ]
    for value in bounds:
        rule = chart([{"value": value, "told": captions.bound(value)}]).encode(y=y)
        layers.append(rule.mark_rule(style="zero", strokeDash=[3, 3]))
        # On the side of the bound where the line does not begin.
        dy = -7 if value > values[0] else 8
        label = rule.encode(text="told:N")
        layers.append(label.mark_text(style="shade", align="left", dx=4, dy=dy, fontSize=11, x=0))
    return alt.LayerChart(
        layer=layers,
        title=alt.TitleParams(captions.PROFILE_TITLES[quantity]),
        description=captions.profile_alt(quantity, values[0], values[-1]),
    ).properties(width=WIDTH, height=200)


def loss(diagnosis: Diagnosis) -> alt.LayerChart:
    """Return the loss over the steps, with a line where something was found to begin."""
    found = courses.losses(diagnosis.recording)
    lows, highs = [row["low"] for row in found], [row["high"] for row in found]
    logarithmic = min(lows) > 0 and max(highs) > LOG_REACH * min(lows)
    ends = [min(lows), max(highs)]
    axis = alt.Axis(values=log_ticks(*ends), format="~g") if logarithmic else alt.Axis(tickCount=5)
    if math.isclose(*ends, rel_tol=1e-6):
        # Of one value Vega makes one tick, and rounds what it says to a whole number.
        axis = alt.Axis(values=[ends[0]], format=".4~g")
    y = alt.Y(
        "mean:Q",
        title=captions.LOSS,
        scale=alt.Scale(type="log" if logarithmic else "linear", zero=False, nice=not logarithmic),
        axis=axis,
    )
    low = y.copy()
    low.shorthand = "low:Q"
    x = alt.X(
        "step:Q",
        title=captions.STEP,
        scale=alt.Scale(domain=[0, diagnosis.recording.steps], nice=False),
        axis=alt.Axis(
            grid=False, format="~s" if diagnosis.recording.steps > 20_000 else ",d", tickCount=6, tickMinStep=1
        ),
    )
    told = [alt.Tooltip("step:Q"), *(alt.Tooltip(f"{key}:Q", format=".4~g") for key in ("mean", "low", "high"))]
    layers: list[Any] = [
        chart(found).mark_area(style="heat", opacity=0.16).encode(x=x, y=low, y2="high:Q"),
        chart(found).mark_line(style="heat", strokeWidth=2, strokeJoin="round").encode(x=x, y=y),
        chart(found).mark_circle(style="heat", size=26, opacity=1).encode(x=x, y=y, tooltip=told),
    ]
    if begins := courses.begins(diagnosis):
        marks = chart(begins).encode(x="step:Q")
        layers.append(marks.mark_rule(style="zero", strokeDash=[3, 3]))
        layers.append(marks.mark_text(style="ink", align="left", dx=4, dy=6, fontSize=11, y=0).encode(text="told:N"))
    return alt.LayerChart(
        layer=layers,
        title=alt.TitleParams(captions.LOSS_TITLE),
        description=captions.loss_alt(found[0]["mean"], found[-1]["mean"]),
    ).properties(width=WIDTH, height=180)
