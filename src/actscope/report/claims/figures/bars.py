"""Quantities side by side as a figure."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ....lab.claims.pictures import Bars
from ...rendering import LIGHT
from ...rows import Row
from .. import rows
from .parts import LETTER, Layer, Series, axis, drawn, written

WIDTH = 520
STEP, NARROW_STEP = 32, 22
NAME_LIMIT = 250
ROOM = 0.12
"""Part of the picture that is left beside the longest bar for its value."""


def bars(frames: Sequence[Bars]) -> alt.LayerChart:
    """Return the figure of bars, or of the frames of a film of them; on a logarithmic scale dots take their place.

    The length of a bar compares with others only if it begins at 0, which a logarithmic scale does not have.
    """
    first, every = frames[0], [bar for frame in frames for bar in frame.bars]
    names, groups = (list(dict.fromkeys(found)) for found in ([b.name for b in every], [b.group for b in every]))
    grouped = any(groups)
    # Groups that share no name need no room beside each other.
    abreast = grouped and len({(bar.name, bar.group) for bar in every}) > len(names)
    x = _axis(frames)
    y: dict[str, Any] = {
        "y": alt.Y("n:N", title=None, sort=names, axis=alt.Axis(labelFontSize=12, grid=False, labelLimit=NAME_LIMIT))
    }
    if abreast:
        y["yOffset"] = alt.YOffset("g:N", sort=groups)

    def placed(some: Sequence[Row], field: str) -> alt.Chart:
        return drawn(some).encode(x=alt.X(**{**x, "shorthand": f"{field}:Q"}), **y)

    found = rows.bars(frames, floor=x["scale"].domain[0] if first.log else -math.inf)
    told = [alt.Tooltip("n:N", title="of"), alt.Tooltip("v:Q", title=first.quantity, format=".4~g")]
    shown = _coloured(placed(found, "v"), groups if grouped else names, grouped).encode(tooltip=told)
    layers = _dots(shown, x) if first.log else [shown.mark_bar(cornerRadiusEnd=2, opacity=0.85)]
    if bounded := [row for row in found if "l" in row]:
        layers.append(placed(bounded, "l").mark_rule(style="ink", strokeWidth=1.8).encode(x2="h:Q"))
    for some, side in (
        ([row for row in found if row["v"] is not None and row["v"] < 0], {"align": "right", "dx": -7}),
        ([row for row in found if row["v"] is not None and row["v"] >= 0], {"align": "left", "dx": 7}),
    ):
        if some:
            layers.append(written(placed(some, "end"), "told:N", fontSize=11.5, **side))
    step = {"step": NARROW_STEP, "for": "offset"} if abreast else {"step": STEP}
    figure = alt.LayerChart(layer=layers).properties(width=WIDTH, height=step)
    high = len(names) * (len(groups) * NARROW_STEP * 1.25 if abreast else STEP)
    # The page makes a picture as wide as its column, less what the names take.
    figure.usermeta = {"labels": min(NAME_LIMIT, LETTER * max(map(len, names))), "height": high}
    return figure


def _axis(frames: Sequence[Bars]) -> dict[str, Any]:
    first, every = frames[0], [bar for frame in frames for bar in frame.bars]
    ends = [end for bar in every for end in (bar.value, bar.low, bar.high)]
    x = axis(ends if first.log else [*ends, 0.0], first.quantity, log=first.log, field="v")
    low, high = x["scale"].domain
    if first.log:
        x["scale"].domain = [low, high * (high / low) ** ROOM]
    else:
        room = ROOM * (high - low)
        x["scale"].domain = [low - room if low < 0 else 0.0, high + room if high > 0 else 0.0]
    return x


def _coloured(chart: alt.Chart, names: Sequence[str], grouped: bool) -> alt.Chart:
    """Return the bars in the colours of their groups, or each in its own while there are enough colours."""
    if not grouped and len(names) > len(LIGHT["category"]):
        return chart
    series = Series(dict.fromkeys(names, "dots"), WIDTH)
    return chart.encode(color=series.colour("g") if grouped else series.colour("n", told=False))


def _dots(shown: alt.Chart, x: dict[str, Any]) -> list[Layer]:
    start = alt.datum(x["scale"].domain[0])
    return [
        shown.mark_rule(strokeWidth=2, opacity=0.35).encode(x2=start),
        shown.mark_circle(size=110, opacity=1),
    ]
