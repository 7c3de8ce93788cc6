"""The memory of one place: rows of statistics, one for each bin of steps, that compiled code fills.

Nothing is written to what is looked at, and no random number is drawn. Where the numbers lie on another device, torch
adds them up there (on_devices.py), and `collect` reads them back.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...kernels.memory import Dtype
from ...kernels.observing import MOST_THREADS, Observers, observers
from ...kernels.threads import team
from ...kernels.units import UNITS
from . import statistics
from .layouts import Shape, apart, inner_of
from .on_devices import PlaceSums
from .statistics import ABOVE, BELOW, FIRED, OCTAVES, PARAMETER, PLACE, Rows

BINS = 64
SAMPLE = 4096
_TEAM, _TESTS_FROM = slice(4, 7), 7
"""Where the header of a place tells of threads, and of what its units may show."""
_WIDEST = float(np.finfo(np.float64).max)
_SMALLEST = 5e-324
_MOST_LAYOUTS = 256
_NOT_ELSEWHERE = ("cpu", "meta")
_DTYPES: dict[torch.dtype, Dtype] = {
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.float32: "float32",
    torch.float64: "float64",
}
_Seen = tuple[Observers, int, int, int, Tensor]
"""The code for the type of the numbers, their address, count, how many of a unit lie side by side, who owns them."""


def has_numbers(x: Tensor) -> bool:
    """Return whether a tensor has numbers that can be summed where they lie."""
    return x.dtype in _DTYPES and x.layout is torch.strided and not x.is_nested


def code_for(dtype: torch.dtype) -> Observers:
    """Return the compiled code for numbers of a type."""
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
        self._header[_TEAM] = team(MOST_THREADS)

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
        if not x.is_cpu or not has_numbers(x):
            return None
        inner = inner_of(x.shape, x.stride(), self.axis, self.units)
        if inner is None:
            return self._seen(x.detach().contiguous())
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[True, x.dtype, x.shape, x.stride()] = (code_for(x.dtype), x.numel(), inner)
        return self._seen(x)

    def _elsewhere(self, x: Tensor, add: Callable[[PlaceSums, Tensor, int], None]) -> int:
        """Add up on the device of `x`; nothing at all if it has no numbers that could be summed."""
        if has_numbers(x) and x.device.type not in _NOT_ELSEWHERE:
            if self.bin not in self._sums:
                with torch.inference_mode(False):  # What is made there could not be added to outside.
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
    header = np.zeros(_TESTS_FROM + 3 * len(tests), np.int64)
    header[:_TESTS_FROM] = sample, units, len(ranges), len(tests), *team(MOST_THREADS)
    header[_TESTS_FROM::3] = [bit for bit, _, _ in tests]
    for k in (1, 2):
        header[_TESTS_FROM + k :: 3] = np.array([test[k] for test in tests]).view(np.int64)
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
