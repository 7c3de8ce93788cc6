"""Running a kernel: small work in the calling thread, large work on several.

Where PyTorch is loaded its own OpenMP threads are used (`GOMP_parallel` of the very library that it brought), since a
second pool would fight with its spinning workers; their number is torch.get_num_threads(). Without PyTorch, or where
its library is another one (macOS, Windows), Python threads share the work: the kernels release the GIL.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from .compiler import Kernel

# Elements below which a second thread is not worth waking; a Python thread takes longer to wake than an OpenMP worker.
OPENMP_FROM = 16_384
PYTHON_THREADS_FROM = 262_144
# A piece is large enough that taking it costs nothing and small enough that a slow thread does not hold up the rest.
PIECE = 16_384

_forked = False


def _after_fork() -> None:
    # The OpenMP workers and the pool's threads did not survive the fork; waiting for them would never end.
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def run(kernel: Kernel, pointers: Sequence[int], count: int, columns: int, parameters: Sequence[float]) -> None:
    """Run `kernel` on `count` elements (columns = 1) or rows of `columns`; the pointers are inputs, then outputs."""
    if count * columns < OPENMP_FROM or not _shared(kernel, pointers, count, columns, parameters):
        kernel.loop(*pointers, count, columns, *parameters)


def _shared(kernel: Kernel, pointers: Sequence[int], count: int, columns: int, parameters: Sequence[float]) -> bool:
    """Run `kernel` on several threads if that pays, and return whether it did."""
    if _forked:
        return False
    threads, parallel = _team()
    if threads < 2 or (parallel is None and count * columns < PYTHON_THREADS_FROM):
        return False
    words = [0, count, max(1, PIECE // columns), columns, *pointers]
    job = struct.pack(f"{len(words)}q{len(parameters)}d", *words, *parameters)
    buffer = ctypes.create_string_buffer(job, len(job))
    if parallel is not None:
        parallel(kernel.share_address, ctypes.addressof(buffer), threads, 0)
    else:
        _share_among_python_threads(kernel, ctypes.addressof(buffer), threads)
    return True


def _team() -> tuple[int, Callable[..., None] | None]:
    """Return how many threads to use, and OpenMP's way to start them if PyTorch has brought it."""
    torch = sys.modules.get("torch")
    # A module that is still being imported has no threads yet.
    if torch is None or not hasattr(torch, "get_num_threads"):
        return _processors(), None
    return torch.get_num_threads(), _openmp(str(torch.__path__[0]))


@lru_cache(maxsize=1)
def _processors() -> int:
    """Return how many processors this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _openmp(torch_folder: str) -> Callable[..., None] | None:
    found = sorted((Path(torch_folder) / "lib").glob("libgomp*"))
    if not found:
        return None
    start = ctypes.CDLL(str(found[0])).GOMP_parallel
    start.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    start.restype = None
    team: Callable[..., None] = start
    return team


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=threads - 1, thread_name_prefix="actscope")


def _share_among_python_threads(kernel: Kernel, job: int, threads: int) -> None:
    others = [_pool(threads).submit(kernel.share, job) for _ in range(threads - 1)]
    kernel.share(job)
    for other in others:
        other.result()
