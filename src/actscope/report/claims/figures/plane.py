"""The plane of two inputs as a figure: what a network says there, its data, lines and paths."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ....lab.claims.pictures import Plane
from .. import planes, rows, words
from .lines import lines
from .parts import Layer, Series, axis, columns, drawn, legend_width

SIZE = 380
SIZES = ((12, 130), (200, 58), (math.inf, 34))
"""How large points are drawn while there are at most so many."""
SHAPES = ["triangle-up", "circle", "square", "diamond"]


def plane(frames: Sequence[Plane]) -> alt.LayerChart:
    """Return the figure of a plane, or of the frames of a film of them."""
    first = frames[0]
    x, y = _axis(frames, "x"), _axis(frames, "y")
    width, height = _size(x["scale"].domain, y["scale"].domain)
    placed = {"x": alt.X(**x), "y": alt.Y(**y)}
    layers: list[Layer] = []
    if any(frame.field for frame in frames):
        image = drawn(planes.fields(frames)).mark_image(width=width, height=height, aspect=False, aria=False)
        layers.append(image.encode(**placed, url="url:N"))
    if borders := planes.borders(frames):
        style, thick = ("shade", 1.0) if first.kind == "height" else ("ink", 1.6)
        rule = drawn(borders).mark_rule(style=style, aria=False, strokeWidth=thick, strokeCap="round")
        layers.append(rule.encode(**placed, x2="x2:Q", y2="y2:Q"))
    classes = sorted({cloud.label for frame in frames for cloud in frame.clouds})
    if classes:
        layers.append(_clouds(frames, classes, x, y, width))
    styles = {line.name: line.style for frame in frames for line in frame.lines}
    # The first colours are those of the classes, and what the legend of the classes takes is not there for the lines.
    taken = 2 if classes or first.kind != "height" else 0
    series = Series(styles, width - legend_width([words.cloud(label) for label in classes]), taken=taken)
    if styles:
        layers += lines(rows.points(frames, inside=(x["scale"].domain, y["scale"].domain)), x, y, series, rim=True)
    figure = alt.LayerChart(layer=layers).properties(width=width, height=height)
    figure.usermeta = {"scaled": True}
    return figure


def _axis(frames: Sequence[Plane], side: str) -> dict[str, Any]:
    """Return the axis: as far as the field reaches, or else the points, and the lines as far as they stay near."""
    reach = [list(getattr(frame.field, side)) for frame in frames if frame.field]
    clouds, paths = (
        [value for part in parts for value in getattr(part, side)]
        for parts in ([cloud for f in frames for cloud in f.clouds], [line for f in frames for line in f.lines])
    )
    if clouds and paths:
        far = (max(clouds) - min(clouds)) / 2
        clouds += [max(min(paths), min(clouds) - far), min(max(paths), max(clouds) + far)]
    found = axis(clouds or paths or [0.0, 1.0], getattr(frames[0], side), log=False, field=side)
    found["scale"].domain = reach[0] if reach else found["scale"].domain
    found["axis"] = alt.Axis(grid=not reach, tickCount=5)
    return found


def _size(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return a size in which both axes have one scale, unless that would make a strip of the plane."""
    slope = (y[1] - y[0]) / (x[1] - x[0])
    if not 0.5 <= slope <= 2:
        return SIZE, SIZE
    return (SIZE, round(SIZE * slope)) if slope <= 1 else (round(SIZE / slope), SIZE)


def _clouds(frames: Sequence[Plane], classes: list[int], x: dict[str, Any], y: dict[str, Any], width: float) -> Layer:
    found = [{**row, "c": words.cloud(row["c"])} for row in planes.dots(frames, x["scale"].domain, y["scale"].domain)]
    names = [words.cloud(label) for label in range(max(classes) + 1)]
    shown = [words.cloud(label) for label in classes]
    legend = alt.Legend(values=shown, columns=columns(shown, width))
    size = next(size for most, size in SIZES if len(found) <= most)
    dots = drawn(found).mark_point(style="dot", filled=True, size=size, strokeWidth=0.9, opacity=1, aria=False)
    return dots.encode(
        x=alt.X(**x),
        y=alt.Y(**y),
        fill=alt.Fill("c:N", scale=alt.Scale(domain=names), legend=legend),
        shape=alt.Shape("c:N", scale=alt.Scale(domain=names, range=SHAPES[: len(names)]), legend=legend),
    )
