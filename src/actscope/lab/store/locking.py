"""One driver for a sweep: a lock that the system itself lets go when its process ends, however it ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import StoreError, SweepBusyError, missing_extra
from .file import Store, now
from .sweeps import driver_of, note_driver

try:
    from filelock import FileLock, Timeout
except ImportError as error:
    raise missing_extra("lab", "keeping results (leave it with --no-store, in Python store=None)") from error


@contextmanager
def locked(store: Store, sweep: str) -> Iterator[None]:
    """Hold a sweep while inside; raises SweepBusyError, naming the process, if another one holds it."""
    folder = store.path.with_name(f"{store.path.name}.locks")
    try:
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / f"{sweep}.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise SweepBusyError(
            f"the sweep {sweep} is being run by {driver_of(store, sweep) or 'another process'}; "
            "wait until it is done, or end that process: what it has recorded is kept"
        ) from None
    except OSError as problem:
        raise StoreError(f"cannot lock the sweep {sweep} in {folder}: {problem.strerror or problem}") from problem
    try:
        note_driver(store, sweep, f"process {os.getpid()} since {now()[:16]} UTC")
        yield
    finally:
        lock.release()
