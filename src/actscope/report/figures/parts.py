"""What the figures of a comparison share: scales, axes, colours, titles."""

import math
from collections.abc import Iterable
from typing import Any

from ...errors import missing_extra
from ...lab.records import Comparison, Kind
from .. import rows, words
from ..rendering import LIGHT
from ..scores import SCORES

try:
    import altair as alt
except ImportError as error:
    raise missing_extra("plot", "drawing figures") from error

WIDTH, HEIGHT = 320, 210
SOLID = len(LIGHT["category"])
"""Activations beyond this many meet a colour for the second time, and are dashed."""
LETTER = 7
"""The width of a letter of a label."""
LOWEST_R2 = -1.0
"""What is below is drawn there: a network that diverged would take the room of all others."""

LOGARITHMIC = frozenset({"gradient", "loss", "update"})
Figure = alt.Chart | alt.LayerChart | alt.ConcatChart


def colour(comparison: Comparison, legend: bool = True) -> Any:
    """Return the colours of the activations, the same in every figure."""
    names = list(comparison.activations)
    return alt.Color("activation:N", scale=alt.Scale(domain=names), legend=_legend() if legend else None)


def dash(comparison: Comparison) -> Any:
    """Return the dashes of the activations."""
    names = list(comparison.activations)
    dashes = [[1, 0] if i < SOLID else [6, 3] for i in range(len(names))]
    return alt.StrokeDash("activation:N", scale=alt.Scale(domain=names, range=dashes), legend=_legend())


def lines(comparison: Comparison, here: list[rows.Row], x: Any, y: Any, points: bool) -> Any:
    """Return a line for each activation with the band of its seeds."""
    base = chart(here).encode(x=x, y=y, color=colour(comparison))
    layers = []
    if any(row["low"] != row["high"] for row in here):
        layers.append(base.mark_area(opacity=0.14, clip=True).encode(y=_from_low(y), y2="high:Q"))
    layers.append(base.mark_line(strokeWidth=2, strokeJoin="round", clip=True).encode(strokeDash=dash(comparison)))
    if points:
        told = [alt.Tooltip(f"{field}") for field in ("activation:N", "layer:O")]
        told += [alt.Tooltip(f"{key}:Q", format=".3~g") for key in ("mean", "low", "high")]
        layers.append(base.mark_circle(size=38, opacity=1).encode(tooltip=told))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def y_axis(title: str, found: list[rows.Row], quantity: str, kind: Kind = "classification") -> Any:
    """Return an axis that all panels of a quantity share, so that they can be compared."""
    scale, axis = _scale_of(found, quantity, kind)
    return alt.Y("mean:Q", title=title, scale=scale, axis=axis)


def score_axis(kind: Kind) -> Any:
    """Return the axis of scores."""
    return alt.Axis(format=SCORES[kind].format, tickCount=5)


def gap_axis(kind: Kind) -> Any:
    """Return the axis of differences of scores: points of accuracy, or R²."""
    if kind == "regression":
        return score_axis(kind)
    return alt.Axis(labelExpr="format(100 * datum.value, '.3~g')", tickCount=5)


def score_scale(numbers: list[float], kind: Kind) -> Any:
    """Return the scale of scores, which shows nothing below 0 % or an R² of -1."""
    floor = LOWEST_R2 if kind == "regression" else 0.0
    return alt.Scale(
        domain=room(numbers, floor=floor, ceiling=1.0), nice=True, zero=False, clamp=min(numbers or [0.0]) < floor
    )


def room(numbers: list[float], floor: float, ceiling: float) -> list[float]:
    """Return the ends of a scale with some room around the numbers, between floor and ceiling."""
    low, high = max(floor, min(numbers, default=floor)), max(floor, max(numbers, default=ceiling))
    more = max(0.05 * (high - low), 0.004)
    return [max(floor, low - more), min(ceiling, high + more)]


def log_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Return the round numbers to label on a logarithmic axis: powers of ten, with 2 and 5 between where there is room.

    >>> log_ticks(0.06, 3.0)
    [0.1, 0.2, 0.5, 1.0, 2.0]
    >>> log_ticks(1e-7, 1.0, most=4)
    [1e-06, 0.0001, 0.01, 1.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    fine = [float(f"{step}e{power}") for power in range(first, last + 1) for step in (1, 2, 5)]
    ticks = [tick for tick in fine if low <= tick <= high]
    every = 1
    while len(ticks) > most:
        ticks = [tick for power in range(last, first - 1, -every) if low <= (tick := float(f"1e{power}")) <= high][::-1]
        every += 1
    return ticks


def drawable(found: list[rows.Row], quantity: str) -> list[rows.Row]:
    """Return the rows with None for what the scale of the quantity cannot show."""
    if quantity not in LOGARITHMIC:
        return found
    numbers = ("mean", "low", "high")
    return [
        {key: None if key in numbers and value is not None and value <= 0 else value for key, value in row.items()}
        for row in found
    ]


def names_of(comparison: Comparison) -> list[str]:
    """Return the headings of the conditions that are shown."""
    return [words.condition_line(condition) for condition in rows.shown(comparison)]


def title(comparison: Comparison, at: str, text: str, always: bool = False) -> dict[str, Any]:
    """Return the title of a panel, which names its condition where there are several."""
    parts = [at] if len(names_of(comparison)) > 1 else []
    parts = [text, *parts] if always else [*parts, text]
    found = " · ".join(part for part in parts if part)
    return {"title": found} if found else {}


def chart(values: Iterable[rows.Row]) -> alt.Chart:
    """Return a chart of rows."""
    # Altair copies a chart, with its data, at each step of building it; a tuple it passes on as it is.
    return alt.Chart(alt.InlineData(values=tuple(values)))


def concat(panels: list[Any], columns: int, told: str, labels: int = 0) -> alt.ConcatChart:
    """Return panels side by side with what they show in words; `labels` is the longest name's beside them."""
    found = alt.concat(*panels, columns=columns, description=told)
    # The page makes panels as wide as its column, less what the names take.
    if labels:
        found.usermeta = {"labels": LETTER * labels}
    return found


def or_nan(value: float | None) -> float:
    """Return a number of a row; nan where a figure has none."""
    return math.nan if value is None else value


def _legend() -> Any:
    # Without this the legend takes the faint opacity of the band.
    return alt.Legend(symbolOpacity=1, symbolType="stroke")


def _from_low(y: Any) -> Any:
    low = y.copy()
    low.shorthand = "low:Q"
    return low


def _scale_of(found: list[rows.Row], quantity: str, kind: Kind) -> tuple[Any, Any]:
    numbers = [row[key] for row in found for key in ("mean", "low", "high") if row[key] is not None]
    if quantity in LOGARITHMIC:
        positive = [n for n in numbers if n > 0] or [0.1, 1.0]
        low, high = min(positive), max(positive)
        domain = [low * 0.8, high * 1.25]
        axis = alt.Axis(values=log_ticks(*domain), format="~e" if low < 1e-4 or high > 1e5 else "~g")
        return alt.Scale(type="log", domain=domain, nice=False), axis
    if quantity in ("silent", "saturated", "off_centre"):
        return alt.Scale(domain=[0, 1], nice=False), alt.Axis(format=".1~%", tickCount=5)
    if quantity == "score":
        return score_scale(numbers, kind), score_axis(kind)
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    return alt.Scale(domain=[min(low, 0.0), max(high, 0.0) or 1.0], nice=True), alt.Axis(format=".3~g", tickCount=5)
