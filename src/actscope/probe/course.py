"""The steps of a run: when one ends, which bin it falls into, and what the model as a whole was given and lost."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from . import statistics
from .sites import BINS, Site, halve_rows
from .statistics import COURSE, Rows
from .timeline import Timeline

_MOST_WAITING = 4096


class Course:
    """The steps so far. `turned` is told of a new bin, `halved` of how many bins became half as many."""

    def __init__(self, turned: Callable[[int], None], halved: Callable[[int], None]) -> None:
        self.steps = 0
        self._turned, self._halved = turned, halved
        self._timeline = Timeline()
        self._rows: Rows = statistics.blank(COURSE, BINS)
        self._inputs = Site(1, -1, None)
        # On other devices than the CPU a loss waits, since to read it would be to wait for it.
        self._waiting: list[tuple[int, Tensor | float]] = []
        self._bin = 0
        self._over = True
        self.optimized = self.differentiated = False

    def forward(self) -> int:
        """Take note of a forward pass; return the step that it belongs to."""
        if self._over or not (self.differentiated or self.optimized):
            self._over = False
            self._next()
        return self.steps

    def backward(self, losses: tuple[Tensor, ...]) -> list[float]:
        """Take the losses that are differentiated; return those that can be read at once."""
        self.differentiated = True
        self._over |= not self.optimized
        one = [loss.detach() for loss in losses if loss.numel() == 1 and not loss.is_meta]
        read = [float(loss) if loss.is_cpu else loss for loss in one]
        self._waiting += [(self._bin, loss) for loss in read]
        if len(self._waiting) > _MOST_WAITING:
            self._read()
        return [loss for loss in read if isinstance(loss, float)]

    def optimizer(self) -> None:
        """Take note that an optimiser makes its step: all backward passes before the first one were of one step."""
        if not self.optimized and self.steps > 1:
            self._join()
        self.optimized = self._over = True

    def skip(self) -> None:
        """Take note that a scaler left out the optimiser's step, since gradients overflowed."""
        self.optimizer()
        self._rows["skipped"][self._bin] += 1

    def passed(self) -> None:
        """Take note of a step that nobody looked at."""
        self.steps += 1
        self._over = True

    def input(self, x: Tensor, tick: int) -> int:
        """Take what the model is given; return how many of its numbers are not finite."""
        return self._inputs.arrived(x, tick)

    def _next(self) -> None:
        self.steps += 1
        while (bin := self._timeline.bin_of(self.steps)) is None:
            self._read()
            halve_rows(self._rows, BINS)
            self._inputs.halve(BINS)
            self._halved(BINS)
            self._timeline.halve()
        if bin != self._bin or self.steps == 1:
            self._bin = bin
            self._inputs.turn(bin)
            self._turned(bin)

    def _join(self) -> None:
        """Make all steps so far the first one."""
        self._read()
        used = len(self.ends())
        while used > 1:
            halve_rows(self._rows, used)
            self._inputs.halve(used)
            self._halved(used)
            used = -(-used // 2)
        self.steps, self._timeline, self._bin = 1, Timeline(), 0
        self._inputs.turn(0)
        self._turned(0)

    def _read(self) -> None:
        """Add the losses that wait to the rows of their bins."""
        for bin, loss in self._waiting:
            row, value = statistics.blank(COURSE), float(loss)
            if math.isfinite(value):
                row["loss_count"], row["loss_mean"], row["loss_low"], row["loss_high"] = 1, value, value, value
            else:
                row["loss_nonfinite"] = 1
            self._rows[bin] = statistics.merged(self._rows[bin], row)
        self._waiting.clear()

    def ends(self) -> NDArray[np.int64]:
        """Return the last step of each bin."""
        return self._timeline.ends(self.steps)

    def rows(self, used: int) -> Rows:
        """Return what is known of the first `used` bins."""
        self._read()
        rows: Rows = self._rows[:used].copy()
        given, _ = self._inputs.taken(used)
        for name in ("count", "mean", "m2", "low", "high", "nonfinite"):
            rows[f"input_{name}"] = given[name]
        return rows
