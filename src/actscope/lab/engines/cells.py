"""What runs cells, in whichever process: each result is committed before anybody hears of it."""

from collections.abc import Iterator, Sequence

from ...errors import DataError, MissingExtraError
from ..batching import batches, runs
from ..records import Epoch, Experiment, Progress, Run
from ..training import together
from . import Cell, Commit, Outcome

# What is wrong with the data or the installation is no failure of a cell: the sweep ends and says so.
_OF_ALL = (DataError, MissingExtraError)
LONGEST = 500
"""Letters that are kept of an error."""


def run_cells(
    cells: Sequence[Cell], commit: Commit | None = None, progress: Progress | None = None, *, side_by_side: bool = False
) -> Iterator[Outcome]:
    """Yield what became of each cell; with `commit` every result is handed to it first.

    Cells train together where their shapes allow, and `side_by_side` on all processors of the machine. Where that
    fails, those that are left are run one by one, so that an error is told of the cell that raises it and of no other.
    """
    left = {cell.experiment: cell.id for cell in cells}
    heard = progress and _guarded(progress)

    def committed(trained: Sequence[Run]) -> Iterator[Outcome]:
        if commit is not None:
            commit(trained)
        for run in trained:
            yield Outcome(left.pop(run.experiment), run, recorded=commit is not None)

    def tried(batch: Sequence[Experiment]) -> Iterator[Outcome]:
        trained, error = _trained(batch, heard)
        yield from committed(trained)
        if error and len(batch) > 1:
            for experiment in batch:
                yield from tried([experiment])
        elif error:
            yield Outcome(left.pop(batch[0]), error=error)

    try:
        if side_by_side:
            for run in _as_far_as_it_goes(runs(list(left), heard)):
                yield from committed([run])
        for batch in batches(list(left)):
            yield from tried(batch)
    except _Stopped as stopped:
        raise stopped.raised from None


def _trained(batch: Sequence[Experiment], progress: Progress | None) -> tuple[list[Run], str]:
    """Return the runs, or what was raised instead."""
    try:
        return together(batch, progress), ""
    except _OF_ALL:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a user's model may raise anything)
        return [], f"{type(error).__name__}: {' '.join(str(error).split())}"[:LONGEST]


def _as_far_as_it_goes(found: Iterator[Run]) -> Iterator[Run]:
    """Yield the runs before an error; which cell raises it is found out by running those that are left apart."""
    try:
        yield from found
    except _OF_ALL:
        raise
    except (Exception, SystemExit):  # noqa: BLE001
        return


class _Stopped(BaseException):
    """Carries what a user's `progress` raised past the code that takes errors for those of a cell."""

    def __init__(self, raised: Exception) -> None:
        self.raised = raised


def _guarded(progress: Progress) -> Progress:
    def heard(experiment: Experiment, epoch: Epoch, /) -> None:
        try:
            progress(experiment, epoch)
        except Exception as error:
            raise _Stopped(error) from error

    return heard
