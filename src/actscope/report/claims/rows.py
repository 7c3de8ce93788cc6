"""From pictures to the rows that figures draw: every number of a figure is computed here, none while drawing.

A picture comes as its frames: those of a film, or itself alone. A row that is not in every frame has its number as `f`.
"""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from ...lab.claims import Finding
from ...lab.claims.pictures import Bars, Chart, Film, Line, Picture, Plane, Rule
from .. import numerals
from ..rendering import LIGHT
from ..rows import Row, thinned
from ..words import fine

MOST_TARGETS = 33
"""Points of a line that tell their numbers to whoever points there."""
DOTTED = range(3, 26)
"""A line of so few points shows them: they were measured one by one."""
FAMILIAR: Mapping[str, int] = {
    "sigmoid": 0,
    "tanh": 1,
    "relu": 2,
    "leaky relu": 3,
    "elu": 4,
    "gelu": 5,
    "identity": 7,
    "no activation": 7,
}
"""Names that come back in many pictures, each with its colour: sigmoid looks the same wherever a reader meets it."""
TANGENT = "tangent of "
"""What the name of a straight line begins with that has the colour of its curve."""
ROUND = len(LIGHT["category"])
T = TypeVar("T")


def frames_of(picture: Picture) -> tuple[Picture, ...]:
    """Return the pictures of a film, or the picture itself."""
    return tuple(one for _, one in picture.frames) if isinstance(picture, Film) else (picture,)


def pictures_of(finding: Finding) -> list[tuple[str, Picture]]:
    """Return the pictures of a finding, each with the name of its file without the ending: c05-1, c05-2."""
    return [(f"{finding.id.lower()}-{k}", picture) for k, picture in enumerate(finding.pictures, 1)]


def in_frames(parts: Sequence[T | None]) -> Iterator[tuple[int | None, T]]:
    """Yield a part of each frame with the frame's number; once and with None if it is the same in all of them.

    >>> list(in_frames(["a", "b"])), list(in_frames(["a", "a"])), list(in_frames([None, "b"]))
    ([(0, 'a'), (1, 'b')], [(None, 'a')], [(1, 'b')])
    """
    first = parts[0]
    if first is not None and all(part == first for part in parts):
        yield None, first
    else:
        yield from ((frame, part) for frame, part in enumerate(parts) if part is not None)


def names(lines: Iterable[Line]) -> list[str]:
    """Return the names of lines, each once."""
    return list(dict.fromkeys(line.name for line in lines))


def points(
    frames: Sequence[Chart | Plane],
    *,
    floor: float = -math.inf,
    log_x: bool = False,
    inside: tuple[Sequence[float], Sequence[float]] | None = None,
) -> list[Row]:
    """Return a row per point of every line: name, style, place `i` in the line, x, y, the band from `l` to `h`.

    What is at or below `floor`, the least that a logarithmic axis shows, has no y, and a band is cut there. Lines are
    cut where they leave the box `inside`, from x to x and from y to y. `t` marks the points that tell their numbers,
    `d` those that are seen as dots.
    """
    rows: list[Row] = []
    for name in names(line for frame in frames for line in frame.lines):
        found = [next((line for line in frame.lines if line.name == name), None) for frame in frames]
        for frame, line in in_frames(found):
            dotted = line.style in ("solid", "dashed") and len(line.x) in DOTTED
            if inside is not None:
                line = cut(line, *inside)
            targets = set(thinned(list(range(len(line.x))), MOST_TARGETS))
            for i, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
                row: Row = {"n": name, "s": line.style, "i": i, "x": None if log_x and x <= 0 else short(x)}
                row["y"] = short(y) if y > floor else None
                if line.low:
                    row |= {"l": short(max(line.low[i], floor)), "h": short(max(line.high[i], floor))}
                rows.append(row | _flag("t", i in targets) | _flag("d", dotted) | _frame(frame))
    return rows


def cut(line: Line, across: Sequence[float], up: Sequence[float]) -> Line:
    """Return the parts of a line without a band that lie in a box, with nan between one and the next.

    >>> found = cut(Line("a", (-2.0, 2.0, 3.0, 0.0), (0.0, 0.0, 0.5, 0.5)), (-1.0, 1.0), (-1.0, 1.0))
    >>> found.x, found.y
    ((-1.0, 1.0, nan, 1.0, 0.0), (0.0, 0.0, nan, 0.5, 0.5))
    """
    ends = list(zip(line.x, line.y, strict=True))
    kept: list[tuple[float, float]] = []
    if line.style == "dots" or len(ends) < 2:
        kept = [(x, y) for x, y in ends if across[0] <= x <= across[1] and up[0] <= y <= up[1]]
    else:
        for start, end in pairwise(ends):
            if piece := _in_box(start, end, across, up):
                if kept and kept[-1] != piece[0]:
                    kept.append((math.nan, math.nan))
                kept += piece if not kept or kept[-1] != piece[0] else piece[1:]
    return replace(line, x=tuple(x for x, _ in kept), y=tuple(y for _, y in kept), low=(), high=())


