"""How often something is measured, so that all of it together costs no more than a share of a step."""

import math
from time import perf_counter

from .records import Spacing

BUDGET = 0.02
"""Of the time of a step."""
INDIRECT = 2.0
"""What measuring costs in all, over the time inside of it: the rest is what it drives out of the caches."""
_SHARES = {"forward": 0.6, "gradients": 0.2, "parameters": 0.2}
LATEST = 64
"""Nothing is spaced further than this many steps."""
_EVERY = 8
"""Steps between two looks at the times."""


class Governor:
    """Spacings that follow what was measured of measuring; `budget` None measures everything at every step."""

    def __init__(self, budget: float | None) -> None:
        self.budget = budget
        rotating = 1 if budget is None else 4
        self.forward, self.gradients, self.parameters = 1, rotating, rotating
        self._spent = dict.fromkeys(_SHARES, 0.0)
        self._done = dict.fromkeys(_SHARES, 0)
        self._began: float | None = None
        self._steps = 0
        self._first = 0.0
        self._all = 0.0

    def spent(self, kind: str, seconds: float) -> None:
        """Add what measuring of a kind took."""
        self._spent[kind] += seconds
        self._all += seconds

    def did(self, kind: str) -> None:
        """Count one round of measuring of a kind."""
        self._done[kind] += 1

    def step(self) -> None:
        """Take note that a step begins; every so many steps the spacings are set anew."""
        now = perf_counter()
        if self._began is None:
            # What came before, the first step above all, taught the places and compiled the code.
            self._began = self._first = now
            self._all = 0.0
            return
        if self.budget is None:
            return
        self._steps += 1
        if self._steps < _EVERY:
            return
        step = (now - self._began) / self._steps
        for kind, share in _SHARES.items():
            if self._done[kind]:
                # Measured is a share of all places or parameters, which `did` counts as the whole of a round.
                once = self._spent[kind] / self._done[kind]
                self._set(kind, once * INDIRECT / (self.budget * share * step))
            self._spent[kind], self._done[kind] = 0.0, 0
        self._began, self._steps = now, 0

    def _set(self, kind: str, wanted: float) -> None:
        if kind == "forward":
            self.forward = min(max(1, math.ceil(wanted)), LATEST)
            return
        # A round of 1/spacing of the places costs that share of measuring all of them.
        now = getattr(self, kind)
        setattr(self, kind, min(max(4, math.ceil(wanted * now)), LATEST))

    @property
    def cost(self) -> float:
        """The share of the time since the second step began that was spent inside of measuring."""
        return self._all / (perf_counter() - self._first) if self._began is not None and self._all else 0.0

    @property
    def spacing(self) -> Spacing:
        """The spacings as they are now."""
        return Spacing(self.forward, self.gradients, self.parameters)


def turn(count: int, spacing: int) -> bool:
    """Return whether the `count`-th of something is measured: one of each `spacing`, at a place that moves about.

    Losses that alternate, as a GAN's do, are so seen from both sides.

    >>> [sum(turn(k, 4) for k in range(first, first + 4)) for first in (0, 4, 8)]
    [1, 1, 1]
    """
    window, place = divmod(count, spacing)
    return place == math.floor((window * 0.6180339887498949 % 1.0) * spacing)
