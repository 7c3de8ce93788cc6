"""Activations on JAX arrays: any transformation of JAX, any order of derivative, by the formulas' own slopes.

Half precision is computed in float32 and rounded once, value and derivative alike. XLA's arithmetic takes numbers below
the smallest normal one for 0.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..catalogue import Activation, get
from ..catalogue.activation import Parameter, within_bounds
from ..errors import ArrayTypeError
from ..formula import Expr
from ..kernels.sources import Bound
from . import rowwise
from .derived import Joint, applied
from .operations import Array


def apply(
    activation: str | Activation,
    x: Any,
    *others: Any,
    axis: int = -1,
    bias: Any = None,
    training: bool = False,
    **parameters: Any,
) -> Array:
    """Return f(x), shape and dtype as `x`; differentiable any number of times, with respect to parameters too.

    A gated activation takes two arrays, or one that is cut in halves along `axis`, which is also the axis of a row-wise
    activation. `bias` is added to x first. Parameters are numbers, or arrays that broadcast to x and may be traced; a
    learnable one of shape (channels,) goes along axis 1 as PReLU's weight does. Integers are promoted as by jax.numpy.
    Raises ArrayTypeError for complex numbers and arrays that do not fit together, and ParameterError for a parameter
    out of bounds where its value is known; never for a value.

    >>> f"{jax.grad(lambda x: apply('silu', x))(-40.0):.4e}"
    '-1.6569e-16'
    """
    activation = get(activation)
    if training and activation.drawn:
        raise ArrayTypeError(f"{activation.name} draws random numbers on torch tensors only; leave out `training`")
    inputs = _inputs(activation, [_array(activation, one) for one in (x, *others)], axis)
    dtype = jnp.result_type(*inputs)
    wide = _wide(dtype)
    data = [array.astype(wide) for array in inputs]
    if activation.rowwise:
        if bias is not None:
            raise ArrayTypeError(f"{activation.name} takes no `bias`; add it to the input")
        return rowwise.apply(activation, data[0], axis, parameters).astype(dtype)
    if bias is not None:
        data[0] = data[0] + _broadcastable(activation, "`bias`", _array(activation, bias), data[0]).astype(wide)
    return _joint(activation, activation.formula, data, parameters).astype(dtype)


def slope(activation: str | Activation, x: Any, **parameters: Any) -> Array:
    """Return f'(x), shape and dtype as `x`; differentiable like f itself.

    >>> slope("tanh", jnp.zeros(2)).tolist()
    [1.0, 1.0]
    """
    activation = get(activation)
    if not activation.pointwise:
        has = "its derivative is a matrix" if activation.rowwise else "it has one for each of its inputs"
        raise ArrayTypeError(f"{activation.name} has no slope of one number: {has}; use jax.vjp on it")
    array = _array(activation, x)
    return _joint(activation, activation.slope_formula, [array.astype(_wide(array.dtype))], parameters).astype(
        array.dtype
    )


def _joint(activation: Activation, formula: Expr, data: list[Array], parameters: dict[str, Any]) -> Array:
    known, arrays = parted(activation, parameters)
    values = []
    for parameter in activation.parameters:
        value = arrays.get(parameter.name, dict(known).get(parameter.name))
        if parameter.name in arrays:
            value = _fitted(activation, parameter, arrays[parameter.name], data[0])
        values.append(jnp.asarray(value, data[0].dtype))
    declared = (("x", activation.slope_formula),) if activation.pointwise and formula == activation.formula else ()
    return applied(Joint(formula, activation.inputs, activation.parameters, known, declared), *data, *values)


def parted(activation: Activation, parameters: dict[str, Any]) -> tuple[Bound, dict[str, Array]]:
    """Return the parameters that are numbers, bound, and those that are arrays, within bounds if that can be seen."""
    arrays = {
        name: _array(activation, value) for name, value in parameters.items() if isinstance(value, Array | np.ndarray)
    }
    numbers = activation.bind(**{name: value for name, value in parameters.items() if name not in arrays})
    if unknown := arrays.keys() - numbers.keys():
        activation.bind(**dict.fromkeys(unknown, 0.0))
    for parameter in activation.parameters:
        if parameter.name in arrays:
            _check_bounds(activation, parameter, arrays[parameter.name])
    return tuple((name, value) for name, value in numbers.items() if name not in arrays), arrays


def _check_bounds(activation: Activation, parameter: Parameter, array: Array) -> None:
    # A traced array has no values to look at.
    if isinstance(array, jax.core.Tracer) or not array.size:
        return
    for end in (float(array.min()), float(array.max())):
        if not np.isnan(end) and not within_bounds(parameter, end):
            activation.bind(**{parameter.name: end})


def _array(activation: Activation, x: Any) -> Array:
    """Return `x` as an array of real floating-point numbers, promoted as jax.numpy.exp promotes."""
    try:
        array = jnp.asarray(x)
    except TypeError:
        raise ArrayTypeError(f"{activation.name} got a JAX array together with {type(x).__name__}") from None
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise ArrayTypeError(f"{activation.name} is defined on real numbers, but got {array.dtype}; pass x.real")
    if jnp.issubdtype(array.dtype, jnp.floating):
        return array
    return array.astype(jax.eval_shape(jnp.exp, array).dtype)


def _wide(dtype: Any) -> Any:
    return dtype if jnp.dtype(dtype).itemsize >= 4 else jnp.float32


def _inputs(activation: Activation, given: list[Array], axis: int) -> list[Array]:
    """Return the arrays for the inputs of the formula, broadcast together."""
    wanted = len(activation.inputs)
    if len(given) > wanted:
        raise ArrayTypeError(
            f"{activation.name} takes {'two inputs' if wanted == 2 else 'one input'}, but got {len(given)}"
        )
    first = given[0]
    if len(given) < wanted:
        if not first.ndim:
            raise ArrayTypeError(
                f"{activation.name} takes two inputs, {activation.name}({', '.join(activation.inputs)}), or one "
                "array to cut in halves, but got a single number"
            )
        if not -first.ndim <= axis < first.ndim:
            raise ArrayTypeError(
                f"{activation.name}: axis {axis} does not exist in an array of {first.ndim} dimensions"
            )
        if first.shape[axis] % 2:
            raise ArrayTypeError(
                f"{activation.name} cuts its input in halves along axis {axis}, but that has an odd size, "
                f"{first.shape[axis]}; pass an even one, or two arrays: "
                f"{activation.name}({', '.join(activation.inputs)})"
            )
        return list(jnp.split(first, 2, axis))
    try:
        return list(jnp.broadcast_arrays(*given))
    except ValueError:
        shapes = " and ".join(str(array.shape) for array in given)
        raise ArrayTypeError(f"{activation.name}: inputs of shapes {shapes} do not broadcast") from None


def _fitted(activation: Activation, parameter: Parameter, array: Array, x: Array) -> Array:
    if parameter.learnable and array.ndim == 1 and array.size > 1 and x.ndim > 1:
        if x.shape[1] != array.size:
            raise ArrayTypeError(
                f"{activation.name}: `{parameter.name}` has {array.size} numbers, one for each channel, but axis 1 of "
                f"the input of shape {x.shape} has {x.shape[1]}"
            )
        array = array.reshape(1, -1, *[1] * (x.ndim - 2))
    return _broadcastable(activation, f"`{parameter.name}`", array, x)


def _broadcastable(activation: Activation, what: str, array: Array, x: Array) -> Array:
    if array.size == 1:
        return array.reshape(())
    shape = (1,) * (x.ndim - array.ndim) + array.shape
    if len(shape) > x.ndim or any(size not in (1, full) for size, full in zip(shape, x.shape, strict=True)):
        raise ArrayTypeError(
            f"{activation.name}: {what} of shape {array.shape} does not broadcast to the input's {x.shape}"
        )
    return array
