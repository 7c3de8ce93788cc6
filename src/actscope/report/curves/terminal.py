"""A small curve for the terminal: the value as an unbroken line, the slope dotted, so that both are told apart in grey.

A braille character holds two columns of four dots; a terminal that cannot write them gets asterisks and full stops.
"""

import math
from collections.abc import Sequence
from typing import Literal

from rich.text import Text

from . import words
from .sampling import Curve, Gated, Row, heights
from .words import number

WIDTH, HEIGHT = 64, 13
"""Characters of the drawing, without its axes."""
VALUE, SLOPE, AXIS, SHADE = "bold blue", "dark_orange3", "bright_black", "bright_black"
# Bits of the dots in a braille character, by column and row.
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800
Key = Literal["value", "slope"]
Points = list[tuple[float, float | None]]


def drawing(found: Curve | Gated, width: int = WIDTH, braille: bool = True) -> Text:
    """Return the curve as lines of text; of a gated activation, the one with the middle second input."""
    flat: tuple[tuple[float, float], ...]
    if isinstance(found, Gated):
        middle = sorted({row["b"] for row in found.rows})[1]
        rows: Sequence[Row] = [
            {**row, "x": row["a"], "slope": row["first"]} for row in found.rows if row["b"] == middle
        ]
        first, second = found.inputs
        names = (words.at_gate(first, second, middle), words.gated_panel("first", first, second))
        (low, high), flat = heights(rows, ("value", "slope")), ()
    else:
        rows, names, flat = found.rows, (words.VALUE, words.SLOPE), found.flat
        low, high = found.heights
    canvas = _Canvas(width, HEIGHT, (-found.reach, found.reach), (low, high), braille)
    for key in ("slope", "value"):
        for piece in dict.fromkeys(row["piece"] for row in rows):
            canvas.draw([(row["x"], row[key]) for row in rows if row["piece"] == piece], key)
    text = canvas.text()
    text.append_text(_below(found.reach, width, canvas.margin, flat))
    text.append_text(_legend(names, canvas.margin, bool(flat), braille))
    return text


class _Canvas:
    """A grid of dots, two columns and four rows to a character."""

    def __init__(
        self, width: int, height: int, across: tuple[float, float], up: tuple[float, float], braille: bool
    ) -> None:
        self.width, self.height, self.across, self.up, self.braille = width, height, across, up, braille
        self.dots: dict[Key, set[tuple[int, int]]] = {"value": set(), "slope": set()}
        self.labels = {self.row(y): number(y, 2) for y in (_round(up[1]), _round(up[0]), 0.0) if up[0] <= y <= up[1]}
        self.margin = max(map(len, self.labels.values())) + 1

    def column(self, x: float) -> int:
        low, high = self.across
        return round((x - low) / (high - low) * (2 * self.width - 1))

    def line(self, y: float) -> int:
        low, high = self.up
        return round((high - y) / (high - low) * (4 * self.height - 1))

    def row(self, y: float) -> int:
        return self.line(y) // 4

    def draw(self, points: Points, key: Key) -> None:
        """Draw a line through the points: unbroken for the value, every other pair of dots for the slope."""
        last: tuple[int, int] | None = None
        for x, y in points:
            if y is None:
                last = None
                continue
            here = self.column(x), self.line(min(max(y, self.up[0] - 1e3), self.up[1] + 1e3))
            for at in _between(last or here, here):
                if 0 <= at[1] < 4 * self.height and (
                    key == "value" or at[0] % 4 < 1 or abs(here[1] - (last or here)[1]) > 4
                ):
                    self.dots[key].add(at)
            last = here

    def text(self) -> Text:
        """Return the lines, with the numbers at their left."""
        text = Text()
        origin = self.column(0.0) // 2 if self.across[0] <= 0 <= self.across[1] else -1
        for row in range(self.height):
            text.append(f"{self.labels.get(row, ''):>{self.margin - 1}} ", style=AXIS)
            for column in range(self.width):
                text.append(*self.character(column, row, origin))
            text.append("\n")
        return text

    def character(self, column: int, row: int, origin: int) -> tuple[str, str]:
        inside = {(x, y) for x in (2 * column, 2 * column + 1) for y in range(4 * row, 4 * row + 4)}
        value, slope = (inside & self.dots[key] for key in ("value", "slope"))
        if value or slope:
            style = VALUE if value else SLOPE
            if not self.braille:
                return ("*" if value else "."), style
            bits = sum(_BITS[x - 2 * column][y - 4 * row] for x, y in value | slope)
            return chr(_BLANK + bits), style
        level = self.up[0] <= 0 <= self.up[1] and row == self.row(0.0)
        plain = {(True, True): "+", (True, False): "-", (False, True): "|"}
        boxed = {(True, True): "┼", (True, False): "─", (False, True): "│"}
        return (boxed if self.braille else plain).get((level, column == origin), " "), AXIS


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (round(start[0] + (end[0] - start[0]) * k / steps), round(start[1] + (end[1] - start[1]) * k / steps))
        for k in range(steps + 1)
    ]


def _round(y: float) -> float:
    """Return a number near an end of the axis, inside it, with one digit."""
    if y == 0 or abs(y) < 1e-12:
        return 0.0
    step = 10.0 ** math.floor(math.log10(abs(y))) / 2
    return math.trunc(y / step) * step


def _below(reach: float, width: int, margin: int, flat: Sequence[tuple[float, float]]) -> Text:
    """Return the line under the curve: ticks, and a bar where the function is saturated."""
    text = Text(" " * margin)
    ends = f"{number(-reach)}", f"{number(reach)}"
    middle = width // 2 - len(ends[0])
    text.append(f"{ends[0]}{'0':>{middle + 1}}{ends[1]:>{width - len(ends[0]) - middle - 1}}\n", style=AXIS)
    if flat:
        cells = [(-reach + (k + 0.5) * 2 * reach / width) for k in range(width)]
        bar = "".join("▒" if any(low <= x <= high for low, high in flat) else " " for x in cells)
        text.append(" " * margin + bar.rstrip() + "\n", style=SHADE)
    return text


def _legend(names: tuple[str, str], margin: int, shaded: bool, braille: bool) -> Text:
    text = Text(" " * margin)
    text.append("⠤⠤⠤⠤ " if braille else "*** ", style=VALUE)
    text.append(f"{names[0]}    ")
    text.append("⠄⠄⠄⠄ " if braille else "... ", style=SLOPE)
    text.append(names[1])
    if shaded:
        text.append("    ▒▒▒ ", style=SHADE)
        text.append(words.SATURATED)
    return text
