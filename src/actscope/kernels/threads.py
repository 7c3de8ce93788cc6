"""Running a kernel: small work in the calling thread, large work on several.

Where PyTorch is loaded its own OpenMP threads are used (`GOMP_parallel` of the very library that it brought), since a
second pool would fight with its spinning workers; their number is torch.get_num_threads(). Without PyTorch, or where
its library is another one (macOS, Windows), Python threads share the work: the kernels release the GIL.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from .compiler import Kernel

# Elements below which a second thread is not worth waking; a Python thread takes longer to wake than an OpenMP worker.
OPENMP_FROM = 16_384
PYTHON_THREADS_FROM = 262_144
# Python's threads take pieces as they come: large enough that taking one costs nothing, small enough that a slow thread
# does not hold up the rest.
PIECE = 16_384
# OpenMP's get one piece each, of whole vectors. Memory that comes again is met by the thread that had it before, in the
# cache of whose core it still may be; with pieces as they come ReLU takes a quarter longer.
_WHOLE = 64

_forked = False


def _after_fork() -> None:
    # The OpenMP workers and the pool's threads did not survive the fork; waiting for them would never end.
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def run(kernel: Kernel, addresses: Sequence[int], count: int, columns: int, parameters: Sequence[float]) -> None:
    """Run `kernel` on `count` elements (columns = 1) or rows of `columns`; the addresses are its arrays in order."""
    size = count * columns
    if size < OPENMP_FROM or _forked:
        kernel.call(*addresses, count, columns, 0, 1, 0, *parameters)
        return
    threads, team = _team()
    if threads > 1 and team:
        whole = _WHOLE if columns == 1 else 1
        piece = -(-count // (whole * threads)) * whole
        kernel.call(*addresses, count, columns, piece, threads, team, *parameters)
    elif threads > 1 and size >= PYTHON_THREADS_FROM:
        piece = max(1, PIECE // columns)
        _share_among_python_threads(kernel, [kernel.loop, count, columns, piece, *addresses], parameters, threads)
    else:
        kernel.call(*addresses, count, columns, 0, 1, 0, *parameters)


def team(most: int) -> tuple[int, int, int]:
    """Return how many threads to use, the address that starts them, and the one that tells a thread its number.

    One thread and no addresses where they are not PyTorch's own by OpenMP.
    """
    threads, start = (1, 0) if _forked else _team()
    return (min(threads, most), start, _thread_number()) if threads > 1 and start else (1, 0, 0)


def _team() -> tuple[int, int]:
    """Return how many threads to use, and the address of OpenMP's way to start them; 0 if PyTorch brought none."""
    torch = sys.modules.get("torch")
    # A module that is still being imported has no threads yet.
    if torch is None or not hasattr(torch, "get_num_threads"):
        return _processors(), 0
    return torch.get_num_threads(), _openmp(str(torch.__path__[0]))


@lru_cache(maxsize=1)
def _processors() -> int:
    """Return how many processors this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _openmp(torch_folder: str) -> int:
    return _of_openmp(torch_folder, "GOMP_parallel")


def _thread_number() -> int:
    return _of_openmp(str(sys.modules["torch"].__path__[0]), "omp_get_thread_num")


@lru_cache(maxsize=2)
def _of_openmp(torch_folder: str, name: str) -> int:
    """Return the address of a function of the OpenMP that PyTorch brought; 0 if it brought none."""
    found = sorted((Path(torch_folder) / "lib").glob("libgomp*"))
    if not found:
        return 0
    return ctypes.cast(getattr(ctypes.CDLL(str(found[0])), name), ctypes.c_void_p).value or 0


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=threads - 1, thread_name_prefix="actscope")


def _share_among_python_threads(kernel: Kernel, words: list[int], parameters: Sequence[float], threads: int) -> None:
    job = struct.pack(f"{1 + len(words)}q{len(parameters)}d", 0, *words, *parameters)
    buffer = ctypes.create_string_buffer(job, len(job))
    address = ctypes.addressof(buffer)
    others = [_pool(threads).submit(kernel.share, address) for _ in range(threads - 1)]
    kernel.share(address)
    for other in others:
        other.result()
