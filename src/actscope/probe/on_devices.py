"""The sums of a place or a parameter where the numbers lie on another device, by torch's own operations.

Nothing here waits for the device: every sum stays there as a tensor until `collected` reads all of them at once. The
elements that are sampled are those that the compiled code samples (kernels/observing.py).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import statistics
from .statistics import ABOVE, BELOW, CELLS, FIRED, PLACE, Rows

BLOCK = 256
"""Neighbouring elements that are sampled together."""
GOLDEN = 0.6180339887498949

Ranges = Sequence[tuple[float, float]]


def blocks(count: int, sample: int, tick: int) -> tuple[int, int, int]:
    """Return first element, distance and number of the blocks that are sampled of `count` elements; (0, 1, 0) is all.

    The distance is odd, so that the blocks do not meet the same units again and again, and the first one moves by the
    golden ratio of `tick`, so that over many steps every part has its turn.

    >>> blocks(1000, 4096, 3), blocks(100_000, 1024, 3)
    ((0, 1, 0), (21268, 24935, 4))
    """
    number = max(1, sample // BLOCK)
    if count <= number * BLOCK:
        return 0, 1, 0
    apart = ((count - BLOCK + 1) // number - 1) | 1
    turn = tick * GOLDEN
    return int((turn - math.floor(turn)) * apart), apart, number


def sampled(flat: Tensor, sample: int, tick: int) -> Tensor:
    """Return the sampled elements of a tensor whose elements lie side by side."""
    first, apart, number = blocks(flat.numel(), sample, tick)
    if not number:
        return flat
    return flat.as_strided((number, BLOCK), (apart, 1), flat.storage_offset() + first).reshape(-1)


class Sums:
    """What one row of a place holds, as tensors of a device."""

    def __init__(self, device: torch.device, units: int) -> None:
        self.passes, self.elements = 0, 0
        wide = torch.float32 if device.type == "mps" else torch.float64
        self.wide = wide
        self.shift: Tensor | None = None
        self.out_shift: Tensor | None = None
        self.moments = torch.zeros(3, dtype=wide, device=device)
        self.out_moments = torch.zeros(3, dtype=wide, device=device)
        self.gradients = torch.zeros(2, 2, dtype=wide, device=device)
        self.extremes = torch.tensor([math.inf, -math.inf], dtype=wide, device=device)
        self.counts = torch.zeros(4, dtype=torch.int64, device=device)
        """Of numbers that are not finite, flat ones, zeros that left, gradients that are not finite."""
        self.histogram = torch.zeros(CELLS, dtype=torch.int64, device=device)
        self.shown = torch.zeros(units, dtype=torch.uint8, device=device)
        sizes = statistics.cell_edges()[statistics.SIZES + 1 :]
        self.sizes = torch.as_tensor(sizes, dtype=wide, device=device)

    def arrived(self, flat: Tensor, inner: int, ranges: Ranges, sample: int, tick: int) -> None:
        """Add what arrived; `inner` as in `Site`, 0 leaves the units out."""
        self.passes += 1
        self.elements += flat.numel()
        if not flat.numel():
            return
        self.counts[0] += (~flat.isfinite()).sum()
        x = sampled(flat, sample, tick).to(self.wide)
        self.shift = torch.nan_to_num(x[0], 0.0, 0.0, 0.0) if self.shift is None else self.shift
        finite = x.isfinite()
        _add_moments(self.moments, x, finite, self.shift)
        self.extremes[0] = torch.minimum(self.extremes[0], x.where(finite, math.inf).min())
        self.extremes[1] = torch.maximum(self.extremes[1], x.where(finite, -math.inf).max())
        self.counts[1] += (finite & ~_within(x, ranges)).sum()
        size = torch.bucketize(x.abs(), self.sizes, right=True)
        self.histogram.index_add_(0, CELLS // 2 + size.where(x > 0, -size), finite.long())
        if inner:
            z = flat.reshape(-1, len(self.shown), inner)
            for bit, met in ((FIRED, _within(z, ranges)), (ABOVE, z > 0), (BELOW, z < 0)):
                self.shown |= met.any(2).any(0).to(torch.uint8) * bit

    def left(self, flat: Tensor, sample: int, tick: int) -> None:
        """Add what left."""
        if flat.numel():
            y = sampled(flat, sample, tick).to(self.wide)
            self.out_shift = torch.nan_to_num(y[0], 0.0, 0.0, 0.0) if self.out_shift is None else self.out_shift
            _add_moments(self.out_moments, y, y.isfinite(), self.out_shift)
            self.counts[2] += (y == 0).sum()

    def gradient(self, flat: Tensor, which: int, sample: int, tick: int) -> None:
        """Add a gradient: 0 arrived, 1 left."""
        if flat.numel():
            g = sampled(flat, sample, tick).to(self.wide)
            finite = g.isfinite()
            self.gradients[which, 0] += finite.sum()
            self.gradients[which, 1] += g.where(finite, 0.0).square().sum()
            self.counts[3] += (~finite).sum()

    def collected(self) -> tuple[Rows, NDArray[np.uint8]]:
        """Wait for the device; return the row and what the units have shown."""
        row = statistics.blank(PLACE)
        row["passes"], row["elements"] = self.passes, self.elements
        row["nonfinite"], row["flat"], row["zeros"], row["gradient_nonfinite"] = self.counts.tolist()
        for prefix, moments, shift in (("", self.moments, self.shift), ("out_", self.out_moments, self.out_shift)):
            count, first, second = moments.tolist()
            if count and shift is not None:
                row[f"{prefix}count"] = count
                row[f"{prefix}mean"] = shift.item() + first / count
                row[f"{prefix}m2"] = max(0.0, second - first * first / count)
        row["low"], row["high"] = self.extremes.tolist()
        for prefix, (count, squares) in zip(("arriving", "leaving"), self.gradients.tolist(), strict=True):
            row[f"{prefix}_count"], row[f"{prefix}_squares"] = count, squares
        row["histogram"] = self.histogram.cpu().numpy()
        return row, self.shown.cpu().numpy()


def _within(x: Tensor, ranges: Ranges) -> Tensor:
    """Return where x lies in one of the ranges."""
    found = torch.zeros_like(x, dtype=torch.bool)
    for low, high in ranges:
        found |= (x >= low) & (x <= high)
    return found


def _add_moments(moments: Tensor, x: Tensor, finite: Tensor, shift: Tensor) -> None:
    """Add the count, the sum and the sum of squares of the finite numbers, taken from `shift` so that none cancels."""
    apart = (x - shift).where(finite, 0.0)
    moments += torch.stack([finite.sum().to(x.dtype), apart.sum(), apart.square().sum()])
