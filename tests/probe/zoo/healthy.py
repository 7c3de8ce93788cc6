"""The healthy: the twins of the sick."""

from collections.abc import Iterator

from .case import Case
from .diseases import DISEASES
from .networks import BASES


def cases() -> Iterator[Case]:
    """Yield the healthy networks; one that a disease of the tuning group is planted in belongs to that group."""
    tuned = {base for disease in DISEASES for base in disease.homes[0]}
    for name, recipe in BASES.items():
        group = "tuning" if name in tuned else "fresh"
        yield Case(name, "", frozenset(), recipe.architecture, recipe.task, recipe.build, group)
