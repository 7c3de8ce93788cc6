"""The figures of a diagnosis: maps of places by steps, the loss, and what arrives at each activation's own curve."""

import json
from typing import Any, Literal

import altair as alt

from ...probe.records import Diagnosis, Finding
from ..figures import log_ticks
from ..rows import Row
from . import drawn, words
from .drawn import ABOVE, BELOW, SCALES, WITHIN, Distribution, Map
from .rows import told as in_order

WIDTH = 520
LETTER = 6.4
"""The width of a letter of a label."""
NAME_LIMIT = 230
TALLEST, FLATTEST, MOST_HEIGHT = 20, 4, 560
CURVE_WIDTH, CURVE_HEIGHT = 300, 170
RIGHT_AXIS = 40
PLAIN = ".6~g"
"""Without a count of digits Vega takes as few as tell the labels apart, and beside 8 stands 1e+1."""
PALEST = 0.08
GREY = "#8b95a1"
"""Of a legend that tells of darkness alone, in both themes."""
LOG_REACH = 50.0
"""Losses that reach over more than this factor have a logarithmic axis."""

STOPS: dict[drawn.Quantity, tuple[float, ...]] = {
    "silent": (0.0, 0.25, 0.5, 0.75, 1.0),
    "flat": (0.0, 0.25, 0.5, 0.75, 1.0),
    "gradient": (1.0, 10.0, 100.0, 1e3, 1e4),
    "update": (1e-3, 1e-2, 1e-1, 1.0),
}
"""Sizes that a legend shows."""

ALONG: dict[str, drawn.Profile] = {
    "vanishing-gradient": "gradient",
    "exploding-gradient": "gradient",
    "unsuited-initialisation": "spread",
    "unscaled-inputs": "spread",
    "learning-rate-too-high": "update",
    "learning-rate-too-low": "update",
}
"""Findings that show from layer to layer, by the quantity they show in."""
BY_LOSS = frozenset({"plateau", "non-finite"})

Figure = alt.Chart | alt.LayerChart | alt.ConcatChart


def all_of(diagnosis: Diagnosis) -> dict[str, Figure]:
    """Return every figure of which there is something to show, by its file name without ending."""
    found: dict[str, Figure] = {}
    if len(drawn.losses(diagnosis.recording)) > 1:
        found["loss"] = loss(diagnosis)
    found |= {f"map-{one.quantity}": heat(one) for one in drawn.maps(diagnosis)}
    every = drawn.distributions(diagnosis)
    first, rest = every[: drawn.MOST_CURVES], every[drawn.MOST_CURVES :][: drawn.MOST_HIDDEN]
    for name, some in (("distributions", first), ("distributions-more", rest)):
        if some:
            found[name] = distributions(some)
    for number, finding in enumerate(in_order(diagnosis), 1):
        if (figure := evidence(diagnosis, finding)) is not None:
            found[f"finding-{number}"] = figure
    return found


def evidence(diagnosis: Diagnosis, finding: Finding) -> Figure | None:
    """Return the figure that stands beside a finding, or None if there is nothing to show.

    It is a profile through depth for what happens from layer to layer, the loss for what it tells alone, and the curve
    for what happens at a place.
    """
    if finding.name in ALONG:
        quantity = ALONG[finding.name]
        return profile(drawn.profile(diagnosis, quantity), quantity) if drawn.profile(diagnosis, quantity) else None
    if finding.name in BY_LOSS:
        return loss(diagnosis) if len(drawn.losses(diagnosis.recording)) > 1 else None
    here = [one for one in drawn.distributions(diagnosis) if finding.where and one.place == finding.where]
    return distributions(here) if here else None


