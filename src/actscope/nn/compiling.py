"""Activations under torch.compile and torch.export: the compiler is shown steps, not the code that finds them.

On the CPU torch.compile gets one operation, `torch.ops.actscope.pointwise`, which runs our kernel: the same numbers as
without the compiler. Elsewhere, for several tensors, and for torch.export, whose graphs should run without actscope, it
gets PyTorch's own operations, which it can fuse; their slopes are our formulas there too.

Loaded only while compiling, because `assume_constant_result` loads the compiler, which takes a second.
"""

from typing import Any

import torch
from torch import Tensor
from torch.fx.experimental.symbolic_shapes import guard_scalar

from ..catalogue import CATALOGUE, Activation
from ..formula import Const, Expr, Symbol, derivative, fold
from ..kernels.rows import largest_values
from ..kernels.settle import settled, settled_for_all
from ..kernels.sources import Bound
from . import operator
from .arguments import broadcastable, fitted, inputs, refuse_axis, refuse_more, refuse_other_numbers
from .operations import filled, table_for
from .rowwise import groups

Step = tuple[str | None, Any]
"""A primitive and the places of its arguments among the steps; or None and a number or the name of a tensor."""
_LARGEST = "largest"
"""A row's largest value through which inputs act."""
_HALVES = (torch.float16, torch.bfloat16)


def apply(
    activation: Activation,
    x: Tensor,
    others: tuple[Tensor, ...],
    dim: int,
    bias: Tensor | None,
    training: bool,
    parameters: dict[str, Any],
) -> Tensor:
    """Return f(x) by operations that the compiler knows; differentiable by the formula's own slope."""
    numbers, tensors = _parted(activation, x, parameters)
    if activation.rowwise:
        refuse_more(activation, others, bias, tensors)
        return _rowwise(activation, x, dim, numbers)
    if activation.drawn and training:
        drawn = activation.drawn
        refuse_more(activation, others, None, tensors)
        if bias is not None:
            x = (x + broadcastable(activation, "`bias`", bias, x)).to(x.dtype)
        chosen = torch.empty_like(x).uniform_(dict(numbers)[drawn.low], dict(numbers)[drawn.high])
        return derived(activation, ("drawn",), (*activation.inputs, drawn.symbol), numbers, x, chosen)
    x, *rest = inputs(activation, x, others, dim)
    dtype = x.dtype
    if bias is not None:
        refuse_other_numbers(activation, x, bias, names=(activation.inputs[0], "bias"))
        bias = broadcastable(activation, "`bias`", bias, x)
        # In half precision the sum is not rounded before the activation is.
        x = x.float() + bias if dtype in _HALVES else x + bias
    if not rest and not tensors and _operator_serves(activation, x):
        result: Tensor = operator.pointwise(x, activation.name, 0, [value for _, value in numbers])
    else:
        result = derived(activation, (), (*activation.inputs, *tensors), numbers, x, *rest, *tensors.values())
    return result.to(dtype)


def slope(activation: Activation, x: Tensor, parameters: dict[str, float]) -> Tensor:
    """Return f'(x), differentiable in its turn."""
    numbers, tensors = _parted(activation, x, parameters)
    if not tensors and _operator_serves(activation, x):
        result: Tensor = operator.pointwise(x, activation.name, 1, [value for _, value in numbers])
        return result
    return derived(activation, ("x",), ("x", *tensors), numbers, x, *tensors.values())


def _parted(activation: Activation, x: Tensor, parameters: dict[str, Any]) -> tuple[Bound, dict[str, Tensor]]:
    tensors = {name: value for name, value in parameters.items() if isinstance(value, Tensor)}
    # A number that the compiler would keep open becomes part of the code: it decides which limits there are.
    given = tuple(
        (name, guard_scalar(value) if isinstance(value, int | float) else value)
        for name, value in parameters.items()
        if name not in tensors
    )
    return _bound(activation, given, tuple(tensors)), fitted(activation, x, tensors)


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _bound(activation: Activation, given: Bound, tensors: tuple[str, ...]) -> Bound:
    numbers = activation.bind(**dict.fromkeys(set(tensors) - dict(activation.defaults).keys(), 0.0), **dict(given))
    return tuple((name, value) for name, value in numbers.items() if name not in tensors)


