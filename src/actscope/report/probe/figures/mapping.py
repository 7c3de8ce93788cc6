"""Maps of places by steps."""

import json

import altair as alt

from .. import captions
from ..drawn.maps import ABOVE, BELOW, SCALES, WITHIN, Map, Quantity
from .parts import WIDTH, chart

LETTER = 6.4
"""The width of a letter of a label."""
NAME_LIMIT = 230
TALLEST, FLATTEST, MOST_HEIGHT = 20, 4, 560
PALEST = 0.3
"""How strong the faintest cell is: on a dark page, too, it is no blank one."""
GREY = "#8b95a1"
"""Of a legend that tells of darkness alone, in both themes."""
STOPS: dict[Quantity, tuple[float, ...]] = {
    "silent": (0.0, 0.25, 0.5, 0.75, 1.0),
    "flat": (0.0, 0.25, 0.5, 0.75, 1.0),
    "gradient": (1.0, 10.0, 100.0, 1e3, 1e4),
    "update": (1e-3, 1e-2, 1e-1, 1.0),
}
"""Sizes that a legend shows."""


def heat(found: Map) -> alt.LayerChart:
    """Return a map of places by steps: how dark is the size, and another colour is beyond the bound of a finding."""
    scale = SCALES[found.quantity]
    height = max(FLATTEST, min(TALLEST, MOST_HEIGHT / len(found.places)))
    bold = {"test": f"indexof({json.dumps(found.marked)}, datum.value) >= 0", "value": 700}
    y = alt.Y(
        "place:N",
        title=None,
        sort=found.places,
        axis=alt.Axis(
            labelFontWeight={"condition": bold, "value": 400},
            labelLimit=NAME_LIMIT,
            labelOverlap="greedy",
            labelFontSize=11 if height >= 12 else 10,
            grid=False,
        ),
    )
    steps = [found.bins[0]["from"], found.bins[-1]["to"]]
    x = alt.X(
        "from:Q",
        title=captions.STEP,
        scale=alt.Scale(domain=[min(steps), max(steps)], nice=False),
        axis=alt.Axis(
            grid=False, format="~s" if max(steps) > 20_000 else ",d", tickCount=min(6, max(steps) - min(steps))
        ),
    )
    labels = {scale.darkness(value): captions.size(found.quantity, value) for value in STOPS[found.quantity]}
    opacity = alt.Opacity(
        "dark:Q",
        scale=alt.Scale(domain=[0, 1], range=[PALEST, 1]),
        legend=alt.Legend(
            values=list(labels),
            labelExpr=f"({json.dumps({f'{k:g}': v for k, v in labels.items()})})[toString(datum.value)]",
            symbolType="square",
            symbolStrokeWidth=0,
            symbolFillColor=GREY,
        ),
    )
    sides = [side for side in (WITHIN, ABOVE, BELOW) if side in found.sides]
    bounds = {str(side): captions.side(found.quantity, side) for side in sides}
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=list(range(BELOW + 1))),
        legend=alt.Legend(
            values=sides,
            symbolType="square",
            symbolStrokeWidth=0,
            labelExpr=f"({json.dumps(bounds)})[toString(datum.value)]",
        ),
    )
    told = [
        alt.Tooltip("place:N"),
        alt.Tooltip("from:Q", title="from step"),
        alt.Tooltip("value:Q", title=captions.QUANTITIES[found.quantity], format=".3~g"),
    ]
    cells = (
        chart(found.rows)
        .transform_flatten(["bin", "value", "dark", "side"])
        .transform_lookup("bin", alt.LookupData(alt.InlineData(values=tuple(found.bins)), "bin", ["from", "to"]))
        .mark_rect(strokeWidth=0)
        .encode(x=x, x2="to:Q", y=y, color=colour, opacity=opacity, tooltip=told)
    )
    figure = alt.LayerChart(
        layer=[cells],
        title=alt.TitleParams(captions.MAP_TITLES[found.quantity]),
        description=captions.map_alt(found.quantity, len(found.places), len(found.marked)),
    ).properties(width=WIDTH, height=round(height * len(found.places)))
    longest = max(map(len, found.places))
    figure.usermeta = {"labels": round(min(NAME_LIMIT, LETTER * longest))}
    return figure
