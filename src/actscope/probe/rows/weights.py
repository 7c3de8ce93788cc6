"""The memory of one parameter: rows of statistics that compiled code fills around the optimiser's steps."""

import numpy as np
import torch
from torch import Tensor

from ...kernels.visiting import KEPT
from . import statistics
from .layouts import inner_of
from .on_devices import WeightSums
from .sites import BINS, code_for, halve_rows, has_numbers
from .statistics import PARAMETER, Rows


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
        if not has_numbers(weight):
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
            code_for(weight.dtype).before_step(*given)
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
        if not has_numbers(gradient):
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
            code_for(weight.dtype).after_step(self._at, self._kept_at, weight.data_ptr())
        elif weight.device.type != "meta":
            self._elsewhere(weight).after_step(weight)

    def _elsewhere(self, weight: Tensor) -> WeightSums:
        if self.bin not in self._sums:
            with torch.inference_mode(False):  # What is made there could not be added to outside.
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
