"""Formulas of several NumPy arrays: gated activations, parameters that are arrays, a bias that is added first."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..catalogue import Activation
from ..catalogue.activation import within_bounds
from ..errors import ArrayTypeError, ParameterError
from ..formula import Expr, Symbol, substitute
from . import sources
from .addresses import address
from .compiler import compiled
from .memory import Dtype
from .settle import settled_for_all
from .threads import run

Array = npt.NDArray[Any]
BIAS = Symbol("bias")


def inputs(activation: Activation, x: Array, others: list[Array], axis: int) -> dict[str, Array]:
    """Return the arrays by the symbols that they stand for, in one shape and dtype; one array is cut in halves."""
    count = len(activation.inputs)
    if len(others) >= count:
        told = "two inputs" if activation.gated else "one input"
        raise ArrayTypeError(f"{activation.name} takes {told}, but got {1 + len(others)}")
    if count == 1:
        return {"x": x}
    if not others:
        return dict(zip(activation.inputs, halves(activation, x, axis), strict=True))
    try:
        first, second = np.broadcast_arrays(x, others[0])
    except ValueError:
        raise ArrayTypeError(
            f"{activation.name}: inputs of shapes {x.shape} and {others[0].shape} do not broadcast"
        ) from None
    dtype = np.result_type(first, second)
    return dict(zip(activation.inputs, (first.astype(dtype), second.astype(dtype)), strict=True))


def halves(activation: Activation, x: Array, axis: int) -> list[Array]:
    """Return the first and the second half of `x` along an axis of even size."""
    if not -x.ndim <= axis < x.ndim:
        raise ArrayTypeError(
            f"{activation.name}: axis {axis} does not exist in an array of {x.ndim} dimensions"
            if x.ndim
            else f"{activation.name} takes two inputs, {activation.name}({', '.join(activation.inputs)}), or one "
            "array to cut in halves, but got a single number"
        )
    if x.shape[axis] % 2:
        raise ArrayTypeError(
            f"{activation.name} cuts its input in halves along axis {axis}, but that has an odd size, {x.shape[axis]}; "
            f"pass an even one, or two arrays: {activation.name}({', '.join(activation.inputs)})"
        )
    return np.split(x, 2, axis)


def group(activation: Activation, size: int, parameters: dict[str, float]) -> int:
    """Return how many inputs compete for an output of a pooled activation."""
    assert activation.row_length is not None
    length = int(activation.bind(**parameters)[activation.row_length])
    if size % length:
        raise ArrayTypeError(
            f"{activation.name} takes groups of {length} along its axis, but that has {size}; "
            f"pass a multiple, or another number of `{activation.row_length}`"
        )
    return length


def value(
    activation: Activation, data: dict[str, Array], bias: npt.ArrayLike | None, parameters: dict[str, Any]
) -> Array:
    """Return the activation of its inputs, with `bias` added to the first of them."""
    formula = activation.formula
    if bias is not None:
        first = activation.inputs[0]
        formula = substitute(formula, {first: Symbol(first) + BIAS})
        data = data | {"bias": _fitting(activation, "bias", bias, data[first])}
    return _computed(activation, formula, data, parameters)


def slope(activation: Activation, x: Array, parameters: dict[str, Any]) -> Array:
    """Return the slope where parameters are arrays."""
    return _computed(activation, activation.slope_formula, {"x": x}, parameters)


def _computed(activation: Activation, formula: Expr, data: dict[str, Array], parameters: dict[str, Any]) -> Array:
    first = next(iter(data.values()))
    arrays = {name: value for name, value in parameters.items() if isinstance(value, np.ndarray) and value.ndim}
    numbers = activation.bind(**{name: value for name, value in parameters.items() if name not in arrays})
    if unknown := arrays.keys() - numbers.keys():
        activation.bind(**dict.fromkeys(unknown, 0.0))
    bound = tuple((name, number) for name, number in numbers.items() if name not in arrays)
    full = {name: _fitting(activation, name, array, first) for name, array in arrays.items()}
    spans = tuple((name, *_span(activation, name, array)) for name, array in full.items() if array.size)
    expr = settled_for_all(formula, tuple(data), bound, spans)
    return _run(expr, data | full, bound, first)


def _run(expr: Expr, given: dict[str, Array], bound: sources.Bound, first: Array) -> Array:
    dtypes: dict[str, Dtype] = {"float16": "float16", "float32": "float32", "float64": "float64"}
    arrays = [np.ascontiguousarray(array) for array in given.values()]
    result = np.empty(first.shape, first.dtype)
    kernel = compiled(sources.joint((expr,), tuple(given), (), (), dtypes[first.dtype.name], bound))
    if result.size:
        run(kernel, list(map(address, (*arrays, result))), result.size, 1, kernel.given(bound))
    return result


def _fitting(activation: Activation, name: str, given: npt.ArrayLike, x: Array) -> Array:
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise ParameterError(f"{activation.name}: `{name}` must be of real numbers, but got an array of {array.dtype}")
    try:
        return np.broadcast_to(array, x.shape).astype(x.dtype)
    except ValueError:
        raise ArrayTypeError(
            f"{activation.name}: `{name}` of shape {array.shape} does not broadcast to the input's {x.shape}"
        ) from None


def _span(activation: Activation, name: str, array: Array) -> tuple[float, float]:
    parameter = next(parameter for parameter in activation.parameters if parameter.name == name)
    low, high = float(array.min()), float(array.max())
    for end in (low, high):
        if not within_bounds(parameter, end):
            activation.bind(**{name: end})
    return low, high
