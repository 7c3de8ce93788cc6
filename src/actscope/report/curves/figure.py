"""The curve as a figure: value, slope, dots at kinks and jumps, a shade where it is saturated."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ...catalogue import Activation, get
from ...errors import missing_extra
from . import sampling, words
from .sampling import Curve, Gated, Row

try:
    import altair as alt
except ImportError as error:
    raise missing_extra("plot", "drawing figures") from error

WIDTH, HEIGHT = 420, 260
PANEL = 215
NAMES = [words.VALUE, words.SLOPE]


def curve(activation: str | Activation, *, saturation_slope: float = 0.01, **parameters: float) -> Any:
    """Return value and slope of an activation as a figure without a theme; of a gated one, value and both partials.

    Raises ParameterError for a row-wise activation, which has no curve.
    """
    found = get(activation)
    if found.gated:
        return of_gated(sampling.gated(found, parameters))
    return of_curve(sampling.curve(found, parameters, saturation_slope=saturation_slope))


def of_curve(found: Curve) -> alt.LayerChart:
    """Return the figure of a sampled curve."""
    x = _x("x", words.INPUT_AXIS, found.reach)
    scale = alt.Scale(domain=list(found.heights), nice=False)
    layers = [
        *_shades(found, x),
        _chart([{"y": 0}]).mark_rule(style="zero", opacity=0.7).encode(y=alt.Y("y:Q", scale=scale)),
        # The two lines are a layer of their own, in which they share their data.
        _lines(found, x, scale),
        *_dots(found, x, scale),
    ]
    subtitle = words.saturated_legend(found.saturation_slope) if found.flat else words.not_saturated(found.reach)
    title = alt.TitleParams(words.title(found.title, found.parameters), subtitle=subtitle)
    return alt.LayerChart(layer=layers).properties(
        width=WIDTH, height=HEIGHT, title=title, description=words.alt(found)
    )


def of_gated(found: Gated) -> alt.ConcatChart:
    """Return the figure of a gated activation: value and partial derivatives along the first input."""
    first, second = found.inputs
    x = _x("a", words.along(first), found.reach)
    names = [words.gate(second, b) for b in sampling.GATES]
    rows = [{**row, "b": words.gate(second, row["b"])} for row in found.rows]
    panels = []
    for key in ("value", "first", "second"):
        scale = alt.Scale(domain=list(sampling.heights(found.rows, (key,))), nice=False)
        y = alt.Y(f"{key}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5))
        lines = (
            _chart(rows)
            .mark_line(clip=True, strokeWidth=2.2)
            .encode(
                x=x,
                y=y,
                detail="piece:O",
                color=alt.Color("b:N", scale=alt.Scale(domain=names), legend=alt.Legend(symbolType="stroke")),
                strokeDash=alt.StrokeDash(
                    "b:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2]]), legend=alt.Legend()
                ),
            )
        )
        zero = _chart([{"y": 0}]).mark_rule(style="zero", opacity=0.7).encode(y=alt.Y("y:Q", scale=scale))
        panels.append(
            alt.layer(zero, lines).properties(width=PANEL, height=PANEL, title=words.gated_panel(key, first, second))
        )
    return alt.concat(
        *panels,
        columns=3,
        title=alt.TitleParams(words.title(found.title, found.parameters), offset=14),
        description=words.alt_gated(found),
    )


def _x(field: str, title: str, reach: float) -> alt.X:
    step = next(
        step
        for step in (2.0, 5.0, 10.0, *(k * 10.0**n for n in range(1, 300) for k in (2, 5, 10)))
        if 8 * step >= 2 * reach
    )
    ticks = [k * step for k in range(-int(reach / step), int(reach / step) + 1)]
    axis = alt.Axis(grid=False, values=ticks, labelFlush=False, format="~g" if reach < 1e4 else "~e")
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(domain=[-reach, reach], nice=False), axis=axis)


def _shades(found: Curve, x: alt.X) -> Iterable[alt.Chart]:
    if not found.flat:
        return
    stretches = [{"x": low, "x2": high} for low, high in found.flat]
    yield _chart(stretches).mark_rect(style="shade", opacity=0.16).encode(x=x, x2="x2:Q")


def _lines(found: Curve, x: alt.X, scale: alt.Scale) -> Any:
    base = _chart(found.rows).mark_line(clip=True, strokeWidth=2.5)
    dashes = alt.Scale(domain=NAMES, range=[[1, 0], [5, 3]])
    lines = [
        # The name is a constant of each line; as a field it has a scale, and so a place in the legend.
        base.transform_calculate(which=json.dumps(name)).encode(
            x=x,
            y=alt.Y(f"{key}:Q", title=words.CURVE_AXIS, scale=scale, axis=alt.Axis(tickCount=6)),
            detail="piece:O",
            color=_colour(),
            strokeDash=alt.StrokeDash("which:N", scale=dashes, legend=_legend()),
        )
        for key, name in (("value", words.VALUE), ("slope", words.SLOPE))
    ]
    return alt.layer(*lines)


def _dots(found: Curve, x: alt.X, scale: alt.Scale) -> Iterable[alt.Chart]:
    """Yield filled dots for what the function has at a kink, and open ones for what it only comes close to."""
    y = alt.Y("y:Q", scale=scale)
    for filled in (False, True):
        some = [
            {"x": mark.x, "y": mark.y, "which": words.VALUE if mark.which == "value" else words.SLOPE}
            for mark in found.marks
            if mark.filled == filled
        ]
        if some:
            # What lies under an open dot shows the paper, not the line that ends there.
            yield _chart(some).mark_point(style="hollow", filled=True, size=62, opacity=1, clip=True).encode(x=x, y=y)
            dot = _chart(some).mark_point(filled=filled, size=46, strokeWidth=1.8, opacity=1, clip=True)
            yield dot.encode(x=x, y=y, color=_colour())


def _colour() -> alt.Color:
    return alt.Color("which:N", scale=alt.Scale(domain=NAMES), legend=_legend())


def _legend() -> alt.Legend:
    return alt.Legend(symbolType="stroke")


def _chart(values: Sequence[Row]) -> alt.Chart:
    # Altair copies a chart, with its data, at each step of building it; a tuple it passes on as it is.
    return alt.Chart(alt.InlineData(values=tuple(values)))
