"""Means over seeds with their uncertainty, and the ranking that follows from them."""

from .associating import associations
from .conditions import by_condition, condition_of, paired, varied_in, varying
from .estimating import estimate
from .pairs import differences, hedges, needed_seeds, paired_p, stepped_down
from .ranking import critical_difference, friedman, places, ranking, spearman
from .standing import ALIKE, chance, counting_error, gradient_ratio, inside_of, score_to_reach, standings

__all__ = [
    "ALIKE",
    "associations",
    "by_condition",
    "chance",
    "condition_of",
    "counting_error",
    "critical_difference",
    "differences",
    "estimate",
    "friedman",
    "gradient_ratio",
    "hedges",
    "inside_of",
    "needed_seeds",
    "paired",
    "paired_p",
    "places",
    "ranking",
    "score_to_reach",
    "spearman",
    "standings",
    "stepped_down",
    "varied_in",
    "varying",
]