def derived(
    activation: Activation, path: tuple[str, ...], symbols: tuple[str, ...], numbers: Bound, *tensors: Tensor
) -> Tensor:
    """Return the formula differentiated by the symbols of `path`, one after another; () is the activation itself."""
    result: Tensor = _Derived.apply(activation, path, symbols, numbers, *tensors)  # type: ignore[no-untyped-call]
    return result


class _Derived(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        # All in one: the compiler tells from the number of the arguments whether the first is ctx.
        ctx.activation, ctx.path, ctx.symbols, ctx.numbers, *tensors = given
        ctx.save_for_backward(*tensors)
        return _followed(steps(ctx.activation, ctx.path, ctx.symbols, ctx.numbers), ctx.symbols, tuple(tensors))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        tensors = ctx.saved_tensors
        found: list[Tensor | None] = [None, None, None, None]
        for symbol, tensor, needed in zip(ctx.symbols, tensors, ctx.needs_input_grad[4:], strict=True):
            gradient = None
            if needed:
                partial = derived(ctx.activation, (*ctx.path, symbol), ctx.symbols, ctx.numbers, *tensors)
                gradient = (grad * partial).sum_to_size(tensor.shape)
            found.append(gradient)
        return tuple(found)


def _operator_serves(activation: Activation, x: Tensor) -> bool:
    return x.device.type == "cpu" and not torch.compiler.is_exporting() and _is_known(activation)


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _is_known(activation: Activation) -> bool:
    return activation.pointwise and activation.name in CATALOGUE and CATALOGUE[activation.name] == activation


def _rowwise(activation: Activation, x: Tensor, dim: int, numbers: Bound) -> Tensor:
    refuse_axis(activation, x, dim)
    rows = x.movedim(dim, -1)
    formula = steps(activation, (), ("x",), numbers)
    if activation.pooled:
        # The same number for the whole row.
        return _followed(formula, ("x",), (groups(activation, rows, numbers),))[..., 0].movedim(-1, dim)
    return _followed(formula, ("x",), (rows,)).movedim(-1, dim)


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def steps(activation: Activation, path: tuple[str, ...], symbols: tuple[str, ...], numbers: Bound) -> tuple[Step, ...]:
    """Return how to compute the formula differentiated along `path`, one primitive after another."""
    bound = tuple((name, value) for name, value in numbers if name not in symbols)
    expr = _differentiated(activation, path)
    if activation.pointwise and symbols == ("x",):
        expr = settled(expr, bound)
    elif not activation.rowwise:
        # The compiler knows no numbers of tensors: limits that hold for every sign are put in.
        free = tuple((name, -2.0, 2.0) for name in symbols if name not in activation.inputs)
        expr = settled_for_all(expr, activation.inputs, bound, free)
    found: list[Step] = []

    def add(step: Step) -> int:
        found.append(step)
        return len(found) - 1

    def leaf(node: Const | Symbol) -> int:
        return add((None, node.value if isinstance(node, Const) else node.name))

    # By itself `row_max` is a constant for autograd, since it mostly keeps exponentials small.
    renamed = {"row_max": _LARGEST} if largest_values(expr) else {}
    fold(filled(expr, bound), leaf, lambda op, places: add((renamed.get(op, op), tuple(places))))
    return tuple(found)


def _differentiated(activation: Activation, path: tuple[str, ...]) -> Expr:
    expr: Expr = activation.formula
    for k, symbol in enumerate(path):
        if symbol == "drawn" and activation.drawn:
            expr = activation.drawn.formula
        else:
            expr = activation.partial(symbol) if k == 0 else derivative(expr, symbol)
    return expr


def _followed(formula: tuple[Step, ...], symbols: tuple[str, ...], tensors: tuple[Tensor, ...]) -> Tensor:
    first = tensors[0]
    half = first.dtype in _HALVES
    given = {name: tensor.float() if half else tensor for name, tensor in zip(symbols, tensors, strict=True)}
    table = table_for(given[symbols[0]].dtype)
    results: list[Any] = []
    for primitive, places in formula:
        if primitive is None:
            results.append(given[places] if isinstance(places, str) else places)
        elif primitive == _LARGEST:
            results.append(results[places[0]].amax(-1, keepdim=True))
        else:
            results.append(table[primitive](*[results[place] for place in places]))
    result = results[-1]
    if not isinstance(result, Tensor):
        return torch.full_like(first, result)
    if result.shape != first.shape:
        result = result.expand(first.shape)
    return result.clone() if any(result is tensor for tensor in tensors) else result.to(first.dtype)
