"""Why an activation that did not win did not: a verdict from what was measured, cause before consequence."""

import string
from collections.abc import Sequence

from ..records import Reason, Run, Standing, TaskCard
from ..statistics.conditions import Groups
from ..wording import ENOUGH_SEEDS, written
from .numbers import measured
from .rules import ADVICE, ADVICE_TUNED, INSIDE, RULES, WIDE_GAP

__all__ = ["RULES", "WIDE_GAP", "measured", "reason", "reasons"]


def reasons(placed: Sequence[Standing], groups: Groups, task: TaskCard, *, tuned: bool = False) -> tuple[Reason, ...]:
    """Return one reason for each activation that is not the best in its condition, in the order of the standings.

    Where learning rates were `tuned`, no reason advises another rate.
    """
    best = {standing.condition: standing for standing in placed if standing.behind is None}
    return tuple(
        reason(
            standing,
            best[standing.condition],
            groups[standing.condition, standing.activation],
            groups[standing.condition, best[standing.condition].activation],
            task,
            tuned=tuned,
        )
        for standing in placed
        if standing.behind is not None
    )


def reason(
    standing: Standing,
    winner: Standing,
    runs: Sequence[Run],
    winner_runs: Sequence[Run],
    task: TaskCard,
    *,
    tuned: bool = False,
) -> Reason:
    """Return the first rule that applies, with the numbers of its sentence.

    Where seeds differ so much that a wide gap cannot be shown, what was measured inside the networks is told as well.
    """
    numbers = measured(standing, winner, runs, winner_runs, task)
    rule = next(rule for rule in RULES if rule.applies(numbers))
    sentence = rule.told(task.kind)
    if rule.cause == "no difference":
        if numbers["needed"] > 0 and numbers["seeds"] >= ENOUGH_SEEDS:
            sentence += "; as a rough guide, {needed:,.0f} seeds would show a difference of this size"
        if numbers["behind"] >= WIDE_GAP:
            inside = next((rule for rule in RULES if rule.cause in INSIDE and rule.applies(numbers)), None)
            sentence += f". What was measured all the same: {inside.told(task.kind)}" if inside else ""
    advice = ADVICE_TUNED if tuned else ADVICE
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name and name != "winner"}
    return Reason(
        activation=standing.activation,
        condition=standing.condition,
        cause=rule.cause,
        measured={name: number for name, number in numbers.items() if name in named},
        sentence=written(sentence, task.kind, winner=winner.activation, **advice, **numbers),
    )
