"""Workers on this machine: a scheduler in this process, and processes of one thread each that end with it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...errors import EngineError
from . import dask_library
from .worker import NOT_STARTED

# Everything that would start threads of its own; the bits of a run must not depend on how many there are.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Neither a worker nor the scheduler serves pages.
NO_PAGES = {"DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]"}
MOST_IN_VAIN = 3
"""Times that the processes are all started anew without a chunk being answered."""
SETTINGS: dict[str, Any] = {
    # A lost worker is told at once; how often a cell is tried again is for the sweep to say.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-ttl": None,
    "distributed.scheduler.http.routes": [],
}


@dataclass(slots=True)
class _Process:
    process: "subprocess.Popen[bytes]"
    errors: IO[bytes]
    """What it complains of, kept until it is asked for."""


class LocalWorkers:
    """Processes that take chunks from a scheduler; one that was lost is replaced when `tend` is called."""

    def __init__(self, scheduler: str, count: int) -> None:
        self._scheduler = scheduler
        self._processes = [self._start() for _ in range(count)]
        self._in_vain = 0
        """Processes that were started since a chunk was last answered."""

    def answered(self) -> None:
        """Take notice of a chunk that was run, or that a worker was lost with: the processes do begin their work."""
        self._in_vain = 0

    def tend(self) -> None:
        """Start a new process for each that ended; raises EngineError if one could not even begin."""
        for place, one in enumerate(self._processes):
            if one.process.poll() is None:
                continue
            one.errors.seek(0)
            said = one.errors.read().decode(errors="replace").strip().splitlines()
            self._close(one)
            self._in_vain += 1
            if one.process.returncode == NOT_STARTED or self._in_vain > MOST_IN_VAIN * len(self._processes):
                last = said[-1] if said else f"it ended with status {one.process.returncode} and said nothing"
                raise EngineError(f"a worker could not be started: {last}")
            self._processes[place] = self._start()

    def close(self) -> None:
        """End the processes at once."""
        for one in self._processes:
            self._close(one)

    def _start(self) -> _Process:
        errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
        path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker", self._scheduler],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **ONE_THREAD, **NO_PAGES, "PYTHONPATH": path},
            # Ctrl-C in a terminal goes to this process alone, which ends them in its own way.
            start_new_session=True,
        )
        return _Process(process, errors)

    def _close(self, one: _Process) -> None:
        assert one.process.stdin is not None
        one.process.stdin.close()
        one.errors.close()
        try:
            one.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()


@contextmanager
def local_workers(count: int) -> Iterator[tuple[Any, LocalWorkers]]:
    """Yield a client of a scheduler in this process, on the loopback interface alone, and its workers."""
    import dask

    library = dask_library.distributed()
    with (
        dask.config.set(SETTINGS),
        library.LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=False
        ) as cluster,
        library.Client(cluster, set_as_default=False) as client,
    ):
        workers = LocalWorkers(cluster.scheduler_address, count)
        try:
            yield client, workers
        finally:
            workers.close()
