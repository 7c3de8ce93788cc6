"""A sweep: many cells, each run once and recorded before it is told, whatever ends the processes in between."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from . import tasks
from .chunking import Queue
from .engines import Answer, Cell, Engine, Outcome, Target
from .engines.in_process import InProcess
from .identity import cell_id, sweep_name
from .records import Experiment, Failure, Progress, Run, Tuning
from .records_json import text
from .store.file import Store
from .store.place import machine
from .store.records import MOST_LOSSES, About
from .store.results import record, runs_of
from .store.sweeps import failures_of, forget_failures, note_failure, note_sweep


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known when a sweep begins."""

    name: str
    cells: int
    """Experiments that were asked for."""
    recorded: int
    """Those of them that were in the store before."""
    failed: int
    """Those that failed before and are not tried again."""
    store: Path | None


def run(
    experiments: Sequence[Experiment],
    store: Path | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    begun: Callable[[Begun], None] | None = None,
    *,
    retry: bool = False,
    tuned: Sequence[Tuning] = (),
    threshold: float | None = None,
) -> Generator[Run | Failure, None, None]:
    """Yield what became of each experiment: first what the store has, then the others as they are done.

    A result is committed to the store before it is told. A cell whose code raises an error has failed, and the others
    go on; one whose worker is lost is tried again, three times in all. `retry` tries those again that failed in an
    earlier sweep; `tuned` and `threshold` are kept for the report. `progress` hears of epochs if the cells run in this
    process, `begun` of the beginning.

    On Ctrl-C what workers have recorded and not yet told is yielded, then KeyboardInterrupt raised. Raises
    SweepBusyError if another process is at work on the same cells, StoreError and EngineError.

    >>> from actscope.lab.planning import plan
    >>> [run.experiment.seed for run in run(plan("xor", ["relu"], depth=1, seeds=2, epochs=1))]
    [0, 1]
    """
    with ExitStack() as opened:
        sweep = _Sweep(experiments, opened.enter_context(Store(store)) if store else None)
        if sweep.store is not None:
            from .store.locking import locked

            opened.enter_context(locked(sweep.store, sweep.name))
            sweep.note(About(tasks.card_of(experiments[0]), tuple(tuned), threshold), retry)
        yield from sweep.run(engine or InProcess(), progress, begun)


class _Sweep:
    """One sweep while it is run."""

    def __init__(self, experiments: Sequence[Experiment], store: Store | None) -> None:
        self.experiments, self.store = experiments, store
        self.name = sweep_name(experiments)
        self.asked: dict[str, list[Experiment]] = {}
        """The experiments by their cells: two names of one formula are one cell."""
        for experiment in experiments:
            self.asked.setdefault(cell_id(experiment), []).append(experiment)
        self.left = {cell: same[0] for cell, same in self.asked.items()}
        """Cells that nothing has been told of yet."""
        self.losses: dict[str, int] = {}

    def note(self, about: About, retry: bool) -> None:
        """Write down what is planned, and forget what failed if it is to be tried again."""
        assert self.store is not None
        note_sweep(self.store, self.name, self.experiments, text(about))
        if retry:
            forget_failures(self.store, self.left)

    def run(
        self, engine: Engine, progress: Progress | None, begun: Callable[[Begun], None] | None
    ) -> Iterator[Run | Failure]:
        known = [*self._recorded(), *self._failed()]
        if begun is not None:
            recorded = sum(isinstance(one, Run) for one in known)
            store = self.store.path if self.store else None
            begun(Begun(self.name, len(self.experiments), recorded, len(known) - recorded, store))
        yield from known
        if not self.left:
            return
        cells = [(Cell(cell, experiment), self.losses.get(cell, 0)) for cell, experiment in self.left.items()]
        waiting = Queue(cells, engine)
        try:
            with closing(engine.run(waiting.take, self._target(), progress)) as answers:
                for answer in answers:
                    yield from self._taken(answer, waiting, engine)
        except KeyboardInterrupt:
            yield from self._recorded()
            raise

    def _recorded(self) -> Iterator[Run | Failure]:
        """Yield what the store has of cells that nothing has been told of."""
        if self.store is not None:
            for cell, found in runs_of(self.store, dict(self.left)):
                yield from self._told(cell, found)

    def _failed(self) -> Iterator[Run | Failure]:
        """Yield the cells that are not tried again, and count the losses of the others."""
        if self.store is None:
            return
        for cell, failure in failures_of(self.store, dict(self.left)).items():
            if failure.kind == "error" or failure.attempts >= MOST_LOSSES:
                yield from self._told(cell, failure)
            else:
                self.losses[cell] = failure.attempts

    def _taken(self, answer: Answer, waiting: Queue, engine: Engine) -> Iterator[Run | Failure]:
        for outcome in answer.outcomes:
            yield from self._became(outcome, engine)
        if answer.seconds is not None:
            waiting.learn(answer.chunk, answer.seconds)
        if not answer.lost:
            return
        # What the worker recorded before it was lost is there.
        yield from self._recorded_of([cell.id for cell in answer.chunk.cells])
        for cell in answer.chunk.cells:
            if cell.id in self.left:
                yield from self._lost(cell, answer, waiting)

    def _lost(self, cell: Cell, answer: Answer, waiting: Queue) -> Iterator[Run | Failure]:
        losses = self.losses.get(cell.id, 0) + answer.losses
        final = losses >= MOST_LOSSES and answer.chunk.alone
        # What was lost in company may be another cell's doing.
        losses = self.losses[cell.id] = losses if final else min(losses, MOST_LOSSES - 1)
        failure = Failure(cell.experiment, "lost", answer.lost, losses)
        if answer.losses:
            self._note(cell.id, failure)
        if final:
            yield from self._told(cell.id, failure)
        else:
            waiting.put(cell, losses)

    def _became(self, outcome: Outcome, engine: Engine) -> Iterator[Run | Failure]:
        if outcome.error:
            failure = Failure(self.left[outcome.cell], "error", outcome.error, self.losses.get(outcome.cell, 0) + 1)
            self._note(outcome.cell, failure)
            yield from self._told(outcome.cell, failure)
        elif outcome.run is None:
            yield from self._recorded_of([outcome.cell])
        else:
            if self.store is not None and not outcome.recorded:
                record(self.store, [outcome.run], engine.name)
            yield from self._told(outcome.cell, outcome.run)

    def _recorded_of(self, cells: Sequence[str]) -> Iterator[Run | Failure]:
        if self.store is None:
            return
        for cell, found in runs_of(self.store, {cell: self.left[cell] for cell in cells if cell in self.left}):
            yield from self._told(cell, found)

    def _note(self, cell: str, failure: Failure) -> None:
        if self.store is not None:
            note_failure(self.store, cell, failure)

    def _told(self, cell: str, found: Run | Failure) -> Iterator[Run | Failure]:
        del self.left[cell]
        for experiment in self.asked[cell]:
            yield replace(found, experiment=experiment)

    def _target(self) -> Target | None:
        if self.store is None:
            return None
        return Target(str(self.store.path), self.store.token, machine())
