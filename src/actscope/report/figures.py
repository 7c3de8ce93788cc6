"""Records to figures: a figure takes a comparison and is an Altair chart without a theme; curves are in `curves/`."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import missing_extra
from ..lab.records import Boundary, Comparison
from . import numerals, rows, words
from .pixels import data_url as pixels_url
from .rendering import LIGHT

try:
    import altair as alt
except ImportError as error:
    raise missing_extra("plot", "drawing figures") from error

from .curves.figure import curve

WIDTH, HEIGHT = 320, 210
SOLID = len(LIGHT["category"])
"""Activations beyond this many meet a colour for the second time, and are dashed."""

LOGARITHMIC = frozenset({"gradient", "loss"})
Figure = alt.Chart | alt.LayerChart | alt.ConcatChart


def all_of(comparison: Comparison) -> dict[str, Figure]:
    """Return every figure of a report by its file name without ending, in the order of the report."""
    figures = {"accuracy": intervals(comparison), "learning": learning(comparison), "gradient": gradient(comparison)}
    figures |= {"units": units(comparison), "output": output(comparison)}
    if rows.mapped(comparison):
        figures["boundary"] = boundary(comparison)
    return figures | {
        f"curve-{name}": curve(rows.known(comparison, name) or name, saturation_slope=comparison.saturation_slope)
        for name in with_curve(comparison)
    }


def with_curve(comparison: Comparison) -> list[str]:
    """Return the activations of a comparison that are known and that are functions of one number."""
    return [name for name in comparison.activations if (found := rows.known(comparison, name)) and found.pointwise]


def intervals(comparison: Comparison) -> Figure:
    """Return the final test accuracies: each seed as a dot, the mean with its 95 % interval."""
    means, finals = rows.standings(comparison), rows.finals(comparison)
    shares = [row[key] for row in means for key in ("mean", "low", "high")] + [row["score"] for row in finals]
    domain = _room([share for share in shares if share is not None], floor=0.0, ceiling=1.0)
    panels = [
        _intervals(comparison, [row for row in means if row["condition"] == at], found, domain).properties(
            **_title(comparison, at, "")
        )
        for at in _conditions(comparison)
        for found in [[row for row in finals if row["condition"] == at and row["score"] is not None]]
    ]
    ends = [(row["activation"], numerals.percent(_nan(row["mean"]))) for row in means]
    figure = _concat(panels, 1, words.alt_lines(words.TEST_ACCURACY_AXIS, ends))
    # The page makes panels as wide as its column, less what the names take; 7 is the width of a letter.
    figure.usermeta = {"labels": 7 * max(map(len, comparison.activations))}
    return figure


def learning(comparison: Comparison) -> Figure:
    """Return accuracy and loss over the epochs, on training and test data."""
    accuracies, losses = rows.learning(comparison, "score"), rows.learning(comparison, "loss")
    panels = []
    for at in _conditions(comparison):
        for quantity, title, found in (
            ("score", words.ACCURACY_AXIS, accuracies),
            ("loss", words.LOSS_AXIS, losses),
        ):
            axis = alt.Axis(grid=False, tickMinStep=1, tickCount=6, format="d", labelFlush=False)
            x = alt.X("epoch:Q", title=words.EPOCH_AXIS, scale=alt.Scale(nice=False), axis=axis)
            y = _y_axis(title, found, quantity)
            for part in ("train", "test"):
                here = [row for row in found if (row["condition"], row["part"]) == (at, part)]
                drawn = _lines(comparison, _drawable(here, quantity), x, y, points=False)
                panels.append(drawn.properties(**_title(comparison, at, words.PART[part])))
    last = {(row["condition"], row["activation"]): row["mean"] for row in accuracies if row["part"] == "test"}
    ends = [(name, numerals.percent(_nan(mean))) for (_, name), mean in last.items()]
    return _concat(panels, 2, words.alt_lines(f"{words.LEARNING}: {words.TEST_ACCURACY_AXIS}", ends))


def gradient(comparison: Comparison) -> Figure:
    """Return the gradient of each layer's weights at the start and at the end, on a logarithmic scale."""
    return _by_layer(comparison, {"gradient": words.GRADIENT_AXIS}, words.GRADIENT)


def units(comparison: Comparison) -> Figure:
    """Return the share of silent units and of saturated outputs by layer, at the start and at the end."""
    return _by_layer(comparison, {"silent": words.SILENT_AXIS, "saturated": words.SATURATED_AXIS}, words.UNITS)


def output(comparison: Comparison) -> Figure:
    """Return mean and spread of each layer's output, at the start and at the end."""
    return _by_layer(comparison, {"mean": words.MEAN_AXIS, "spread": words.SPREAD_AXIS}, words.OUTPUT)


