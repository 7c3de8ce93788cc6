"""The result of a comparison in a sentence or two."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .records import Cause, Condition, Estimate, Reason, Standing, TaskCard
from .statistics import chance
from .wording import condition, gap, listed, score

# Guessing and this much more has hardly learnt anything.
NEAR_CHANCE = 0.1
# A mean this much lower, 5 points of accuracy, is called lower, though the seeds may differ too much to show it.
NEAR = 0.05
# Smaller gaps are printed as 0.
SHOWN_GAP = 0.0005
# Classes that are split among training and test data are never quite equally many.
UNEQUAL = 1.1
# Depth has cost an activation something if it cost this much.
FALLEN = 0.05
# An answer of more conditions than this tells who leads how often; the table has the rest.
FEW_CONDITIONS = 6


def answer(task: TaskCard, placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    """Return who is best and by how much, with its uncertainty, and who cannot be told apart from it."""
    conditions = list(dict.fromkeys(standing.condition for standing in placed))
    here = {at: [standing for standing in placed if standing.condition == at] for at in conditions}
    if len(conditions) == 1:
        return f"On {task.name} at {condition(conditions[0])}, {_one_condition(task, here[conditions[0]], found)}."
    if len(conditions) > FEW_CONDITIONS:
        return f"On {task.name} in {len(conditions)} conditions, {_many_conditions(task, list(here.values()), found)}."
    clauses = [f"at {condition(at)}, {_leader(task, here[at])}{_tied(here[at], found)}" for at in conditions]
    return f"On {task.name} {'; '.join(clauses)}.{_through_depth(task, here)}"


def _one_condition(task: TaskCard, placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    clauses = [_leader(task, placed)]
    cause = _causes(placed, found)
    if near := _near(placed, found):
        most = max(_behind_best(standing) for standing in near)
        names, one = listed([standing.activation for standing in near]), len(near) == 1
        clauses.append(
            f"{names} {'is' if one else 'are'} within {gap(most, task.kind)}, "
            f"which {_count(placed[0].test_score.seeds)} cannot tell apart"
            if most >= SHOWN_GAP
            else f"{names} {'reaches' if one else 'reach'} the same"
        )
    for standing in placed[1:]:
        if standing not in near:
            clauses.append(_behind(task, placed[0], standing, cause[standing.activation]))
    return "; ".join(clauses)


def _many_conditions(task: TaskCard, conditions: Sequence[Sequence[Standing]], found: Sequence[Reason]) -> str:
    """Return who leads how often, how often alone, and the highest mean of all."""
    leads = Counter(placed[0].activation for placed in conditions)
    (first, most), *others = leads.most_common()
    told = listed(
        [f"{first} has the highest mean {_what(task)} in {most}", *(f"{name} in {count}" for name, count in others)]
    )
    shared = sum(bool(_near(placed, found)) for placed in conditions)
    top = max((placed[0] for placed in conditions), key=lambda standing: _or_least(standing.test_score.mean))
    return (
        f"{told}, and in {shared} of them another cannot be told apart from it; the highest of all is "
        f"{score(top.test_score.mean, task.kind)} with {top.activation} at {condition(top.condition)}, picked from "
        f"{len(conditions)} conditions and so likely to be lower next time"
    )


def _leader(task: TaskCard, placed: Sequence[Standing]) -> str:
    best = placed[0]
    found = best.test_score
    reached = f"{score(found.mean, task.kind)} test accuracy"
    if task.kind == "regression":
        reached = f"a test R² of {score(found.mean, task.kind)}"
    said = f"{best.activation} reaches {reached} ({_interval(found, task)})"
    return f"{said}, hardly better than the {_guessing(task)}" if _near_chance(task, found.mean) else said


def _what(task: TaskCard) -> str:
    return "test R²" if task.kind == "regression" else "test accuracy"


def _guessing(task: TaskCard) -> str:
    """Return what who has learnt nothing scores, as in "hardly better than the"."""
    if task.kind == "regression":
        return "mean of the targets, an R² of 0"
    return f"{_chance(task)} of {_naively(task)}"


def _behind_best(standing: Standing) -> float:
    return standing.behind.mean if standing.behind else 0.0


def _behind(task: TaskCard, best: Standing, standing: Standing, cause: Cause) -> str:
    mean = standing.test_score.mean
    reached = score(mean, task.kind)
    if cause == "diverged":
        return f"{standing.activation} diverges" + (f" and ends at {reached}" if math.isfinite(mean) else "")
    if cause == "no difference":
        many = _count(standing.test_score.seeds)
        return f"{standing.activation} reaches {reached}, and {many} that differ so much cannot show a difference"
    if _near_chance(task, mean) and not _near_chance(task, best.test_score.mean):
        naive = (
            "the mean of the targets gives 0"
            if task.kind == "regression"
            else f"{_naively(task)} gives {_chance(task)}"
        )
        return f"{standing.activation} {'stays' if mean > -1 else 'ends'} at {reached}, where {naive}"
    return f"{standing.activation} reaches {reached}"


def _causes(placed: Sequence[Standing], found: Sequence[Reason]) -> dict[str, Cause]:
    return {reason.activation: reason.cause for reason in found if reason.condition == placed[0].condition}


def _tied(placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    alike = [standing.activation for standing in _near(placed, found)]
    if not alike:
        return ""
    if len(alike) == len(placed) - 1 > 1:
        return " and none of the others can be told apart from it"
    return f" and {listed(alike)} cannot be told apart from it"


def _near(placed: Sequence[Standing], found: Sequence[Reason]) -> list[Standing]:
    """Return those close to the best that cannot be told apart from it."""
    cause = _causes(placed, found)
    return [
        standing
        for standing in placed[1:]
        if cause[standing.activation] == "no difference" and _behind_best(standing) <= NEAR
    ]


def _through_depth(task: TaskCard, placed: Mapping[Condition, Sequence[Standing]]) -> str:
    """Return who falls from the smallest depth to the largest, where nothing but the depth varies."""
    first, *_, last = placed
    if first.varied:
        return ""
    before = {standing.activation: standing.test_score.mean for standing in placed[first]}
    fallen = [
        f"{name} falls from {score(before[name], task.kind)} to {score(after, task.kind)}"
        for name, after in ((standing.activation, standing.test_score.mean) for standing in placed[last])
        if before.get(name, 0.0) - after > FALLEN
    ]
    return f" From depth {first.depth} to {last.depth}, {listed(fallen)}." if fallen else ""


def _interval(found: Estimate, task: TaskCard) -> str:
    if found.seeds == 1:
        return "one seed, so no interval"
    if math.isnan(found.low):
        return f"no interval, {found.seeds} seeds"
    # Equal scores leave a width of some 1e-16 from rounding.
    if found.high - found.low < 1e-9:
        return f"the same with each of {found.seeds} seeds"
    low, high = (score(value, task.kind).removesuffix(" %") for value in (found.low, found.high))
    # An accuracy cannot lie beyond 0 or 1, an R² not above 1: that end of an interval says nothing and is not printed.
    floored, capped = task.kind == "classification" and found.low < 0, found.high > 1
    if floored and capped:
        return f"the 95 % interval of {found.seeds} seeds holds every accuracy"
    if capped:
        return f"95 % interval {low} and above, {found.seeds} seeds"
    if floored:
        return f"95 % interval {high} and below, {found.seeds} seeds"
    return f"95 % interval {low} to {high}, {found.seeds} seeds"


def _near_chance(task: TaskCard, mean: float) -> bool:
    return not mean >= chance(task) + NEAR_CHANCE


def _naively(task: TaskCard) -> str:
    """Return what gives the share of chance: guessing, or where classes differ in size naming the largest."""
    return "guessing" if chance(task) < UNEQUAL / task.classes else "naming the most frequent class"


def _chance(task: TaskCard) -> str:
    return f"{100 * chance(task):.0f} %"


def _count(seeds: int) -> str:
    return "one seed" if seeds == 1 else f"{seeds} seeds"


def _or_least(mean: float) -> float:
    return -math.inf if math.isnan(mean) else mean
