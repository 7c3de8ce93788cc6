"""The panels that show a sick network beside its healthy twin: what a diagnosis holds, on axes that both share."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import numpy as np

from actscope.probe.findings import thresholds as t
from actscope.probe.findings.reading import Reading
from actscope.probe.records import Diagnosis
from actscope.probe.rows.statistics import ratio, root_mean_square, silent, spread
from actscope.report.figures import log_ticks
from actscope.report.probe import figures
from actscope.report.probe.drawn import curves
from actscope.report.probe.rows import digits

WIDTH, HEIGHT = 300, 170
MOST_LINES = 4
STATES = ("healthy", "sick")
REACHED, OUT_OF_REACH = "within reach", "out of reach"
Row = dict[str, Any]


@dataclass(frozen=True)
class View:
    """A quantity of a diagnosis over the steps or through the layers."""

    title: str
    rows: Callable[[Diagnosis], list[Row]]
    """x, y, and the name of the line."""
    x: str = "step"
    bounds: tuple[float, ...] = ()
    logarithmic: bool = False
    shared: bool = True
    """Whether both panels have one scale for y."""
    ends: tuple[float, float] | tuple[()] = ()
    """The scale of y, where it does not follow from the numbers."""
    finding: str = ""
    """Whose threshold is the bound, where it depends on the network."""


def _over_steps(diagnosis: Diagnosis, lines: Iterable[tuple[str, Any]]) -> list[Row]:
    """Return the rows of lines that have a number for each bin."""
    return [
        {"x": int(end), "y": digits(y), "line": name}
        for name, values in lines
        for end, y in zip(diagnosis.recording.bins, values, strict=True)
        if math.isfinite(y)
    ]


def _losses(diagnosis: Diagnosis) -> list[Row]:
    course = diagnosis.recording.course
    return _over_steps(diagnosis, [("loss", np.where(course["loss_count"] > 0, course["loss_mean"], math.nan))])


def _shares(diagnosis: Diagnosis) -> list[Row]:
    rows = _losses(diagnosis)
    return [{**row, "y": digits(row["y"] / rows[0]["y"])} for row in rows]


def _silent(diagnosis: Diagnosis) -> list[Row]:
    places = diagnosis.recording.places
    return _over_steps(diagnosis, [(f"place {p.place.name}", silent(p.shown[None]).mean(-1)) for p in places])


def _updates(diagnosis: Diagnosis) -> list[Row]:
    seen = Reading(diagnosis.recording)
    names = [one.name for one in seen.trained]
    return _over_steps(diagnosis, [*zip(names, seen.layer_steps, strict=True)][:MOST_LINES])


def _signs(diagnosis: Diagnosis) -> list[Row]:
    first = Reading(diagnosis.recording).trained[0]
    return _over_steps(diagnosis, [(first.name, ratio(first.bins["one_signed"], first.bins["rows"]))])


def _gradients(diagnosis: Diagnosis) -> list[Row]:
    seen = Reading(diagnosis.recording)
    found = seen.lengths(seen.early)
    last = found[-1][1]
    return [{"x": one.place.order, "y": digits(length / last), "line": "gradient"} for one, length in found]


def _spreads(diagnosis: Diagnosis) -> list[Row]:
    start = Reading(diagnosis.recording).until(1)
    return [
        {"x": one.place.order, "y": digits(float(spread(one.pooled(start)))), "line": "spread"}
        for one in diagnosis.recording.places
    ]


VIEWS = {
    "loss": View("loss", _losses),
    "own loss": View("loss", _losses, shared=False),
    "loss left": View("loss, over that at the start", _shares),
    "silent": View("share of silent units", _silent, ends=(0.0, 1.0), finding="dead-units"),
    "update": View("step over weight", _updates, bounds=(t.LARGE_STEP, t.SMALL_STEP), logarithmic=True),
    "signs": View("gradients with one sign", _signs, bounds=(t.ONE_SIGNED,), ends=(0.5, 1.0)),
    "gradient": View(
        "gradient, over that at the last place",
        _gradients,
        "place, from the input to the loss",
        (t.VANISHING, t.EXPLODING),
        logarithmic=True,
    ),
    "spread": View("spread of what arrives", _spreads, "place, from the input to the loss", logarithmic=True),
}


def pair(view: View, diagnoses: tuple[Diagnosis, Diagnosis], titles: tuple[Any, Any]) -> list[Any]:
    """Return the panels of a quantity, the sick and the healthy one."""
    thresholds = tuple(one.threshold for one in diagnoses[0].findings if one.name == view.finding)
    view = replace(view, bounds=(*view.bounds, *thresholds))
    found = [view.rows(diagnosis) for diagnosis in diagnoses]
    both = [row for rows in found for row in rows]
    last = max(row["x"] for row in both)
    panels = []
    for state, rows, diagnosis, title in zip(reversed(STATES), found, diagnoses, titles, strict=True):
        panel = _panel(view, rows, _heights(both if view.shared else rows), last, state)
        bad = diagnosis.recording.first_bad
        if bad is not None and view.x == "step":
            mark = _chart([{"x": bad.step, "told": f"nan at step {bad.step}"}]).encode(x="x:Q")
            rule = mark.mark_rule(style="zero", strokeDash=[3, 3])
            panel.layer += [rule, mark.mark_text(style="ink", align="left", dx=5, y=8).encode(text="told:N")]
        panel.title = title
        panels.append(panel)
    return panels


def _heights(rows: list[Row]) -> list[float]:
    return [row["y"] for row in rows]


def _panel(view: View, rows: list[Row], heights: list[float], last: int, state: str) -> alt.LayerChart:
    if view.logarithmic:
        heights = [y for y in heights if y > 0]
    near = [b for b in view.bounds if not view.logarithmic or min(heights) / 30 <= b <= max(heights) * 30]
    low, high = view.ends or _ends([*heights, *near], view.logarithmic)
    kind = "log" if view.logarithmic else "linear"
    axis = (
        alt.Axis(values=log_ticks(low, high, 6), format="~g" if low > 1e-4 else "~e")
        if view.logarithmic
        else alt.Axis(tickCount=5, format=",~r")
    )
    y = alt.Y("y:Q", title=view.title, scale=alt.Scale(type=kind, domain=[low, high], nice=False), axis=axis)
    x = alt.X(
        "x:Q",
        title=view.x,
        scale=alt.Scale(domain=[0 if view.x == "step" else 1, last], nice=False, padding=6),
        axis=alt.Axis(grid=False, tickCount=6, tickMinStep=1, format="d"),
    )
    names = list(dict.fromkeys(row["line"] for row in rows))
    if len(names) > 1:
        colour: Any = alt.Color("line:N", scale=alt.Scale(domain=names), legend=alt.Legend(symbolType="stroke"))
    else:
        colour = alt.Color("state:N", scale=alt.Scale(domain=list(STATES)), legend=None)
        rows = [{**row, "state": state} for row in rows]
    shown = [row for row in rows if not view.logarithmic or row["y"] > 0]
    layers: list[Any] = [_chart(shown).mark_line(strokeWidth=2, strokeJoin="round").encode(x=x, y=y, color=colour)]
    if view.x != "step":
        layers.append(_chart(shown).mark_circle(size=36, opacity=1).encode(x=x, y=y, color=colour))
    if near:
        marks = _chart([{"y": b, "told": f"bound {b:.2g}"} for b in near]).encode(y=y)
        layers.append(marks.mark_rule(style="zero", strokeDash=[3, 3]))
        layers.append(
            marks.mark_text(style="shade", align="right", dx=-4, dy=-7, fontSize=11, x="width").encode(text="told:N")
        )
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)


def _ends(heights: list[float], logarithmic: bool) -> tuple[float, float]:
    """Return the scale of y with some room, from 0 on where that is near."""
    low, high = min(heights), max(heights)
    if logarithmic:
        return low / 1.5, high * 1.5
    room = 0.04 * ((high - low) or 1.0)
    return 0.0 if 0 < low < 0.5 * high else low - room, high + room


def arriving(diagnoses: tuple[Diagnosis, Diagnosis], places: tuple[int, int], titles: tuple[str, str]) -> Any:
    """Return what arrives at a place of each network, on the activation's own curve; places count from 0."""
    found = []
    for diagnosis, place, title in zip(diagnoses, places, titles, strict=True):
        name = diagnosis.recording.places[place].place.name
        one = next(row for row in curves.distributions(diagnosis) if row.place == name)
        found.append(replace(one, title=title, numbers=""))
    figure = figures.distributions(found)
    figure.title = alt.Undefined
    return figure


