"""Where the activations stand in each condition: scores, differences, ranks, speed, and what went on inside."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..records import Condition, Difference, Epoch, Estimate, Inside, Reached, Run, Snapshot, Standing, TaskCard
from .conditions import Groups
from .estimating import estimate
from .pairs import differences
from .ranking import places

# A network that has come this far of the way from chance to the best mean score has learnt what can be learnt fast.
ALIKE = 0.95


def standings(groups: Groups, task: TaskCard, threshold: float | None = None) -> tuple[Standing, ...]:
    """Return where each activation stands: by condition, then by mean test score, then by mean test loss.

    `behind` is paired: from each seed one difference, so that what a seed's data do to all activations drops out. The
    best is found and judged on the same samples; `Difference.corrected` makes good for the choice. Without a
    `threshold` epochs are counted to `score_to_reach`.
    """
    placed: list[Standing] = []
    for condition in dict.fromkeys(condition for condition, _ in groups):
        here = {activation: runs for (at, activation), runs in groups.items() if at == condition}
        placed += _condition(condition, here, task, threshold)
    return tuple(placed)


def chance(task: TaskCard) -> float:
    """Return the score of who has learnt nothing but which class is the most frequent; R² is 0 for the mean target.

    >>> chance(TaskCard("moons", "", 800, 200, 2, 2, None))
    0.5
    """
    if task.kind == "regression":
        return 0.0
    return max(1.0 / task.classes, 0.0 if math.isnan(task.majority) else task.majority)


def score_to_reach(best: float, task: TaskCard) -> float:
    """Return the score that lies 95 % of the way from chance to the best mean score; nan if none is above chance.

    >>> round(score_to_reach(0.97, TaskCard("moons", "", 800, 200, 2, 2, None)), 4)
    0.9465
    """
    low = chance(task)
    return low + ALIKE * (best - low) if best > low else math.nan


def counting_error(one: float, other: float, samples: int) -> float:
    """Return the standard error of the difference of two shares that are each counted on so many samples.

    >>> round(counting_error(0.9, 0.9, 360), 4)
    0.0224
    """
    return math.sqrt((one * (1 - one) + other * (1 - other)) / samples)


def inside_of(runs: Sequence[Run]) -> Inside:
    """Return what happened inside the networks of one activation."""
    ends = [layer for run in runs for layer in run.end.layers]
    first_steps = [
        layer.update
        for run in runs
        for snapshot in run.snapshots[1:2]
        for layer in snapshot.layers
        if not math.isnan(layer.update)
    ]
    return Inside(
        gradient_ratio=gradient_ratio([run.start for run in runs]),
        silent=mean_of([layer.silent for layer in ends]),
        saturated=mean_of([layer.saturated for layer in ends]),
        off_centre=mean_of([layer.off_centre for layer in ends if not math.isnan(layer.off_centre)]),
        update=geometric_mean(first_steps),
    )


def gradient_ratio(snapshots: Sequence[Snapshot]) -> float:
    """Return the first hidden layer's gradient over the last's, as a geometric mean; nan where the last has none."""
    ends = [(snapshot.layers[0].gradient, snapshot.layers[-1].gradient) for snapshot in snapshots if snapshot.layers]
    ratios = [first / last if last else math.nan for first, last in ends]
    if any(not ratio > 0 for ratio in ratios):
        return min(ratios, key=lambda ratio: (not math.isnan(ratio), ratio))
    return geometric_mean(ratios)


def geometric_mean(numbers: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers; 0 if one of them is 0, nan of none.

    >>> round(geometric_mean([1e-4, 1e-2]), 9), geometric_mean([1.0, 0.0])
    (0.001, 0.0)
    """
    if any(number == 0 for number in numbers):
        return 0.0
    return math.exp(mean_of([math.log(number) for number in numbers]))


def mean_of(numbers: Sequence[float]) -> float:
    """Return the mean; nan of none."""
    return sum(numbers) / len(numbers) if numbers else math.nan


def _condition(
    condition: Condition, here: Mapping[str, tuple[Run, ...]], task: TaskCard, threshold: float | None
) -> list[Standing]:
    ranked = sorted(here, key=lambda activation: _rank(here[activation]))
    best = ranked[0]
    scores = {name: [run.final.test_score for run in here[name]] for name in ranked}
    means = {name: _over(here[name], lambda epoch: epoch.test_score) for name in ranked}
    sure = differences(scores, best)
    by_seed = [places(seed) for seed in zip(*scores.values(), strict=True)]
    wanted = score_to_reach(means[best].mean, task) if threshold is None else threshold
    found = []
    for place, name in enumerate(ranked):
        runs = here[name]
        behind = None if name == best else estimate(_minus(scores[best], scores[name]))
        difference = sure.get(name)
        if behind and difference and task.kind == "classification":
            difference = _counted(difference, behind, means[best].mean, task.test)
        found.append(
            Standing(
                activation=name,
                condition=condition,
                test_score=means[name],
                train_score=_over(runs, lambda epoch: epoch.train_score),
                test_loss=_over(runs, lambda epoch: epoch.test_loss),
                behind=behind,
                seconds=mean_of([run.seconds for run in runs]),
                difference=difference,
                rank=mean_of([seed[place] for seed in by_seed]),
                reached=_reached(runs, wanted),
                step_seconds=mean_of([run.step_seconds for run in runs]),
                inside=inside_of(runs),
            )
        )
    return found


def _counted(difference: Difference, behind: Estimate, best: float, test_samples: int) -> Difference:
    """Return the difference with what accuracies being counts adds to the judgement.

    It must be more than twice the error of counting `test_samples` in each seed. That is all that one seed has; and two
    seeds often agree to the sample by chance, which leaves an interval of no width around any difference.
    """
    enough = behind.mean > 2 * counting_error(best, best - behind.mean, behind.seeds * test_samples)
    return replace(difference, shown=enough and (behind.seeds == 1 or difference.shown))


def _reached(runs: Sequence[Run], threshold: float) -> Reached | None:
    if math.isnan(threshold):
        return None
    first = (next((e.epoch for e in run.history if e.test_score >= threshold), None) for run in runs)
    epochs = [float(epoch) for epoch in first if epoch is not None]
    return Reached(threshold, len(runs), estimate(epochs) if epochs else None)


def _rank(runs: Sequence[Run]) -> tuple[float, float]:
    score, loss = mean_of([run.final.test_score for run in runs]), mean_of([run.final.test_loss for run in runs])
    return math.inf if math.isnan(score) else -score, math.inf if math.isnan(loss) else loss


def _over(runs: Sequence[Run], number: Callable[[Epoch], float]) -> Estimate:
    return estimate([number(run.final) for run in runs])


def _minus(best: Sequence[float], other: Sequence[float]) -> list[float]:
    return [ours - theirs for ours, theirs in zip(best, other, strict=True)]
