"""Where the activations ended: scores, differences to the best, ranks, all conditions at once."""

from typing import Any

import altair as alt

from ...lab.records import Comparison
from .. import captions, rows, words
from ..scores import Scores, scores_of
from .parts import (
    LOWEST_R2,
    WIDTH,
    Figure,
    chart,
    colour,
    concat,
    gap_axis,
    names_of,
    or_nan,
    room,
    score_axis,
    score_scale,
    title,
)


def overview(comparison: Comparison) -> Figure:
    """Return the mean score of each activation in each condition as a map: the stronger the colour, the higher."""
    scores, found = scores_of(comparison.task), rows.overview(comparison)
    numbers = [row["mean"] for row in found if row["mean"] is not None]
    floor = LOWEST_R2 if scores.kind == "regression" else 0.0
    domain = [max(floor, min(numbers, default=floor)), max(floor, max(numbers, default=1.0))]
    x = alt.X(
        "activation:N",
        title=None,
        sort=list(comparison.activations),
        axis=alt.Axis(orient="top", labelAngle=0 if len(comparison.activations) < 8 else -40, labelFontSize=12),
    )
    order = list(dict.fromkeys(row["condition"] for row in found))
    y = alt.Y("condition:N", title=None, sort=order, axis=alt.Axis(labelLimit=320, labelFontSize=11.5, grid=False))
    strength = alt.Opacity("mean:Q", scale=alt.Scale(domain=domain, range=[0.04, 0.6], clamp=True), legend=None)
    told = ["condition:N", "activation:N", alt.Tooltip("mean:Q", format=scores.tooltip), "place:O"]
    layers = [chart(found).mark_rect(style="heat").encode(x=x, y=y, opacity=strength, tooltip=told)]
    for is_best in (False, True):
        text = chart([row for row in found if row["best"] is is_best])
        text = text.mark_text(style="ink", fontSize=11, fontWeight="bold" if is_best else "normal", aria=False)
        layers.append(text.encode(x=x, y=y, text="told:N"))
    drawn = alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(20))
    best = [row for row in found if row["best"]]
    said = captions.alt_overview(scores.test, [(row["condition"], row["activation"], row["told"]) for row in best])
    return concat([drawn], 1, said, labels=max(map(len, order), default=0))


def intervals(comparison: Comparison) -> Figure:
    """Return the final test scores: each seed as a dot, the mean with its 95 % interval."""
    scores, means, finals = scores_of(comparison.task), rows.standings(comparison), rows.finals(comparison)
    found = [row[key] for row in means for key in ("mean", "low", "high")] + [row["score"] for row in finals]
    numbers = [score for score in found if score is not None]
    panels = [
        _intervals(
            comparison,
            [row for row in means if row["condition"] == at],
            [row for row in finals if row["condition"] == at and row["score"] is not None],
            scores,
            numbers,
        ).properties(**title(comparison, at, ""))
        for at in names_of(comparison)
    ]
    ends = [(row["activation"], scores.told(or_nan(row["mean"]))) for row in means]
    return concat(panels, 1, words.alt_lines(scores.test_axis(comparison), ends), labels=_longest(comparison))


def differences(comparison: Comparison) -> Figure:
    """Return how far each activation is behind the best, with the interval of the paired difference."""
    scores, found = scores_of(comparison.task), rows.differences(comparison)
    numbers = [row[key] for row in found for key in ("mean", "low", "high") if row[key] is not None]
    domain = room([*numbers, 0.0], floor=-1.0, ceiling=max(1.0, *numbers))
    panels = [
        _differences(comparison, [row for row in found if row["condition"] == at], scores, domain).properties(
            **title(comparison, at, "")
        )
        for at in names_of(comparison)
        if any(row["condition"] == at for row in found)
    ]
    ends = [(row["activation"], scores.behind_the_best(or_nan(row["mean"]))) for row in found]
    return concat(panels, 1, words.alt_lines(scores.behind_axis, ends), labels=_longest(comparison))


