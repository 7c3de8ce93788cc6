"""Activations of whole rows on tensors: softmax and its kin, and maxout, which keeps one number of each group."""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import Activation
from ..errors import ArrayTypeError
from ..formula import Expr
from ..kernels import sources
from ..kernels.compiler import kernel_for
from ..kernels.rows import largest_values, renamed, row_gradient
from ..kernels.sources import Bound
from ..kernels.threads import run
from .arguments import refuse_axis
from .operations import by_torch
from .tensors import DTYPES, served


def apply(activation: Activation, x: Tensor, dim: int, bound: Bound) -> Tensor:
    """Return a row-wise activation along the axis `dim`; a pooled one keeps a number of each group of inputs."""
    refuse_axis(activation, x, dim)
    last = dim in (-1, x.dim() - 1)
    rows = x if last else x.movedim(dim, -1)
    if activation.pooled:
        rows = groups(activation, rows, bound)
    if served(rows):
        rows = rows.resolve_neg().contiguous()
        if rows.requires_grad and torch.is_grad_enabled():
            result: Tensor = _Rows.apply(rows, activation, bound)  # type: ignore[no-untyped-call]
        else:
            result = _by_kernel(activation, "value", bound, rows)
    else:
        # A pooled formula has the same number for the whole row.
        result = _by_operations(activation.formula, rows, bound)
        result = result[..., :1] if activation.pooled else result
    if activation.pooled:
        result = result.squeeze(-1)
    return result if last else result.movedim(-1, dim)


def groups(activation: Activation, rows: Tensor, bound: Bound) -> Tensor:
    """Return the last axis as groups of the inputs that compete; ArrayTypeError if they do not come out even."""
    size = rows.shape[-1]
    length = int(dict(bound).get(activation.row_length or "", max(size, 1)))
    if size % length:
        raise ArrayTypeError(
            f"{activation.name} takes groups of {length} along its axis, but that has {size}; "
            f"pass a multiple, or another number of `{activation.row_length}`"
        )
    return rows.reshape(*rows.shape[:-1], size // length, length)


class _Rows(torch.autograd.Function):
    """A row-wise formula on a contiguous tensor whose rows are the last axis; PyTorch differentiates its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Activation, bound: Bound) -> Tensor:
        result = _by_kernel(activation, "value", bound, x)
        # The gradient comes from the output where that is shorter, and a second derivative always from the input.
        by_output = sources.gradient_by_output(activation, DTYPES[x.dtype]) is not None
        ctx.save_for_backward(x, result if by_output else x)
        ctx.activation, ctx.bound = activation, bound
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        x, seen = ctx.saved_tensors
        if torch.is_grad_enabled() or not served(grad):
            return _by_operations(row_gradient(ctx.activation.formula), x, ctx.bound, g=grad), None, None
        return _by_kernel(ctx.activation, "gradient", ctx.bound, seen, grad.resolve_neg().contiguous()), None, None


def _by_operations(formula: Expr, rows: Tensor, bound: Bound, **others: Tensor) -> Tensor:
    """Return a formula of rows by PyTorch's operations; inputs act through the largest values that matter."""
    # By itself `row_max` is a constant for autograd, since it mostly keeps exponentials small.
    names = largest_values(formula)
    for node, symbol in names.items():
        inside = by_torch(renamed(node.args[0], names), rows, bound, **others)
        others[symbol.name] = inside.amax(-1, keepdim=True)
    return by_torch(renamed(formula, names), rows, bound, **others)


def _by_kernel(
    activation: Activation, kind: sources.Kind, bound: Bound, x: Tensor, grad: Tensor | None = None
) -> Tensor:
    pooled = activation.pooled and kind == "value"
    result = x.new_empty((*x.shape[:-1], 1)) if pooled else torch.empty_like(x)
    kernel = kernel_for(activation, kind, DTYPES[x.dtype], bound)
    arrays = [x, result] if grad is None else [x, grad, result]
    if x.numel():
        # A gradient may be a formula of each element alone, as of x plus a sum that cancels.
        rows = sources.source(activation, kind, DTYPES[x.dtype], bound)
        columns = x.shape[-1] if rows.rowwise or rows.across else 1
        run(kernel, [a.data_ptr() for a in arrays], x.numel() // columns, columns, kernel.given(bound))
    return result
