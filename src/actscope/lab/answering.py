"""The result of a comparison in a sentence or two."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .records import Cause, Condition, Estimate, Reason, Standing, TaskCard
from .statistics import chance
from .wording import ENOUGH_SEEDS, gap, listed, score, too_few, where

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
        return f"On {task.name} {where(conditions[0])}, {_one_condition(task, here[conditions[0]], found)}."
    if len(conditions) > FEW_CONDITIONS:
        told = _many_conditions(task, list(here.values()), found)
        return f"{_at_their_best(task, placed)} In {len(conditions)} conditions, {told}."
    clauses = [f"{where(at)}, {_leader(task, here[at])}{_tied(here[at], found)}" for at in conditions]
    if conditions[0].varied:
        return f"{_at_their_best(task, placed)} {_capital('; '.join(clauses))}."
    return f"On {task.name} {'; '.join(clauses)}.{_through_depth(task, here)}"


def _one_condition(task: TaskCard, placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    clauses = [_leader(task, placed)]
    cause, seeds = _causes(placed, found), placed[0].test_score.seeds
    few = seeds < ENOUGH_SEEDS
    if near := _near(placed, found):
        most = max(_behind_best(standing) for standing in near)
        names, one = listed([standing.activation for standing in near]), len(near) == 1
        within = f"{names} {'is' if one else 'are'} within {gap(most, task.kind)}"
        if most < SHOWN_GAP:
            clauses.append(f"{names} {'reaches' if one else 'reach'} the same")
        else:
            clauses.append(within if few else f"{within}, which {seeds} seeds cannot tell apart")
    for standing in placed[1:]:
        if standing not in near and not _equal(placed[0], standing):
            clauses.append(_behind(task, placed[0], standing, cause[standing.activation]))
    if few and any(one == "no difference" for one in cause.values()):
        clauses.append(too_few(seeds))
    return "; ".join(clauses)


def _many_conditions(task: TaskCard, conditions: Sequence[Sequence[Standing]], found: Sequence[Reason]) -> str:
    """Return who leads how often, how often alone, and the highest mean of all."""
    leads = Counter(tuple(standing.activation for standing in _leaders(placed)) for placed in conditions)
    alone = [(names[0], count) for names, count in leads.most_common() if len(names) == 1]
    clauses = []
    if alone:
        (first, most), *others = alone
        first_told = f"{first} has the highest mean {_what(task)} in {most}"
        clauses.append(listed([first_told, *(f"{name} in {count}" for name, count in others)]))
    clauses += [
        f"{listed(names)} share the highest mean{'' if alone else f' {_what(task)}'} in {count}"
        for names, count in leads.most_common()
        if len(names) > 1
    ]
    unsure = sum(bool(_near(placed, found)) for placed in conditions)
    return f"{'; '.join(clauses)}; in {unsure} of them the highest cannot be told apart from another"


def _at_their_best(task: TaskCard, placed: Sequence[Standing]) -> str:
    """Return each activation in the condition that suits it best, the highest score first."""
    best: dict[str, Standing] = {}
    for standing in placed:
        known = best.get(standing.activation)
        if known is None or _or_least(standing.test_score.mean) > _or_least(known.test_score.mean):
            best[standing.activation] = standing
    order = sorted(best.values(), key=lambda standing: -_or_least(standing.test_score.mean))
    told = [f"{one.activation} {score(one.test_score.mean, task.kind)} {where(one.condition)}" for one in order]
    return (
        f"On {task.name}, each at its best: {'; '.join(told)} (picked from {len({s.condition for s in placed})} "
        "conditions by the same test data, and so likely to be lower next time)."
    )


def _leaders(placed: Sequence[Standing]) -> list[Standing]:
    """Return the best of a condition, and those with the same mean."""
    return [placed[0], *(standing for standing in placed[1:] if _equal(placed[0], standing))]


def _equal(one: Standing, other: Standing) -> bool:
    # The mean of equal counts may differ in its last digits.
    return math.isclose(one.test_score.mean, other.test_score.mean, rel_tol=1e-12)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _leader(task: TaskCard, placed: Sequence[Standing]) -> str:
    leaders = _leaders(placed)
    found = placed[0].test_score
    reached = f"{score(found.mean, task.kind)} test accuracy"
    if task.kind == "regression":
        reached = f"a test R² of {score(found.mean, task.kind)}"
    told = listed(list(dict.fromkeys(_interval(standing.test_score, task) for standing in leaders)), "or")
    names = listed([standing.activation for standing in leaders])
    said = f"{names} {'reaches' if len(leaders) == 1 else 'all reach'} {reached} ({told})"
    if len(leaders) == 2:
        said = said.replace("all reach", "both reach", 1)
    return (
        f"{said}, {_beside_guessing(task, found.mean)} the {_guessing(task)}"
        if _near_chance(task, found.mean)
        else said
    )


def _beside_guessing(task: TaskCard, mean: float) -> str:
    more = mean - chance(task)
    return "hardly better than" if more >= SHOWN_GAP else "worse than" if more <= -SHOWN_GAP else "no better than"


def _what(task: TaskCard) -> str:
    return "test R²" if task.kind == "regression" else "test accuracy"


def _guessing(task: TaskCard) -> str:
    """Return what who has learnt nothing scores, as it follows "hardly better than the"."""
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
    if cause == "no difference" and standing.test_score.seeds >= ENOUGH_SEEDS:
        many = f"{standing.test_score.seeds} seeds"
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
        if cause[standing.activation] == "no difference"
        and _behind_best(standing) <= NEAR
        and not _equal(placed[0], standing)
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
        return f"{found.seeds} seeds, whose 95 % interval holds every accuracy"
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


def _or_least(mean: float) -> float:
    return -math.inf if math.isnan(mean) else mean
