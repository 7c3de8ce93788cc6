"""Activations on torch tensors, with autograd: the compiled kernels where they apply, PyTorch's operations elsewhere.

A dense float32 or float64 tensor on the CPU goes to the kernels. Everything else (another device, half precision,
torch.compile, forward-mode derivatives) is computed from the same formula by PyTorch's own operations. The slope is
our formula there too: autograd through `where` would compute 0 * inf, and s*(1 - s) of a saturated sigmoid is 0.
"""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import Activation, get
from ..errors import ArrayTypeError, ParameterError
from ..formula import Expr, Symbol, derivative
from ..kernels import sources
from ..kernels.memory import Dtype
from ..kernels.compiler import compiled
from ..kernels.rows import row_gradient
from ..kernels.settle import settled
from ..kernels.sources import Bound
from ..kernels.threads import run
from .operations import by_torch

_DTYPES: dict[torch.dtype, Dtype] = {torch.float32: "float32", torch.float64: "float64"}


def apply(activation: str | Activation, x: Tensor, *, dim: int = -1, **parameters: Any) -> Tensor:
    """Return f(x), shape, dtype and device as `x`; differentiable any number of times.

    `dim` is the axis of a row-wise activation such as softmax. Raises ArrayTypeError for tensors that are not of real
    floating-point numbers and ParameterError for a parameter out of bounds; never for a value.

    >>> x = torch.tensor([-1.0, 2.0], requires_grad=True)
    >>> y = apply("relu", x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """
    _refuse_other_numbers(activation, x)
    if torch.compiler.is_compiling():
        from . import compiling

        return compiling.apply(activation, x, dim, tuple(parameters.items()))
    activation = get(activation)
    bound = _bound(activation, parameters)
    if activation.rowwise:
        return _rowwise(activation, x, dim, bound)
    return _pointwise(x, activation.formula, activation.slope_formula, bound)


def slope(activation: str | Activation, x: Tensor, **parameters: float) -> Tensor:
    """Return f'(x), shape, dtype and device as `x`; differentiable like f itself.

    >>> slope("tanh", torch.zeros(2)).tolist()
    [1.0, 1.0]
    """
    _refuse_other_numbers(activation, x)
    if torch.compiler.is_compiling():
        from . import compiling

        return compiling.derived(activation, 1, x, tuple(parameters.items()))
    activation = get(activation)
    bound = _bound(activation, parameters)
    if activation.rowwise:
        raise ArrayTypeError(f"{activation.name} has no slope of one number: its derivative is a matrix")
    return _pointwise(x, activation.slope_formula, derivative(activation.slope_formula), bound)


class _Pointwise(torch.autograd.Function):
    """A formula of one number and its slope; backward of backward takes the slope's own formula, and so on."""

    @staticmethod
    def forward(x: Tensor, formula: Expr, slope: Expr, bound: Bound) -> Tensor:
        if _compiled_code_serves(x):
            return _kernel(formula, slope, "value", bound, x)
        return by_torch(settled(formula, bound), x, bound)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004
        x, ctx.formula, ctx.slope, ctx.bound = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, None, None, None]:
        (x,) = ctx.saved_tensors
        if torch.is_grad_enabled():
            gradient = grad * _slope_of(ctx, x)
        elif _compiled_code_serves(x) and _compiled_code_serves(grad):
            gradient = _kernel(ctx.formula, ctx.slope, "gradient", ctx.bound, x, grad)
        else:
            gradient = by_torch(Symbol("g") * settled(ctx.slope, ctx.bound), x, ctx.bound, g=grad)
        return gradient, None, None, None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        return tangent * _slope_of(ctx, *ctx.saved_tensors)

    @staticmethod
    def vmap(_: Any, batched: tuple[int | None, ...], x: Tensor, *rest: Any) -> tuple[Tensor, int | None]:
        return _pointwise(x, *rest), batched[0]


def _slope_of(ctx: Any, x: Tensor) -> Tensor:
    return _pointwise(x, ctx.slope, derivative(ctx.slope), ctx.bound)


def _pointwise(x: Tensor, formula: Expr, slope: Expr, bound: Bound) -> Tensor:
    if not (x.requires_grad and torch.is_grad_enabled()) and _compiled_code_serves(x):
        return _kernel(formula, slope, "value", bound, x)
    result: Tensor = _Pointwise.apply(x, formula, slope, bound)  # type: ignore[no-untyped-call]
    return result


