"""Which tensors the compiled kernels serve, and how their numbers lie in memory."""

from typing import Any

import torch
from torch import Tensor

from ..kernels.memory import Dtype

DTYPES: dict[torch.dtype, Dtype] = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
}
_PLAIN: frozenset[Any] = frozenset({Tensor, torch.nn.Parameter})
_STRIDED = torch.strided
_forward_ad = torch.autograd.forward_ad
_transforms_are_active = torch._C._are_functorch_transforms_active
_modes = torch._C._len_torch_dispatch_stack
_is_tracing = torch._C._is_tracing
_is_batched = torch._C._functorch.is_legacy_batchedtensor


def watched() -> bool:
    """Return whether something follows or changes what PyTorch does here, so that raw memory does not show all of it.

    That is torch.func, forward-mode derivatives, a mode such as FakeTensorMode, make_fx or the counting of operations,
    and torch.jit.trace.
    """
    return _transforms_are_active() or _forward_ad._current_level >= 0 or _modes() > 0 or _is_tracing()


def served(x: Tensor) -> bool:
    """Return whether compiled code may read the numbers of `x` where they lie."""
    return (
        x.__class__ in _PLAIN
        and x.is_cpu
        and x.layout is _STRIDED
        and x.dtype in DTYPES
        and not watched()
        # A batch of gradients, and a tensor of nothing but zeros, have no memory.
        and not _is_batched(x)
        and not x._is_zerotensor()
    )


def ready(x: Tensor) -> bool:
    """Return whether compiled code may read `x` as it is: served, without gaps, and not a negative view."""
    # The conditions of `served`, written out: this stands in the way of every call on a small tensor.
    return (
        x.__class__ in _PLAIN
        and x.is_cpu
        and x.layout is _STRIDED
        and x.is_contiguous()
        and x.dtype in DTYPES
        and not x.is_neg()
        and not _transforms_are_active()
        and _forward_ad._current_level < 0
        and not _modes()
        and not _is_tracing()
    )


def beside(x: Tensor, other: Tensor) -> bool:
    """Return whether a gradient, or another input, lies as `x` does, which is ready: one loop may go over both."""
    return (
        other.__class__ in _PLAIN
        and other.dtype is x.dtype
        and other.is_cpu
        and other.layout is _STRIDED
        and other.is_contiguous()
        and not other.is_neg()
        and not _is_batched(other)
    )


def dense(x: Tensor) -> Tensor:
    """Return `x` with its elements in one gapless piece of memory; a transposed tensor is one already."""
    x = x.resolve_neg()  # the memory of a negative view holds -x
    return x if x.is_contiguous() or torch.ops.aten.is_non_overlapping_and_dense(x) else x.contiguous()


def like(x: Tensor, other: Tensor) -> Tensor:
    """Return `other` in the dtype and memory layout of `x`: a gradient can be expanded (stride 0)."""
    if other.stride() == x.stride() and other.dtype == x.dtype:
        return other.resolve_neg()
    return torch.empty_like(x).copy_(other)
