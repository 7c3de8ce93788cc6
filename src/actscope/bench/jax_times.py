"""JAX's times, in a process of its own: its threads and PyTorch's, which keep spinning, would hold up each other."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

from ..catalogue import Activation
from . import machine
from .timing import Call, medians, rounds


def process(threads: int) -> ProcessPoolExecutor:
    """Return a process in which JAX has this number of threads."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_limit, initargs=(threads,))


def seconds(
    activation: Activation, shape: tuple[int, ...], backward: bool, budget: float
) -> tuple[float | None, machine.Others]:
    """Return what one call costs, compiled by XLA, and how much others took; None where JAX has no such function."""
    from . import by_jax

    table = by_jax.FUNCTIONS
    name = next((name for name in (activation.name, *activation.aliases) if name in table), None)
    if name is None:
        return None, machine.Others(taken=0.0)
    call = _call(partial(table[name], **dict(activation.defaults)), len(activation.inputs), shape, backward)
    with machine.watched() as others:
        found = medians(rounds({"JAX": call}, budget))["JAX"]
    return found, others


def _call(function: Callable[..., Any], inputs: int, shape: tuple[int, ...], backward: bool) -> Call:
    import jax

    rng = np.random.default_rng(0)
    data = [jax.numpy.asarray(3 * rng.standard_normal(shape, np.float32)) for _ in range(inputs)]
    if not backward:
        forward = jax.jit(function)
        return lambda: forward(*data).block_until_ready()

    @jax.jit
    def both(g: Any, *given: Any) -> Any:
        value, pullback = jax.vjp(function, *given)
        return value, pullback(g)

    gradient = jax.numpy.ones(np.shape(function(*data)), np.float32)
    wait: Callable[[Any], Any] = jax.block_until_ready
    return lambda: wait(both(gradient, *data))


def _limit(threads: int) -> None:
    """Keep this process to so many processors, and leave Ctrl-C to the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # XLA has as many threads as there are processors for the process, or as NPROC says.
    os.environ["NPROC"] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
