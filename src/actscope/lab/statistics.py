"""Means over seeds with their uncertainty, and the ranking that follows from them."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..errors import SettingError, missing_extra
from .records import Epoch, Estimate, Run, Standing

CONFIDENCE = 0.95


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of the values with its 95 % interval by Student's t; one value has the interval nan.

    The interval is not cut at 0 or 1, also where the values are shares: that it reaches beyond says that the seeds are
    too few or too different for Student's t, and whoever shows it must say so rather than hide it.

    >>> found = estimate([0.90, 0.92, 0.94])
    >>> f"{found.mean:.3f} {found.low:.3f} {found.high:.3f}"
    '0.920 0.870 0.970'
    """
    try:
        # A quantile of Student's t; scipy.stats has it too but takes half a second to import.
        from scipy.special import stdtrit
    except ImportError as missing:
        raise missing_extra("lab", "an interval over seeds") from missing
    numbers = np.asarray(values, dtype=np.float64)
    count = len(numbers)
    mean = float(numbers.sum() / count)
    if count == 1 or not np.isfinite(numbers).all():
        return Estimate(mean, math.nan, math.nan, count)
    error = float(numbers.std(ddof=1)) / math.sqrt(count)
    half = float(stdtrit(count - 1, 0.5 + CONFIDENCE / 2)) * error
    return Estimate(mean, mean - half, mean + half, count)


def paired(runs: Iterable[Run]) -> dict[tuple[int, str], tuple[Run, ...]]:
    """Return the runs by depth and activation, and only those of seeds that all activations of the depth have.

    Seeds differ in their data; a mean over other seeds would compare data, not activations.
    """
    groups: dict[tuple[int, str], dict[int, Run]] = {}
    for run in sorted(runs, key=lambda run: run.experiment.depth):
        of = run.experiment
        groups.setdefault((of.depth, of.activation), {})[of.seed] = run
    shared: dict[int, set[int]] = {}
    for (depth, _), by_seed in groups.items():
        shared[depth] = shared.get(depth, set(by_seed)) & set(by_seed)
    for depth, seeds in shared.items():
        if not seeds:
            raise SettingError(f"the activations at depth {depth} have no seed in common, so they cannot be compared")
    return {
        (depth, activation): tuple(by_seed[seed] for seed in sorted(shared[depth]))
        for (depth, activation), by_seed in groups.items()
    }


def standings(groups: dict[tuple[int, str], tuple[Run, ...]]) -> tuple[Standing, ...]:
    """Return where each activation stands: by depth, then by mean test accuracy, then by mean test loss.

    `behind` is paired: from each seed one difference, so that what a seed's data do to all activations drops out. The
    best is found and judged on the same samples, and nothing is corrected for the number of activations.
    """
    placed: list[Standing] = []
    for depth in dict.fromkeys(depth for depth, _ in groups):
        here = {activation: runs for (at, activation), runs in groups.items() if at == depth}
        ranked = sorted(here, key=lambda activation: _rank(here[activation]))
        best = here[ranked[0]]
        placed += [
            Standing(
                activation=activation,
                depth=depth,
                test_score=_over(here[activation], lambda epoch: epoch.test_score),
                train_score=_over(here[activation], lambda epoch: epoch.train_score),
                test_loss=_over(here[activation], lambda epoch: epoch.test_loss),
                behind=None if activation == ranked[0] else _behind(best, here[activation]),
                seconds=sum(run.seconds for run in here[activation]) / len(here[activation]),
            )
            for activation in ranked
        ]
    return tuple(placed)


def told_apart(behind: Estimate, best: Estimate, test_samples: int) -> bool:
    """Return whether the difference to the best is more than chance would give.

    Its interval must leave out 0, and it must be more than twice the error of counting `test_samples` in each seed.
    The second is all that one seed has; and accuracies are counts, so that two seeds often agree to the sample by
    chance, which leaves an interval of no width around any difference.
    """
    counted = counting_error(best.mean, best.mean - behind.mean, behind.seeds * test_samples)
    return (behind.seeds == 1 or behind.low > 0.0) and behind.mean > 2 * counted


def counting_error(one: float, other: float, samples: int) -> float:
    """Return the standard error of the difference of two shares that are each counted on so many samples.

    >>> round(counting_error(0.9, 0.9, 360), 4)
    0.0224
    """
    return math.sqrt((one * (1 - one) + other * (1 - other)) / samples)


def _rank(runs: Sequence[Run]) -> tuple[float, float]:
    losses = [run.final.test_loss for run in runs]
    loss = sum(losses) / len(losses)
    return -sum(run.final.test_score for run in runs) / len(runs), math.inf if math.isnan(loss) else loss


def _over(runs: Sequence[Run], number: Callable[[Epoch], float]) -> Estimate:
    return estimate([number(run.final) for run in runs])


def _behind(best: Sequence[Run], other: Sequence[Run]) -> Estimate:
    pairs = zip(best, other, strict=True)
    return estimate([ours.final.test_score - theirs.final.test_score for ours, theirs in pairs])
