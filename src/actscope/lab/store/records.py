"""What the store tells beside runs."""

from dataclasses import dataclass

from ..records import Failure, Part, TaskCard, Trouble, Tuning

__all__ = ["MOST_LOSSES", "About", "Failure", "Tally", "Trouble"]

MOST_LOSSES = 3
"""Workers that a cell may take with it before it counts as failed."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A sweep, and how far it is."""

    name: str
    made: str
    """When it was first planned, in UTC."""
    task: str
    planned: int
    """Different cells that belong to it."""
    recorded: int
    failed: int
    judged_on: Part
    """Validation data for a sweep that finds learning rates."""


@dataclass(frozen=True, slots=True)
class About:
    """What is kept of a sweep so that its report can be made again without its data."""

    card: TaskCard
    tuned: tuple[Tuning, ...] = ()
    threshold: float | None = None
