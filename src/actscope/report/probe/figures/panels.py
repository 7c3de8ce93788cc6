"""What arrives at each activation's own curve."""

from typing import Any, Literal

import altair as alt

from .. import captions
from ..drawn.curves import Distribution
from .parts import chart

CURVE_WIDTH, CURVE_HEIGHT = 300, 170
RIGHT_AXIS = 40
PLAIN = ".6~g"
"""Without a count of digits Vega takes as few as tell the labels apart, and beside 8 stands 1e+1."""


def distributions(some: list[Distribution]) -> alt.ConcatChart:
    """Return what arrives at each place as a histogram beneath the activation's curve and its slope."""
    figure = alt.concat(
        *(_distribution(one) for one in some),
        columns=2,
        title=alt.TitleParams(captions.DISTRIBUTIONS_TITLE),
        description=captions.distributions_alt([one.title for one in some]),
    )
    figure.usermeta = {"labels": 36 + RIGHT_AXIS}
    return figure


def _distribution(one: Distribution) -> alt.LayerChart:
    x = alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=list(one.ends), nice=False), axis=alt.Axis(grid=False, tickCount=5)
    )
    series = alt.Color(
        datum=captions.INPUTS,
        scale=alt.Scale(domain=[captions.VALUE, captions.SLOPE, captions.INPUTS]),
        legend=alt.Legend(symbolType="square", symbolOpacity=1, symbolStrokeWidth=0),
    )
    start = x.copy()
    start.shorthand = "from:Q"
    most = max(row["share"] for row in one.histogram)
    share = alt.Y("share:Q", axis=None, scale=alt.Scale(domain=[0, 2 * most], nice=False))
    told = [*(alt.Tooltip(f"{end}:Q", format=".3~g") for end in ("from", "to")), alt.Tooltip("share:Q", format=".2%")]
    layers: list[Any] = []
    if one.flat:
        layers.append(chart(one.flat).mark_rect(style="shade", opacity=0.22).encode(x=start, x2="to:Q"))
    layers.append(
        chart(one.histogram)
        .mark_rect(opacity=0.55, strokeWidth=0)
        .encode(x=start, x2="to:Q", y=share, y2=alt.datum(0), color=series, tooltip=told)
    )
    if one.curve:
        for field, title in (("value", captions.VALUE), ("slope", captions.SLOPE)):
            side: Literal["left", "right"] = "left" if field == "value" else "right"
            axis = alt.Axis(orient=side, grid=False, tickCount=4, format=PLAIN, title=None)
            y = alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(zero=False, nice=True))
            line = chart(one.curve).mark_line(
                strokeWidth=2, strokeDash=[5, 3] if field == "slope" else [1, 0], clip=True
            )
            layers.append(line.encode(x=x, y=y, color=alt.Color(datum=title)))
    heading = f"{one.title}  ({captions.found(one.numbers)})" if one.numbers else one.title
    panel = alt.LayerChart(layer=layers, title=alt.TitleParams(heading), width=CURVE_WIDTH, height=CURVE_HEIGHT)
    panel.resolve = alt.Resolve(scale=alt.ScaleResolveMap(y="independent"))
    return panel
