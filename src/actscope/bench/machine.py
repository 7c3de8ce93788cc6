"""The machine that measures, and who else is at work on it."""

import importlib.util
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from .. import __version__
from .records import Environment

PACKAGES = ("numpy", "llvmlite", "torch", "jax", "scipy", "mpmath")
_STATISTICS = Path("/proc/stat")
_IDLE = (3, 4)
"""Among the numbers of a line of /proc/stat: waiting for nothing, waiting for a disk."""
_GUEST = 8
"""From here on they count again what others of them contain."""


@lru_cache(maxsize=1)
def processor() -> str:
    """Return the processor's name as the system tells it."""
    lines = _read(Path("/proc/cpuinfo")).splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def available() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment() -> Environment:
    """Return where this process runs, with the versions of what it measures."""
    installed = {name: metadata.version(name) for name in PACKAGES if importlib.util.find_spec(name)}
    return Environment(
        processor=processor(),
        processors=available(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        libraries={"actscope": __version__, **installed},
    )


BUSY = 0.15
"""Processors' worth of other work beyond which timings mean nothing."""
_COARSE = 0.03
"""Seconds that the system's count, which goes by hundredths, may be wrong by."""


@dataclass(slots=True)
class Others:
    """How much of the processors other processes took, known when the watch is over."""

    seconds: float = 0.0
    """How long the watch was."""
    taken: float | None = None
    """Seconds of processor time; None where the system does not tell."""

    @property
    def busy(self) -> bool:
        """Whether others took more than timings bear."""
        return self.taken is not None and self.taken > BUSY * self.seconds + _COARSE


@contextmanager
def watched() -> Iterator[Others]:
    """Yield a record that tells afterwards how much of this process's processors others took.

    On Linux, from the time that the processors were not idle less the time of this process. Elsewhere nothing is known.
    """
    found = Others()
    busy, own, wall = busy_seconds(), time.process_time(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - wall
    if busy is not None:
        total = (busy_seconds() or 0.0) - busy
        found.taken = max(0.0, total - (time.process_time() - own))


def busy_seconds() -> float | None:
    """Return how long the processors of this process have been busy since the machine started, added up."""
    if not hasattr(os, "sched_getaffinity") or not (text := _read(_STATISTICS)):
        return None
    mine = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    ticks = 0
    for line in text.splitlines():
        name, *counts = line.split()
        if name in mine:
            ticks += sum(int(count) for k, count in enumerate(counts[:_GUEST]) if k not in _IDLE)
    return ticks / os.sysconf("SC_CLK_TCK")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
