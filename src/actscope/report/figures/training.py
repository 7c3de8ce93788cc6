"""Learning curves, and how learning rates were tuned."""

from statistics import fmean
from typing import Any

import altair as alt

from ...lab.records import Comparison
from .. import captions, rows, words
from ..scores import scores_of
from .parts import (
    HEIGHT,
    WIDTH,
    Figure,
    chart,
    colour,
    concat,
    dash,
    drawable,
    lines,
    names_of,
    or_nan,
    score_axis,
    score_scale,
    title,
    y_axis,
)


def learning(comparison: Comparison) -> Figure:
    """Return score and loss over the epochs, on training and test data, with the score that epochs are counted to."""
    scores = scores_of(comparison.task)
    by_score, by_loss = rows.learning(comparison, "score"), rows.learning(comparison, "loss")
    panels = []
    for at in names_of(comparison):
        for quantity, named, found in (("score", scores.axis, by_score), ("loss", scores.loss_axis, by_loss)):
            axis = alt.Axis(grid=False, tickMinStep=1, tickCount=6, format="d", labelFlush=False)
            x = alt.X("epoch:Q", title=words.EPOCH_AXIS, scale=alt.Scale(nice=False), axis=axis)
            y = y_axis(named, found, quantity, scores.kind)
            for part in ("train", "test"):
                here = [row for row in found if (row["condition"], row["part"]) == (at, part)]
                drawn = lines(comparison, drawable(here, quantity), x, y, points=False)
                panels.append(drawn.properties(**title(comparison, at, words.PART[part])))
    # A training that stops early does not end with the score of its last epoch.
    kept: dict[tuple[str, str], list[float]] = {}
    for row in rows.finals(comparison):
        kept.setdefault((row["condition"], row["activation"]), []).append(or_nan(row["score"]))
    ends = [(name, scores.told(fmean(found))) for (_, name), found in kept.items()]
    return concat(panels, 2, words.alt_lines(f"{words.LEARNING}: {scores.test_axis(comparison)}", ends))


def tuning(comparison: Comparison) -> Figure:
    """Return the score on validation data at each rate of the grid; the chosen rate of an activation is filled."""
    scores, found = scores_of(comparison.task), rows.tuning(comparison)
    # By the means alone: the intervals of a rate that nobody would choose take all the room.
    numbers = [row["mean"] for row in found if row["mean"] is not None]
    there = list(dict.fromkeys(row["condition"] for row in found))
    panels = [
        _tuning(comparison, [row for row in found if row["condition"] == at], numbers).properties(
            **title(comparison, at, "") if len(there) > 1 else {}
        )
        for at in there
    ]
    ends = [(row["activation"], f"{row['rate']:g}") for row in found if row["chosen"]]
    return concat(panels, 2, words.alt_lines(captions.alt_tuning(scores.name), ends))


def _tuning(comparison: Comparison, here: list[rows.Row], numbers: list[float]) -> Any:
    scores = scores_of(comparison.task)
    rates = [row["rate"] for row in here]
    domain = [0.8 * min(rates), 1.25 * max(rates)]
    ticks = sorted(set(rates))
    axis = alt.Axis(values=ticks, format="~g" if ticks[0] >= 1e-4 else "~e", grid=False, labelOverlap="greedy")
    x = alt.X("rate:Q", title=words.RATE_AXIS, scale=alt.Scale(type="log", domain=domain, nice=False), axis=axis)

    def y(field: str) -> Any:
        scale = score_scale(numbers, scores.kind)
        return alt.Y(f"{field}:Q", title=words.on_validation(scores.axis), scale=scale, axis=score_axis(scores.kind))

    tint = colour(comparison)
    told = ["activation:N", alt.Tooltip("rate:Q", format="~g"), alt.Tooltip("mean:Q", format=scores.tooltip)]
    bounded, known = ([row for row in here if row[key] is not None] for key in ("low", "mean"))
    marks = [chart(known).mark_line(strokeWidth=2).encode(x=x, y=y("mean"), color=tint, strokeDash=dash(comparison))]
    marks.insert(0, chart(bounded).mark_rule(opacity=0.3, clip=True).encode(x=x, y=y("low"), y2="high:Q", color=tint))
    marks.append(chart(known).mark_circle(size=34, opacity=1).encode(x=x, y=y("mean"), color=tint, tooltip=told))
    # One within the other, where several activations choose the same.
    for place, name in enumerate(comparison.activations):
        some = [row for row in known if row["chosen"] and row["activation"] == name]
        ring = chart(some).mark_point(shape="circle", size=130 + 130 * place, strokeWidth=2.5, opacity=1)
        marks.append(ring.encode(x=x, y=y("mean"), color=tint, tooltip=told))
    return alt.layer(*marks).properties(width=WIDTH, height=HEIGHT)
