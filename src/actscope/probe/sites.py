"""The memory of one place or one parameter: rows of statistics, one for each bin of steps, that compiled code fills.

A call costs about a microsecond of Python. Nothing is written to what is looked at; no random number is drawn.
"""

import math
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import statistics
from .on_devices import Sums
from .statistics import PLACE, Rows

BINS = 64
SAMPLE = 4096
_WIDEST = math.ldexp(2.0 - 2.0**-52, 1023)


class Site:
    """What was seen at one place, in at most `bins` bins of steps.

    `units` lie along `axis` 1 (images) or -1; `fires` are the ranges of x in which the slope is not small, None where
    that is not known. A tensor of another number of units counts, but its units do not.
    """

    __slots__ = ("_layouts", "_memory", "_on_device", "axis", "bin", "ranges", "rows", "sample", "shown", "units")

    def __init__(
        self,
        units: int,
        axis: int,
        fires: tuple[tuple[float, float], ...] | None,
        sample: int = SAMPLE,
        bins: int = BINS,
    ) -> None:
        self.units, self.axis, self.sample, self.bin = units, axis, sample, 0
        self.ranges = ((-_WIDEST, _WIDEST),) if fires is None else apart(fires)
        size = PLACE.itemsize + -(-units // 8) * 8
        self._memory = np.zeros(bins * size, np.uint8)
        self.rows: Rows = np.ndarray((bins,), PLACE, self._memory, 0, (size,))
        self.shown: NDArray[np.uint8] = np.ndarray((bins, units), np.uint8, self._memory, PLACE.itemsize, (size, 1))
        self.rows[:] = statistics.blank(PLACE, bins)
        self._layouts: dict[tuple[torch.Size, tuple[int, ...]], int | None] = {}
        self._on_device: dict[int, Sums] = {}

    def turn(self, bin: int) -> None:
        """Write into the row of this bin from now on."""
        self.bin = bin

    def arrived(self, x: Tensor, tick: int) -> int:
        """Add what arrives at the place; return how many of its numbers are not finite, 0 if another device knows."""
        inner, flat = self._seen(x)
        if flat is None:
            return 0
        sums = self._sums(x)
        before = int(sums.counts[0])
        sums.arrived(flat, inner, self.ranges, self.sample, tick)
        return int(sums.counts[0]) - before

    def left(self, y: Tensor, tick: int) -> None:
        """Add what leaves the place."""
        _, flat = self._seen(y)
        if flat is not None:
            self._sums(y).left(flat, self.sample, tick)

    def arriving(self, gradient: Tensor, tick: int) -> None:
        """Add the gradient that arrives from the loss."""
        _, flat = self._seen(gradient)
        if flat is not None:
            self._sums(gradient).gradient(flat, 0, self.sample, tick)

    def leaving(self, gradient: Tensor, tick: int) -> None:
        """Add the gradient that leaves towards the input."""
        _, flat = self._seen(gradient)
        if flat is not None:
            self._sums(gradient).gradient(flat, 1, self.sample, tick)

    def collect(self) -> None:
        """Read back what other devices hold; this waits for them."""
        for bin, sums in self._on_device.items():
            row, shown = sums.collected()
            self.rows[bin] = statistics.merged(self.rows[bin], row)
            self.shown[bin] |= shown
        self._on_device.clear()

    def halve(self, used: int) -> None:
        """Merge the first `used` rows in pairs, and blank the rest."""
        self.collect()
        halve_rows(self.rows, used)
        kept = np.bitwise_or.reduceat(self.shown[:used], np.arange(0, used, 2), axis=0) if used else self.shown[:0]
        self.shown[: len(kept)], self.shown[len(kept) :] = kept, 0

    def taken(self, used: int) -> tuple[Rows, NDArray[np.uint8]]:
        """Return copies of the first `used` rows and of what the units have shown in them."""
        self.collect()
        return self.rows[:used].copy(), self.shown[:used].copy()

    def _sums(self, x: Tensor) -> Sums:
        sums = self._on_device.get(self.bin)
        if sums is None:
            sums = self._on_device[self.bin] = Sums(x.device, self.units)
        return sums

    def _seen(self, x: Tensor) -> tuple[int, Tensor | None]:
        """Return how many elements of a unit lie side by side, and the elements as they lie in memory."""
        if x.dtype not in _DTYPES or x.layout is not torch.strided:
            return 0, None
        key = (x.shape, x.stride())
        if key not in self._layouts:
            self._layouts[key] = inner_of(*key, self.axis, self.units)
        inner = self._layouts[key]
        x = x.detach()
        if inner is None:
            x = x.contiguous()
            inner = inner_of(x.shape, x.stride(), self.axis, self.units) or 0
        return inner, x.as_strided((x.numel(),), (1,))


_DTYPES = {torch.float16, torch.bfloat16, torch.float32, torch.float64}


def halve_rows(rows: Rows, used: int) -> None:
    """Merge the first `used` rows in pairs, and blank the rest."""
    padded = np.concatenate([rows[:used], statistics.blank(rows.dtype, used % 2)])
    half = statistics.merged(padded[0::2], padded[1::2])
    rows[: len(half)] = half
    rows[len(half) :] = statistics.blank(rows.dtype, len(rows) - len(half))


def apart(ranges: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return ranges that hold the same numbers and do not touch.

    >>> apart([(1.0, 2.0), (-3.0, 0.0), (2.0, 5.0)])
    ((-3.0, 0.0), (1.0, 5.0))
    """
    found: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def inner_of(shape: tuple[int, ...], stride: tuple[int, ...], axis: int, units: int) -> int | None:
    """Return how many elements of a unit lie side by side in memory; 0 if its units are not those of the place.

    None says that there are gaps between the elements, or that some share their memory.

    >>> inner_of((8, 3, 4, 4), (48, 16, 4, 1), 1, 3), inner_of((8, 3, 4, 4), (48, 1, 12, 3), 1, 3)
    (16, 1)
    >>> inner_of((8, 3), (6, 1), -1, 3) is None
    True
    """
    dense = 1
    for size, step in sorted(zip(shape, stride, strict=True), key=lambda pair: pair[1]):
        if size == 0:
            return 0
        if size > 1 and step != dense:
            return None
        dense *= size
    if not shape:
        return int(units == 1)
    axis = axis if axis < len(shape) else -1
    if shape[axis] != units:
        return 0
    return stride[axis] if units > 1 else 1
