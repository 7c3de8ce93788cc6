"""Cells on Dask distributed: on processes of this machine, or on a cluster that the user has."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import ActscopeError, EngineError
from ..identity import MEASURED
from ..records import Progress
from ..store.file import Store
from ..store.place import machine
from ..store.results import record, recorded
from . import Answer, Cell, Chunk, Commit, Outcome, Take, Target, dask_library
from .local_workers import LocalWorkers, local_workers

NAME = "Dask distributed"
RETURN_SECONDS = 60.0
"""How long a scheduler that was lost has to come back."""
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0

# A worker with several threads would run several cells in one process, where they would set each other's threads.
_ONE_AT_A_TIME = threading.Lock()


class Dask:
    """The engine of `workers` processes here, or of the cluster whose scheduler is at an address."""

    name = NAME
    processors = 1

    def __init__(
        self,
        workers: int = 1,
        scheduler: str | None = None,
        timeout: float = 5.0,
        call: Callable[..., tuple[list[Outcome], float]] | None = None,
    ) -> None:
        """Take what to connect to later; `call` is what workers call instead of `run_chunk`."""
        self._count, self._scheduler, self._timeout, self._call = workers, scheduler, timeout, call or run_chunk
        self._client: Any = None
        self._local: LocalWorkers | None = None
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._idle_since: float | None = None

    @property
    def workers(self) -> int:
        """How many chunks run at the same time."""
        return max(1, sum(self._threads().values())) if self._scheduler else self._count

    def run(self, take: Take, target: Target | None, progress: Progress | None) -> Generator[Answer, None, None]:
        """Yield the answers; epochs are not heard of, since they pass in other processes."""
        del progress
        with dask_library.silenced(), self._connected():
            held: dict[Any, Chunk] = {}
            waiting: Chunk | None = None
            while True:
                while len(held) < self.workers and (waiting := waiting or take()):
                    # What runs alone waits until nothing else is out, and keeps the rest waiting.
                    if held and (waiting.alone or any(chunk.alone for chunk in held.values())):
                        break
                    held[self._submit(waiting, target)] = waiting
                    waiting = None
                if not held:
                    return
                try:
                    future = self._done.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    future = None
                if self._client.status != "running" or (future in held and future.status not in ("finished", "error")):
                    # The scheduler is gone, and with it all that was out, but for what workers put into the store.
                    chunks = list(held.values())
                    held.clear()
                    self._reconnect()
                    yield from (Answer(chunk, lost="the scheduler was lost") for chunk in chunks)
                elif future in held:
                    yield self._answer(future, held.pop(future))
                self._look()

    def _threads(self) -> dict[str, int]:
        """Return the workers of a user's cluster, each with its threads; none while the scheduler does not answer."""
        if self._client is None or self._client.status != "running":
            return {}
        try:
            return dict(self._client.sync(self._client.scheduler.ncores, callback_timeout=_PATIENCE_SECONDS))
        except (OSError, TimeoutError, RuntimeError):
            return {}

    def _submit(self, chunk: Chunk, target: Target | None) -> Any:
        future = self._client.submit(self._call, chunk.cells, target, MEASURED, pure=False, retries=0)
        future.add_done_callback(self._done.put)
        return future

    def _answer(self, future: Any, chunk: Chunk) -> Answer:
        if self._local is not None:
            self._local.answered()
        problem = future.exception() if future.status == "error" else None
        if problem is None:
            outcomes, seconds = future.result()
            return Answer(chunk, tuple(outcomes), seconds)
        if isinstance(problem, dask_library.distributed().KilledWorker):
            return Answer(chunk, lost="its worker was lost", losses=1 + problem.allowed_failures)
        if isinstance(problem, ActscopeError):
            raise problem
        raise EngineError(
            f"the workers cannot run cells: {type(problem).__name__}: {problem}; they need actscope {__version__} with "
            "its extra 'lab', installed as it is here"
        ) from problem

    def _look(self) -> None:
        """Replace workers that were lost; of a user's cluster that has none for too long, say so."""
        if self._local is not None:
            self._local.tend()
        elif self._threads():
            self._idle_since = None
        else:
            self._idle_since = self._idle_since or time.monotonic()
            if time.monotonic() - self._idle_since > self._timeout:
                raise EngineError(
                    f"the scheduler at {self._scheduler} has no workers; start one with "
                    f"`dask worker {self._scheduler} --nthreads 1`, or wait longer for it with --scheduler-timeout"
                )

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            if self._scheduler is None:
                with local_workers(self._count) as (self._client, self._local):
                    yield
            else:
                self._client = self._connect(self._scheduler, self._timeout)
                try:
                    yield
                finally:
                    self._client.close(timeout=1)
        finally:
            self._client = self._local = None

    def _connect(self, scheduler: str, timeout: float) -> Any:
        try:
            return dask_library.distributed().Client(scheduler, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise EngineError(
                f"no Dask scheduler answers at {scheduler} within {timeout:g} s; start one with `dask scheduler`, "
                "which prints its address, such as tcp://10.0.0.5:8786, or give --workers N to run here"
            ) from problem

    def _reconnect(self) -> None:
        assert self._scheduler is not None, "the scheduler of local workers lives in this process"
        self._client.close(timeout=1)
        self._idle_since = None
        try:
            self._client = self._connect(self._scheduler, RETURN_SECONDS)
        except EngineError as problem:
            raise EngineError(
                f"the scheduler at {self._scheduler} was lost and has not come back for {RETURN_SECONDS:g} s; what was "
                "recorded is kept: run the same command again when it is back"
            ) from problem


def run_chunk(cells: Sequence[Cell], target: Target | None, measured: int) -> tuple[list[Outcome], float]:
    """Return what became of the cells, and the seconds that they took; called in a worker.

    A worker that can reach the store's own file commits there, and tells no more than that it did.
    """
    import torch

    from .cells import run_cells

    torch.set_num_threads(1)
    return worked(cells, target, measured, run_cells)


def worked(
    cells: Sequence[Cell],
    target: Target | None,
    measured: int,
    run: Callable[[Sequence[Cell], Commit | None], Iterable[Outcome]],
) -> tuple[list[Outcome], float]:
    """Return what `run` makes of the cells, and the seconds that they took; it commits to the store if it is here."""
    if measured != MEASURED:
        raise EngineError(f"a worker has actscope {__version__}, which measures otherwise; install one version")
    with _ONE_AT_A_TIME, _store(target) as store:
        started = time.perf_counter()
        commit = None if store is None else (lambda runs: record(store, runs, NAME))
        # Dask calls again by itself where a worker is lost after its work and before its answer is fetched.
        there = recorded(store, (cell.id for cell in cells)) if store else set()
        outcomes = [Outcome(cell, recorded=True) for cell in there]
        for one in run([cell for cell in cells if cell.id not in there], commit):
            outcomes.append(Outcome(one.cell, recorded=True) if one.recorded else one)
        return outcomes, time.perf_counter() - started


@contextmanager
def _store(target: Target | None) -> Iterator[Store | None]:
    """Yield the store if this process has the very file before it, on the same machine; None if it has not."""
    if target is None or target.machine != machine() or not Path(target.path).is_file():
        yield None
        return
    with Store(Path(target.path)) as store:
        yield store if store.token == target.token else None
