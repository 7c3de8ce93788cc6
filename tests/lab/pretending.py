"""What stands in for training in workers: as quick as nothing, and it breaks where the experiment says so."""

import os
import signal
import time
from collections.abc import Iterable, Sequence

from actscope.lab.engines import Cell, Commit, Outcome, Target
from actscope.lab.engines.on_dask import worked
from lab.made import made

SECONDS = 0.01
"""How long a cell takes."""
POISON, BROKEN = 666, 13
"""Widths of a network that kills its process, and of one that raises an error."""


def pretend(cells: Sequence[Cell], commit: Commit | None) -> Iterable[Outcome]:
    for cell in cells:
        time.sleep(SECONDS)
        if cell.experiment.width == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        if cell.experiment.width == BROKEN:
            yield Outcome(cell.id, error="ValueError: a width of 13")
            continue
        run = made(cell.experiment)
        if commit is not None:
            commit([run])
        yield Outcome(cell.id, run, recorded=commit is not None)


def pretended(cells: Sequence[Cell], target: Target | None, measured: int) -> tuple[list[Outcome], float]:
    return worked(cells, target, measured, pretend)


def pretended_elsewhere(cells: Sequence[Cell], target: Target | None, measured: int) -> tuple[list[Outcome], float]:
    """As a worker of another machine, which does not have the store's file."""
    del target
    return worked(cells, None, measured, pretend)
