"""Which runs of a comparison belong together, and which are shown."""

import math
from collections.abc import Iterator
from typing import Any

from ...catalogue import Activation, get
from ...errors import UnknownActivationError
from ...lab.activations import activation_of
from ...lab.records import Comparison, Condition, Run
from ...lab.statistics import by_condition
from .. import words

Row = dict[str, Any]
MOST_SHOWN = 6
"""Conditions that are shown in full; of more a report shows these many, and all in one map."""


def known(comparison: Comparison, name: str) -> Activation | None:
    """Return the activation that a comparison calls by this name: a user's own, or the catalogue's; None if neither."""
    for run in comparison.runs:
        if run.experiment.activation == name and run.experiment.defined:
            return activation_of(run.experiment)
    try:
        return get(name)
    except UnknownActivationError:
        return None


def conditions(comparison: Comparison) -> list[Condition]:
    """Return the conditions that have a finished run; an interrupted comparison may lack the later ones."""
    return list(by_condition(comparison))


def shown(comparison: Comparison) -> list[Condition]:
    """Return the conditions that are shown in full: all, or of many those with the highest best scores."""
    there = conditions(comparison)
    best = {s.condition: s.test_score.mean for s in comparison.standings if s.behind is None}

    def place(condition: Condition) -> float:
        score = best.get(condition, math.nan)
        return math.inf if math.isnan(score) else -score

    chosen = sorted(there, key=place)[:MOST_SHOWN]
    return [condition for condition in there if condition in chosen]


def groups(comparison: Comparison) -> Iterator[tuple[Condition, str, list[Run]]]:
    """Yield each condition that is shown, activation and its finished runs, in the order of the comparison."""
    runs_of = by_condition(comparison)
    for condition in shown(comparison):
        for name in comparison.activations:
            if runs := [run for run in runs_of[condition] if run.experiment.activation == name]:
                yield condition, name, runs


def row(condition: Condition, name: str, **rest: Any) -> Row:
    """Return a row of an activation in a condition, which it calls by its heading."""
    return {"condition": words.condition_line(condition), "activation": name, **rest}


def finite(value: float) -> float | None:
    """Return a number, None for nan and infinities, which a figure cannot place."""
    return value if math.isfinite(value) else None
