"""The result of a comparison in a sentence or two, and what a reader should know beside the numbers."""

import math
from collections.abc import Mapping, Sequence

from ..catalogue import Activation, get
from ..formula import Const
from .records import Cause, Estimate, Reason, Standing, TaskCard
from .wording import listed

# Guessing and this much more has hardly learnt anything.
NEAR_CHANCE = 0.1
# A mean this many points lower is called lower, though the seeds may differ too much to show it.
NEAR_POINTS = 5.0
# Depth has cost an activation something if it cost this share of the samples.
FALLEN = 0.05


def answer(task: TaskCard, placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    """Return who is best and by how much, with its uncertainty, and who cannot be told apart from it."""
    depths = list(dict.fromkeys(standing.depth for standing in placed))
    by_depth = {depth: [standing for standing in placed if standing.depth == depth] for depth in depths}
    if len(depths) == 1:
        return f"On {task.name} at depth {depths[0]}, {_one_depth(task, by_depth[depths[0]], found)}."
    clauses = [f"at depth {depth}, {_leader(task, by_depth[depth])}{_tied(by_depth[depth], found)}" for depth in depths]
    return f"On {task.name} {'; '.join(clauses)}.{_through_depth(by_depth[depths[0]], by_depth[depths[-1]])}"


def notes(
    placed: Sequence[Standing], finished: int, planned: int, own: Mapping[str, Activation] | None = None
) -> tuple[str, ...]:
    """Return what a reader should know beside the numbers; `own` are the activations that are not of the catalogue."""
    said: list[str] = []
    if finished < planned:
        seeds = sorted({standing.test_score.seeds for standing in placed})
        used = " to ".join(str(number) for number in dict.fromkeys((seeds[0], seeds[-1])))
        said.append(
            f"interrupted after {finished} of {planned} runs; the standings use the {used} "
            f"{'seed' if seeds[-1] == 1 else 'seeds'} that all activations of a depth finished"
        )
    if any(standing.test_score.seeds == 1 for standing in placed):
        said.append("no interval can be given from one seed; with 3 or more, differences can be judged")
    if beyond := [standing for standing in placed if _beyond(standing.test_score)]:
        names = listed(list(dict.fromkeys(standing.activation for standing in beyond)))
        said.append(
            f"the interval of {names} reaches below 0 or above 100 %: for so few seeds that differ so much Student's t "
            "is coarse; more seeds narrow it"
        )
    for best in placed:
        if best.behind is None and math.isnan(best.test_loss.mean):
            said.append(
                f"even {best.activation}, the best at depth {best.depth}, diverged with some seed; a smaller learning "
                "rate takes smaller steps"
            )
    for name in dict.fromkeys(standing.activation for standing in placed):
        activation = (own or {}).get(name) or get(name)
        if activation.written:
            said.append(f"{name} is {activation.written}")
        if activation.properties.largest_slope == 0.0:
            said.append(
                f"the slope of {name} is 0 everywhere, so by the chain rule the gradient of every weight before it is "
                "0: only the output layer learns, on top of hidden layers that stay as they were drawn"
            )
        elif isinstance(activation.slope_formula, Const):
            said.append(f"{name} is linear, so all its layers together are one linear layer, at any depth")
    return tuple(said)


def _one_depth(task: TaskCard, placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    clauses = [_leader(task, placed)]
    cause = {reason.activation: reason.cause for reason in found if reason.depth == placed[0].depth}
    if near := _near(placed, found):
        most = max(_points_behind(standing) for standing in near)
        names, one = listed([standing.activation for standing in near]), len(near) == 1
        clauses.append(
            f"{names} {'is' if one else 'are'} within {most:.1f} points, "
            f"which {_count(placed[0].test_score.seeds)} cannot tell apart"
            if most >= 0.05
            else f"{names} {'reaches' if one else 'reach'} the same"
        )
    for standing in placed[1:]:
        if standing not in near:
            clauses.append(_behind(task, placed[0], standing, cause[standing.activation]))
    return "; ".join(clauses)


def _leader(task: TaskCard, placed: Sequence[Standing]) -> str:
    best = placed[0]
    accuracy = best.test_score
    said = f"{best.activation} reaches {_share(accuracy.mean)} test accuracy ({_interval(accuracy)})"
    return f"{said}, hardly better than the {_chance(task)} of guessing" if _near_chance(task, accuracy.mean) else said


def _points_behind(standing: Standing) -> float:
    return 100 * standing.behind.mean if standing.behind else 0.0


def _behind(task: TaskCard, best: Standing, standing: Standing, cause: Cause) -> str:
    mean = standing.test_score.mean
    if cause == "diverged":
        return f"{standing.activation} diverges and ends at {_share(mean)}"
    if cause == "no difference":
        many = _count(standing.test_score.seeds)
        return f"{standing.activation} reaches {_share(mean)}, and {many} that differ so much cannot show a difference"
    if _near_chance(task, mean) and not _near_chance(task, best.test_score.mean):
        return f"{standing.activation} stays at {_share(mean)}, where guessing gives {_chance(task)}"
    return f"{standing.activation} reaches {_share(mean)}"


def _tied(placed: Sequence[Standing], found: Sequence[Reason]) -> str:
    alike = [standing.activation for standing in _near(placed, found)]
    if not alike:
        return ""
    if len(alike) == len(placed) - 1 > 1:
        return " and none of the others can be told apart from it"
    return f" and {listed(alike)} cannot be told apart from it"


def _near(placed: Sequence[Standing], found: Sequence[Reason]) -> list[Standing]:
    """Return those close to the best that cannot be told apart from it."""
    cause = {reason.activation: reason.cause for reason in found if reason.depth == placed[0].depth}
    return [
        standing
        for standing in placed[1:]
        if cause[standing.activation] == "no difference" and _points_behind(standing) <= NEAR_POINTS
    ]


def _through_depth(shallow: Sequence[Standing], deep: Sequence[Standing]) -> str:
    before = {standing.activation: standing.test_score.mean for standing in shallow}
    fallen = [
        f"{name} falls from {_share(before[name])} to {_share(after)}"
        for name, after in ((standing.activation, standing.test_score.mean) for standing in deep)
        if before.get(name, 0.0) - after > FALLEN
    ]
    if not fallen:
        return ""
    return f" From depth {shallow[0].depth} to {deep[0].depth}, {listed(fallen)}."


def _interval(accuracy: Estimate) -> str:
    if accuracy.seeds == 1:
        return "one seed, so no interval"
    # Equal accuracies leave a width of some 1e-16 from rounding.
    if accuracy.high - accuracy.low < 1e-9:
        return f"the same with each of {accuracy.seeds} seeds"
    low, high = 100 * accuracy.low, 100 * accuracy.high
    if low < 0 and high > 100:
        return f"the 95 % interval of {accuracy.seeds} seeds holds every accuracy"
    # A share cannot lie beyond 0 or 1, so that end of the interval says nothing and is not printed as a number.
    if high > 100:
        return f"95 % interval {low:.1f} and above, {accuracy.seeds} seeds"
    if low < 0:
        return f"95 % interval {high:.1f} and below, {accuracy.seeds} seeds"
    return f"95 % interval {low:.1f} to {high:.1f}, {accuracy.seeds} seeds"


def _beyond(accuracy: Estimate) -> bool:
    return not math.isnan(accuracy.low) and (accuracy.low < 0.0 or accuracy.high > 1.0)


def _near_chance(task: TaskCard, accuracy: float) -> bool:
    return accuracy < 1.0 / task.classes + NEAR_CHANCE


def _chance(task: TaskCard) -> str:
    return f"{100 / task.classes:.0f} %"


def _share(accuracy: float) -> str:
    return f"{100 * accuracy:.1f} %"


def _count(seeds: int) -> str:
    return "one seed" if seeds == 1 else f"{seeds} seeds"
