"""Differences between activations, one from each seed: how large, how sure, and how many seeds would show them."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Difference
from .estimating import CONFIDENCE, special

LEVEL = 1 - CONFIDENCE
# Cohen's convention: a difference that is there is found four times in five.
POWER = 0.8
MOST_SEEDS = 100_000
# Scores that are equal differ by some 1e-16 once they are means of rounded numbers.
ROUNDING = 1e-12


def paired_p(differences: Sequence[float]) -> float:
    """Return the two-sided p of Student's paired t test, nan for one difference.

    >>> round(paired_p([0.01, 0.03, 0.02]), 4)
    0.0742
    """
    t, count = _t(differences)
    return float(2 * special().stdtr(count - 1, -abs(t))) if count > 1 else math.nan


def hedges(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return the effect size of paired differences with its 95 % interval; nan for fewer than 3.

    It is Cohen's d_z, mean over standard deviation, times the factor that takes its bias away in small samples,
    Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)) with m = n - 1 (Hedges 1981, as Lakens 2013 applies it to pairs). The
    interval is that of the noncentral t distribution. Differences that do not vary have an infinite effect.

    >>> " ".join(f"{x:.2f}" for x in hedges([0.01, 0.03, 0.02]))
    '1.13 -0.08 2.32'
    """
    t, count = _t(differences)
    freedom = count - 1
    if freedom < 2 or math.isnan(t):
        return math.nan, math.nan, math.nan
    unbiased = math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2)) / math.sqrt(freedom / 2)
    scale = unbiased / math.sqrt(count)
    if max(differences) - min(differences) <= ROUNDING:
        return t, math.nan, math.nan
    ends = (float(special().nctdtrinc(freedom, share, t)) for share in (1 - LEVEL / 2, LEVEL / 2))
    low, high = (scale * end for end in ends)
    return scale * t, low, high


def stepped_down(p: Sequence[float]) -> list[float]:
    """Return p values corrected by the method of Holm (1979), so that any error among them has 5 % at most.

    The smallest of m is multiplied by m, the next by m - 1, and so on, never falling below one before it. A nan counts
    as 1: nothing can be shown there.

    >>> [round(one, 3) for one in stepped_down([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    known = [1.0 if math.isnan(one) else one for one in p]
    corrected, largest = [1.0] * len(known), 0.0
    for place, index in enumerate(sorted(range(len(known)), key=known.__getitem__)):
        largest = max(largest, min(1.0, (len(known) - place) * known[index]))
        corrected[index] = largest
    return corrected


def needed_seeds(effect: float, level: float = LEVEL) -> int | None:
    """Return how many pairs show an effect of this size four times in five, by the noncentral t distribution.

    None if the effect is 0, unknown, or so small that more than 100,000 would be needed.

    >>> needed_seeds(0.5), needed_seeds(0.8), needed_seeds(0.0)
    (34, 15, None)
    """
    size = abs(effect)
    if not size > 0:
        return None
    few, many = 1, 2
    while _power(size, many, level) < POWER:
        few, many = many, 2 * many
        if few >= MOST_SEEDS:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if _power(size, middle, level) >= POWER else (middle, many)
    return many


def differences(scores: Mapping[str, Sequence[float]], best: str) -> dict[str, Difference]:
    """Return how sure it is that `best` is ahead of each other activation, from scores by seed.

    The p values are corrected over all pairs of the activations: that this one is the best was seen in the same
    numbers, so that any pair might have become the one that is judged. `shown` says that the corrected p is below 5 %.
    """
    p = {
        pair: paired_p(_apart(scores[pair[0]], scores[pair[1]]).tolist()) for pair in itertools.combinations(scores, 2)
    }
    corrected = dict(zip(p, stepped_down(list(p.values())), strict=True))
    found: dict[str, Difference] = {}
    for name in scores:
        if name == best:
            continue
        pair = (best, name) if (best, name) in p else (name, best)
        apart = _apart(scores[best], scores[name])
        effect, low, high = hedges(apart.tolist())
        shown = not math.isnan(p[pair]) and corrected[pair] < LEVEL and float(apart.mean()) > 0
        found[name] = Difference(
            p=p[pair],
            corrected=math.nan if math.isnan(p[pair]) else corrected[pair],
            pairs=len(p),
            effect=effect,
            effect_low=low,
            effect_high=high,
            ahead=float(np.mean((apart > ROUNDING) + 0.5 * (abs(apart) <= ROUNDING))),
            shown=shown,
            needed=None if shown else needed_seeds(effect, LEVEL / len(p)),
        )
    return found


def _apart(one: Sequence[float], other: Sequence[float]) -> NDArray[np.float64]:
    # Two networks that diverged have no difference to speak of: inf - inf.
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)


def _t(differences: Sequence[float]) -> tuple[float, int]:
    """Return the paired t statistic and the number of differences; equal differences have t = 0 or infinity."""
    numbers = np.asarray(differences, dtype=np.float64)
    count = len(numbers)
    if count < 2 or not np.isfinite(numbers).all():
        return math.nan, count
    with np.errstate(over="ignore"):
        mean, spread = float(numbers.mean()), float(numbers.std(ddof=1))
    if spread <= ROUNDING * max(1.0, abs(mean)):
        return (0.0 if abs(mean) <= ROUNDING else math.copysign(math.inf, mean)), count
    return mean / spread * math.sqrt(count), count


def _power(effect: float, count: int, level: float) -> float:
    if count < 2:
        return 0.0
    limit, centre = float(special().stdtrit(count - 1, 1 - level / 2)), effect * math.sqrt(count)
    # The other side of the test adds what is found in the wrong direction, which nobody would call a finding.
    return 1.0 - float(special().nctdtr(count - 1, centre, limit))
