"""The curve of a page: where each line, tick and dot lies on the paper, and the numbers that its script interpolates.

The script knows no formula: between points 0.02 apart it draws the cubic that has their values and slopes, whose error
is some 1e-9 in the value and 1e-7 in the slope where the formula bends as sharply as tanh.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import words
from .sampling import Curve, Gated, Mark, Row, heights

DENSITY = 50
"""Points for each unit of x that the script gets."""
START = 1.0
"""Where the tangent stands at first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The paper, and which part of the plane is drawn on it."""

    reach: float
    low: float
    high: float
    width: float = 760.0
    height: float = 420.0
    left: float = 46.0
    right: float = 14.0
    top: float = 12.0
    bottom: float = 40.0

    def x(self, x: float) -> float:
        """Return how far right `x` lies."""
        return round(self.left + (x + self.reach) / (2 * self.reach) * (self.width - self.left - self.right), 2)

    def y(self, y: float) -> float:
        """Return how far down `y` lies."""
        return round(self.top + (self.high - y) / (self.high - self.low) * (self.height - self.top - self.bottom), 2)


@dataclass(frozen=True, slots=True)
class Line:
    """One function of the picture, with its slope."""

    label: str
    value: str
    """Path of the value."""
    slope: str
    marks: tuple[tuple[float, float, str], ...]
    """Dots: right, down, and what they are."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn."""

    frame: Frame
    across: tuple[tuple[float, str], ...]
    """Ticks along x: right, and the number."""
    up: tuple[tuple[float, str], ...]
    shades: tuple[tuple[float, float], ...]
    """Where it is saturated: right, and how wide."""
    lines: tuple[Line, ...]
    chosen: int
    """Which line the tangent is on at first."""
    data: dict[str, Any]
    """What the script gets."""


def of_curve(found: Curve) -> Picture:
    """Return the picture of an activation."""
    frame = Frame(found.reach, *found.heights)
    line = _line(frame, "", found.rows, found.marks)
    data = {"label": "", "pieces": list(_pieces(found.rows, "x")), "kinks": list(_kinks(found.marks))}
    return _picture(frame, found.flat, [line], [data], 0)


def of_gated(found: Gated) -> Picture:
    """Return the picture of a gated activation: a line for each second input."""
    gates = list(dict.fromkeys(row["b"] for row in found.rows))
    frame = Frame(found.reach, *heights(found.rows, ("value", "first")))
    lines, data = [], []
    for b in gates:
        rows = [{**row, "x": row["a"], "slope": row["first"]} for row in found.rows if row["b"] == b]
        label = words.gate(found.inputs[1], b)
        lines.append(_line(frame, label, rows, ()))
        data.append({"label": label, "pieces": list(_pieces(rows, "a")), "kinks": []})
    return _picture(frame, (), lines, data, len(gates) // 2)


def _picture(
    frame: Frame, flat: Sequence[tuple[float, float]], lines: list[Line], data: list[dict[str, Any]], chosen: int
) -> Picture:
    edges = {name: getattr(frame, name) for name in Frame.__dataclass_fields__}
    return Picture(
        frame=frame,
        across=tuple((frame.x(x), words.number(x)) for x in ticks(-frame.reach, frame.reach, 7)),
        up=tuple((frame.y(y), words.number(y)) for y in ticks(frame.low, frame.high, 7)),
        shades=tuple((frame.x(low), round(frame.x(high) - frame.x(low), 2)) for low, high in flat),
        lines=tuple(lines),
        chosen=chosen,
        data={"frame": edges, "lines": data, "flat": [list(stretch) for stretch in flat], "chosen": chosen, "x": START},
    )


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round numbers from `low` to `high`, evenly apart.

    >>> ticks(-0.4, 3.4, 7)
    [0.0, 1.0, 2.0, 3.0]
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _line(frame: Frame, label: str, rows: Iterable[Row], marks: Iterable[Mark]) -> Line:
    rows = list(rows)
    dots = tuple(
        (frame.x(mark.x), frame.y(mark.y), f"{mark.which} {'filled' if mark.filled else 'open'}")
        for mark in sorted(marks, key=lambda mark: mark.filled)
        if frame.low <= mark.y <= frame.high
    )
    return Line(label, _path(frame, rows, "value"), _path(frame, rows, "slope"), dots)


def _path(frame: Frame, rows: Sequence[Row], key: str) -> str:
    """Return the path of a line, which breaks where a piece ends and where there is no number."""
    parts: list[str] = []
    last: int | None = None
    room = frame.high - frame.low
    for row in rows:
        y = row[key]
        if y is None or not frame.low - room < y < frame.high + room:
            last = None
            continue
        parts.append(f"{'L' if row['piece'] == last else 'M'}{frame.x(row['x']):g} {frame.y(y):g}")
        last = row["piece"]
    return "".join(parts)


def _pieces(rows: Sequence[Row], x: str) -> Iterator[dict[str, Any]]:
    """Yield each piece as its ends and evenly spaced values and slopes."""
    for piece in dict.fromkeys(row["piece"] for row in rows):
        part = [row for row in rows if row["piece"] == piece]
        found = {"from": part[0][x], "to": part[-1][x], "value": [row["value"] for row in part]}
        found["slope"] = [row["slope"] for row in part]
        yield found | ({"second": [row["second"] for row in part]} if "second" in part[0] else {})


def _kinks(marks: Sequence[Mark]) -> Iterator[dict[str, Any]]:
    """Yield each kink with its own value and slope, for where the tangent stands right on it."""
    for x in dict.fromkeys(mark.x for mark in marks):
        own = {mark.which: mark.y for mark in marks if mark.x == x and mark.filled}
        sides = [mark.y for mark in marks if mark.x == x and mark.which == "slope" and not mark.filled]
        yield {"x": x, "value": own.get("value"), "slope": own.get("slope"), "others": sides}
