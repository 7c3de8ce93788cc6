"""Ranks over seeds and conditions: do the activations differ at all, and which of them from each other."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Ranking, Run
from .conditions import Groups
from .estimating import special
from .pairs import LEVEL

# Demšar (2006) asks for more than ten data sets before the distributions of these statistics are close enough.
FEWEST_BLOCKS = 10
FEWEST_RANKED = 3


def places(scores: Sequence[float]) -> list[float]:
    """Return each score's place, 1 for the highest; equal scores share their places, and a nan is the lowest.

    >>> places([0.9, 0.7, 0.9, float("nan")])
    [1.5, 3.0, 1.5, 4.0]
    """
    known = [-math.inf if math.isnan(score) else score for score in scores]
    return [1.0 + sum(other > one for other in known) + (sum(other == one for other in known) - 1) / 2 for one in known]


def ranking(groups: Groups) -> Ranking | None:
    """Return the mean ranks of the activations over all seeds and conditions; None for a single activation.

    A block is a seed in a condition. Only conditions in which every activation has finished count.
    """
    names = list(dict.fromkeys(name for _, name in groups))
    blocks = np.array([places(scores) for scores in _blocks(groups, names)])
    if len(names) < 2 or not len(blocks):
        return None
    mean = blocks.mean(axis=0)
    order = sorted(range(len(names)), key=mean.__getitem__)
    enough = len(blocks) >= FEWEST_BLOCKS and len(names) >= FEWEST_RANKED
    statistic, p = friedman(blocks) if enough else (math.nan, math.nan)
    return Ranking(
        activations=tuple(names[index] for index in order),
        ranks=tuple(float(mean[index]) for index in order),
        blocks=len(blocks),
        statistic=statistic,
        p=p,
        critical=critical_difference(len(names), len(blocks)) if enough else math.nan,
    )


def friedman(ranks: NDArray[np.float64]) -> tuple[float, float]:
    """Return Friedman's chi-squared of ranks (blocks, activations), corrected for ties, and the p of its F form.

    The statistic is Friedman's (1937); its chi-squared p is known to be too large for few blocks, which the F form of
    Iman and Davenport (1980) mends (Demšar 2006). Where all activations tie in every block the statistic is 0.

    >>> statistic, p = friedman(np.array([[1.0, 2.0, 3.0]] * 6 + [[2.0, 1.0, 3.0]] * 4))
    >>> round(statistic, 2), p < 0.001
    (15.2, True)
    """
    blocks, count = ranks.shape
    # The variance that the ranks of a block have: less than that of 1 ... k where some of them tie.
    spread = float(np.square(ranks - (count + 1) / 2).sum())
    if spread == 0:
        return 0.0, 1.0
    sums = ranks.sum(axis=0) - blocks * (count + 1) / 2
    statistic = float((count - 1) * np.square(sums).sum() / spread)
    most = blocks * (count - 1)
    if statistic >= most * (1 - 1e-12):
        return statistic, 0.0
    f = (blocks - 1) * statistic / (most - statistic)
    return statistic, float(special().fdtrc(count - 1, (count - 1) * (blocks - 1), f))


def critical_difference(count: int, blocks: int) -> float:
    """Return how far apart two of `count` mean ranks must be to differ at 5 %, by Nemenyi's test (Demšar 2006).

    It is q sqrt(k (k + 1) / (6 N)), where q is the quantile of the range of k normal numbers over sqrt(2).

    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    return _range_quantile(count) / math.sqrt(2) * math.sqrt(count * (count + 1) / (6 * blocks))


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Spearman's rank correlation, nan if one of the two does not vary or holds a nan.

    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    if any(math.isnan(value) for value in (*one, *other)):
        return math.nan
    a, b = (np.array(places(values)) - (len(one) + 1) / 2 for values in (one, other))
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size else math.nan


def _blocks(groups: Groups, names: Sequence[str]) -> list[list[float]]:
    found = []
    for condition in dict.fromkeys(condition for condition, _ in groups):
        if all((condition, name) in groups for name in names):
            columns: list[tuple[Run, ...]] = [groups[condition, name] for name in names]
            found += [[run.final.test_score for run in seed] for seed in zip(*columns, strict=True)]
    return found


def _range_quantile(count: int) -> float:
    """Return the value below which the range of `count` standard normal numbers stays 95 times in 100."""
    z = np.linspace(-8.0, 8.0, 4001)
    density = np.exp(-0.5 * z * z) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    below = special().ndtr(z)

    def share(width: float) -> float:
        # The lowest may be any of the numbers; all others lie between it and `width` above.
        return float(count * (density * (special().ndtr(z + width) - below) ** (count - 1)).sum())

    low, high = 0.0, 16.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) < 1 - LEVEL else (low, middle)
    return high
