"""The sums of a place or a parameter where the numbers lie on another device, by torch's own operations.

Nothing here waits for the device: every sum stays there as a tensor until `collected` reads all of them at once. The
elements that are sampled are those that compiled code samples (kernels/observing.py, kernels/visiting.py). Moments are
taken about the first number that was seen, so that nothing cancels.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...kernels.sampling import BLOCK, FINE_BLOCK
from ...kernels.visiting import FEWEST
from . import statistics
from .layouts import blocks, runs
from .statistics import ABOVE, BELOW, CELLS, FIRED, PARAMETER, PLACE, Rows

Ranges = Sequence[tuple[float, float]]


def _wide(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64


def sampled(flat: Tensor, sample: int, tick: int, block: int = BLOCK) -> Tensor:
    """Return the sampled elements of a tensor whose elements lie side by side."""
    chosen = blocks(flat.numel(), sample, tick, block)
    if chosen is None:
        return flat
    first, distance, number = chosen
    return flat.as_strided((number, block), (distance, 1), flat.storage_offset() + first).reshape(-1)


class _Moments:
    """Count, sum and sum of squares of finite numbers, about the first of them."""

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(3, dtype=_wide(device), device=device)
        self.about: Tensor | None = None

    def add(self, x: Tensor, finite: Tensor) -> None:
        self.about = torch.nan_to_num(x[0], 0.0, 0.0, 0.0) if self.about is None else self.about
        gap = (x - self.about).where(finite, 0.0)
        self.sums += torch.stack([finite.sum().to(x.dtype), gap.sum(), gap.square().sum()])

    def write(self, row: Rows, prefix: str) -> None:
        count, first, second = self.sums.tolist()
        if count and self.about is not None:
            row[f"{prefix}count"], row[f"{prefix}mean"] = count, self.about.item() + first / count
            row[f"{prefix}m2"] = max(0.0, second - first * first / count)


class PlaceSums:
    """One row of a place, as tensors of a device; a tensor that is added has its elements side by side."""

    def __init__(self, device: torch.device, units: int, ranges: Ranges, sample: int) -> None:
        self.ranges, self.sample, self.wide = ranges, sample, _wide(device)
        self.passes = self.elements = 0
        self.inputs, self.outputs = _Moments(device), _Moments(device)
        self.gradients = torch.zeros(2, 2, dtype=self.wide, device=device)
        self.extremes = torch.tensor([math.inf, -math.inf], dtype=self.wide, device=device)
        self.counts = torch.zeros(4, dtype=torch.int64, device=device)
        """Of numbers that are not finite, flat ones, zeros that left, gradients that are not finite."""
        self.histogram = torch.zeros(CELLS, dtype=torch.int64, device=device)
        self.shown = torch.zeros(units, dtype=torch.uint8, device=device)
        edges = statistics.cell_edges()[statistics.SIZES + 1 :]
        self.sizes = torch.as_tensor(edges, dtype=self.wide, device=device)

    def arrived(self, flat: Tensor, inner: int, tick: int) -> None:
        """Add what arrived; `inner` elements of a unit lie side by side, 0 leaves the units alone."""
        self.passes += 1
        self.elements += flat.numel()
        if not flat.numel():
            return
        self.counts[0] += (~flat.isfinite()).sum()
        x = sampled(flat, self.sample, tick).to(self.wide)
        finite = x.isfinite()
        self.inputs.add(x, finite)
        self.extremes[0] = torch.minimum(self.extremes[0], x.where(finite, math.inf).min())
        self.extremes[1] = torch.maximum(self.extremes[1], x.where(finite, -math.inf).max())
        self.counts[1] += (finite & ~self._steep(x)).sum()
        size = torch.bucketize(x.abs(), self.sizes, right=True)
        self.histogram.index_add_(0, CELLS // 2 + size.where(x > 0, -size).where(finite, 0), finite.long())
        if inner:
            z = flat.reshape(-1, len(self.shown), inner)
            for bit, met in ((FIRED, self._steep(z)), (ABOVE, z > 0), (BELOW, z < 0)):
                self.shown |= met.any(2).any(0).to(torch.uint8) * bit

    def _steep(self, x: Tensor) -> Tensor:
        found = torch.zeros_like(x, dtype=torch.bool)
        wide = x.to(self.wide)
        for low, high in self.ranges:
            found |= (wide >= low) & (wide <= high)
        return found

    def left(self, flat: Tensor, tick: int) -> None:
        """Add what left."""
        if flat.numel():
            y = sampled(flat, self.sample, tick).to(self.wide)
            self.outputs.add(y, y.isfinite())
            self.counts[2] += (y == 0).sum()

    def gradient(self, which: int, flat: Tensor, tick: int) -> None:
        """Add a gradient: 0 arrived, 1 left."""
        if flat.numel():
            g = sampled(flat, self.sample, tick, FINE_BLOCK).to(self.wide)
            finite = g.isfinite()
            self.gradients[which, 0] += finite.sum()
            self.gradients[which, 1] += g.where(finite, 0.0).square().sum()
            self.counts[3] += (~finite).sum()

    def collected(self) -> tuple[Rows, NDArray[np.uint8]]:
        """Wait for the device; return the row and what the units have shown."""
        row = statistics.blank(PLACE)
        row["passes"], row["elements"] = self.passes, self.elements
        row["nonfinite"], row["flat"], row["zeros"], row["gradient_nonfinite"] = self.counts.tolist()
        self.inputs.write(row, "")
        self.outputs.write(row, "out_")
        row["low"], row["high"] = self.extremes.tolist()
        for prefix, (count, squares) in zip(("arriving", "leaving"), self.gradients.tolist(), strict=True):
            row[f"{prefix}_count"], row[f"{prefix}_squares"] = count, squares
        row["histogram"] = self.histogram.cpu().numpy()
        return row, self.shown.cpu().numpy()


class WeightSums:
    """One row of a parameter, as tensors of a device."""

    FIELDS = (
        *("gradient_count", "gradient_squares", "gradient_nonfinite", "weight_count", "weight_squares"),
        *("update_count", "update_squares", "rows", "one_signed"),
    )

    def __init__(self, device: torch.device) -> None:
        self.wide, self.visits = _wide(device), 0
        self.sums = torch.zeros(len(self.FIELDS), dtype=self.wide, device=device)
        self.where = (0, 0, 0, 0)
        self.kept: Tensor | None = None

    def before_step(self, weight: Tensor, gradient: Tensor | None, columns: int, tick: int) -> None:
        """Add a dense weight and its gradient, laid out alike, and keep some of the weight."""
        self.visits += 1
        self.where = runs(weight.numel(), columns, tick)
        self.kept = self._runs(weight)
        count, squares, _ = _squares(self.kept)
        self.sums[3:5] += torch.stack([count, squares])
        if gradient is None:
            return
        g = self._runs(gradient)
        above, below = (g.isfinite() & (g > 0)).sum(1), (g.isfinite() & (g < 0)).sum(1)
        signed = above + below
        enough = (signed >= FEWEST).to(self.wide)
        share = torch.maximum(above, below).to(self.wide) / signed.clamp(min=1)
        self.sums[:3] += torch.stack(_squares(g))
        self.sums[7:9] += torch.stack([enough.sum(), (share * enough).sum()])

    def after_step(self, weight: Tensor) -> None:
        """Add by how much the weight has moved."""
        if self.kept is not None:
            self.sums[5:7] += torch.stack(_squares(self._runs(weight) - self.kept)[:2])
        self.kept = None

    def _runs(self, x: Tensor) -> Tensor:
        first, distance, number, size = self.where
        x = x.detach()
        return x.as_strided((number, size), (distance, 1), x.storage_offset() + first).to(self.wide, copy=True)

    def collected(self) -> Rows:
        """Wait for the device; return the row."""
        row = statistics.blank(PARAMETER)
        row["visits"] = self.visits
        for name, value in zip(self.FIELDS, self.sums.tolist(), strict=True):
            row[name] = value
        return row


def _squares(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return how many numbers are finite, the sum of their squares, and how many are not."""
    finite = x.isfinite()
    count = finite.sum().to(x.dtype)
    return count, x.where(finite, 0.0).square().sum(), x.numel() - count
