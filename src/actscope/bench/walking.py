"""All 4,294,967,296 float32 inputs of one library's function, in pieces that any process can do and none does twice.

A piece is the numbers of one sign and exponent: 2^23 of them. Most results are the float32 nearest to the truth, which
one comparison shows; only the others are measured.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context

import numpy as np

from . import by_actscope, measuring
from .formats import FLOAT32, Array
from .libraries import Implementation, implementation
from .records import Errors, Library, joined
from .scoring import Region, near_roots, summed_up, ulps
from .subjects import Subject

PIECES = 512
PIECE = 1 << 23
CHUNK = 1 << 15
"""Elements at a time: in float64 a quarter of a mebibyte, so that a handful of such arrays stays near the processor."""
_NOT_FINITE = 255
"""The exponent of infinity and nan."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked: one library's function, with what is known of it beforehand."""

    subject: Subject
    library: Library
    regions: tuple[Region, ...]
    """Around the roots away from x = 0."""
    kinks: tuple[float, ...]
    """Inputs that are passed over, since several slopes are right there."""


def walk(subject: Subject, library: Library) -> Walk:
    """Return the walk of a library's function."""
    _, regions = measuring.places(subject)
    judged = library == "actscope" or subject.kind != "slope"
    return Walk(subject, library, regions, () if judged else subject.activation.properties.kinks)


def piece(of: Walk, number: int) -> Errors:
    """Return the errors on one piece: `number` is the upper 9 bits of its float32 patterns, sign and exponent."""
    compute, truth = _functions(of.subject, of.library)
    offsets = np.arange(CHUNK, dtype=np.uint32)
    patterns, wide, nearest = np.empty(CHUNK, np.uint32), np.empty(CHUNK), np.empty(CHUNK, np.float32)
    x = patterns.view(np.float32)
    found = Errors()
    with np.errstate(all="ignore"):
        for start in range(number * PIECE, (number + 1) * PIECE, CHUNK):
            np.add(offsets, np.uint32(start), out=patterns)
            if number % 256 == _NOT_FINITE:
                lost = np.count_nonzero(~np.isnan(compute(x)) & np.isnan(x))
                found = joined(found, Errors(nan_lost=int(lost)))
                continue
            np.copyto(wide, x)
            true, got = truth(wide), compute(x)
            np.copyto(nearest, true, casting="same_kind")
            off = np.flatnonzero(got != nearest)
            found = joined(found, _measured(of, wide[off], got[off], true[off]) if off.size else Errors(CHUNK))
    return found


def _measured(of: Walk, x: Array, got: Array, true: Array) -> Errors:
    """Return the errors of a chunk, of which these are the results that are not the nearest float32."""
    got = got.astype(np.float64)
    found = ulps(got, true, FLOAT32, near_root=near_roots([x], of.regions))
    if of.kinks:
        found[np.isin(x, of.kinks)] = 0.0
    return summed_up(found, FLOAT32, [x], got, true, looked_at=CHUNK)


def pieces(of: Walk, first: int, processes: int, pool: ProcessPoolExecutor | None) -> Iterator[Errors]:
    """Yield the errors on each piece from `first` on, in order."""
    numbers = range(first, PIECES)
    if pool is None:
        yield from (piece(of, number) for number in numbers)
        return
    # A few pieces ahead of who asks, so that an interruption does not wait for all of them.
    waiting = [pool.submit(piece, of, number) for number in numbers[: 2 * processes]]
    for k in range(len(numbers)):
        yield waiting.pop(0).result()
        ahead = k + 2 * processes
        if ahead < len(numbers):
            waiting.append(pool.submit(piece, of, numbers[ahead]))


def pool(processes: int) -> ProcessPoolExecutor:
    """Return processes that each walk with one thread; started anew, since a fork would copy threads that are gone."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_alone)


def _alone() -> None:
    """Keep this process to one thread, whatever library it will load, and leave Ctrl-C to the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = os.environ["NPROC"] = "1"


@lru_cache(maxsize=4)
def _functions(subject: Subject, library: Library) -> tuple[Implementation, Implementation]:
    compute, truth = implementation(library, subject, FLOAT32), by_actscope.truth(subject)
    assert compute is not None
    assert truth is not None
    return compute, truth
