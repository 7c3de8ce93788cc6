"""What calls cost: interleaved rounds in one process, and medians."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Call = Callable[[], object]
LEAST_ROUNDS = 3
_SHORTEST = 200e-6
"""Seconds below which a call is repeated within a round, since the clock is too coarse for it."""


def rounds(calls: Mapping[str, Call], seconds: float) -> dict[str, list[float]]:
    """Return the seconds of each call in each round; the calls take turns, and another one begins each round.

    Rounds go on for `seconds`, but are at least 3. The first calls, in which code is compiled and memory first
    touched, are not counted.

    >>> sorted(rounds({"sum": lambda: sum(range(100)), "list": lambda: list(range(100))}, 0.01))
    ['list', 'sum']
    """
    repeats = {name: _repeats(call) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    until = time.perf_counter() + seconds
    while len(found[order[0]]) < LEAST_ROUNDS or time.perf_counter() < until:
        for name in order:
            found[name].append(_seconds(calls[name], repeats[name]))
        order.append(order.pop(0))
    return found


def medians(found: Mapping[str, list[float]]) -> dict[str, float]:
    """Return the median of each list."""
    return {name: median(times) for name, times in found.items()}


def median_ratio(theirs: list[float], ours: list[float]) -> float:
    """Return the median over rounds of their time by ours.

    >>> median_ratio([2.0, 9.0, 4.0], [1.0, 3.0, 2.0])
    2.0
    """
    return median(a / b for a, b in zip(theirs, ours, strict=True))


def _repeats(call: Call) -> int:
    call()
    once = _seconds(call, 1)
    if once < _SHORTEST:
        # The first that is timed is slower than those that follow.
        once = max(_seconds(call, 1), 1e-9)
    return max(1, round(_SHORTEST / once))


def _seconds(call: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats
