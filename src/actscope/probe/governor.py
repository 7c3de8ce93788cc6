"""How often something is measured, so that all of it together costs no more than a share of a step."""

import math
from statistics import median
from time import perf_counter

from .records import Spacing

BUDGET = 0.02
"""Of the time of a step."""
INDIRECT = 2.0
"""What measuring costs in all, over the time inside of it: the rest is what it drives out of the caches."""
_SHARES = (0.6, 0.2, 0.2)
"""Of the budget, for what is measured forward, for gradients, and for parameters."""
ROTATING = 4
"""Gradients and parameters are measured in rotation, a quarter at each measured step, or less."""
LATEST = 64
"""Nothing is spaced further than this."""
EAGER = 20
"""The first steps are all measured: what shows in them was there before much was learned."""
_REMEMBERED = 9
"""Measured steps between two looks at the times."""


class Governor:
    """Spacings that follow what was measured of measuring; `budget` None measures everything at every step."""

    def __init__(self, budget: float | None) -> None:
        self.budget = budget
        rotating = 1 if budget is None else ROTATING
        self.forward, self.gradients, self.parameters = 1, rotating, rotating
        self._now: float | None = None
        self._step = self._windows = 0
        self._first = 0.0
        self._spent = self._first_spent = (0.0, 0.0, 0.0)
        self._costs: list[tuple[float, ...]] = []
        self._durations: list[float] = []

    def step(self, step: int, spent: tuple[float, float, float]) -> None:
        """Take the number of the step that begins and the seconds spent so far, and set the spacings."""
        now = perf_counter()
        before, self._spent = self._spent, spent
        if self._now is None:
            # What came before, the first step above all, taught the places and compiled the code.
            self._now = self._first = now
            self._step, self._first_spent = step, spent
            return
        self._costs.append(tuple(after - last for last, after in zip(before, spent, strict=True)))
        self._durations.append((now - self._now) / max(step - self._step, 1))
        self._now, self._step = now, step
        if self.budget is None or len(self._costs) < _REMEMBERED:
            return
        # Medians, since another program that takes the processor away is no cost of ours, nor a pause a long step.
        costs = [INDIRECT * median(kind) for kind in zip(*self._costs, strict=True)]
        allowed = self.budget * median(self._durations)
        self.forward = _clamped(costs[0] / (_SHARES[0] * allowed), 1)
        # What is measured in rotation costs less the fewer take part in it, and the fewer steps are measured.
        self.gradients = _clamped(self.gradients * costs[1] / (_SHARES[1] * allowed * self.forward), ROTATING)
        self.parameters = _clamped(self.parameters * costs[2] / (_SHARES[2] * allowed * self.forward), ROTATING)
        self._costs.clear()
        self._durations.clear()

    def rest(self, step: int) -> int:
        """Return how many steps after this one are not looked at.

        One of each `forward` steps is measured, at a place that moves about, so that losses that alternate, as a GAN's
        do, are seen from both sides.
        """
        if self.forward == 1 or step < EAGER:
            return 0
        here, there = (_place(window, self.forward) for window in (self._windows, self._windows + 1))
        self._windows += 1
        return self.forward + there - here - 1

    def cost(self, spent: tuple[float, float, float]) -> float:
        """Return the share of the time since the second step began that was spent inside of measuring."""
        if self._now is None:
            return 0.0
        return (sum(spent) - sum(self._first_spent)) / (perf_counter() - self._first)

    @property
    def spacing(self) -> Spacing:
        """The spacings as they are now."""
        return Spacing(self.forward, self.gradients, self.parameters)


def _clamped(spacing: float, least: int) -> int:
    return min(max(least, math.ceil(spacing)), LATEST)


def _place(window: int, spacing: int) -> int:
    """Return the step of a window of so many that is measured: windows differ as the golden ratio has it.

    >>> [_place(window, 5) for window in range(6)]
    [0, 3, 1, 4, 2, 0]
    """
    return math.floor((window * 0.6180339887498949 % 1.0) * spacing)
