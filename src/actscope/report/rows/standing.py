"""How the activations stand: scores, differences, ranks, tuned rates, and what goes with the outcome."""

import math

from ...lab.records import Comparison, Condition, Estimate
from .. import numerals, words
from ..scores import scores_of
from .grouped import Row, finite, row, shown


def standings(comparison: Comparison) -> list[Row]:
    """Return a row per standing: mean test score and its 95 % interval, cut at what is possible."""
    there, least = shown(comparison), scores_of(comparison.task).least
    return [
        row(s.condition, s.activation, **_interval(numerals.cut(s.test_score, least, 1.0)))
        for s in comparison.standings
        if s.condition in there
    ]


def differences(comparison: Comparison) -> list[Row]:
    """Return a row per activation behind the best, with the interval of its paired difference; none with one seed."""
    there, scores = shown(comparison), scores_of(comparison.task)
    most = 1.0 if scores.kind == "classification" else math.inf
    return [
        row(
            s.condition,
            s.activation,
            **_interval(numerals.cut(s.behind, -most, most)),
            p=numerals.p_value(s.difference.corrected),
            shown=s.difference.shown,
        )
        for s in comparison.standings
        if s.condition in there and s.behind and s.difference and s.behind.seeds > 1
    ]


def ranks(comparison: Comparison) -> list[Row]:
    """Return a row per activation with its mean rank, and half the critical difference to either side if there is one.

    Two activations whose bars do not meet are further apart than the critical difference.
    """
    ranking = comparison.ranking
    if ranking is None:
        return []
    half = ranking.critical / 2
    return [
        {"activation": name, "rank": rank, "low": finite(rank - half), "high": finite(rank + half)}
        for name, rank in zip(ranking.activations, ranking.ranks, strict=True)
    ]


def overview(comparison: Comparison) -> list[Row]:
    """Return a row per condition and activation, shown or not: mean test score, its place by it, whether it is best."""
    place: dict[Condition, int] = {}
    found = []
    for s in comparison.standings:
        place[s.condition] = place.get(s.condition, 0) + 1
        found.append(
            row(
                s.condition,
                s.activation,
                mean=finite(s.test_score.mean),
                told=scores_of(comparison.task).told(s.test_score.mean).removesuffix(" %"),
                place=place[s.condition],
                rank=finite(s.rank),
                best=s.behind is None or s.behind.mean == 0.0,
            )
        )
    return found


def tuning(comparison: Comparison) -> list[Row]:
    """Return a row per tuned activation and rate: the score on validation data, and whether the rate was chosen."""
    there, least = shown(comparison), scores_of(comparison.task).least
    return [
        row(
            tuned.condition,
            tuned.activation,
            rate=rate,
            **_interval(numerals.cut(score, least, 1.0)),
            chosen=rate == tuned.chosen,
        )
        for tuned in comparison.tuned
        if tuned.condition in there
        for rate, score in zip(tuned.grid, tuned.scores, strict=True)
    ]


def chosen_rates(comparison: Comparison) -> dict[tuple[Condition, str], float]:
    """Return the learning rate that was chosen for each activation in each condition; empty where none was tuned."""
    return {(tuned.condition, tuned.activation): tuned.chosen for tuned in comparison.tuned}


def associations(comparison: Comparison) -> list[Row]:
    """Return a row per quantity inside the networks: its rank correlation with the outcome, cut at -1 and 1."""
    there = shown(comparison)
    return [
        {
            "condition": words.condition_line(one.condition),
            "quantity": words.INSIDE_QUANTITIES[one.quantity],
            **_interval(numerals.cut(one.correlation, -1.0, 1.0)),
        }
        for one in comparison.associations
        if one.condition in there
    ]


def cut_at(comparison: Comparison, *shown: str) -> str:
    """Return where one of the `shown` intervals of the standings leaves the possible range; "" if none does."""
    classes = comparison.task.kind == "classification"

    def leaves(least: float, most: float, *names: str) -> bool:
        found = (getattr(s, name) for s in comparison.standings for name in names if name in shown)
        return any(estimate.low < least or estimate.high > most for estimate in found if estimate)

    return words.cut_at(
        shares=classes and leaves(0.0, 1.0, "test_score", "train_score"),
        points=classes and leaves(-1.0, 1.0, "behind"),
        losses=leaves(0.0, math.inf, "test_loss"),
        squares=not classes and leaves(-math.inf, 1.0, "test_score", "train_score"),
    )


def _interval(estimate: Estimate) -> Row:
    return {"mean": finite(estimate.mean), "low": finite(estimate.low), "high": finite(estimate.high)}
