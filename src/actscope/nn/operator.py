"""`torch.ops.actscope.pointwise`: an activation of the catalogue as an operation that PyTorch's compiler knows.

It takes the tensor, the name of the activation, the order of the derivative, and the values of all parameters.
"""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import Activation, get
from ..formula import Expr, derivative
from .curves import Curve, applied, curve
from .tensors import dense, served


def _curve(name: str, order: int, values: list[float]) -> Curve:
    activation = get(name)
    bound = tuple(zip((parameter.name for parameter in activation.parameters), values, strict=True))
    return curve(_differentiated(activation, order), _differentiated(activation, order + 1), bound)


def _differentiated(activation: Activation, order: int) -> Expr:
    expr = activation.formula
    for k in range(order):
        expr = derivative(expr) if k else activation.slope_formula
    return expr


@torch.library.custom_op("actscope::pointwise", mutates_args=())
def pointwise(x: Tensor, activation: str, order: int, parameters: list[float]) -> Tensor:
    """Return the derivative of that order at each element; order 0 is the activation itself."""
    of = _curve(activation, order, parameters)
    return of.value(dense(x)) if served(x) else applied(of, x)


@pointwise.register_fake
def _shape(x: Tensor, activation: str, order: int, parameters: list[float]) -> Tensor:  # noqa: ARG001
    return torch.empty_like(x)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG001
    x, ctx.activation, ctx.order, ctx.parameters = inputs
    ctx.save_for_backward(x)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
    (x,) = ctx.saved_tensors
    return grad * pointwise(x, ctx.activation, ctx.order + 1, ctx.parameters), None, None, None


pointwise.register_autograd(_backward, setup_context=_setup)


@pointwise.register_vmap
def _batched(
    info: Any,  # noqa: ARG001
    batched: tuple[int | None, ...],
    x: Tensor,
    activation: str,
    order: int,
    parameters: list[float],
) -> tuple[Tensor, int | None]:
    return pointwise(x, activation, order, parameters), batched[0]
