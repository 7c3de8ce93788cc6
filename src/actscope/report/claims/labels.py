"""Where the labels of level reference lines stand: at the end, or the place between, where lines leave most room."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..rows import Row

LETTER, HIGH = 6.2, 18
"""How wide a letter of a label is, about, and how high a label with the room around it."""
STEPS = 48
"""How many pieces each stretch of a line is looked at in."""
PLACES = ((1.0, "right"), (0.0, "left"), (0.5, "center"), (0.75, "center"), (0.25, "center"))
"""Parts of the width, the preferred first, and which part of the label stands there."""


@dataclass(frozen=True, slots=True)
class Plot:
    """The inside of a picture: its domains, which are logarithmic, and its size in pixels."""

    x: Sequence[float]
    y: Sequence[float]
    log_x: bool
    log_y: bool
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point in pixels, from the lower left.

        >>> Plot((0.0, 1.0), (1.0, 100.0), False, True, 200, 100).at(0.5, 10.0)
        (100.0, 50.0)
        """
        return self.width * _part(x, self.x, self.log_x), self.height * _part(y, self.y, self.log_y)


def placed(rules: Sequence[Row], points: Sequence[Row], plot: Plot) -> list[Row]:
    """Return the rules; level ones with the x `lx` at which their label stands, how it is aligned, and whether above.

    Of all places it is the first that the fewest pieces of lines go through.
    """
    paths = _paths(points, plot)
    found = []
    for rule in rules:
        if rule["axis"] == "y":
            options = itertools.product(PLACES, (True, False))
            (part, align), up = min(options, key=lambda option: _crossed(rule, option, paths, plot))
            rule = {**rule, "lx": _value(part, plot.x, plot.log_x), "align": align, "up": up}
        found.append(rule)
    return found


def _paths(points: Sequence[Row], plot: Plot) -> list[tuple[float, float]]:
    """Return places close to each other along all lines, whatever the frame."""
    known = [row for row in points if row["x"] is not None and row["y"] is not None]
    dots = [plot.at(row["x"], row["y"]) for row in known]
    found = list(dots)
    for (before, start), (after, end) in itertools.pairwise(zip(known, dots, strict=True)):
        same = (before["n"], before.get("f"), before["i"] + 1) == (after["n"], after.get("f"), after["i"])
        if same and before["s"] != "dots":
            steps = min(STEPS, 1 + int(math.dist(start, end) / 6))
            shares = [step / steps for step in range(1, steps)]
            found += [(start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])) for t in shares]
    return found


def _crossed(rule: Row, option: tuple[tuple[float, str], bool], paths: list[tuple[float, float]], plot: Plot) -> int:
    (part, align), up = option
    wide = LETTER * len(rule["label"])
    left = part * plot.width - {"left": 0.0, "center": wide / 2, "right": wide}[align]
    _, level = plot.at(plot.x[1], rule["at"])
    low, high = (level, level + HIGH) if up else (level - HIGH, level)
    if low < 0 or high > plot.height:
        return len(paths) + 1
    # What runs along the rule itself is under no label.
    return sum(left <= x <= left + wide and low + 2 < y < high - 1 for x, y in paths)


def _part(value: float, domain: Sequence[float], log: bool) -> float:
    value, low, high = (math.log(one) if log else one for one in (value, *domain))
    return (value - low) / (high - low)


def _value(part: float, domain: Sequence[float], log: bool) -> float:
    low, high = (math.log(one) if log else one for one in domain)
    return math.exp(low + part * (high - low)) if log else low + part * (high - low)
