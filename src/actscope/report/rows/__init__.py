"""From records to the rows that figures draw: every number of a figure is computed here, none while drawing."""

from .drawn import contour, fits, mapped
from .grouped import MOST_SHOWN, Row, conditions, groups, known, shown
from .measured import MOST_EPOCHS, finals, layers, learning, over_seeds, thinned
from .standing import associations, chosen_rates, cut_at, differences, overview, ranks, standings, tuning

__all__ = [
    "MOST_EPOCHS",
    "MOST_SHOWN",
    "Row",
    "associations",
    "chosen_rates",
    "conditions",
    "contour",
    "cut_at",
    "differences",
    "finals",
    "fits",
    "groups",
    "known",
    "layers",
    "learning",
    "mapped",
    "over_seeds",
    "overview",
    "ranks",
    "shown",
    "standings",
    "thinned",
    "tuning",
]
