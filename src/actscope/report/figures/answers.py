"""What trained networks answer: maps over the plane, curves along a line."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ...lab.records import Boundary, Comparison
from .. import captions, rows, words
from ..pixels import data_url as pixels_url
from ..rendering import LIGHT
from .parts import HEIGHT, WIDTH, Figure, chart, colour, concat, title


def boundary(comparison: Comparison) -> Figure:
    """Return a map per activation of the class that its network predicts, with the test points."""
    panels = []
    for condition, run in rows.mapped(comparison):
        assert run.boundary is not None
        named = title(comparison, words.condition_line(condition), run.experiment.activation, always=True)
        panels.append(_map(run.boundary, comparison).properties(**named))
    names = [run.experiment.activation for _, run in rows.mapped(comparison)]
    return concat(panels, 2, captions.alt_boundary(names))


def fit(comparison: Comparison) -> Figure:
    """Return a curve per activation of what its network predicts along the input, over the test points."""
    found = rows.fits(comparison)
    there = list(dict.fromkeys((row["condition"], row["activation"]) for row in found))
    points = comparison.task.points
    # The points are seed 0's; a network of another seed, where that one failed, has seen other data.
    first = points if points and all(row["seed"] == 0 for row in found) else None
    dots = [{"x": x, "y": y} for x, y in zip(first.x, first.y, strict=True)] if first else []
    panels = [
        _curve(
            [row for row in found if (row["condition"], row["activation"]) == (at, name)], dots, comparison
        ).properties(**title(comparison, at, name, always=True))
        for at, name in there
    ]
    return concat(panels, 2, captions.alt_fit(dict.fromkeys(name for _, name in there)))


def data_url(probability: Sequence[Sequence[float]]) -> str:
    """Return the map of a boundary as a PNG in a data URL: hue for the class, opacity for how sure the network is.

    Opacity lets light and dark paper shine through, so that one picture serves both.
    """
    blue, orange = (bytes.fromhex(tint[1:]) for tint in LIGHT["category"][:2])
    lines = []
    for row in reversed(probability):
        pixels = bytearray()
        for p in row:
            sure = round(150 * abs(2 * p - 1)) if math.isfinite(p) else 0
            pixels += (orange if p > 0.5 else blue) + bytes([sure])
        lines.append(bytes(pixels))
    return pixels_url(lines, 4)


def _curve(here: list[rows.Row], dots: list[rows.Row], comparison: Comparison) -> Any:
    targets = [dot["y"] for dot in dots] or [row["y"] for row in here if row["y"] is not None] or [0.0, 1.0]
    more = 0.15 * (max(targets) - min(targets)) or 1.0
    # A network may answer anything beside the data; the data give the scale.
    scale = alt.Scale(domain=[min(targets) - more, max(targets) + more], nice=False)
    across = alt.X("x:Q", title=words.INPUT_AXIS, scale=alt.Scale(nice=False, zero=False), axis=alt.Axis(grid=False))
    up = alt.Y("y:Q", title=words.TARGET_AXIS, scale=scale, axis=alt.Axis(tickCount=5))
    curve = chart(here).mark_line(strokeWidth=2.5, clip=True)
    layers = [
        chart(dots).mark_circle(style="shade", size=22, opacity=0.55, clip=True, aria=False).encode(x=across, y=up),
        curve.encode(x=across, y=up, color=colour(comparison, legend=False), order="x:Q"),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _map(found: Boundary, comparison: Comparison) -> Any:
    (left, right), (bottom, top) = found.x, found.y
    x = alt.X(
        "x:Q", title=words.FIRST_INPUT, scale=alt.Scale(domain=[left, right], nice=False), axis=alt.Axis(grid=False)
    )
    y = alt.Y(
        "y:Q", title=words.SECOND_INPUT, scale=alt.Scale(domain=[bottom, top], nice=False), axis=alt.Axis(grid=False)
    )
    picture = {"x": (left + right) / 2, "y": (bottom + top) / 2, "url": data_url(found.probability)}
    size = HEIGHT + 90
    layers = [
        chart([picture]).mark_image(aria=False, width=size, height=size, aspect=False).encode(x=x, y=y, url="url:N"),
        chart(rows.contour(found.probability, found.x, found.y))
        .mark_rule(style="ink", aria=False, strokeWidth=1.5, strokeCap="round")
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
    ]
    if comparison.task.points:
        points = comparison.task.points
        dots = [
            {"x": px, "y": py, "class": str(label)}
            for px, py, label in zip(points.x, points.y, points.label, strict=True)
        ]
        scale, legend = alt.Scale(domain=["0", "1"]), alt.Legend(title=words.CLASS)
        layers.append(
            chart(dots)
            .mark_point(style="dot", filled=True, size=34, strokeWidth=0.8, opacity=1, clip=True)
            .encode(
                x=x,
                y=y,
                fill=alt.Fill("class:N", scale=scale, legend=legend),
                shape=alt.Shape("class:N", scale=scale, legend=legend),
            )
        )
    return alt.layer(*layers).properties(width=size, height=size)