def profile(found: list[Row], quantity: drawn.Profile) -> alt.LayerChart:
    """Return a quantity at each place through depth, with the bounds of the findings that speak of it."""
    values = [row["value"] for row in found]
    bounds = [bound for bound in drawn.BOUNDS[quantity] if min(values) / 30 <= bound <= max(values) * 30]
    low, high = min([*values, *bounds]) / 1.5, max([*values, *bounds]) * 1.5
    orders = [row["order"] for row in found]
    x = alt.X(
        "order:Q",
        title=words.PLACE_AXIS,
        scale=alt.Scale(domain=[min(orders), max(orders)], nice=False, padding=10),
        axis=alt.Axis(grid=False, format="d", tickMinStep=1, tickCount=min(8, len(orders))),
    )
    y = alt.Y(
        "value:Q",
        title=words.QUANTITIES[quantity],
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=log_ticks(low, high, 6), format="~g" if low > 1e-4 else "~e"),
    )
    told = [alt.Tooltip("place:N"), alt.Tooltip("value:Q", format=".3~g")]
    layers: list[Any] = [
        _chart(found).mark_line(style="heat", strokeWidth=2).encode(x=x, y=y),
        _chart(found).mark_circle(style="heat", size=40, opacity=1).encode(x=x, y=y, tooltip=told),
    ]
    if bounds:
        marks = _chart([{"value": bound, "told": words.bound(bound)} for bound in bounds]).encode(y=y)
        layers.append(marks.mark_rule(style="zero", strokeDash=[3, 3]))
        layers.append(marks.mark_text(style="shade", align="left", dx=4, dy=-7, fontSize=11, x=0).encode(text="told:N"))
    return alt.LayerChart(
        layer=layers,
        title=alt.TitleParams(words.PROFILE_TITLES[quantity]),
        description=words.profile_alt(quantity, values[0], values[-1]),
    ).properties(width=WIDTH, height=200)


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
        title=words.STEP,
        scale=alt.Scale(domain=[min(steps), max(steps)], nice=False),
        axis=alt.Axis(grid=False, format="~s" if max(steps) > 20_000 else ",d", tickCount=6, tickMinStep=1),
    )
    labels = {scale.darkness(value): words.size(found.quantity, value) for value in STOPS[found.quantity]}
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
    bounds = {str(side): words.side(found.quantity, side) for side in sides}
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
        alt.Tooltip("value:Q", title=words.QUANTITIES[found.quantity], format=".3~g"),
    ]
    cells = (
        _chart(found.rows)
        .transform_flatten(["bin", "value", "dark", "side"])
        .transform_lookup("bin", alt.LookupData(alt.InlineData(values=tuple(found.bins)), "bin", ["from", "to"]))
        .mark_rect(strokeWidth=0)
        .encode(x=x, x2="to:Q", y=y, color=colour, opacity=opacity, tooltip=told)
    )
    figure = alt.LayerChart(
        layer=[cells],
        title=alt.TitleParams(words.MAP_TITLES[found.quantity]),
        description=words.map_alt(found.quantity, len(found.places), len(found.marked)),
    ).properties(width=WIDTH, height=round(height * len(found.places)))
    longest = max(map(len, found.places))
    figure.usermeta = {"labels": round(min(NAME_LIMIT, LETTER * longest))}
    return figure


