"""Where cells are run: in this process, in others, on a cluster. The sweep hands out chunks and takes answers."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..records import Experiment, Progress, Run


@dataclass(frozen=True, slots=True)
class Cell:
    """An experiment with its identity."""

    id: str
    experiment: Experiment


@dataclass(frozen=True, slots=True)
class Chunk:
    """Cells that go to a worker together."""

    number: int
    cells: tuple[Cell, ...]
    alone: bool = False
    """Whether nothing else may run meanwhile, so that a lost worker is this chunk's doing."""


@dataclass(frozen=True, slots=True)
class Target:
    """The store that results go to, as a worker recognises it."""

    path: str
    token: str
    machine: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell."""

    cell: str
    run: Run | None = None
    """None if it failed, or if the worker has put it into the store."""
    error: str = ""
    """What its code raised."""
    recorded: bool = False
    """Whether the result is in the store."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a chunk, or of a part of it: outcomes of cells, or the way its worker was lost."""

    chunk: Chunk
    outcomes: tuple[Outcome, ...] = ()
    seconds: float | None = None
    """How long the chunk took, when it is done."""
    lost: str = ""
    losses: int = 0
    """Workers that were lost with the chunk; 0 if it was lost by no doing of its own."""


Commit = Callable[[Sequence[Run]], None]
"""Puts runs into the store."""
Take = Callable[[], Chunk | None]
"""Gives the next chunk; None when there is none at the moment. After an answer there may be one again."""


class Engine(Protocol):
    """What runs chunks."""

    name: str
    """What results are told to have been run by."""

    def run(self, take: Take, target: Target | None, progress: Progress | None) -> Generator[Answer, None, None]:
        """Yield the answers to the chunks that `take` gives, in any order, until there are none and none is out.

        Closing the iterator ends what is out. `progress` hears of epochs where the engine can hear of them.
        """

    @property
    def workers(self) -> int:
        """How many chunks run at the same time."""

    @property
    def processors(self) -> int:
        """On how many processors the cells of one chunk run at the same time."""
