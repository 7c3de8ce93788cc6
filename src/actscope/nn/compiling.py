"""Activations under torch.compile and torch.export: the compiler is shown steps, not the code that finds them.

On the CPU torch.compile gets one operation, `torch.ops.actscope.pointwise`, which runs our kernel: the same numbers as
without the compiler. Elsewhere, for several tensors, and for torch.export, whose graphs should run without actscope, it
gets PyTorch's own operations, which it can fuse; their slopes are our formulas there too.

Loaded only while compiling, because `assume_constant_result` loads the compiler, which takes a second.
"""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import CATALOGUE, Activation, get
from ..formula import Const, Expr, Symbol, derivative, fold
from ..kernels.settle import settled, settled_in
from ..kernels.sources import Bound
from . import operator
from .operations import table_for

Step = tuple[str | None, Any]
"""A primitive and the places of its arguments among the steps; or None and a number or the name of a tensor."""


def apply(
    activation: str | Activation,
    x: Tensor,
    others: tuple[Tensor, ...],
    dim: int,
    bias: Tensor | None,
    training: bool,
    parameters: dict[str, Any],
) -> Tensor:
    """Return f(x) by operations that the compiler knows; differentiable by the formula's own slope."""
    if bias is not None:
        x = x + bias
    numbers = tuple((name, value) for name, value in parameters.items() if not isinstance(value, Tensor))
    tensors = {name: _along_channels(value, x) for name, value in parameters.items() if isinstance(value, Tensor)}
    rowwise, inputs, draws = _facts(activation, numbers)
    if rowwise:
        return _rowwise(activation, x, dim, numbers)
    if draws and training:
        symbol, low, high = draws
        return derived(activation, ("drawn",), (*inputs, symbol), numbers, x, torch.empty_like(x).uniform_(low, high))
    if len(inputs) == 2 and not others:
        x, *rest = x.chunk(2, dim)
        others = tuple(rest)
    if not others and not tensors and _operator_serves(activation, x):
        return operator.pointwise(x, _name(activation), 0, _bound(activation, numbers))
    return derived(activation, (), (*inputs, *tensors), numbers, x, *others, *tensors.values())


def slope(activation: str | Activation, x: Tensor, parameters: dict[str, float]) -> Tensor:
    """Return f'(x), differentiable in its turn."""
    numbers = tuple(parameters.items())
    if _operator_serves(activation, x):
        return operator.pointwise(x, _name(activation), 1, _bound(activation, numbers))
    return derived(activation, ("x",), ("x",), numbers, x)


def derived(
    activation: str | Activation, path: tuple[str, ...], symbols: tuple[str, ...], numbers: Bound, *tensors: Tensor
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


def _along_channels(parameter: Tensor, x: Tensor) -> Tensor:
    if parameter.dim() == 1 and parameter.numel() > 1 and x.dim() > 1:
        return parameter.reshape(1, -1, *[1] * (x.dim() - 2))
    return parameter


def _operator_serves(activation: str | Activation, x: Tensor) -> bool:
    return x.device.type == "cpu" and not torch.compiler.is_exporting() and _is_known(activation)


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _is_known(activation: str | Activation) -> bool:
    found = get(activation)
    return found.pointwise and found.name in CATALOGUE and CATALOGUE[found.name] == found


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _name(activation: str | Activation) -> str:
    return get(activation).name


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _bound(activation: str | Activation, numbers: Bound) -> list[float]:
    return list(get(activation).bind(**dict(numbers)).values())


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _facts(
    activation: str | Activation, numbers: Bound
) -> tuple[bool, tuple[str, ...], tuple[str, float, float] | None]:
    """Return whether it is row-wise, its inputs, and what it draws between which numbers."""
    found = get(activation)
    bound = found.bind(**dict(numbers))
    drawn = found.drawn and (found.drawn.symbol, bound[found.drawn.low], bound[found.drawn.high])
    return found.rowwise, found.inputs, drawn


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _row_facts(activation: str | Activation, numbers: Bound) -> tuple[bool, int]:
    found = get(activation)
    bound = found.bind(**dict(numbers))
    return found.pooled, int(bound[found.row_length]) if found.row_length else 1


def _rowwise(activation: str | Activation, x: Tensor, dim: int, numbers: Bound) -> Tensor:
    pooled, length = _row_facts(activation, numbers)
    rows = x.movedim(dim, -1)
    if pooled:
        return rows.unflatten(-1, (-1, length)).amax(-1).movedim(-1, dim)
    return _followed(steps(activation, (), ("x",), numbers), ("x",), (rows,)).movedim(-1, dim)


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def steps(
    activation: str | Activation, path: tuple[str, ...], symbols: tuple[str, ...], numbers: Bound
) -> tuple[Step, ...]:
    """Return how to compute the formula differentiated along `path`, one primitive after another."""
    activation = get(activation)
    bound = tuple((name, value) for name, value in activation.bind(**dict(numbers)).items() if name not in symbols)
    expr = _differentiated(activation, path)
    if activation.pointwise and symbols == ("x",):
        expr = settled(expr, bound)
    elif not activation.rowwise:
        data = activation.inputs
        free = tuple((name, float("nan")) for name in symbols if name not in data)
        expr = settled_in(expr, data, bound + free)
    found: list[Step] = []

    def add(step: Step) -> int:
        found.append(step)
        return len(found) - 1

    def leaf(node: Const | Symbol) -> int:
        return add((None, node.value if isinstance(node, Const) else dict(bound).get(node.name, node.name)))

    fold(expr, leaf, lambda op, places: add((op, tuple(places))))
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
    half = first.dtype in (torch.float16, torch.bfloat16)
    given = {name: tensor.float() if half else tensor for name, tensor in zip(symbols, tensors, strict=True)}
    table = table_for(given[symbols[0]].dtype)
    results: list[Any] = []
    for primitive, places in formula:
        if primitive is None:
            results.append(given[places] if isinstance(places, str) else places)
        else:
            results.append(table[primitive](*[results[place] for place in places]))
    result = results[-1]
    if not isinstance(result, Tensor):
        return torch.full_like(first, result)
    if result.shape != first.shape:
        result = result.expand(first.shape)
    return result.clone() if any(result is tensor for tensor in tensors) else result.to(first.dtype)
