"""Whether a module of a user's own is one function of x, and where its slope is small: tried on a copy of it."""

import copy
import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..bound import EPS
from ..slopes import Ranges, ranges

_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number, known by its values."""

    fires: Ranges | None
    """None where its slope cannot be had."""


def curve_of(module: nn.Module, like: Tensor) -> Curve | None:
    """Return the curve of a module that bends each number by itself, as x*sigmoid(x) does; None for others.

    A copy of the module runs on numbers from -8 to 8 in one order and in another; the random state, the module and its
    modes stay as they are.

    >>> class Swish(nn.Module):
    ...     def forward(self, x):
    ...         return x * torch.sigmoid(x)
    >>> [tuple(round(end, 1) for end in ends) for ends in curve_of(Swish(), torch.zeros(4, 3)).fires]
    [(-6.3, -1.3), (-1.2, inf)]
    >>> curve_of(nn.Softmax(dim=-1), torch.zeros(4, 3)) is None
    True
    """
    try:
        bare = copy.copy(module)
        # Hooks hold whoever attached them, which is no part of the function.
        bare._forward_hooks, bare._forward_pre_hooks = OrderedDict(), OrderedDict()
        twin = copy.deepcopy(bare).eval()
    except Exception:  # noqa: BLE001  (whatever a user's class does when it is copied: it is then no place of its own)
        return None
    width = max(like.shape[-1] if like.dim() else 1, 1)
    count = -(-512 // width) * width
    shape = (count // width, *(1 for _ in like.shape[1:-1]), width) if like.dim() > 1 else (count,)
    x = torch.linspace(-8, 8, count, device=like.device, dtype=torch.float32)
    # Neighbours part, so that what a softmax does within a row shows.
    order = (torch.arange(count, device=like.device) * _coprime_to(count)) % count

    def values(points: Tensor) -> Tensor | None:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            try:
                found = twin(points.to(like.dtype).reshape(shape))
            except Exception:  # noqa: BLE001  (a module that needs other shapes is no function of one number)
                return None
        good = isinstance(found, Tensor) and found.shape == shape
        return found.reshape(-1).float() if good else None

    one, other = values(x.clone()), values(x[order].clone())
    if one is None or other is None or not torch.allclose(one[order], other, _TOLERANCE, _TOLERANCE, equal_nan=True):
        return None
    if _is_straight(x, one, torch.finfo(like.dtype).eps):
        return None
    return Curve(_fires(twin, like))


def _is_straight(x: Tensor, y: Tensor, eps: float) -> bool:
    """Return whether a function is a constant, a shift or a scale, which bends nothing."""
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    return bool(((y - line).abs() <= 4 * eps * y.abs().max()).all())


def _coprime_to(count: int) -> int:
    return next(step for step in range(round(0.618 * count), 2 * count) if math.gcd(step, count) == 1)


def _fires(twin: nn.Module, like: Tensor) -> Ranges | None:
    width = max(like.shape[-1] if like.dim() else 1, 1)

    def slope(points: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = -(-len(points) // width)
        padded = np.zeros(rows * width)
        padded[: len(points)] = points
        shape = (rows, *(1 for _ in like.shape[1:-1]), width) if like.dim() > 1 else (rows * width,)
        # What checkpointing does with saved tensors is not for these.
        kept = torch.autograd.graph.saved_tensors_hooks(lambda saved: saved, lambda saved: saved)
        with torch.enable_grad(), torch.random.fork_rng(devices=[]), kept:
            x = torch.tensor(padded, device=like.device).reshape(shape).requires_grad_()
            found = torch.autograd.grad(twin(x * 1.0).sum(), x)[0]
        slopes: NDArray[np.float64] = found.reshape(-1)[: len(points)].double().cpu().numpy()
        return slopes

    try:
        twin = twin.double()
        found = ranges(slope, EPS)
    except Exception:  # noqa: BLE001  (a function that has no gradient, or only in float32)
        return None
    return found
