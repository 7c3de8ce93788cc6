"""A formula of several tensors: gated activations, learnable or tensor-valued parameters, a bias that is added first.

The first tensor gives the shape; the others broadcast to it. Each has its partial derivative by its own formula.
"""

import math
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import torch
from torch import Tensor

from ..formula import Expr, Symbol, derivative
from ..kernels import sources
from ..kernels.compiler import compiled
from ..kernels.settle import Spans, settled_for_all
from ..kernels.sources import Bound
from ..kernels.threads import run
from .operations import by_torch
from .tensors import DTYPES, served

G = Symbol("g")


@dataclass(frozen=True, slots=True)
class Joint:
    """A formula, the symbols that tensors stand for, the values of the others, and the slopes that are declared."""

    formula: Expr
    symbols: tuple[str, ...]
    bound: Bound
    spans: Spans
    """The smallest and largest value of each tensor that is a parameter: they tell the limits at infinite data."""
    declared: tuple[tuple[str, Expr], ...] = ()

    def partial(self, symbol: str) -> "Joint":
        """Return the derivative with respect to one of the tensors."""
        return _partial(self, symbol)

    def settled(self, expr: Expr) -> Expr:
        """Return `expr` with its limits put in where data are infinite, if they are the same for all parameters."""
        data = tuple(symbol for symbol in self.symbols if all(symbol != name for name, _, _ in self.spans))
        return settled_for_all(expr, data, self.bound, self.spans)


@lru_cache(maxsize=512)
def _partial(of: Joint, symbol: str) -> Joint:
    known = dict(of.declared)
    formula = known[symbol] if symbol in known else derivative(of.formula, symbol)
    return Joint(formula, of.symbols, of.bound, of.spans)


def applied(of: Joint, *tensors: Tensor) -> Tensor:
    """Return the formula at the tensors, in the shape of the first; differentiable any number of times."""
    result: Tensor = _Joint.apply(of, *tensors)  # type: ignore[no-untyped-call]
    return result


class _Joint(torch.autograd.Function):
    """By the kernels where they serve all tensors, by PyTorch's operations elsewhere; ours are the derivatives."""

    generate_vmap_rule = True

    @staticmethod
    def forward(of: Joint, *tensors: Tensor) -> Tensor:
        return _computed(of, (of.settled(of.formula),), tensors)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004
        ctx.of, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        tensors = ctx.saved_tensors
        wanted = [k for k, needed in enumerate(ctx.needs_input_grad[1:]) if needed]
        partials = [ctx.of.partial(ctx.of.symbols[k]) for k in wanted]
        if torch.is_grad_enabled():
            whole = [grad * applied(partial, *tensors) for partial in partials]
        else:
            formulas = tuple(G * ctx.of.settled(partial.formula) for partial in partials)
            whole = _computed(ctx.of, formulas, tensors, grad)
        found: list[Tensor | None] = [None] * len(tensors)
        for k, gradient in zip(wanted, whole, strict=True):
            found[k] = _reduced(gradient, tensors[k])
        return None, *found

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Tensor | None) -> Tensor:
        tensors = ctx.saved_tensors
        terms: list[Tensor] = [
            tangent * applied(ctx.of.partial(symbol), *tensors)
            for symbol, tangent in zip(ctx.of.symbols, tangents, strict=True)
            if tangent is not None
        ]
        return reduce(torch.add, terms)


def _reduced(gradient: Tensor, to: Tensor) -> Tensor:
    """Return the gradient summed over the axes along which its tensor was repeated, in float64."""
    if gradient.shape == to.shape:
        return gradient.to(to.dtype)
    return gradient.double().sum_to_size(to.shape).to(to.dtype)


def _computed(of: Joint, formulas: tuple[Expr, ...], tensors: tuple[Tensor, ...], *grad: Tensor) -> list[Tensor]:
    """Return each formula at the tensors, and at the gradient g if there is one, in one pass over memory."""
    names = [*of.symbols, "g"][: len(tensors) + len(grad)]
    given = dict(zip(names, (*tensors, *grad), strict=True))
    first = tensors[0]
    if not all(served(tensor) and tensor.dtype == first.dtype for tensor in given.values()):
        return [by_torch(formula, first, of.bound, **given) for formula in formulas]
    whole = first.resolve_neg().contiguous()
    numbers = [name for name, tensor in given.items() if tensor.numel() == 1 != whole.numel()]
    bound = of.bound + tuple((name, given.pop(name).item()) for name in numbers)
    places = {name: _place(whole, tensor) for name, tensor in given.items()}
    # One length of rows serves all; a tensor that needs another is written out in full.
    columns = next((columns for kind, columns in places.values() if kind != "each"), 1)
    kinds = {name: kind if length == columns else "each" for name, (kind, length) in places.items()}
    each, across, along = (
        tuple(name for name in given if kinds[name] == kind) for kind in ("each", "across", "along")
    )
    rows = whole.numel() // max(columns, 1)
    arrays = [
        *(given[name].resolve_neg().expand(whole.shape).contiguous() for name in each),
        *(_one_for_each_row(whole, given[name], rows) for name in across),
        *(given[name].resolve_neg().contiguous() for name in along),
    ]
    results = [torch.empty_like(whole) for _ in formulas]
    kernel = compiled(sources.joint(formulas, each, across, along, DTYPES[whole.dtype], bound))
    if whole.numel():
        run(kernel, [array.data_ptr() for array in (*arrays, *results)], rows, columns, kernel.given(bound))
    return results


def _place(whole: Tensor, tensor: Tensor) -> tuple[str, int]:
    """Return whether `tensor` has a number for each element, row or column of `whole`, and how long a row then is."""
    shape = _aligned(whole, tensor)
    varying = [axis for axis, size in enumerate(shape) if size != 1]
    if shape == tuple(whole.shape):
        return "each", 1
    after = math.prod(whole.shape[varying[-1] + 1 :])
    if after > 1:
        return "across", after
    if shape[varying[0] :] == tuple(whole.shape[varying[0] :]):
        return "along", math.prod(whole.shape[varying[0] :])
    return "each", 1


def _aligned(whole: Tensor, tensor: Tensor) -> tuple[int, ...]:
    return (1,) * (whole.dim() - tensor.dim()) + tuple(tensor.shape)


def _one_for_each_row(whole: Tensor, tensor: Tensor, rows: int) -> Tensor:
    axes = next(k for k in range(whole.dim() + 1) if math.prod(whole.shape[:k]) == rows)
    shape = _aligned(whole, tensor)
    return tensor.resolve_neg().reshape(shape).expand(*whole.shape[:axes], *shape[axes:]).contiguous()
