"""Pictures in words, for those who do not see them: what is drawn, and the numbers that one would read off."""

import math
from collections.abc import Iterable

from ...lab.claims.pictures import Bar, Bars, Chart, Diagram, Film, Images, Line, Picture, Plane
from .. import numerals
from ..words import counted, fine
from . import words

MOST = 8
"""Lines, bars and weights that are told one by one."""


def alt(picture: Picture) -> str:
    """Return the alternative text of a picture."""
    return fine(f"{picture.title}. {_shown(picture)}")


def _shown(picture: Picture) -> str:
    match picture:
        case Film():
            (first, _), (last, _) = picture.frames[0], picture.frames[-1]
            label, shown = picture.frames[picture.start]
            through = f"A slider goes through {len(picture.frames)} pictures, {picture.slider} {first} to {last}"
            return f"{through}; at {label}: {_shown(shown)}"
        case Chart():
            axes = f"{picture.y} over {picture.x}{_scales(picture)}"
            rules = [f"reference line at {rule.axis} = {_n(rule.at)}: {rule.label}" for rule in picture.rules]
            return f"{_first_upper(axes)}. {_listed([*map(_line, picture.lines), *rules])}."
        case Bars():
            return f"{_first_upper(picture.quantity)}. {_listed(map(_bar, picture.bars))}."
        case Plane():
            return f"{_plane(picture)}."
        case Diagram():
            layers = 1 + max(node.layer for node in picture.nodes)
            ends = [
                (picture.nodes[edge.start].label, picture.nodes[edge.end].label, edge.weight) for edge in picture.edges
            ]
            weights = (f"{start} to {end} {_n(weight)}" for start, end, weight in ends)
            return f"A network of {counted(layers, 'layer')} with its weights: {_listed(weights)}."
        case Images():
            return f"{counted(len(picture.images), 'image')}: {_listed(image.caption for image in picture.images)}."


def _line(line: Line) -> str:
    found = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    if not found:
        return f"{line.name}: no number"
    (x0, y0), (x1, y1) = found[0], found[-1]
    told = f"{line.name}: {_n(y0)} at {_n(x0)}" + (f", {_n(y1)} at {_n(x1)}" if len(found) > 1 else "")
    for name, (x, y) in (("least", min(found, key=lambda p: p[1])), ("most", max(found, key=lambda p: p[1]))):
        if min(y0, y1) > y or y > max(y0, y1):
            told += f", {name} {_n(y)} at {_n(x)}"
    return told


def _bar(bar: Bar) -> str:
    name = f"{bar.name}, {bar.group}" if bar.group else bar.name
    between = f" ({_n(bar.low)} to {_n(bar.high)})" if bar.low is not None and bar.high is not None else ""
    return f"{name}: {_n(bar.value)}{between}"


def _plane(plane: Plane) -> str:
    parts = [f"The plane of {plane.x} and {plane.y}"]
    kinds = {
        "probability": "shaded by the probability that a network gives, with a line at one half",
        "region": "shaded by region",
        "height": "with lines of equal height",
    }
    if plane.field:
        parts.append(kinds[plane.kind])
    parts += [f"{counted(len(cloud.x), 'point')} of {words.cloud(cloud.label)}" for cloud in plane.clouds]
    parts += [_path(line) for line in plane.lines[:MOST]]
    return "; ".join(parts)


def _path(line: Line) -> str:
    if not line.x:
        return f"{line.name}: no point"
    start, end = ((_n(line.x[k]), _n(line.y[k])) for k in (0, -1))
    return f"{line.name} from ({', '.join(start)}) to ({', '.join(end)})"


def _scales(chart: Chart) -> str:
    sides = [name for name, log in (("x", chart.log_x), ("y", chart.log_y)) if log]
    return f", logarithmic in {' and '.join(sides)}" if sides else ""


def _listed(parts: Iterable[str]) -> str:
    every = list(parts)
    more = f"; and {len(every) - MOST} more" if len(every) > MOST else ""
    return "; ".join(every[:MOST]) + more


def _n(value: float) -> str:
    return numerals.number(value)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
