"""The flow as a figure: gradient and signal at each layer, predicted as lines and measured as dots."""

from typing import Any

import altair as alt

from ...lab.flow.records import LARGEST, SMALLEST, Flow
from ..figures import SOLID, log_ticks
from ..rows import Row
from . import rows, words

WIDTH, HEIGHT = 360, 270


def figure(flow: Flow) -> alt.ConcatChart:
    """Return the figure, without a theme."""
    panels = [_panel(flow, "gradient"), _panel(flow, "signal")]
    title = alt.TitleParams(words.figure_title(flow), subtitle=words.subtitle(flow), subtitlePadding=4, offset=14)
    return alt.concat(*panels, columns=2, title=title, description=words.alt(flow))


def _panel(flow: Flow, quantity: rows.Quantity) -> Any:
    lines, dots, crosses = (make(flow, quantity) for make in (rows.predicted, rows.measured, rows.lost))
    sizes = [row[key] for row in (*lines, *dots) for key in ("size", "low", "high") if row.get(key) is not None]
    x = alt.X(
        "layer:Q",
        title=words.LAYER_AXIS,
        scale=alt.Scale(domain=[1, flow.depth], nice=False, padding=8),
        axis=alt.Axis(grid=False, values=_layers(flow.depth), format="d", labelFlush=False),
    )
    domain = _domain(sizes)
    title = words.GRADIENT_AXIS if quantity == "gradient" else words.SIGNAL_AXIS
    y = alt.Y("size:Q", title=title, scale=alt.Scale(type="log", domain=domain, nice=False), axis=_axis(domain))
    colour = _colour(flow)
    told = [alt.Tooltip("activation:N"), alt.Tooltip("layer:O"), alt.Tooltip("size:Q", format=".3~g")]
    layers = [*_limits(domain, y)]
    if any(row["low"] != row["high"] for row in dots):
        low = y.copy()
        low.shorthand = "low:Q"
        layers.append(_chart(dots).mark_area(opacity=0.16).encode(x=x, y=low, y2="high:Q", color=colour))
    layers += [
        _chart(lines).mark_line(strokeWidth=1.8, opacity=0.85).encode(x=x, y=y, color=colour, strokeDash=_dash(flow)),
        _chart(dots).mark_circle(size=20, opacity=1).encode(x=x, y=y, color=colour, tooltip=told),
    ]
    if crosses:
        cross = _chart(crosses).mark_point(shape="cross", angle=45, size=190, filled=True, opacity=1)
        layers.append(cross.encode(x=x, y=y, color=colour, tooltip=told))
    heading = words.GRADIENT_PANEL if quantity == "gradient" else words.SIGNAL_PANEL
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=heading)


def _limits(domain: list[float], y: Any) -> list[alt.Chart]:
    """Return lines where float32 ends, if the panel reaches so far."""
    found = []
    for size, text, below in ((SMALLEST, words.FLOAT32_ZERO, True), (LARGEST, words.FLOAT32_INFINITE, False)):
        if domain[0] < size < domain[1]:
            at = _chart([{"size": size}]).encode(y=y)
            found.append(at.mark_rule(style="zero", strokeDash=[2, 3]))
            label = at.mark_text(
                style="shade", text=text, align="right", dx=-4, dy=9 if below else -8, fontSize=10.5, x="width"
            )
            found.append(label)
    return found


def _domain(sizes: list[float]) -> list[float]:
    if not sizes:
        return [0.1, 1.0]
    low, high = min(sizes), max(sizes)
    # A level flow is drawn level: less than a factor of ten would blow its chance up to a mountain range.
    while high < 10 * low:
        low, high = low / 1.5, high * 1.5
    return [low / 1.5, high * 1.5]


def _axis(domain: list[float]) -> alt.Axis:
    format = "~e" if domain[0] < 1e-4 or domain[1] > 1e5 else "~g"
    return alt.Axis(values=log_ticks(domain[0], domain[1]), format=format)


def _layers(depth: int) -> list[int]:
    every = next(step * 10**power for power in range(12) for step in (1, 2, 5) if depth <= 10 * step * 10**power)
    return [1, *(layer for layer in range(every, depth + 1, every) if layer > 1)]


def _colour(flow: Flow) -> alt.Color:
    return alt.Color("activation:N", scale=alt.Scale(domain=list(flow.activations)), legend=_legend())


def _dash(flow: Flow) -> alt.StrokeDash:
    names = list(flow.activations)
    dashes = [[1, 0] if k < SOLID else [6, 3] for k in range(len(names))]
    return alt.StrokeDash("activation:N", scale=alt.Scale(domain=names, range=dashes), legend=_legend())


def _legend() -> alt.Legend:
    # Colour and dash are told in one legend, which they are only if both ask for the same.
    return alt.Legend(symbolType="circle", symbolOpacity=1)


def _chart(values: list[Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=tuple(values)))