def zero_gradients(comparison: Comparison) -> list[str]:
    """Return the activations that have a layer without any gradient, which a logarithmic scale cannot show."""
    return sorted({row["activation"] for row in rows.layers(comparison, "gradient") if row["mean"] == 0})


def boundary(comparison: Comparison) -> Figure:
    """Return a map per activation of the class that its network predicts, with the test points."""
    panels = []
    for condition, run in rows.mapped(comparison):
        assert run.boundary is not None
        title = _title(comparison, words.condition_line(condition), run.experiment.activation, always=True)
        panels.append(_map(run.boundary, comparison).properties(**title))
    names = [run.experiment.activation for _, run in rows.mapped(comparison)]
    return _concat(panels, 2, words.alt_boundary(names))


def file_name(text: str) -> str:
    """Return `text` as part of a file name on any system.

    >>> file_name("curve-<b>x</b>")
    'curve-_b_x__b_'
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def _by_layer(comparison: Comparison, quantities: dict[str, str], what: str) -> Figure:
    panels = []
    ends: list[tuple[str, str]] = []
    measured = {quantity: rows.layers(comparison, quantity) for quantity in quantities}
    for condition in rows.conditions(comparison):
        depth, at = condition.depth, words.condition_line(condition)
        scale = alt.Scale(domain=[1, max(depth, 2)], nice=False, padding=8)
        x = alt.X("layer:Q", title=words.LAYER_AXIS, scale=scale, axis=_layer_axis(depth))
        for quantity, title in quantities.items():
            y = _y_axis(title, measured[quantity], quantity)
            for when in ("start", "end"):
                here = [row for row in measured[quantity] if (row["condition"], row["when"]) == (at, when)]
                drawn = _lines(comparison, _drawable(here, quantity), x, y, points=True)
                panels.append(drawn.properties(**_title(comparison, at, words.WHEN[when])))
            ends += [
                (words.first_layer(row["activation"], title), numerals.number(_nan(row["mean"])))
                for row in here
                if row["layer"] == 1
            ]
    return _concat(panels, 2, words.alt_lines(what, ends))


def _intervals(comparison: Comparison, means: list[rows.Row], finals: list[rows.Row], domain: list[float]) -> Any:
    def x(field: str) -> Any:
        scale = alt.Scale(domain=domain, nice=True, zero=False)
        return alt.X(f"{field}:Q", title=words.TEST_ACCURACY_AXIS, scale=scale, axis=_percent_axis())

    def told(*fields: str) -> list[Any]:
        return [alt.Tooltip(f"{field}:Q", format=".2%") for field in fields]

    order = [row["activation"] for row in means] or None
    y = alt.Y("activation:N", title=None, sort=order, axis=alt.Axis(labelFontSize=12.5, grid=False))
    colour = _colour(comparison, legend=False)
    known = [row for row in means if row["mean"] is not None]
    bounded = [row for row in means if row["low"] is not None]
    bars = _chart(bounded).mark_rule(strokeWidth=5, opacity=0.45, strokeCap="round", clip=True)
    diamonds = _chart(known).mark_point(shape="diamond", size=110, filled=True, opacity=1)
    dots = _chart(finals).mark_circle(size=46, opacity=0.5)
    layers = [
        bars.encode(x=x("low"), x2="high:Q", y=y, color=colour),
        diamonds.encode(x=x("mean"), y=y, color=colour, tooltip=["activation:N", *told("mean", "low", "high")]),
        # Below the bar, where they neither hide it nor each other's mean.
        dots.encode(
            x=x("score"),
            y=y,
            yOffset=alt.value(30),
            color=colour,
            tooltip=["activation:N", "seed:O", *told("score")],
        ),
    ]
    return alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(38))


def _lines(comparison: Comparison, here: list[rows.Row], x: Any, y: Any, points: bool) -> Any:
    base = _chart(here).encode(x=x, y=y, color=_colour(comparison))
    layers = []
    if any(row["low"] != row["high"] for row in here):
        layers.append(base.mark_area(opacity=0.14).encode(y=_from_low(y), y2="high:Q"))
    layers.append(base.mark_line(strokeWidth=2, strokeJoin="round").encode(strokeDash=_dash(comparison)))
    if points:
        told = [alt.Tooltip(f"{field}") for field in ("activation:N", "layer:O")]
        told += [alt.Tooltip(f"{key}:Q", format=".3~g") for key in ("mean", "low", "high")]
        layers.append(base.mark_circle(size=38, opacity=1).encode(tooltip=told))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _from_low(y: Any) -> Any:
    low = y.copy()
    low.shorthand = "low:Q"
    return low


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
        _chart([picture]).mark_image(aria=False, width=size, height=size, aspect=False).encode(x=x, y=y, url="url:N"),
        _chart(rows.contour(found.probability, found.x, found.y))
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
            _chart(dots)
            .mark_point(style="dot", filled=True, size=34, strokeWidth=0.8, opacity=1, clip=True)
            .encode(
                x=x,
                y=y,
                fill=alt.Fill("class:N", scale=scale, legend=legend),
                shape=alt.Shape("class:N", scale=scale, legend=legend),
            )
        )
    return alt.layer(*layers).properties(width=size, height=size)


def data_url(probability: Sequence[Sequence[float]]) -> str:
    """Return the map of a boundary as a PNG in a data URL: hue for the class, opacity for how sure the network is.

    Opacity lets light and dark paper shine through, so that one picture serves both.
    """
    blue, orange = (bytes.fromhex(colour[1:]) for colour in LIGHT["category"][:2])
    lines = []
    for row in reversed(probability):
        pixels = bytearray()
        for p in row:
            sure = round(150 * abs(2 * p - 1)) if math.isfinite(p) else 0
            pixels += (orange if p > 0.5 else blue) + bytes([sure])
        lines.append(bytes(pixels))
    return pixels_url(lines, 4)


def _colour(comparison: Comparison, legend: bool = True) -> Any:
    names = list(comparison.activations)
    return alt.Color("activation:N", scale=alt.Scale(domain=names), legend=_legend() if legend else None)


def _legend() -> Any:
    # Without this the legend takes the faint opacity of the band.
    return alt.Legend(symbolOpacity=1, symbolType="stroke")


def _dash(comparison: Comparison) -> Any:
    names = list(comparison.activations)
    dashes = [[1, 0] if i < SOLID else [6, 3] for i in range(len(names))]
    return alt.StrokeDash("activation:N", scale=alt.Scale(domain=names, range=dashes), legend=_legend())


def _y_axis(title: str, found: list[rows.Row], quantity: str) -> Any:
    scale, axis = _scale_of(found, quantity)
    return alt.Y("mean:Q", title=title, scale=scale, axis=axis)


def _scale_of(found: list[rows.Row], quantity: str) -> tuple[Any, Any]:
    """Return scale and axis that all panels of a quantity share, so that they can be compared."""
    numbers = [row[key] for row in found for key in ("mean", "low", "high") if row[key] is not None]
    if quantity in LOGARITHMIC:
        positive = [n for n in numbers if n > 0] or [0.1, 1.0]
        low, high = min(positive), max(positive)
        domain = [low * 0.8, high * 1.25]
        axis = alt.Axis(values=log_ticks(*domain), format="~e" if low < 1e-4 or high > 1e5 else "~g")
        return alt.Scale(type="log", domain=domain, nice=False), axis
    if quantity in ("silent", "saturated"):
        return alt.Scale(domain=[0, 1], nice=False), _percent_axis()
    if quantity == "score":
        return alt.Scale(domain=_room(numbers, floor=0.0, ceiling=1.0), nice=True, zero=False), _percent_axis()
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    return alt.Scale(domain=[min(low, 0.0), max(high, 0.0) or 1.0], nice=True), alt.Axis(format=".3~g", tickCount=5)


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


def _room(numbers: list[float], floor: float, ceiling: float) -> list[float]:
    low, high = min(numbers, default=floor), max(numbers, default=ceiling)
    room = max(0.05 * (high - low), 0.004)
    return [max(floor, low - room), min(ceiling, high + room)]


def _percent_axis() -> Any:
    return alt.Axis(format=".1~%", tickCount=5)


def _layer_axis(depth: int) -> Any:
    every = max(1, math.ceil(depth / 10))
    return alt.Axis(
        grid=False,
        values=[layer for layer in range(1, depth + 1) if layer == 1 or layer % every == 0],
        format="d",
        labelFlush=False,
    )


def _drawable(found: list[rows.Row], quantity: str) -> list[rows.Row]:
    """Return the rows with None for what the scale of the quantity cannot show."""
    if quantity not in LOGARITHMIC:
        return found
    numbers = ("mean", "low", "high")
    return [
        {key: None if key in numbers and value is not None and value <= 0 else value for key, value in row.items()}
        for row in found
    ]


def _conditions(comparison: Comparison) -> list[str]:
    return [words.condition_line(condition) for condition in rows.conditions(comparison)]


def _title(comparison: Comparison, at: str, text: str, always: bool = False) -> dict[str, Any]:
    parts = [at] if len(_conditions(comparison)) > 1 else []
    parts = [text, *parts] if always else [*parts, text]
    found = " · ".join(part for part in parts if part)
    return {"title": found} if found else {}


def _chart(values: Iterable[rows.Row]) -> alt.Chart:
    # Altair copies a chart, with its data, at each step of building it; a tuple it passes on as it is.
    return alt.Chart(alt.InlineData(values=tuple(values)))


def _concat(panels: list[Any], columns: int, told: str) -> alt.ConcatChart:
    return alt.concat(*panels, columns=columns, description=told)


def _nan(value: float | None) -> float:
    return math.nan if value is None else value
