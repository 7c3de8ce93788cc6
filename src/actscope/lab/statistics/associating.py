"""Whether what is measured inside the networks goes with the outcome."""

import math
from collections.abc import Sequence
from dataclasses import fields

from ..records import Association, Inside
from .conditions import Groups
from .estimating import estimate
from .ranking import spearman
from .standing import inside_of

# Of four activations every 12th random order has a correlation of 1 or -1; of five, every 60th.
FEWEST_ACTIVATIONS = 5
FEWEST_SEEDS = 3


def associations(groups: Groups) -> tuple[Association, ...]:
    """Return how each quantity inside the networks goes with the test score across activations, in each condition.

    Networks of one activation resemble each other, so that all runs together would look like far more evidence than
    there is. Instead each seed gives one rank correlation across the activations, and the interval is over the seeds:
    it speaks of other seeds with these activations, not of other activations. Conditions with fewer than 5 activations
    or 3 seeds have none, and so have quantities that are equal for all.
    """
    found: list[Association] = []
    for condition in dict.fromkeys(condition for condition, _ in groups):
        runs = [of_activation for (at, _), of_activation in groups.items() if at == condition]
        if len(runs) < FEWEST_ACTIVATIONS or len(runs[0]) < FEWEST_SEEDS:
            continue
        seeds = [[(inside_of([run]), run.final.test_score) for run in seed] for seed in zip(*runs, strict=True)]
        for name in (field.name for field in fields(Inside)):
            correlations = [_correlation(seed, name) for seed in seeds]
            if not any(math.isnan(one) for one in correlations):
                found.append(Association(condition, name, estimate(correlations), len(runs)))
    return tuple(found)


def _correlation(seed: Sequence[tuple[Inside, float]], name: str) -> float:
    known = [(getattr(inside, name), score) for inside, score in seed if not math.isnan(getattr(inside, name))]
    if len(known) < FEWEST_ACTIVATIONS:
        return math.nan
    quantities, scores = zip(*known, strict=True)
    return spearman(quantities, scores)
