"""The memory of one place or one parameter: rows of statistics, one for each bin of steps, that compiled code fills.

Nothing is written to what is looked at, and no random number is drawn. Where the numbers lie on another device, torch
adds them up there (on_devices.py), and `collect` reads them back.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..kernels.memory import Dtype
from ..kernels.observing import UNITS, Observers, observers
from ..kernels.visiting import KEPT
from . import statistics
from .layouts import Shape, apart, inner_of
from .on_devices import PlaceSums, WeightSums
from .statistics import ABOVE, BELOW, FIRED, OCTAVES, PARAMETER, PLACE, Rows

BINS = 64
SAMPLE = 4096
_WIDEST = float(np.finfo(np.float64).max)
_SMALLEST = 5e-324
_MOST_LAYOUTS = 256
_DTYPES: dict[torch.dtype, Dtype] = {
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.float32: "float32",
    torch.float64: "float64",
}
_Seen = tuple[Observers, int, int, int, Tensor]
"""The code for the type of the numbers, their address, count, how many of a unit lie side by side, who owns them."""


def _has_numbers(x: Tensor) -> bool:
    """Return whether a tensor has numbers that can be summed where they lie."""
    return x.dtype in _DTYPES and x.layout is torch.strided and not x.is_nested


def _code(dtype: torch.dtype) -> Observers:
    return observers(_DTYPES[dtype], PLACE, PARAMETER, OCTAVES[0])


class Site:
    """What was seen at one place, in at most `bins` bins of steps.

    `units` lie along `axis` 1 (images) or -1; `fires` are the ranges of x in which the slope is not small, None where
    that is not known. A tensor with another number of units counts, but its units do not; one of another type than
    float16, bfloat16, float32 and float64 is passed over.

    >>> relu = Site(3, -1, fires=((5e-324, float("inf")),))
    >>> relu.arrived(torch.tensor([[1.0, -2.0, 0.5], [3.0, -1.0, float("nan")]]), tick=1)
    1
    >>> rows, shown = relu.taken(used=1)
    >>> int(rows["count"][0]), float(rows["mean"][0]), shown.tolist()
    (5, 0.3, [[3, 4, 3]])
    """

    __slots__ = (
        *("axis", "bin", "ranges", "rows", "sample", "shown", "units"),
        *("_at", "_header", "_known", "_layouts", "_memory", "_place", "_sums"),
    )

    def __init__(
        self,
        units: int,
        axis: int,
        fires: tuple[tuple[float, float], ...] | None,
        sample: int = SAMPLE,
        bins: int = BINS,
    ) -> None:
        self.units, self.axis, self.sample = units, axis, sample
        self.ranges = ((-_WIDEST, _WIDEST),) if fires is None else apart(fires)
        self._header = _header(units, self.ranges, sample)
        self._place = self._header.ctypes.data
        size = PLACE.itemsize + -(-units // UNITS) * UNITS
        self._memory = np.full(bins * size, 255, np.uint8)
        self.rows: Rows = np.ndarray((bins,), PLACE, self._memory.data, 0, (size,))
        shown = np.ndarray((bins, units), np.uint8, self._memory.data, PLACE.itemsize, (size, 1))
        self.shown: NDArray[np.uint8] = shown
        self.shown[:] = 0
        self.rows[:] = statistics.blank(PLACE, bins)
        self._layouts: dict[tuple[bool, torch.dtype, Shape, Shape], tuple[Observers, int, int]] = {}
        self._sums: dict[int, PlaceSums] = {}
        self.turn(0)

    def turn(self, bin: int) -> None:
        """Write into the row of this bin from now on."""
        self.bin, self._at = bin, self._memory.ctypes.data + bin * self.rows.strides[0]

    def arrived(self, x: Tensor, tick: int) -> int:
        """Add what arrives; return how many numbers are not finite, 0 where another device would have to be asked."""
        seen = self._seen(x)
        if seen is None:
            return self._elsewhere(x, lambda sums, flat, inner: sums.arrived(flat, inner, tick))
        code, data, count, inner, _owner = seen
        return code.arrived(self._place, self._at, data, count, inner, tick)

    def left(self, y: Tensor, tick: int) -> None:
        """Add what leaves the place."""
        seen = self._seen(y)
        if seen is None:
            self._elsewhere(y, lambda sums, flat, _: sums.left(flat, tick))
        else:
            seen[0].left(self._place, self._at, seen[1], seen[2], tick)

    def arriving(self, gradient: Tensor, tick: int) -> None:
        """Add the gradient that arrives from the loss."""
        self._gradient(0, gradient, tick)

    def leaving(self, gradient: Tensor, tick: int) -> None:
        """Add the gradient that leaves towards the input."""
        self._gradient(1, gradient, tick)

    def _gradient(self, which: int, gradient: Tensor, tick: int) -> None:
        seen = self._seen(gradient)
        if seen is None:
            self._elsewhere(gradient, lambda sums, flat, _: sums.gradient(which, flat, tick))
        else:
            seen[0].gradient(self._place, self._at, which, seen[1], seen[2], tick)

    def collect(self) -> None:
        """Read back what other devices hold; this waits for them."""
        for bin, sums in self._sums.items():
            row, shown = sums.collected()
            self.rows[bin] = statistics.merged(self.rows[bin], row)
            self.shown[bin] |= shown
        self._sums.clear()

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

    def _seen(self, x: Tensor) -> _Seen | None:
        """Return what the compiled code needs; None if the numbers are not for it."""
        try:
            code, count, inner = self._layouts[x.is_cpu, x.dtype, x.shape, x.stride()]
        except (KeyError, RuntimeError):  # The latter is of a tensor that has no strides.
            return self._met(x)
        return code, x.data_ptr(), count, inner, x

    def _met(self, x: Tensor) -> _Seen | None:
        """Return the same for a layout that was not met before, or that has to be copied."""
        if not x.is_cpu or not _has_numbers(x):
            return None
        inner = inner_of(x.shape, x.stride(), self.axis, self.units)
        if inner is None:
            return self._seen(x.detach().contiguous())
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[True, x.dtype, x.shape, x.stride()] = (_code(x.dtype), x.numel(), inner)
        return self._seen(x)

    def _elsewhere(self, x: Tensor, add: Callable[[PlaceSums, Tensor, int], None]) -> int:
        """Add up on the device of `x`; nothing at all if it has no numbers that could be summed."""
        if _has_numbers(x) and x.device.type not in ("cpu", "meta"):
            if self.bin not in self._sums:
                self._sums[self.bin] = PlaceSums(x.device, self.units, self.ranges, self.sample)
            flat, inner = in_memory(x, self.axis, self.units)
            add(self._sums[self.bin], flat, inner)
        return 0


def _header(units: int, ranges: tuple[tuple[float, float], ...], sample: int) -> NDArray[np.int64]:
    """Return the place as the compiled code knows it."""
    infinity = float("inf")
    signs = {(_SMALLEST, infinity): ABOVE, (-infinity, -_SMALLEST): BELOW}
    # A range that is that of a sign, as ReLU's, shows both at once.
    tests = [(FIRED | signs.pop(ends, 0), *ends) for ends in ranges]
    tests += [(sign, *ends) for ends, sign in signs.items()]
    header = np.zeros(4 + 3 * len(tests), np.int64)
    header[:4] = sample, units, len(ranges), len(tests)
    header[4::3] = [bit for bit, _, _ in tests]
    for k in (1, 2):
        header[4 + k :: 3] = np.array([test[k] for test in tests]).view(np.int64)
    return header


def in_memory(x: Tensor, axis: int, units: int) -> tuple[Tensor, int]:
    """Return the elements in the order in which they lie in memory, and how many of a unit lie side by side."""
    x = x.detach()
    inner = inner_of(x.shape, x.stride(), axis, units)
    if inner is None:
        x = x.contiguous()
        inner = inner_of(x.shape, x.stride(), axis, units)
    return x.as_strided((x.numel(),), (1,)), inner or 0


def halve_rows(rows: Rows, used: int) -> None:
    """Merge the first `used` rows in pairs, and blank the rest."""
    padded = np.concatenate([rows[:used], statistics.blank(rows.dtype, used % 2)])
    half = statistics.merged(padded[0::2], padded[1::2])
    rows[: len(half)] = half
    rows[len(half) :] = statistics.blank(rows.dtype, len(rows) - len(half))


class Weights:
    """What was seen of one parameter, just before and just after the optimiser's steps.

    >>> weight = torch.ones(2, 8)
    >>> seen = Weights()
    >>> seen.before_step(weight, torch.full((2, 8), -0.5), tick=1)
    >>> seen.after_step(weight + 0.1)
    >>> row = seen.taken(used=1)[0]
    >>> int(row["update_count"]), round(float(row["update_squares"]), 4), float(row["one_signed"] / row["rows"])
    (16, 0.16, 1.0)
    """

    __slots__ = (
        *("bin", "rows"),
        *("_at", "_columns", "_count", "_dense", "_kept", "_kept_at", "_key", "_sums", "_waits"),
    )

    def __init__(self, bins: int = BINS) -> None:
        self.rows: Rows = statistics.blank(PARAMETER, bins)
        self._kept = np.zeros(KEPT, np.int64)
        self._kept_at = self._kept.ctypes.data
        self._key: object = None
        self._count, self._columns, self._dense = 0, 1, True
        self._waits = False
        self._sums: dict[int, WeightSums] = {}
        self.turn(0)

    def turn(self, bin: int) -> None:
        """Write into the row of this bin from now on."""
        self.bin, self._at = bin, self.rows.ctypes.data + bin * PARAMETER.itemsize

    def before_step(self, weight: Tensor, gradient: Tensor | None, tick: int) -> None:
        """Add a weight and its gradient, None if it has none, and keep some of the weight for `after_step`."""
        self._waits = False
        if not _has_numbers(weight):
            return
        key = (weight.is_cpu, weight.dtype, weight.shape, weight.stride())
        if key != self._key:
            self._key = key
            self._lay_out(weight)
        if not self._count:
            return
        if gradient is not None:
            gradient = self._alike(gradient, weight)
        if not self._dense:
            weight = weight.detach().contiguous()
        self._waits = True
        if key[0]:
            data = 0 if gradient is None else gradient.data_ptr()
            given = (self._at, self._kept_at, weight.data_ptr(), data, self._count, self._columns, tick)
            _code(weight.dtype).before_step(*given)
        elif weight.device.type != "meta":
            self._elsewhere(weight).before_step(weight, gradient, self._columns, tick)

    def _lay_out(self, weight: Tensor) -> None:
        """Learn how many weights a unit has, and whether they lie side by side."""
        rows = weight.shape[0] if weight.dim() > 1 else 1
        self._count = weight.numel()
        self._columns = self._count // max(1, rows)
        side_by_side = inner_of(weight.shape, weight.stride(), 0, 0) is not None
        self._dense = side_by_side and (rows == 1 or weight.stride(0) == self._columns)

    def _alike(self, gradient: Tensor, weight: Tensor) -> Tensor | None:
        """Return the gradient as the weight, or its copy, lies in memory; None for a sparse one."""
        if not _has_numbers(gradient):
            return None
        if not self._dense:
            return gradient.detach().to(weight.dtype).contiguous()
        if gradient.dtype != weight.dtype or gradient.stride() != weight.stride():
            return torch.empty_like(weight).copy_(gradient.detach())
        return gradient

    def after_step(self, weight: Tensor) -> None:
        """Add by how much the weight has moved since `before_step`, if that has seen it."""
        if not self._waits or self._key != (weight.is_cpu, weight.dtype, weight.shape, weight.stride()):
            return
        self._waits = False
        if not self._dense:
            weight = weight.detach().contiguous()
        if weight.is_cpu:
            _code(weight.dtype).after_step(self._at, self._kept_at, weight.data_ptr())
        elif weight.device.type != "meta":
            self._elsewhere(weight).after_step(weight)

    def _elsewhere(self, weight: Tensor) -> WeightSums:
        if self.bin not in self._sums:
            self._sums[self.bin] = WeightSums(weight.device)
        return self._sums[self.bin]

    def collect(self) -> None:
        """Read back what other devices hold; this waits for them."""
        for bin, sums in self._sums.items():
            self.rows[bin] = statistics.merged(self.rows[bin], sums.collected())
        self._sums.clear()

    def halve(self, used: int) -> None:
        """Merge the first `used` rows in pairs, and blank the rest."""
        self.collect()
        halve_rows(self.rows, used)

    def taken(self, used: int) -> Rows:
        """Return a copy of the first `used` rows."""
        self.collect()
        return self.rows[:used].copy()