def loss(diagnosis: Diagnosis) -> alt.LayerChart:
    """Return the loss over the steps, with a line where something was found to begin."""
    found = drawn.losses(diagnosis.recording)
    lows, highs = [row["low"] for row in found], [row["high"] for row in found]
    logarithmic = min(lows) > 0 and max(highs) > LOG_REACH * min(lows)
    ends = [min(lows), max(highs)]
    axis = alt.Axis(values=log_ticks(*ends), format="~g") if logarithmic else alt.Axis(tickCount=5)
    y = alt.Y(
        "mean:Q",
        title=words.LOSS,
        scale=alt.Scale(type="log" if logarithmic else "linear", zero=False, nice=not logarithmic),
        axis=axis,
    )
    low = y.copy()
    low.shorthand = "low:Q"
    x = alt.X(
        "step:Q",
        title=words.STEP,
        scale=alt.Scale(domain=[0, diagnosis.recording.steps], nice=False),
        axis=alt.Axis(
            grid=False, format="~s" if diagnosis.recording.steps > 20_000 else ",d", tickCount=6, tickMinStep=1
        ),
    )
    told = [alt.Tooltip("step:Q"), *(alt.Tooltip(f"{key}:Q", format=".4~g") for key in ("mean", "low", "high"))]
    layers: list[Any] = [
        _chart(found).mark_area(style="heat", opacity=0.16).encode(x=x, y=low, y2="high:Q"),
        _chart(found).mark_line(style="heat", strokeWidth=2, strokeJoin="round").encode(x=x, y=y),
        _chart(found).mark_circle(style="heat", size=26, opacity=1).encode(x=x, y=y, tooltip=told),
    ]
    if begins := drawn.begins(diagnosis):
        marks = _chart(begins).encode(x="step:Q")
        layers.append(marks.mark_rule(style="zero", strokeDash=[3, 3]))
        layers.append(marks.mark_text(style="ink", align="left", dx=4, dy=6, fontSize=11, y=0).encode(text="told:N"))
    return alt.LayerChart(
        layer=layers,
        title=alt.TitleParams(words.LOSS_TITLE),
        description=words.loss_alt(found[0]["mean"], found[-1]["mean"]),
    ).properties(width=WIDTH, height=180)


def distributions(some: list[Distribution]) -> alt.ConcatChart:
    """Return what arrives at each place as a histogram beneath the activation's curve and its slope."""
    figure = alt.concat(
        *(_distribution(one) for one in some),
        columns=2,
        title=alt.TitleParams(words.DISTRIBUTIONS_TITLE),
        description=words.distributions_alt([one.title for one in some]),
    )
    figure.usermeta = {"labels": 36 + RIGHT_AXIS}
    return figure


def _distribution(one: Distribution) -> alt.LayerChart:
    x = alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=list(one.ends), nice=False), axis=alt.Axis(grid=False, tickCount=5)
    )
    series = alt.Color(
        datum=words.INPUTS,
        scale=alt.Scale(domain=[words.VALUE, words.SLOPE, words.INPUTS]),
        legend=alt.Legend(symbolType="square", symbolOpacity=1, symbolStrokeWidth=0),
    )
    start = x.copy()
    start.shorthand = "from:Q"
    most = max(row["share"] for row in one.histogram)
    share = alt.Y("share:Q", axis=None, scale=alt.Scale(domain=[0, 2 * most], nice=False))
    told = [*(alt.Tooltip(f"{end}:Q", format=".3~g") for end in ("from", "to")), alt.Tooltip("share:Q", format=".2%")]
    layers: list[Any] = []
    if one.flat:
        layers.append(_chart(one.flat).mark_rect(style="shade", opacity=0.22).encode(x=start, x2="to:Q"))
    layers.append(
        _chart(one.histogram)
        .mark_rect(opacity=0.55, strokeWidth=0)
        .encode(x=start, x2="to:Q", y=share, y2=alt.datum(0), color=series, tooltip=told)
    )
    if one.curve:
        for field, title in (("value", words.VALUE), ("slope", words.SLOPE)):
            side: Literal["left", "right"] = "left" if field == "value" else "right"
            axis = alt.Axis(orient=side, grid=False, tickCount=4, format=PLAIN, title=None)
            y = alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(zero=False, nice=True))
            line = _chart(one.curve).mark_line(
                strokeWidth=2, strokeDash=[5, 3] if field == "slope" else [1, 0], clip=True
            )
            layers.append(line.encode(x=x, y=y, color=alt.Color(datum=title)))
    heading = f"{one.title}  ({words.found(one.numbers)})" if one.numbers else one.title
    panel = alt.LayerChart(layer=layers, title=alt.TitleParams(heading), width=CURVE_WIDTH, height=CURVE_HEIGHT)
    panel.resolve = alt.Resolve(scale=alt.ScaleResolveMap(y="independent"))
    return panel


def _chart(values: list[Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=tuple(values)))
