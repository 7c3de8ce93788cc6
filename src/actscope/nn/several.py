"""A formula of several tensors: gated activations, learnable or tensor-valued parameters, a bias that is added first.

The first tensor gives the shape; the others broadcast to it. Each has its partial derivative by its own formula.
"""

import math
from functools import lru_cache, reduce
from typing import Any

import torch
from torch import Tensor

from ..formula import Expr, Symbol, derivative
from ..kernels import sources
from ..kernels.compiler import Kernel, compiled
from ..kernels.settle import settled_for_all
from ..kernels.sources import Bound
from ..kernels.threads import OPENMP_FROM, run
from .operations import by_torch
from .tensors import DTYPES, beside, ready, served

G = Symbol("g")
Signs = tuple[tuple[str, int], ...]
"""Of each tensor that is a parameter: 1 if all its numbers are positive, -1 if all are negative, else 0."""
Declared = tuple[tuple[str, Expr], ...]
# Two parameters of each sign: limits at infinite data that are the same for both do not depend on its size.
_TYPICAL = {1: (0.5, 2.0), 0: (-0.5, 2.0), -1: (-2.0, -0.5)}


class Joint:
    """A formula, the symbols that tensors stand for, the values of the others, and slopes that are declared.

    It holds the kernels that it has needed so far.
    """

    __slots__ = ("_kernels", "_partials", "_whole", "bound", "declared", "formula", "signs", "symbols")

    def __init__(
        self, formula: Expr, symbols: tuple[str, ...], bound: Bound, signs: Signs, declared: Declared = ()
    ) -> None:
        self.formula, self.symbols, self.bound, self.signs, self.declared = formula, symbols, bound, signs, declared
        self._partials: dict[str, Joint] = {}
        self._kernels: dict[tuple[Any, ...], Kernel] = {}
        self._whole: dict[tuple[tuple[str, ...] | None, torch.dtype], tuple[Kernel, list[float]]] = {}

    def partial(self, symbol: str) -> "Joint":
        """Return the derivative with respect to one of the tensors."""
        if symbol not in self._partials:
            known = dict(self.declared)
            formula = known[symbol] if symbol in known else derivative(self.formula, symbol)
            self._partials[symbol] = joint(formula, self.symbols, self.bound, self.signs)
        return self._partials[symbol]

    def settled(self) -> Expr:
        """Return the formula with its limits put in where data are infinite, if all parameters have the same."""
        data = tuple(symbol for symbol in self.symbols if all(symbol != name for name, _ in self.signs))
        spans = tuple((name, *_TYPICAL[sign]) for name, sign in self.signs)
        return settled_for_all(self.formula, data, self.bound, spans)

    def formulas(self, wanted: tuple[str, ...] | None) -> tuple[Expr, ...]:
        """Return the formula itself, or of each wanted tensor the gradient g*df/dtensor."""
        if wanted is None:
            return (self.settled(),)
        return tuple(G * self.partial(symbol).settled() for symbol in wanted)

    def kernel(
        self,
        wanted: tuple[str, ...] | None,
        dtype: torch.dtype,
        places: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
        numbers: tuple[str, ...] = (),
    ) -> Kernel:
        """Return the kernel for tensors that have a number for each element, row or column, or a single one."""
        key = (wanted, dtype, places, numbers)
        if key not in self._kernels:
            bound = self.bound + tuple((name, 1.0) for name in numbers)
            self._kernels[key] = compiled(sources.joint(self.formulas(wanted), *places, DTYPES[dtype], bound))
        return self._kernels[key]

    def whole(self, wanted: tuple[str, ...] | None, arrays: tuple[Tensor, ...]) -> list[Tensor]:
        """Return the formula, or the gradients of the wanted tensors, of tensors that lie alike and are ready."""
        first = arrays[0]
        key = (wanted, first.dtype)
        try:
            kernel, numbers = self._whole[key]
        except KeyError:
            names = self.symbols if wanted is None else (*self.symbols, "g")
            kernel = self.kernel(wanted, first.dtype, (names, (), ()))
            numbers = kernel.given(self.bound)
            self._whole[key] = kernel, numbers
        results = [torch.empty_like(first) for _ in wanted or "f"]
        addresses = [array.data_ptr() for array in (*arrays, *results)]
        count = first.numel()
        if count < OPENMP_FROM:
            kernel.call(*addresses, count, 1, 0, 1, 0, *numbers)
        else:
            run(kernel, addresses, count, 1, numbers)
        return results


@lru_cache(maxsize=512)
def joint(formula: Expr, symbols: tuple[str, ...], bound: Bound, signs: Signs, declared: Declared = ()) -> Joint:
    """Return the joint formula of these symbols."""
    return Joint(formula, symbols, bound, signs, declared)


def applied(of: Joint, *tensors: Tensor) -> Tensor:
    """Return the formula at the tensors, in the shape of the first; differentiable any number of times."""
    if not all(map(served, tensors)):
        result: Tensor = _Transformable.apply(of, *tensors)  # type: ignore[no-untyped-call]
    elif torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        result = _apply_direct(of, *tensors)  # type: ignore[no-untyped-call]
    else:
        result = _computed(of, None, tensors)[0]
    return result


