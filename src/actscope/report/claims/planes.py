"""From planes, images and diagrams to the rows that figures draw."""

import math
from collections.abc import Sequence
from itertools import pairwise

from ...lab.claims.pictures import Diagram, Field, Images, Plane
from .. import numerals, pixels
from ..rendering import LIGHT
from ..rows import Row, contour
from ..words import fine
from .rows import in_frames, short

BLUE, ORANGE = (bytes.fromhex(colour[1:]) for colour in LIGHT["category"][:2])
GREY = bytes.fromhex(str(LIGHT["shade"])[1:])
STRONGEST = 150
"""Opacity, of 255, of what a network is sure of: light and dark paper shine through, and one picture serves both."""
LEVELS = 9
"""Contour lines of a height."""
APART = 0.15
"""The part of an edge by which every second weight stands further along."""
LEAST_PIXELS = 160
"""An image with fewer pixels a side gets each several times, so that they stay square and sharp."""


def fields(frames: Sequence[Plane]) -> list[Row]:
    """Return a row per field: its image and the middle, where that lies."""
    rows: list[Row] = []
    for frame, (field, kind) in in_frames([(plane.field, plane.kind) if plane.field else None for plane in frames]):
        assert field is not None
        (left, right), (low, high) = field.x, field.y
        row = {"x": (left + right) / 2, "y": (low + high) / 2, "url": image_of(field, kind)}
        rows.append(row if frame is None else {**row, "f": frame})
    return rows


def borders(frames: Sequence[Plane]) -> list[Row]:
    """Return short straight pieces where a probability is 0.5, or a height is one of a few levels."""
    rows: list[Row] = []
    for frame, (field, kind) in in_frames([(plane.field, plane.kind) if plane.field else None for plane in frames]):
        assert field is not None
        for level in _levels(field, kind):
            found = contour(field.values, field.x, field.y, level)
            rows += found if frame is None else [{**piece, "f": frame} for piece in found]
    return rows


def dots(frames: Sequence[Plane], across: Sequence[float], up: Sequence[float]) -> list[Row]:
    """Return a row per point of the clouds that lies in the picture: x, y and the class `c`."""
    rows: list[Row] = []
    for k in range(max(len(frame.clouds) for frame in frames)):
        for frame, cloud in in_frames([plane.clouds[k] if k < len(plane.clouds) else None for plane in frames]):
            for x, y in zip(cloud.x, cloud.y, strict=True):
                if across[0] <= x <= across[1] and up[0] <= y <= up[1]:
                    row: Row = {"x": short(x), "y": short(y), "c": cloud.label}
                    rows.append(row if frame is None else {**row, "f": frame})
    return rows


def image_of(field: Field, kind: str) -> str:
    """Return the field as a PNG in a data URL: hue for the class and opacity for how sure, or opacity for height.

    A pixel is what lies between four points of the grid, with their mean; of a region, a quarter of that for each.
    """
    values = _quartered(field.values) if kind == "region" else _means(field.values)
    finite = sorted({value for row in values for value in row if math.isfinite(value)}) or [0.0]
    low, span = finite[0], finite[-1] - finite[0] or 1.0
    lines = []
    for row in reversed(values):
        line = bytearray()
        for value in row:
            if not math.isfinite(value):
                line += GREY + b"\0"
            elif kind == "height":
                # The square root spreads the floor of a valley, where what matters happens.
                line += GREY + bytes([round(STRONGEST * math.sqrt((value - low) / span))])
            elif kind == "region" and len(finite) > 2:
                line += ORANGE + bytes([round(STRONGEST * (value - low) / span)])
            else:
                sure = abs(2 * value - 1) if kind == "probability" else 0.7
                line += (ORANGE if value > 0.5 else BLUE) + bytes([min(STRONGEST, round(STRONGEST * sure))])
        lines.append(bytes(line))
    return pixels.data_url(_enlarged(lines, 4) if kind == "region" else lines, 4)


def images(picture: Images) -> list[Row]:
    """Return a row per image: the image and its caption."""
    return [
        {
            "url": pixels.data_url(_enlarged([bytes(sum(row, ())) for row in image.pixels], 3), 3),
            "told": fine(image.caption),
        }
        for image in picture.images
    ]


def nodes(diagram: Diagram) -> list[Row]:
    """Return a row per unit: its layer as x, its height above the middle of its layer as y, its label."""
    counts: dict[int, int] = {}
    for node in diagram.nodes:
        counts[node.layer] = max(counts.get(node.layer, 0), node.place + 1)
    return [
        {"x": node.layer, "y": (counts[node.layer] - 1) / 2 - node.place, "told": fine(node.label)}
        for node in diagram.nodes
    ]


def edges(diagram: Diagram) -> list[Row]:
    """Return a row per weight: from where to where, how thick, the weight in words and where it is written.

    Weights are written before the edges cross, where a line straight down meets all of them apart: at a part of the
    way that depends on how many units the next layer has. Of two or three units, those into every second stand further
    along, so that they do not pile up; of two, behind the crossing.
    """
    places = nodes(diagram)
    largest = max((abs(edge.weight) for edge in diagram.edges), default=1.0) or 1.0
    rows: list[Row] = []
    for edge in diagram.edges:
        start, end = places[edge.start], places[edge.end]
        abreast = sum(node["x"] == end["x"] for node in places)
        t = 1 / (1 + max(2, abreast))
        if abreast in (2, 3) and ((abreast - 1) / 2 - end["y"]) % 2 == 1:
            t = 1 - t if abreast == 2 else t + APART
        row = {"x": start["x"], "y": start["y"], "x2": end["x"], "y2": end["y"]}
        row |= {"tx": start["x"] + t * (end["x"] - start["x"]), "ty": start["y"] + t * (end["y"] - start["y"])}
        sign = "negative" if edge.weight < 0 else "positive"
        rows.append(row | {"told": numerals.number(edge.weight), "sign": sign, "size": abs(edge.weight) / largest})
    return rows


def _means(values: Sequence[Sequence[float]]) -> list[list[float]]:
    return [
        [(a + b + c + d) / 4 for a, b, c, d in zip(low, low[1:], high, high[1:], strict=False)]
        for low, high in pairwise(values)
    ]


def _quartered(values: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return each value four times, without the half pixels that would stick out of the plane."""
    wide = [[value for value in row for _ in "ab"][1:-1] for row in values]
    return [row for row in wide for _ in "ab"][1:-1]


def _levels(field: Field, kind: str) -> list[float]:
    if kind != "height":
        # The shade of a region ends so sharply that a line would only show the steps of the grid.
        return [0.5] if kind == "probability" else []
    finite = sorted(value for row in field.values for value in row if math.isfinite(value))
    # Levels that divide the area evenly show a narrow valley and a wide plain alike.
    places = [round(k * (len(finite) - 1) / (LEVELS + 1)) for k in range(1, LEVELS + 1)] if finite else []
    return sorted({finite[place] for place in places})


def _enlarged(lines: list[bytes], channels: int) -> list[bytes]:
    width = len(lines[0]) // channels
    times = max(1, round(LEAST_PIXELS / max(width, len(lines))))
    wide = [b"".join(line[k : k + channels] * times for k in range(0, len(line), channels)) for line in lines]
    return [line for line in wide for _ in range(times)]
