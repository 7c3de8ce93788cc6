"""How often something is measured, so that all of it together costs no more than a share of a step."""

import math
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
_EVERY = 8
"""Steps between two looks at the times."""


class Governor:
    """Spacings that follow what was measured of measuring; `budget` None measures everything at every step."""

    def __init__(self, budget: float | None) -> None:
        self.budget = budget
        rotating = 1 if budget is None else ROTATING
        self.forward, self.gradients, self.parameters = 1, rotating, rotating
        self._began: float | None = None
        self._steps = self._first_step = self._windows = 0
        self._first = 0.0
        self._spent = self._first_spent = (0.0, 0.0, 0.0)

    def step(self, steps: int, spent: tuple[float, float, float]) -> None:
        """Take the number of the step that begins and the seconds spent so far, and set the spacings."""
        now = perf_counter()
        if self._began is None:
            # What came before, the first step above all, taught the places and compiled the code.
            self._began = self._first = now
            self._steps, self._spent, self._first_spent = steps, spent, spent
            return
        count = steps - self._steps
        if self.budget is None or count < _EVERY:
            return
        step = (now - self._began) / count
        wanted = [
            INDIRECT * (after - before) / count / (self.budget * share * step)
            for share, before, after in zip(_SHARES, self._spent, spent, strict=True)
        ]
        # The cost of a step falls with the spacing, and that of the rest with both.
        self.forward = _clamped(self.forward * wanted[0], 1)
        self.gradients = _clamped(self.gradients * wanted[1], ROTATING)
        self.parameters = _clamped(self.parameters * wanted[2], ROTATING)
        self._began, self._steps, self._spent = now, steps, spent

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
        if self._began is None:
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
