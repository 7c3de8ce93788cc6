"""Activations under torch.compile: the compiler is shown the steps of a formula, not the code that finds them.

Loaded only while compiling, because `assume_constant_result` loads the compiler, which takes a second.
"""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import Activation, get
from ..formula import Const, Symbol, derivative, fold
from ..kernels.settle import settled
from ..kernels.sources import Bound
from .operations import table_for

Step = tuple[str | None, Any]
"""A primitive and the places of its arguments among the steps; or None and a number; or None and None, which is x."""


def apply(activation: str | Activation, x: Tensor, dim: int, parameters: Bound) -> Tensor:
    """Return f(x) by PyTorch's operations, which the compiler can fuse; differentiable by the formula's own slope."""
    if _is_rowwise(activation):
        return _followed(steps(activation, 0, parameters), x.movedim(dim, -1)).movedim(-1, dim)
    return derived(activation, 0, x, parameters)


def derived(activation: str | Activation, order: int, x: Tensor, parameters: Bound) -> Tensor:
    """Return the derivative of that order, differentiable in its turn; order 0 is the activation itself."""
    result: Tensor = _Derived.apply(x, activation, order, parameters)  # type: ignore[no-untyped-call]
    return result


class _Derived(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: str | Activation, order: int, parameters: Bound) -> Tensor:
        ctx.save_for_backward(x)
        ctx.activation, ctx.order, ctx.parameters = activation, order, parameters
        return _followed(steps(activation, order, parameters), x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        (x,) = ctx.saved_tensors
        return grad * derived(ctx.activation, ctx.order + 1, x, ctx.parameters), None, None, None


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _is_rowwise(activation: str | Activation) -> bool:
    return get(activation).rowwise


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def steps(activation: str | Activation, order: int, parameters: Bound) -> tuple[Step, ...]:
    """Return how to compute the derivative of that order, one primitive after another."""
    activation = get(activation)
    bound = tuple(activation.bind(**dict(parameters)).items())
    expr = activation.formula
    for k in range(order):
        expr = derivative(expr) if k else activation.slope_formula
    found: list[Step] = []

    def add(step: Step) -> int:
        found.append(step)
        return len(found) - 1

    def leaf(node: Const | Symbol) -> int:
        return add((None, node.value if isinstance(node, Const) else dict(bound).get(node.name)))

    fold(expr if activation.rowwise else settled(expr, bound), leaf, lambda op, places: add((op, tuple(places))))
    return tuple(found)


def _followed(formula: tuple[Step, ...], x: Tensor) -> Tensor:
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    table = table_for(wide.dtype)
    results: list[Any] = []
    for primitive, places in formula:
        if primitive is None:
            results.append(wide if places is None else places)
        else:
            results.append(table[primitive](*[results[place] for place in places]))
    result = results[-1]
    if not isinstance(result, Tensor):
        return torch.full_like(x, result)
    return result.clone() if result is x else result.to(x.dtype)
