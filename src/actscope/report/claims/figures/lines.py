"""Lines over numbers as a figure."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ....lab.claims.pictures import Chart
from ...rows import Row
from .. import labels, rows
from .parts import Layer, Series, axis, drawn, written

WIDTH, HEIGHT = 560, 290
DOT_SIZE = 62
LABEL = 17
"""The height that the label of an upright rule takes."""


def chart(frames: Sequence[Chart]) -> alt.LayerChart:
    """Return the figure of a chart, or of the frames of a film of them."""
    first = frames[0]
    every = [line for frame in frames for line in frame.lines]
    across = [value for line in every for value in line.x]
    up = [value for line in every for part in (line.y, line.low, line.high) for value in part]
    ruled = rows.rules(frames)
    across += [rule["at"] for rule in ruled if rule["axis"] == "x"]
    up += [rule["at"] for rule in ruled if rule["axis"] == "y"]
    floor = rows.extent(up, log=True)[0] if first.log_y else float("-inf")
    found = rows.points(frames, floor=floor, log_x=first.log_x)
    x = axis(across, first.x, log=first.log_x, field="x")
    dotted = any("d" in row or row["s"] == "dots" for row in found)
    x["scale"].domain, x["axis"].grid = _across(across, first.log_x), False
    x["scale"].padding = 9 if dotted else 0
    y = axis(up, first.y, log=first.log_y, field="y")
    lines_of_text = max((rule["row"] + 1 for rule in ruled if rule["axis"] == "x"), default=0)
    y["scale"].domain = _headroom(y["scale"].domain, first.log_y, lines_of_text)
    series = Series({line.name: line.style for line in every}, WIDTH)
    layers = [*_zero(y, first.log_y), *_rules(ruled, x, y), *lines(found, x, y, series)]
    plot = labels.Plot(x["scale"].domain, y["scale"].domain, first.log_x, first.log_y, WIDTH, HEIGHT)
    layers += _labels(labels.placed(ruled, found, plot), x, y, log_x=first.log_x)
    return alt.LayerChart(layer=layers).properties(width=WIDTH, height=HEIGHT)


def lines(found: list[Row], x: dict[str, Any], y: dict[str, Any], series: Series, *, rim: bool = False) -> list[Layer]:
    """Return the layers of lines: bands, lines, steps, dots, and what tells the numbers to whoever points there.

    `rim` sets the lines off from a picture that they lie on.
    """

    def placed(some: list[Row], field: str = "y") -> alt.Chart:
        # Without an order Vega would join the points from left to right, whatever way a path takes.
        return drawn(some).encode(x=alt.X(**x), y=alt.Y(**{**y, "shorthand": f"{field}:Q"}))

    def joined(some: list[Row]) -> alt.Chart:
        return placed(some).encode(order="i:Q", color=series.colour(), strokeDash=series.dash())

    layers: list[Layer] = []
    if banded := [row for row in found if "l" in row]:
        band = placed(banded, "l").mark_area(opacity=0.15)
        layers.append(band.encode(y2="h:Q", color=series.colour()))
    straight = [row for row in found if row["s"] in ("solid", "dashed")]
    if straight and rim:
        below = placed(straight).mark_line(style="hollow", strokeWidth=5, opacity=0.8, aria=False)
        layers.append(below.encode(order="i:Q", detail="n:N"))
    if straight:
        layers.append(joined(straight).mark_line(strokeWidth=2.2, strokeJoin="round"))
    if stepped := [row for row in found if row["s"] == "steps"]:
        layers.append(joined(stepped).mark_line(strokeWidth=2.2, interpolate="step-after"))
    told = [alt.Tooltip("n:N", title="line"), *(alt.Tooltip(f"{k}:Q", format=".4~g") for k in ("x", "y"))]
    if single := [row for row in found if row["s"] == "dots"]:
        dots = placed(single).mark_point(filled=True, size=DOT_SIZE, opacity=0.9, aria=False)
        layers.append(dots.encode(color=series.colour(), shape=series.shape(), tooltip=told))
    if dotted := [row for row in found if "d" in row]:
        layers.append(placed(dotted).mark_circle(size=30, opacity=1, aria=False).encode(color=series.colour()))
    if targets := [row for row in found if "t" in row and row["s"] != "dots"]:
        layers.append(placed(targets).mark_circle(size=260, opacity=0, aria=False).encode(tooltip=told))
    return layers


def _across(values: Sequence[float], log: bool) -> list[float]:
    """Return the domain of x: lines begin and end at the edges of the picture."""
    shown = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    return [low, high] if low < high else list(rows.extent(shown, log=log))


def _headroom(domain: Sequence[float], log: bool, labels: int) -> list[float]:
    """Return the domain of y with room at the top for the labels of upright rules."""
    low, high = domain
    room = LABEL * labels / HEIGHT
    return [low, high * (high / low) ** room if log else high + room * (high - low)]


def _zero(y: dict[str, Any], log: bool) -> list[Layer]:
    low, high = y["scale"].domain
    if log or not low < 0 < high:
        return []
    return [drawn([{"y": 0}]).mark_rule(style="zero", opacity=0.7).encode(y=alt.Y(**y))]


def _rules(ruled: list[Row], x: dict[str, Any], y: dict[str, Any]) -> list[Layer]:
    layers = []
    for side, channel, made in (("x", alt.X, x), ("y", alt.Y, y)):
        if some := [row for row in ruled if row["axis"] == side]:
            place = channel(**{**made, "shorthand": "at:Q"})
            layers.append(drawn(some).mark_rule(style="shade", strokeWidth=1.4, strokeDash=[2, 3]).encode(place))
    return layers


def _labels(ruled: list[Row], x: dict[str, Any], y: dict[str, Any], *, log_x: bool) -> list[Layer]:
    """Return the labels of the rules: at the top beside an upright one, where lines leave room at a level one."""
    low, high = x["scale"].domain
    middle = math.sqrt(low * high) if log_x else (low + high) / 2
    layers = []
    if level := [row for row in ruled if row["axis"] == "y"]:
        for align, up in itertools.product(("left", "center", "right"), (True, False)):
            if some := [row for row in level if (row["align"], row["up"]) == (align, up)]:
                at = drawn(some).encode(x=alt.X(**{**x, "shorthand": "lx:Q"}), y=alt.Y(**{**y, "shorthand": "at:Q"}))
                beside = {"left": 4, "center": 0, "right": -4}[align]
                above = -8 if up else 9
                layers.append(written(at, "label:N", align=align, dx=beside, dy=above, fontSize=11.5))
    for line in range(max((row["row"] + 1 for row in ruled), default=0)):
        for right, side in ((False, {"align": "left", "dx": 6}), (True, {"align": "right", "dx": -6})):
            upright = [row for row in ruled if row["axis"] == "x" and row["row"] == line]
            if some := [row for row in upright if (row["at"] > middle) == right]:
                at = drawn(some).encode(x=alt.X(**{**x, "shorthand": "at:Q"}))
                layers.append(written(at, "label:N", y=0, dy=7 + LABEL * line, fontSize=11.5, **side))
    return layers