def sizes(diagnoses: tuple[Diagnosis, Diagnosis], titles: tuple[Any, Any]) -> list[Any]:
    """Return how large the gradient of each weight is, the root of its mean square over the run."""
    found = [
        [
            {"weight": one.name, "size": digits(size if math.isfinite(size) else 0.0), "state": state}
            for one in diagnosis.recording.parameters
            for size in [float(root_mean_square(one.pooled(), "gradient_"))]
        ]
        for diagnosis, state in zip(diagnoses, reversed(STATES), strict=True)
    ]
    most = max(row["size"] for rows in found for row in rows)
    panels = []
    for rows, title in zip(found, titles, strict=True):
        x = alt.X(
            "size:Q",
            title="size of the gradient",
            scale=alt.Scale(domain=[0, 1.15 * most], nice=False),
            axis=alt.Axis(tickCount=5, format="~g"),
        )
        y = alt.Y("weight:N", title=None, sort=None, axis=alt.Axis(grid=False, labelLimit=120, labelFontSize=12))
        colour = alt.Color("state:N", scale=alt.Scale(domain=list(STATES)), legend=None)
        bars = _chart(rows).mark_bar(size=18).encode(x=x, y=y, color=colour)
        told = _chart(rows).mark_text(style="ink", align="left", dx=5, fontSize=12)
        labels = told.encode(x=x, y=y, text=alt.Text("size:Q", format=".2~g"))
        panels.append(alt.LayerChart(layer=[bars, labels], title=title, width=WIDTH, height=90))
    return panels