def ranks(comparison: Comparison) -> Figure:
    """Return the mean ranks; bars that do not meet are further apart than the critical difference."""
    found = rows.ranks(comparison)
    bounded = [row for row in found if row["low"] is not None]
    worst = float(len(comparison.activations))
    domain = [min([1.0, *(row["low"] for row in bounded)]), max([worst, *(row["high"] for row in bounded)])]

    def x(field: str) -> Any:
        axis = alt.Axis(tickMinStep=1, format="d", values=list(range(1, int(worst) + 1)))
        scale = alt.Scale(domain=domain, nice=False, padding=10)
        return alt.X(f"{field}:Q", title=words.RANK_AXIS, scale=scale, axis=axis)

    y, tint = _names([row["activation"] for row in found]), colour(comparison, legend=False)
    told = ["activation:N", alt.Tooltip("rank:Q", format=".2f")]
    bars = chart(bounded).mark_rule(strokeWidth=5, opacity=0.45, strokeCap="round")
    diamonds = chart(found).mark_point(shape="diamond", size=110, filled=True, opacity=1)
    layers = [
        bars.encode(x=x("low"), x2="high:Q", y=y, color=tint),
        diamonds.encode(x=x("rank"), y=y, color=tint, tooltip=told),
    ]
    drawn = alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(30))
    ends = [(row["activation"], f"{row['rank']:.2f}") for row in found]
    return concat([drawn], 1, words.alt_lines(words.RANK_AXIS, ends), labels=_longest(comparison))


def _longest(comparison: Comparison) -> int:
    return max(map(len, comparison.activations))


def _names(order: list[str]) -> Any:
    return alt.Y("activation:N", title=None, sort=order or None, axis=alt.Axis(labelFontSize=12.5, grid=False))


def _intervals(
    comparison: Comparison, means: list[rows.Row], finals: list[rows.Row], scores: Scores, numbers: list[float]
) -> Any:
    def x(field: str) -> Any:
        scale, axis = score_scale(numbers, scores.kind), score_axis(scores.kind)
        return alt.X(f"{field}:Q", title=scores.test_axis(comparison), scale=scale, axis=axis)

    def told(*fields: str) -> list[Any]:
        return [alt.Tooltip(f"{field}:Q", format=scores.tooltip) for field in fields]

    y, tint = _names([row["activation"] for row in means]), colour(comparison, legend=False)
    known = [row for row in means if row["mean"] is not None]
    bounded = [row for row in means if row["low"] is not None]
    bars = chart(bounded).mark_rule(strokeWidth=5, opacity=0.45, strokeCap="round", clip=True)
    diamonds = chart(known).mark_point(shape="diamond", size=110, filled=True, opacity=1)
    dots = chart(finals).mark_circle(size=46, opacity=0.5)
    layers = [
        bars.encode(x=x("low"), x2="high:Q", y=y, color=tint),
        diamonds.encode(x=x("mean"), y=y, color=tint, tooltip=["activation:N", *told("mean", "low", "high")]),
        # Below the bar, where they neither hide it nor each other's mean.
        dots.encode(
            x=x("score"), y=y, yOffset=alt.value(30), color=tint, tooltip=["activation:N", "seed:O", *told("score")]
        ),
    ]
    return alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(38))


def _differences(comparison: Comparison, here: list[rows.Row], scores: Scores, domain: list[float]) -> Any:
    def x(field: str) -> Any:
        scale = alt.Scale(domain=domain, nice=True, zero=True)
        return alt.X(f"{field}:Q", title=scores.behind_axis, scale=scale, axis=gap_axis(scores.kind))

    y, tint = _names([row["activation"] for row in here]), colour(comparison, legend=False)
    told = [alt.Tooltip(f"{field}:Q", format=scores.tooltip) for field in ("mean", "low", "high")]
    layers = [chart([{"at": 0.0}]).mark_rule(style="zero", aria=False).encode(x=x("at"))]
    for sure, filled in ((False, False), (True, True)):
        some = [row for row in here if row["shown"] is sure]
        bounded = [row for row in some if row["low"] is not None]
        known = [row for row in some if row["mean"] is not None]
        bars = chart(bounded).mark_rule(strokeWidth=5 if sure else 2, opacity=0.45, strokeCap="round", clip=True)
        diamonds = chart(known).mark_point(shape="diamond", size=110, filled=filled, opacity=1)
        layers += [
            bars.encode(x=x("low"), x2="high:Q", y=y, color=tint),
            diamonds.encode(x=x("mean"), y=y, color=tint, tooltip=["activation:N", *told, "p:N"]),
        ]
    return alt.layer(*layers).properties(width=WIDTH * 2, height=alt.Step(30))
