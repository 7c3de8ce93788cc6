"""Times of every function PyTorch has, beside PyTorch, torch.compile, JAX, SciPy and a plain copy."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from ..catalogue import CATALOGUE, Activation
from ..errors import BusyMachineError, SettingError
from . import jax_times, machine, starting, workloads
from .records import Cell, Library, Load, Progress, Rival, Speed, Timing, unheard
from .timing import Call, median_ratio, medians, rounds
from .workloads import WORKS, Workload

T = TypeVar("T")
SIZES = (4_096, 65_536, 1 << 20, 1 << 22, 1 << 24)
CALL = 16
"""Elements on which the cost of the call itself shows."""
ROW_ELEMENTS = 1 << 20
COLUMNS = (16, 128, 1024, 4096, 32768)
USUAL_OTHERS = ("glu", "swiglu", "softmax", "log_softmax")
"""What is timed unless told otherwise, beside the functions of one number that PyTorch has."""
BIASED = ("relu", "gelu", "silu")
BIASED_SHAPE = (1024, 4096)
LIBRARIES: tuple[Library, ...] = ("actscope", "PyTorch", "torch.compile", "SciPy")
"""Those timed in turns."""
SCIPY_TO = 1 << 22
"""Elements beyond which SciPy would take most of the time."""
SECONDS = 0.08
"""For the rounds of one function on one amount of data."""
_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds to wait for others before each further attempt."""
_PAUSE = 0.02
"""Seconds after which PyTorch's threads have stopped spinning."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to time."""

    activations: tuple[Activation, ...]
    sizes: tuple[int, ...] = SIZES
    threads: tuple[int, ...] = (1, 2)
    rivals: tuple[Rival, ...] = ("pytorch", "jax", "scipy")
    seconds: float = SECONDS
    forced: bool = False
    """Whether to go on however busy the machine is."""


def plan(
    activations: Iterable[Activation] | None = None,
    *,
    sizes: Sequence[int] = SIZES,
    threads: Sequence[int] | None = None,
    rivals: Sequence[Rival] = ("pytorch", "jax", "scipy"),
    forced: bool = False,
) -> Plan:
    """Return what to time: unless told otherwise every function that PyTorch has, on one and on two threads.

    Raises SettingError for sizes or numbers of threads that do not exist here.
    """
    most = machine.available()
    counts = tuple(threads) if threads is not None else tuple(range(1, min(most, 2) + 1))
    if not counts or min(counts) < 1 or max(counts) > most:
        raise SettingError(f"threads must be from 1 to {most}, which this process may use, but are {list(counts)}")
    if not sizes or min(sizes) < 1:
        raise SettingError(f"sizes must be numbers of elements from 1 on, but are {list(sizes)}")
    chosen = tuple(_usual() if activations is None else activations)
    return Plan(chosen, tuple(sizes), counts, tuple(rivals), forced=forced)


def _usual() -> Iterator[Activation]:
    for activation in CATALOGUE:
        if workloads.has_rival(activation) and (activation.pointwise or activation.name in USUAL_OTHERS):
            yield activation


def measure(what: Plan, progress: Progress = unheard) -> Speed:
    """Return all timings. Raises BusyMachineError when others are at work and the plan is not forced.

    The calls of one function on one amount of data take turns: ours, PyTorch's, a copy, and on one thread SciPy's,
    which has no more. On the largest number of threads JAX's are timed right after them, in a process of its own.
    """
    start = time.perf_counter()
    quiet = Quiet(what.forced)
    quiet.look()
    work = list(_workloads(what))
    cells: list[Cell] = []
    for count in what.threads:
        with _threads(count), _jax(what, count) as jax:
            for workload in work:
                progress(f"{workload.name}, {count} threads", len(cells), len(work) * len(what.threads))
                cells.append(_cell(workload, count, what, quiet, jax))
    saved = [found for activation in what.activations if (found := starting.saved(activation))]
    return Speed(
        tuple(cells),
        starting.first_calls(),
        tuple(saved),
        quiet.load,
        machine.environment(),
        time.perf_counter() - start,
        (*_lacking(what), *starting.notes()),
    )


def _lacking(what: Plan) -> Iterator[str]:
    """Yield which functions PyTorch does not have, if it is to be timed."""
    names = [activation.name for activation in what.activations if not workloads.has_rival(activation)]
    if names and {"pytorch", "compile"} & {*what.rivals}:
        yield f"PyTorch has no {', '.join(names)}: ours is timed beside a plain copy."


