"""Which cells are run next, and how many before anybody looks again: a few seconds' worth."""

from collections import deque
from collections.abc import Iterable

from .costing import expected_seconds
from .engines import Cell, Chunk, Engine
from .records import Experiment

CHUNK_SECONDS = 8.0
"""About what is lost with a worker at most, if one network does not take longer than that."""
FIRST_SECONDS = 4.0
"""The same before it is known how fast the machine is."""
SMALL = 8
"""Cells that are tried together after a worker was lost with them."""
FASTEST = 0.05
"""The least that a machine takes of what is expected."""
LEAST_SECONDS = 0.3
"""What is not shared among workers any more."""
TOGETHER = 32
"""Cells of one shape in a row; to train more of them together saves no more time."""


class Queue:
    """Cells that wait. Shapes take turns, so that a sweep that is cut short has something of each condition."""

    def __init__(self, cells: Iterable[tuple[Cell, int]], engine: Engine) -> None:
        """Take cells, each with the number of workers that were lost with it already."""
        self._waiting: dict[Experiment, deque[Cell]] = {}
        self._again: deque[Cell] = deque()
        """Cells that a worker was lost with: they go in small company, so that few are suspected next time."""
        self._suspect: deque[Cell] = deque()
        """Cells that a second was lost with: each goes alone, with nothing beside it."""
        self._each: dict[Experiment, float] = {}
        self._left = 0.0
        """Seconds that the waiting cells are expected to take, by a machine of `_slowness` 1."""
        self._engine = engine
        self._slowness: float | None = None
        self._number = 0
        for cell, losses in cells:
            self.put(cell, losses)

    def put(self, cell: Cell, losses: int) -> None:
        """Have a cell wait that so many workers were lost with."""
        if losses:
            (self._again if losses == 1 else self._suspect).append(cell)
            return
        shape = cell.experiment.shape
        if shape not in self._waiting:
            self._waiting[shape] = deque()
            self._each[shape] = expected_seconds(cell.experiment)
        self._waiting[shape].append(cell)
        self._left += self._each[shape]

    def take(self) -> Chunk | None:
        """Return the next chunk; None if no cell waits."""
        if not self._waiting and self._again:
            return self._chunk([self._again.popleft() for _ in range(min(SMALL, len(self._again)))])
        if not self._waiting and self._suspect:
            return self._chunk([self._suspect.popleft()], alone=True)
        taken: list[Cell] = []
        seconds, budget = 0.0, self._budget()
        while self._waiting:
            shape = next(iter(self._waiting))
            each = self._each[shape]
            room = int((budget - seconds) / each)
            if taken and room < 1:
                break
            cells = self._waiting.pop(shape)
            count = max(1, min(room, len(cells), TOGETHER))
            taken += [cells.popleft() for _ in range(count)]
            seconds += count * each
            if cells:
                self._waiting[shape] = cells
        self._left -= seconds
        return self._chunk(taken) if taken else None

    def learn(self, chunk: Chunk, seconds: float) -> None:
        """Take notice of how long a chunk took."""
        expected = sum(expected_seconds(cell.experiment) for cell in chunk.cells)
        # Cells that failed took no time, and say nothing of those that will not.
        slowness = max(FASTEST, seconds * self._engine.processors / expected)
        self._slowness = slowness if self._slowness is None else 0.5 * (self._slowness + slowness)

    def _budget(self) -> float:
        """Return the seconds that the next chunk may be expected to take."""
        fair = max(self._left / self._engine.workers, LEAST_SECONDS)
        if self._slowness is None:
            return min(FIRST_SECONDS * self._engine.processors, fair)
        return min(CHUNK_SECONDS * self._engine.processors / self._slowness, fair)

    def _chunk(self, cells: list[Cell], alone: bool = False) -> Chunk:
        self._number += 1
        return Chunk(self._number, tuple(cells), alone)
