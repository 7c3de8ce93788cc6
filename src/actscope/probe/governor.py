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
_UNSEEN = 0.5
"""Of the steps so far, that may pass without a burst, or between two looks at the times: short runs are seen whole."""

SETTLED = 256
"""From this step on hooks and kernels may be taken away between measured steps."""
BURST = ROTATING
"""Steps that are then measured in a row, since to put everything back costs more than one of them."""
_BEARABLE = 0.25
"""Of the budget, for what is attached and does nothing: above it, it is taken away."""
_CLOCK = 20e-6
"""Seconds that each step costs, also one that nobody looks at: its loss is read, and the optimiser tells of it."""
_LEAST = 0.25
"""Of the budget, for measuring, however little the clock leaves of it."""
_HOOKED, _TOLD = 5e-6, 12e-6
"""Seconds that the hooks of a module cost, and one activation that is told of, with nobody listening."""
_WAKING = 0.5e-3
"""Seconds to take everything away and put it back, as long as that was not measured."""
_WIDEST = 1024
"""Steps from one burst to the next, at most."""


class Governor:
    """Spacings that follow what was measured of measuring; `budget` None measures everything at every step."""

    def __init__(self, budget: float | None) -> None:
        self.budget = budget
        rotating = 1 if budget is None else ROTATING
        self.forward, self.gradients, self.parameters = 1, rotating, rotating
        self.leaves = True
        """Whether hooks and kernels may be taken away."""
        self.window = 0
        """Steps from one burst to the next; 0 as long as hooks and kernels stay where they are."""
        self._idle, self._waking = 0.0, _WAKING
        self._begun = 0
        self._now = 0.0
        self._step = self._windows = self._burst = 0
        self._first = 0.0
        self._spent = self._first_spent = (0.0, 0.0, 0.0)
        self._costs: list[tuple[float, ...]] = []
        self._durations: list[tuple[int, float]] = []

    def attached(self, hooked: int, told: int) -> None:
        """Take how many modules have hooks, and how many activations a pass tells of."""
        self._idle = hooked * _HOOKED + told * _TOLD

    def woke(self, seconds: float) -> None:
        """Take how long it took to take everything away and put it back."""
        self._waking = (self._waking + seconds) / 2

    def skip(self, seconds: float) -> None:
        """Take no account of so many seconds before now."""
        self._now += seconds
        self._first += seconds

    def step(self, step: int, spent: tuple[float, float, float]) -> None:
        """Take the number of the step that begins and the seconds spent so far, and set the spacings."""
        now = perf_counter()
        before, self._spent = self._spent, spent
        if self._begun < 2:
            # The first step teaches the places and compiles the code.
            self._begun += 1
            self._now = self._first = now
            self._step, self._first_spent = step, spent
            return
        self._costs.append(tuple(after - last for last, after in zip(before, spent, strict=True)))
        steps = max(step - self._step, 1)
        self._durations.append((steps, (now - self._now) / steps))
        self._now, self._step = now, step
        if self.budget is None or len(self._costs) < _REMEMBERED:
            return
        # Medians, since another program that takes the processor away is no cost of ours, nor a pause a long step.
        forward, gradients, parameters = (INDIRECT * median(kind) for kind in zip(*self._costs, strict=True))
        # Between two bursts lie the steps as they are when nobody looks.
        apart = [seconds for steps, seconds in self._durations if steps > 1]
        granted = self.budget * median(apart or [seconds for _, seconds in self._durations])
        allowed = max(granted - _CLOCK, _LEAST * granted)
        self._space(step, forward, allowed)
        # What is measured in rotation costs less the fewer take part in it, and the fewer steps are measured.
        most = ROTATING if step < SETTLED else LATEST
        self.gradients = _clamped(self.gradients * gradients / (_SHARES[1] * allowed * self.forward), ROTATING, most)
        self.parameters = _clamped(self.parameters * parameters / (_SHARES[2] * allowed * self.forward), ROTATING, most)
        self._costs.clear()
        self._durations.clear()

    def _space(self, step: int, cost: float, allowed: float) -> None:
        """Set how far measured steps, or bursts of them, lie apart."""
        self.window = 0
        self.forward = _clamped(
            cost / (_SHARES[0] * allowed), 1, max(1, min(LATEST, int(_UNSEEN * step / _REMEMBERED)))
        )
        if self.leaves and step >= SETTLED and self._idle > _BEARABLE * allowed:
            burst = BURST * (cost + self._idle) + INDIRECT * self._waking
            self.window = _clamped(burst / (_SHARES[0] * allowed), 2 * BURST, min(_WIDEST, int(_UNSEEN * step)))
            self.forward = self.window // BURST

    def rest(self, step: int) -> int:
        """Return how many steps after this one are not looked at.

        One of each `forward` steps is measured, at a place that moves about, so that losses that alternate, as a GAN's
        do, are seen from both sides; or a burst of them in each window.
        """
        if self.forward == 1 or step < EAGER:
            return 0
        self.window *= self.leaves
        self._burst = (self._burst + 1) % BURST if self.window else 0
        if self._burst:
            return 0
        length, seen = (self.window, BURST) if self.window else (self.forward, 1)
        here, there = (_place(window, length - seen + 1) for window in (self._windows, self._windows + 1))
        self._windows += 1
        return length + there - here - seen

    def cost(self) -> float:
        """Return the share of the time since the second step began that was spent inside of measuring."""
        return (sum(self._spent) - sum(self._first_spent)) / max(self._now - self._first, 1e-9)

    @property
    def spacing(self) -> Spacing:
        """The spacings as they are now."""
        return Spacing(self.forward, self.gradients, self.parameters)


def _clamped(spacing: float, least: int, most: int) -> int:
    return min(max(least, math.ceil(spacing)), most)


def _place(window: int, spacing: int) -> int:
    """Return the step of a window of so many that is measured: windows differ as the golden ratio has it.

    >>> [_place(window, 5) for window in range(6)]
    [0, 3, 1, 4, 2, 0]
    """
    return math.floor((window * 0.6180339887498949 % 1.0) * spacing)