def targets(batches: Any, reach: tuple[tuple[float, float], ...], titles: tuple[Any, Any]) -> list[Any]:
    """Return how the targets are spread, and what the output of each network can reach."""
    numbers = np.concatenate([np.asarray(y).ravel() for _, y in batches])
    edges = np.linspace(numbers.min(), numbers.max(), 37)
    shares = np.histogram(numbers, edges)[0] / len(numbers)
    ends = [float(edges[0]), float(edges[-1])]
    panels = []
    for (low, high), title in zip(reach, titles, strict=True):
        rows = [
            {
                "from": digits(a),
                "to": digits(b),
                "share": digits(share),
                "what": REACHED if low <= (a + b) / 2 <= high else OUT_OF_REACH,
            }
            for a, b, share in zip(edges[:-1], edges[1:], shares, strict=True)
        ]
        x = alt.X("from:Q", title="target", scale=alt.Scale(domain=ends, nice=False), axis=alt.Axis(grid=False))
        y = alt.Y("share:Q", title="share of the targets", axis=alt.Axis(tickCount=4, format="~%"))
        colour = alt.Color(
            "what:N", scale=alt.Scale(domain=[REACHED, OUT_OF_REACH]), legend=alt.Legend(symbolType="square")
        )
        bars = _chart(rows).mark_rect(strokeWidth=0).encode(x=x, x2="to:Q", y=y, y2=alt.datum(0), color=colour)
        band = [{"from": max(low, ends[0]), "to": min(high, ends[1])}]
        under = _chart(band).mark_rect(style="shade", opacity=0.16).encode(x=x, x2="to:Q")
        panels.append(alt.LayerChart(layer=[under, bars], title=title, width=WIDTH, height=HEIGHT))
    return panels


def _chart(rows: Iterable[Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=tuple(rows)))
