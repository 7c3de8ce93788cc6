"""A function of one number on a tensor: the short way to the compiled kernels, and all of autograd."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from ..formula import Expr, Symbol, derivative
from ..kernels import sources
from ..kernels.compiler import Kernel, compiled
from ..kernels.settle import settled
from ..kernels.sources import Bound
from ..kernels.threads import OPENMP_FROM, run
from .operations import by_torch
from .tensors import DTYPES, beside, dense, like, ready, served

_Ready = tuple[Kernel, list[float]]


class Curve:
    """A formula of x with its slope and all parameters' values; it holds the kernels that it has needed so far."""

    __slots__ = ("_gradients", "_values", "bound", "formula", "slope")

    def __init__(self, formula: Expr, slope: Expr, bound: Bound) -> None:
        self.formula, self.slope, self.bound = formula, slope, bound
        self._values: dict[torch.dtype, _Ready] = {}
        self._gradients: dict[torch.dtype, _Ready] = {}

    def value(self, x: Tensor) -> Tensor:
        """Return f(x) of a dense tensor, by its kernel."""
        try:
            kernel, numbers = self._values[x.dtype]
        except KeyError:
            kernel, numbers = self._values[x.dtype] = self._ready("value", x)
        result = torch.empty_like(x)
        count = x.numel()
        if count < OPENMP_FROM:
            kernel.call(x.data_ptr(), result.data_ptr(), count, 1, 0, 1, 0, *numbers)
        else:
            run(kernel, (x.data_ptr(), result.data_ptr()), count, 1, numbers)
        return result

    def gradient(self, x: Tensor, grad: Tensor) -> Tensor:
        """Return grad * f'(x) of a dense tensor and a gradient in the same layout, by its kernel."""
        try:
            kernel, numbers = self._gradients[x.dtype]
        except KeyError:
            kernel, numbers = self._gradients[x.dtype] = self._ready("gradient", x)
        result = torch.empty_like(x)
        count = x.numel()
        if count < OPENMP_FROM:
            kernel.call(x.data_ptr(), grad.data_ptr(), result.data_ptr(), count, 1, 0, 1, 0, *numbers)
        else:
            run(kernel, (x.data_ptr(), grad.data_ptr(), result.data_ptr()), count, 1, numbers)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        # Machine code stays where it is; the formula makes it again.
        return curve, (self.formula, self.slope, self.bound)

    def _ready(self, kind: sources.Kind, x: Tensor) -> _Ready:
        kernel = compiled(sources.pointwise(self.formula, self.slope, kind, DTYPES[x.dtype], self.bound))
        return kernel, kernel.given(self.bound)


@lru_cache(maxsize=1024)
def curve(formula: Expr, slope: Expr, bound: Bound) -> Curve:
    """Return the curve of a formula and its slope."""
    return Curve(formula, slope, bound)


def slope_curve(of: Curve) -> Curve:
    """Return the curve of the slope."""
    return curve(of.slope, derivative(of.slope), of.bound)


def applied(of: Curve, x: Tensor) -> Tensor:
    """Return f(x), differentiable any number of times."""
    if served(x):
        if not (x.requires_grad and torch.is_grad_enabled()):
            return of.value(dense(x))
        return direct(x, of)
    result: Tensor = _Transformable.apply(x, of)  # type: ignore[no-untyped-call]
    return result


class _Direct(torch.autograd.Function):
    """f by its kernels, without torch.func: what that needs costs a call on a small tensor more than the work."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, of: Curve) -> Tensor:
        ctx.save_for_backward(x)
        ctx.of = of
        return of.value(x if x.is_contiguous() and not x.is_neg() else dense(x))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return _gradient(ctx.of, x, grad), None


# Function.apply itself first looks for torch.func's transforms; whoever comes here has done that.
_apply_direct = super(torch.autograd.Function, _Direct).apply


def direct(x: Tensor, of: Curve) -> Tensor:
    """Return f(x) of a tensor that compiled code serves and that requires a gradient."""
    result: Tensor = _apply_direct(x, of)  # type: ignore[no-untyped-call]
    return result


def _gradient(of: Curve, x: Tensor, grad: Tensor) -> Tensor:
    if torch.is_grad_enabled():
        return grad * applied(slope_curve(of), x)
    if ready(x) and beside(x, grad):
        return of.gradient(x, grad)
    if served(x) and served(grad):
        whole = dense(x)
        return of.gradient(whole, like(whole, grad))
    return by_torch(Symbol("g") * settled(of.slope, of.bound), x, of.bound, g=grad)


class _Transformable(torch.autograd.Function):
    """f by PyTorch's operations with our slope, for torch.func, forward-mode derivatives and other devices."""

    @staticmethod
    def forward(x: Tensor, of: Curve) -> Tensor:
        return of.value(dense(x)) if served(x) else by_torch(settled(of.formula, of.bound), x, of.bound)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004
        x, ctx.of = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return _gradient(ctx.of, x, grad), None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        return tangent * applied(slope_curve(ctx.of), *ctx.saved_tensors)

    @staticmethod
    def vmap(_: Any, batched: tuple[int | None, ...], x: Tensor, of: Curve) -> tuple[Tensor, int | None]:
        return applied(of, x), batched[0]
