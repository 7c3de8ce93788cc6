"""The zoo: networks that are sick in a known way, their healthy twins, and healthy networks of many kinds.

Each is tiny and trains its hundred steps in about half a second on one thread.
"""

from .zoo import blind, diseases, held, later, published
from .zoo import healthy as well
from .zoo.case import Case, Group, Patient, called, train

__all__ = ["BLIND", "CASES", "Case", "Group", "Patient", "called", "case", "healthy", "sick", "train"]

CASES: tuple[Case, ...] = (*diseases.cases(), *well.cases(), *published.cases(), *held.cases())
BLIND: tuple[Case, ...] = (*blind.cases(), *later.cases())
"""Programs of others: for the benchmark alone, since training them takes minutes."""


def sick(*groups: Group) -> tuple[Case, ...]:
    """Return the sick of these groups, of all if none is named."""
    return tuple(one for one in CASES if one.disease and one.group in (groups or _ALL))


def healthy(*groups: Group) -> tuple[Case, ...]:
    """Return the healthy of these groups, of all if none is named."""
    return tuple(one for one in CASES if not one.disease and one.group in (groups or _ALL))


def case(name: str) -> Case:
    """Return the case of this name."""
    return next(one for one in CASES if one.name == name)


_ALL: tuple[Group, ...] = ("tuning", "fresh", "published", "held")