class _Rowwise(torch.autograd.Function):
    """A row-wise formula on a contiguous tensor whose rows are the last axis; PyTorch differentiates its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Activation, bound: Bound) -> Tensor:
        ctx.save_for_backward(x)
        ctx.activation, ctx.bound = activation, bound
        return _row_kernel(activation, "value", bound, x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        if torch.is_grad_enabled() or not _compiled_code_serves(grad):
            return by_torch(row_gradient(ctx.activation.formula), x, ctx.bound, g=grad), None, None
        return _row_kernel(ctx.activation, "gradient", ctx.bound, x, grad.resolve_neg().contiguous()), None, None


def _refuse_other_numbers(activation: str | Activation, x: Tensor) -> None:
    if not x.dtype.is_floating_point:
        name = activation if isinstance(activation, str) else activation.name
        remedy = "pass x.real or x.abs()" if x.dtype.is_complex else "call x.float() first"
        raise ArrayTypeError(
            f"{name} is defined on real floating-point numbers, but got a tensor of {x.dtype}; {remedy}"
        )


def _bound(activation: Activation, parameters: dict[str, Any]) -> Bound:
    for name, value in parameters.items():
        if isinstance(value, Tensor):
            raise ParameterError(f"{activation.name}: `{name}` must be a number, but got a tensor; pass {name}.item()")
    return tuple(activation.bind(**parameters).items())


def _compiled_code_serves(x: Tensor) -> bool:
    return (
        x.dtype in _DTYPES
        and x.device.type == "cpu"
        and x.layout == torch.strided
        and type(x) in (Tensor, torch.nn.Parameter)
        and not _transformed(x)
    )


def _transformed(x: Tensor) -> bool:
    """Return whether `x` runs under torch.func or carries a forward-mode tangent, which raw memory does not show."""
    return torch._C._functorch.is_functorch_wrapped_tensor(x) or torch.autograd.forward_ad._current_level >= 0


def _dense(x: Tensor) -> Tensor:
    """Return `x` with its elements in one gapless piece of memory; a transposed tensor is one already."""
    x = x.resolve_neg()  # the memory of a negative view holds -x
    return x if x.is_contiguous() or torch.ops.aten.is_non_overlapping_and_dense(x) else x.contiguous()


def _kernel(
    formula: Expr, slope: Expr, kind: sources.Kind, bound: Bound, x: Tensor, grad: Tensor | None = None
) -> Tensor:
    x = _dense(x)
    result = torch.empty_like(x)
    arrays = [x]
    if grad is not None:
        # A gradient can be expanded (stride 0) or laid out otherwise: it is brought to the layout of x.
        arrays.append(grad.resolve_neg() if grad.stride() == x.stride() else torch.empty_like(x).copy_(grad))
    kernel = compiled(sources.pointwise(formula, slope, kind, _DTYPES[x.dtype], bound))
    if x.numel():
        run(kernel, [a.data_ptr() for a in (*arrays, result)], x.numel(), 1, kernel.given(bound))
    return result


def _rowwise(activation: Activation, x: Tensor, dim: int, bound: Bound) -> Tensor:
    if x.dim() == 0 or not -x.dim() <= dim < x.dim():
        raise ArrayTypeError(f"{activation.name}: axis {dim} does not exist in a tensor of {x.dim()} dimensions")
    moved = x.movedim(dim, -1)
    if _compiled_code_serves(x):
        result: Tensor = _Rowwise.apply(moved.resolve_neg().contiguous(), activation, bound)  # type: ignore[no-untyped-call]
    else:
        result = by_torch(activation.formula, moved, bound)
    return result.movedim(-1, dim)


def _row_kernel(
    activation: Activation, kind: sources.Kind, bound: Bound, x: Tensor, grad: Tensor | None = None
) -> Tensor:
    result = torch.empty_like(x)
    kernel = compiled(sources.source(activation, kind, _DTYPES[x.dtype], bound))
    arrays = [x, result] if grad is None else [x, grad, result]
    if x.numel():
        columns = x.shape[-1]
        run(kernel, [a.data_ptr() for a in arrays], x.numel() // columns, columns, kernel.given(bound))
    return result