def _workloads(what: Plan) -> Iterator[Workload]:
    """Yield each workload, by amounts of data, so that a table is measured in one go."""
    plain = [activation for activation in what.activations if activation.pointwise]
    gated = [activation for activation in what.activations if activation.gated]
    rows = [activation for activation in what.activations if activation.rowwise]
    for size in (CALL, *what.sizes):
        both = plain if size == CALL else plain + gated
        yield from (Workload(activation, (size,), work) for activation in both for work in WORKS)
    biased = [activation for activation in plain if activation.name in BIASED]
    yield from (Workload(activation, BIASED_SHAPE, work, bias=True) for activation in biased for work in WORKS)
    for columns in COLUMNS:
        shape = (ROW_ELEMENTS // columns, columns)
        yield from (Workload(activation, shape, work) for activation in rows for work in WORKS)


def _cell(workload: Workload, threads: int, what: Plan, quiet: "Quiet", jax: ProcessPoolExecutor | None) -> Cell:
    calls: dict[str, Call | None] = {"actscope": workloads.ours(workload), "copy": workloads.copying(workload)}
    if "pytorch" in what.rivals:
        calls["PyTorch"] = workloads.eager(workload)
    if "compile" in what.rivals:
        calls["torch.compile"] = workloads.compiled(workload)
    if "scipy" in what.rivals and threads == 1 and math.prod(workload.shape) <= SCIPY_TO:
        calls["SciPy"] = workloads.written(workload)
    timed = {name: call for name, call in calls.items() if call}
    times = quiet.undisturbed(lambda: _watched_rounds(timed, what.seconds))
    seconds = medians(times)
    timings = [
        Timing(library, seconds[library], median_ratio(times[library], times["actscope"]))
        for library in LIBRARIES
        if library in times
    ]
    if jax and workload.table != "bias":
        time.sleep(_PAUSE)
        backward, budget = workload.work != "forward", what.seconds / 3
        found = quiet.undisturbed(
            lambda: jax.submit(jax_times.seconds, workload.activation, workload.shape, backward, budget).result()
        )
        if found is not None:
            timings.append(Timing("JAX", found, found / seconds["actscope"]))
    return Cell(workload.table, workload.name, workload.work, workload.shape, threads, seconds["copy"], tuple(timings))


def _watched_rounds(calls: Mapping[str, Call], seconds: float) -> tuple[dict[str, list[float]], machine.Others]:
    with machine.watched() as others:
        found = rounds(calls, seconds)
    return found, others


class Quiet:
    """Sees to it that nothing is measured while others are at work, and keeps account of it."""

    def __init__(self, forced: bool) -> None:
        self.forced = forced
        self.measurements = self.repeated = self.disturbed = 0
        self.seconds = 0.0
        self.taken: float | None = 0.0

    @property
    def load(self) -> Load:
        """How much others took, over all measurements that were kept."""
        others = self.taken / self.seconds if self.taken is not None and self.seconds else None
        return Load(others, self.measurements, self.repeated, self.disturbed)

    def look(self) -> None:
        """Wait a moment for others to finish; raise BusyMachineError if they do not, unless forced."""

        def idle() -> tuple[None, machine.Others]:
            with machine.watched() as others:
                time.sleep(0.5)
            return None, others

        self.undisturbed(idle)

    def undisturbed(self, attempt: Callable[[], tuple[T, machine.Others]]) -> T:
        """Return what an attempt measures that others did not disturb, after waiting up to 4 times.

        Raises BusyMachineError if each was disturbed, unless forced.
        """
        for wait in (*_WAITS, 0.0):
            found, others = attempt()
            if not others.busy:
                break
            if self.forced or not wait:
                self.disturbed += 1
                break
            self.repeated += 1
            time.sleep(wait)
        if others.busy and not self.forced:
            assert others.taken is not None
            raise BusyMachineError(
                f"other processes take {others.taken / others.seconds:.1f} of the {machine.available()} processors, "
                f"and timings beside them mean nothing; end them, or add --force to see numbers all the same"
            )
        self.measurements += 1
        self.seconds += others.seconds
        self.taken = None if self.taken is None or others.taken is None else self.taken + others.taken
        return found


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let PyTorch, and ours with it, use so many threads, and give them back as they were."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        # What torch.compile has made is for this number of threads.
        workloads.forget_compiled()


@contextmanager
def _jax(what: Plan, threads: int) -> Iterator[ProcessPoolExecutor | None]:
    if "jax" not in what.rivals or threads < max(what.threads):
        yield None
        return
    with jax_times.process(threads) as process:
        yield process
