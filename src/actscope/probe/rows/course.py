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
_LEAP = 2.0
"""Times the largest loss so far."""
_MOST_COMPARED = 1 << 16
"""Targets of a batch that are looked at."""


class Course:
    """The steps so far. `turned` is told of a new bin, `halved` of how many bins became half as many."""

    def __init__(self, turned: Callable[[int], None], halved: Callable[[int], None]) -> None:
        self.steps = self.unseen = 0
        self._turned, self._halved = turned, halved
        self._timeline = Timeline()
        self._rows: Rows = statistics.blank(COURSE, BINS)
        self._inputs = Site(1, -1, None)
        # On other devices than the CPU a loss waits, since to read it would be to wait for it.
        self._waiting: list[tuple[int, Tensor | float]] = []
        self._bin = 0
        self._over = True
        self.optimized = self.differentiated = False
        self._largest = 0.0
        self.leapt = False
        """Whether a loss of the step is far larger than any before."""

    def forward(self) -> int:
        """Take note of a forward pass; return the step that it belongs to."""
        if self._over or not (self.differentiated or self.optimized):
            self._over = False
            self._next()
        return self.steps

    def backward(self, losses: tuple[Tensor, ...], ahead: bool = False) -> bool:
        """Take the losses that are differentiated; return whether those that can be read at once are finite.

        `ahead` are those of a step that is counted only when it is over, since nobody looks at it.
        """
        self.differentiated = True
        self._over |= not self.optimized
        finite, step, self.leapt = True, self.steps + ahead, False
        for loss in losses:
            if loss.numel() != 1:
                continue
            if loss.is_cpu:
                read = loss.item()
                finite = finite and math.isfinite(read)
                self._waiting.append((step, read))
                if abs(read) > self._largest:
                    self.leapt |= abs(read) > _LEAP * self._largest
                    self._largest = abs(read)
            elif not loss.is_meta:
                self._waiting.append((step, loss.detach()))
        if len(self._waiting) > _MOST_WAITING:
            self._make_room()
            self._read()
        return finite

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
        self.unseen += 1
        self._over = True

    def input(self, x: Tensor, tick: int) -> int:
        """Take what the model is given; return how many of its numbers are not finite."""
        return self._inputs.arrived(x, tick)

    def compare(self, outputs: Tensor, targets: Tensor, squared: bool) -> None:
        """Take the outputs and targets of a regression, and the errors of which its loss is made."""
        every = -(-targets.numel() // _MOST_COMPARED)
        given, wanted = (one.detach().reshape(-1)[::every].cpu().double() for one in (outputs, targets))
        mean = wanted.mean()
        row = statistics.blank(COURSE)
        row["target_count"], row["target_mean"] = len(wanted), float(mean)
        row["target_m2"], row["target_outputs"] = float((wanted - mean).square().sum()), float(given.square().sum())
        errors = (given - wanted, mean - wanted)
        sums = [float((one.square() if squared else _huber(one)).sum()) for one in errors]
        if np.isfinite(sums).all():
            row["target_errors"], row["target_constant"] = sums
            self._rows[self._bin] = statistics.merged(self._rows[self._bin], row)

    def _next(self) -> None:
        self.steps += 1
        bin = self._make_room()
        if bin != self._bin or self.steps == 1:
            self._bin = bin
            self._inputs.turn(bin)
            self._turned(bin)

    def _make_room(self) -> int:
        """Return the bin of the step that the model is in, after halving the bins where there are not enough."""
        while (bin := self._timeline.bin_of(max(self.steps, 1))) is None:
            self._read()
            halve_rows(self._rows, BINS)
            self._inputs.halve(BINS)
            self._halved(BINS)
            self._timeline.halve()
        return bin

    def _join(self) -> None:
        """Make all steps so far the first one."""
        self._read()
        used = len(self.ends())
        while used > 1:
            halve_rows(self._rows, used)
            self._inputs.halve(used)
            self._halved(used)
            used = -(-used // 2)
        self.steps, self.unseen, self._timeline, self._bin = 1, 0, Timeline(), 0
        self._inputs.turn(0)
        self._turned(0)

    def _read(self) -> None:
        """Add the losses that wait to the rows of their bins; those beyond the last bin wait on."""
        now = [(self._timeline.bin_of(step), float(loss)) for step, loss in self._waiting]
        self._waiting = [pair for pair, (bin, _) in zip(self._waiting, now, strict=True) if bin is None]
        bins = np.array([bin for bin, _ in now if bin is not None], np.int64)
        losses = np.array([loss for bin, loss in now if bin is not None], np.float64)
        rows, finite = statistics.blank(COURSE, BINS), np.isfinite(losses)
        np.add.at(rows["loss_nonfinite"], bins[~finite], 1)
        bins, losses = bins[finite], losses[finite]
        np.add.at(rows["loss_count"], bins, 1)
        np.add.at(rows["loss_mean"], bins, losses)
        rows["loss_mean"] /= np.maximum(rows["loss_count"], 1)
        np.add.at(rows["loss_m2"], bins, (losses - rows["loss_mean"][bins]) ** 2)
        np.minimum.at(rows["loss_low"], bins, losses)
        np.maximum.at(rows["loss_high"], bins, losses)
        self._rows[:] = statistics.merged(self._rows, rows)

    def ends(self) -> NDArray[np.int64]:
        """Return the last step of each bin."""
        self._make_room()
        return self._timeline.ends(self.steps)

    def rows(self, used: int) -> Rows:
        """Return what is known of the first `used` bins."""
        self._read()
        rows: Rows = self._rows[:used].copy()
        given, _ = self._inputs.taken(used)
        for name in ("count", "mean", "m2", "low", "high", "nonfinite"):
            rows[f"input_{name}"] = given[name]
        return rows


def _huber(errors: Tensor) -> Tensor:
    sizes = errors.abs()
    return (sizes - 0.5).where(sizes > 1, 0.5 * sizes.square())