def pair(of: Joint, x: Tensor, other: Tensor) -> Tensor:
    """Return the formula at two tensors that lie alike and are ready."""
    if torch.is_grad_enabled() and (x.requires_grad or other.requires_grad):
        result: Tensor = _apply_direct(of, x, other)  # type: ignore[no-untyped-call]
        return result
    return of.whole(None, (x, other))[0]


class _Direct(torch.autograd.Function):
    """By the kernels, without torch.func, which costs a call on small tensors more than the work."""

    @staticmethod
    def forward(ctx: Any, of: Joint, *tensors: Tensor) -> Tensor:
        ctx.save_for_backward(*tensors)
        ctx.of = of
        return _computed(of, None, tensors)[0]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_gradients(ctx.of, ctx.saved_tensors, ctx.needs_input_grad[1:], grad)


_apply_direct = super(torch.autograd.Function, _Direct).apply


class _Transformable(torch.autograd.Function):
    """By PyTorch's operations with our derivatives, for torch.func, forward-mode derivatives and other devices."""

    generate_vmap_rule = True

    @staticmethod
    def forward(of: Joint, *tensors: Tensor) -> Tensor:
        return _computed(of, None, tensors)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004
        ctx.of, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_gradients(ctx.of, ctx.saved_tensors, ctx.needs_input_grad[1:], grad)

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Tensor | None) -> Tensor:
        tensors = ctx.saved_tensors
        terms: list[Tensor] = [
            tangent * applied(ctx.of.partial(symbol), *tensors)
            for symbol, tangent in zip(ctx.of.symbols, tangents, strict=True)
            if tangent is not None
        ]
        return reduce(torch.add, terms)


def _gradients(of: Joint, tensors: tuple[Tensor, ...], needed: tuple[bool, ...], grad: Tensor) -> list[Tensor | None]:
    wanted = [symbol for symbol, needs in zip(of.symbols, needed, strict=True) if needs]
    # A bias has the derivative of what it is added to: computed once.
    partials = {of.partial(symbol): symbol for symbol in wanted}
    if torch.is_grad_enabled():
        whole = [grad * applied(partial, *tensors) for partial in partials]
    else:
        whole = _computed(of, tuple(partials.values()), tensors, grad)
    found = dict(zip(partials, whole, strict=True))
    return [
        _reduced(found[of.partial(symbol)], tensor) if symbol in wanted else None
        for symbol, tensor in zip(of.symbols, tensors, strict=True)
    ]


def _reduced(gradient: Tensor, to: Tensor) -> Tensor:
    """Return the gradient summed over the axes along which its tensor was repeated, as PyTorch sums: in a cascade.

    Of float32 numbers that is within one unit in the last place of the sum of their sizes.
    """
    return gradient if gradient.shape == to.shape else gradient.sum_to_size(to.shape)


def _computed(of: Joint, wanted: tuple[str, ...] | None, tensors: tuple[Tensor, ...], *grad: Tensor) -> list[Tensor]:
    """Return the formula, or the gradients of the wanted tensors, in one pass over memory."""
    given = (*tensors, *grad)
    first = tensors[0]
    shape, dtype = first.shape, first.dtype
    if ready(first) and all(tensor.shape == shape and beside(first, tensor) for tensor in given[1:]):
        return of.whole(wanted, given)
    named = dict(zip((*of.symbols, "g") if grad else of.symbols, given, strict=True))
    if all(tensor.dtype is dtype and served(tensor) for tensor in given):
        return _placed(of, wanted, named, first)
    return [by_torch(formula, first, of.bound, **named) for formula in of.formulas(wanted)]


def _placed(of: Joint, wanted: tuple[str, ...] | None, given: dict[str, Tensor], first: Tensor) -> list[Tensor]:
    """Return the same for tensors that broadcast, each read as often as it is repeated."""
    whole = first.resolve_neg().contiguous()
    numbers = tuple(name for name, tensor in given.items() if tensor.numel() == 1 != whole.numel())
    bound = of.bound + tuple((name, given.pop(name).item()) for name in numbers)
    places = {name: _place(whole, tensor) for name, tensor in given.items()}
    # One length of rows serves all; a tensor that needs another is written out in full.
    columns = next((columns for kind, columns in places.values() if kind != "each"), 1)
    kinds = {name: kind if length == columns else "each" for name, (kind, length) in places.items()}
    each, across, along = (tuple(name for name in given if kinds[name] == kind) for kind in ("each", "across", "along"))
    rows = whole.numel() // max(columns, 1)
    arrays = [
        *(given[name].resolve_neg().expand(whole.shape).contiguous() for name in each),
        *(_one_for_each_row(whole, given[name], rows) for name in across),
        *(given[name].resolve_neg().contiguous() for name in along),
    ]
    results = [torch.empty_like(whole) for _ in wanted or "f"]
    kernel = of.kernel(wanted, whole.dtype, (each, across, along), numbers)
    _run(kernel, (*arrays, *results), rows, columns, bound)
    return results


def _run(kernel: Kernel, arrays: tuple[Tensor, ...], rows: int, columns: int, bound: Bound) -> None:
    if rows and columns:
        run(kernel, [array.data_ptr() for array in arrays], rows, columns, kernel.given(bound))


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