def _in_box(
    start: tuple[float, float], end: tuple[float, float], across: Sequence[float], up: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the ends of what a box leaves of a straight piece (Liang and Barsky, 1984), or [] if that is nothing."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    first, last = 0.0, 1.0
    for step, room in ((-dx, x - across[0]), (dx, across[1] - x), (-dy, y - up[0]), (dy, up[1] - y)):
        if step == 0:
            if not room >= 0:
                return []
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    if not (first < last or (first == last == 0 and start == end)) or not math.isfinite(dx + dy):
        return []
    return [(x + t * dx, y + t * dy) if t not in (0.0, 1.0) else (start if t == 0 else end) for t in (first, last)]


def rules(frames: Sequence[Chart]) -> list[Row]:
    """Return a row per reference line: where it is, on which axis, its label, and its place among those of its axis."""
    rows: list[Row] = []
    for k in range(max((len(frame.rules) for frame in frames), default=0)):
        found: list[Rule | None] = [frame.rules[k] if k < len(frame.rules) else None for frame in frames]
        for frame, rule in in_frames(found):
            before = sum(row["axis"] == rule.axis and row["k"] < k for row in rows if row.get("f") in (None, frame))
            rows.append(
                {"at": rule.at, "axis": rule.axis, "label": fine(rule.label), "k": k, "row": before} | _frame(frame)
            )
    return rows


def bars(frames: Sequence[Bars], *, floor: float = -math.inf) -> list[Row]:
    """Return a row per bar: name, group, value, interval from `l` to `h`, the value in words and where they begin.

    What is below `floor`, the least that a logarithmic axis shows, is not there.
    """
    rows: list[Row] = []
    for k in range(max(len(frame.bars) for frame in frames)):
        for frame, bar in in_frames([frame.bars[k] if k < len(frame.bars) else None for frame in frames]):
            ends = [bar.value, *(end for end in (bar.low, bar.high) if end is not None)]
            value = short(bar.value) if bar.value >= floor else None
            row = {"n": bar.name, "g": bar.group, "v": value, "told": numerals.number(bar.value)}
            row["end"] = short(min(ends) if bar.value < 0 else max(ends))
            if bar.low is not None and bar.high is not None:
                row |= {"l": short(max(bar.low, floor)), "h": short(max(bar.high, floor))}
            rows.append(row | _frame(frame))
    return rows


def extent(values: Iterable[float | None], *, log: bool = False, room: float = 0.04) -> tuple[float, float]:
    """Return from where to where an axis goes that shows all values, with some room at both ends.

    Counts and shares begin at 0 where that does not cost most of the picture; a logarithmic axis has a factor at least.

    >>> extent([1.0, 9.0, None], room=0.0), extent([100.0, 101.0], room=0.0), extent([3.0, 300.0, 0.0], log=True)
    ((0.0, 9.0), (100.0, 101.0), (2.25, 400.0))
    """
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if log:
        positive = [value for value in finite if value > 0] or [1.0]
        low, high = min(positive), max(positive)
        while high < 3 * low:
            low, high = low / 1.5, high * 1.5
        return low * 0.75, high / 0.75
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if low == high:
        return low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    around = room * (high - low)
    if 0 <= low < 0.35 * high:
        return 0.0, high + around
    if 0 >= high > 0.35 * low:
        return low - around, 0.0
    return low - around, high + around


def colours(shown: Iterable[str], taken: int = 0) -> list[str]:
    """Return the names in the order of the colours: familiar ones at their places, blanks where a colour goes unused.

    The first `taken` colours are left to something else.

    >>> colours(["relu", "measured", "predicted"])[:3], colours(["a"], taken=2)[2:]
    (['measured', 'predicted', 'relu'], ['a'])
    >>> colours(["relu", "tangent of relu"]).index("tangent of relu") - ROUND
    2
    """
    places: dict[int, str] = {}
    for name in (others := list(dict.fromkeys(shown))).copy():
        family = re.split("[,:]", name.removeprefix(TANGENT))[0].casefold().replace("_", " ")
        # Colours begin again after the last: a curve and its tangent are a whole round apart and so look the same.
        place = FAMILIAR.get(family, -1 - ROUND) + ROUND * name.startswith(TANGENT)
        if place >= taken and place not in places:
            places[place] = name
            others.remove(name)
    free = (place for place in itertools.count(taken) if place not in places)
    places |= dict(zip(free, others, strict=False))
    return [places.get(place, f"\N{ZERO WIDTH SPACE}{place}") for place in range(max(places, default=-1) + 1)]


def short(value: float) -> float | None:
    """Return the number with six digits, which no picture shows more of; None for nan and infinity.

    >>> short(1/3), short(float("nan"))
    (0.333333, None)
    """
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _flag(name: str, on: bool) -> Row:
    return {name: 1} if on else {}


def _frame(frame: int | None) -> Row:
    return {} if frame is None else {"f": frame}
