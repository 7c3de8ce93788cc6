"""Cells in the process that asks for them, one chunk after the other."""

import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

from ...bench.machine import available
from ..records import Progress
from ..store.file import Store
from ..store.results import record
from . import Answer, Take, Target


class InProcess:
    """The engine that needs nothing: it runs what it is given where it is called."""

    name = "in process"
    workers = 1
    processors = available()

    def run(self, take: Take, target: Target | None, progress: Progress | None) -> Generator[Answer, None, None]:
        """Yield the outcomes as they come; what a network does between epochs can be heard by `progress`."""
        from .cells import run_cells

        with ExitStack() as opened:
            store = opened.enter_context(Store(Path(target.path))) if target else None
            commit = None if store is None else (lambda runs: record(store, runs, self.name))
            while chunk := take():
                started = time.perf_counter()
                for outcome in run_cells(chunk.cells, commit, progress, side_by_side=True):
                    yield Answer(chunk, (outcome,))
                yield Answer(chunk, seconds=time.perf_counter() - started)
