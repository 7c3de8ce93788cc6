"""Activations on torch tensors, with autograd: the compiled kernels where they apply, PyTorch's operations elsewhere.

A dense float32 or float64 tensor on the CPU goes to the kernels. Everything else (another device, half precision,
torch.compile, torch.func transforms) is computed from the same formula by PyTorch's own operations.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..catalogue import Activation, get
from ..errors import ArrayTypeError, ParameterError
from ..formula import Expr, derivative, evaluate
from ..kernels import sources
from ..kernels.codegen import Dtype
from ..kernels.compiler import compiled
from ..kernels.settle import settled
from ..kernels.threads import run

Bound = tuple[tuple[str, float], ...]

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
    activation = get(activation)
    bound = _bound(activation, x, parameters)
    if activation.rowwise:
        return _rowwise(activation, x, dim, bound)
    if _compiled_code_serves(x):
        return _pointwise(x, activation.formula, activation.slope_formula, bound)
    return _by_torch(settled(activation.formula, bound), x, bound)


def slope(activation: str | Activation, x: Tensor, **parameters: float) -> Tensor:
    """Return f'(x), shape, dtype and device as `x`; differentiable like f itself.

    >>> slope("tanh", torch.zeros(2)).tolist()
    [1.0, 1.0]
    """
    activation = get(activation)
    bound = _bound(activation, x, parameters)
    if activation.rowwise:
        raise ArrayTypeError(f"{activation.name} has no slope of one number: its derivative is a matrix")
    if _compiled_code_serves(x):
        return _pointwise(x, activation.slope_formula, derivative(activation.slope_formula), bound)
    return _by_torch(settled(activation.slope_formula, bound), x, bound)


class _Pointwise(torch.autograd.Function):
    """A formula of one number and its slope; backward of backward takes the slope's own formula, and so on."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, formula: Expr, slope: Expr, bound: Bound) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope, ctx.formula, ctx.bound = slope, formula, bound
        return _kernel(formula, slope, "value", bound, x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, None, None, None]:
        (x,) = ctx.saved_tensors
        if torch.is_grad_enabled() or not _compiled_code_serves(grad):
            return grad * _pointwise(x, ctx.slope, derivative(ctx.slope), ctx.bound), None, None, None
        return _kernel(ctx.formula, ctx.slope, "gradient", ctx.bound, x, grad), None, None, None


def _pointwise(x: Tensor, formula: Expr, slope: Expr, bound: Bound) -> Tensor:
    result: Tensor = _Pointwise.apply(x, formula, slope, bound)  # type: ignore[no-untyped-call]
    return result


class _Rowwise(torch.autograd.Function):
    """A row-wise formula on a contiguous tensor whose rows are the last axis; differentiable once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Activation, bound: Bound) -> Tensor:
        ctx.save_for_backward(x)
        ctx.activation, ctx.bound = activation, bound
        return _row_kernel(activation, "value", bound, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return _row_kernel(ctx.activation, "gradient", ctx.bound, x, grad.contiguous()), None, None


def _bound(activation: Activation, x: Tensor, parameters: dict[str, Any]) -> Bound:
    if not x.dtype.is_floating_point:
        raise ArrayTypeError(
            f"{activation.name} is defined on real floating-point numbers, but got a tensor of {x.dtype}; call x.float() first"
        )
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
        and not torch.compiler.is_compiling()
        and not _transformed(x)
    )


def _transformed(x: Tensor) -> bool:
    """Return whether `x` runs under torch.func or carries a forward-mode tangent, which raw memory does not show."""
    return torch._C._functorch.is_functorch_wrapped_tensor(x) or torch.autograd.forward_ad._current_level >= 0


def _dense(x: Tensor) -> Tensor:
    """Return `x` with its elements in one gapless piece of memory; a transposed or channels-last tensor is one already."""
    return x if x.is_contiguous() or torch.ops.aten.is_non_overlapping_and_dense(x) else x.contiguous()


def _kernel(formula: Expr, slope: Expr, kind: sources.Kind, bound: Bound, x: Tensor, grad: Tensor | None = None) -> Tensor:
    x = _dense(x)
    result = torch.empty_like(x)
    arrays = [x]
    if grad is not None:
        # A gradient can be expanded (stride 0) or laid out otherwise: it is brought to the layout of x.
        arrays.append(grad if grad.stride() == x.stride() else torch.empty_like(x).copy_(grad))
    kernel = compiled(sources.pointwise(formula, slope, kind, _DTYPES[x.dtype], bound))
    if x.numel():
        run(kernel, [a.data_ptr() for a in (*arrays, result)], x.numel(), 1, [value for _, value in bound])
    return result


def _rowwise(activation: Activation, x: Tensor, dim: int, bound: Bound) -> Tensor:
    if x.dim() == 0 or not -x.dim() <= dim < x.dim():
        raise ArrayTypeError(f"{activation.name}: axis {dim} does not exist in a tensor of {x.dim()} dimensions")
    moved = x.movedim(dim, -1)
    if _compiled_code_serves(x):
        result: Tensor = _Rowwise.apply(moved.contiguous(), activation, bound)  # type: ignore[no-untyped-call]
    else:
        result = _by_torch(activation.formula, moved, bound)
    return result.movedim(-1, dim)


def _row_kernel(activation: Activation, kind: sources.Kind, bound: Bound, x: Tensor, grad: Tensor | None = None) -> Tensor:
    result = torch.empty_like(x)
    kernel = compiled(sources.source(activation, kind, _DTYPES[x.dtype], bound))
    arrays = [x, result] if grad is None else [x, grad, result]
    if x.numel():
        columns = x.shape[-1]
        run(kernel, [a.data_ptr() for a in arrays], x.numel() // columns, columns, [value for _, value in bound])
    return result


def _by_torch(expr: Expr, x: Tensor, bound: Bound) -> Tensor:
    """Return `expr` by PyTorch's operations; half precision is computed in float32 and rounded once."""
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    result = evaluate(expr, TORCH, x=wide, **dict(bound))
    if not isinstance(result, Tensor):
        result = torch.full_like(wide, result)
    return result.to(x.dtype)


def _sech2(u: Tensor) -> Tensor:
    e = torch.exp(-2 * torch.abs(u))
    return 4 * e / (1 + e) ** 2


def _where(condition: Any, a: Any, b: Any) -> Any:
    return torch.where(condition, a, b) if isinstance(condition, Tensor) else a if condition else b


TORCH: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda u: -u,
    "pow": lambda u, n: u ** int(n),
    "abs": abs,
    "greater": lambda a, b: a > b,
    "isnan": torch.isnan,
    "where": _where,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "sech2": _sech2,
    "softplus": lambda u: torch.clamp(u, min=0) + torch.log1p(torch.exp(-torch.abs(u))),
    "normal_cdf": torch.special.ndtr,
    "normal_pdf": lambda u: torch.exp(-0.5 * u * u) / (2 * torch.pi) ** 0.5,
    "cos": torch.cos,
    "sin": torch.sin,
    "row_sum": lambda u: u.sum(-1, keepdim=True),
    "row_max": lambda u: u.amax(-1, keepdim=True).detach(),
}
"""Each primitive by PyTorch's operations; complete, as a test makes sure."""
