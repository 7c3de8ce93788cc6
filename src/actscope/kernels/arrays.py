"""Activations on NumPy arrays: any shape and memory layout in, the same dtype and shape out."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..catalogue import Activation
from ..errors import ArrayTypeError, ParameterError
from . import several, sources
from .addresses import address
from .compiler import kernel_for
from .memory import Dtype
from .threads import run

Array = npt.NDArray[Any]
_DTYPES: dict[np.dtype[Any], Dtype] = {
    np.dtype(np.float32): "float32",
    np.dtype(np.float64): "float64",
    np.dtype(np.float16): "float16",
}


def value(
    activation: Activation,
    x: npt.ArrayLike,
    *others: npt.ArrayLike,
    out: Array | None = None,
    axis: int = -1,
    bias: npt.ArrayLike | None = None,
    **parameters: Any,
) -> Any:
    """Return f(x), elementwise, or along `axis` for a row-wise activation such as softmax.

    A gated activation takes two arrays that broadcast, or one that is cut in halves along `axis`. Parameters are
    numbers, or arrays that broadcast to x; so is `bias`, which is added to x first.

    The dtype and shape are those of `x`; integers and booleans are promoted as by numpy.exp. float16 is computed in
    float32 and rounded once more. `out` receives the result if given. A Python number gives a Python float. Subclasses
    come back as plain arrays; masked arrays are refused, since their mask would be lost. Raises ArrayTypeError for
    those, complex numbers, text, and shapes that do not fit, ParameterError for a parameter out of bounds; never for a
    value.

    >>> from actscope.catalogue import get
    >>> value(get("relu"), np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    >>> value(get("reglu"), np.array([-1.0, 2.0]), np.array([3.0, 4.0])).tolist()
    [0.0, 8.0]
    """
    if activation.rowwise or activation.gated or others or bias is not None or _has_arrays(parameters):
        given = as_array(activation.name, x)
        if activation.rowwise:
            result = _rows(activation, given, axis, _numbers(activation, others, bias, parameters))
        else:
            inputs = several.inputs(activation, given, [as_array(activation.name, other) for other in others], axis)
            result = several.value(activation, inputs, bias, parameters)
        return _finished(activation.name, result, x, out)
    return _pointwise(activation, "value", x, out, parameters)


def slope(activation: Activation, x: npt.ArrayLike, *, out: Array | None = None, **parameters: float) -> Any:
    """Return f'(x), elementwise, with the declared choice at a kink; dtypes and errors as for `value`.

    >>> from actscope.catalogue import get
    >>> slope(get("relu"), np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if not activation.pointwise:
        has = "its derivative is a matrix" if activation.rowwise else "it has one for each of its inputs"
        raise ArrayTypeError(
            f"{activation.name} has no slope of one number: {has}; "
            f"use {activation.name} on a torch tensor and call backward()"
        )
    if _has_arrays(parameters):
        return _finished(activation.name, several.slope(activation, as_array(activation.name, x), parameters), x, out)
    return _pointwise(activation, "slope", x, out, parameters)


def value_and_slope(activation: Activation, x: npt.ArrayLike, **parameters: float) -> tuple[Any, Any]:
    """Return (f(x), f'(x)) computed in one pass over memory; dtypes and errors as for `value`.

    >>> from actscope.catalogue import get
    >>> f, d = value_and_slope(get("tanh"), np.zeros(2, np.float32))
    >>> f.tolist(), d.tolist()
    ([0.0, 0.0], [1.0, 1.0])
    """
    array = _compact(as_array(activation.name, x))
    results = np.empty_like(array), np.empty_like(array)
    _run(activation, "value_and_slope", [array, *results], 1, parameters)
    f, d = (_finished(activation.name, result, x, None) for result in results)
    return f, d


def as_array(name: str, x: npt.ArrayLike) -> Array:
    """Return `x` as a floating-point array in the machine's byte order, promoted as NumPy's own functions promote."""
    if isinstance(x, np.ma.MaskedArray):
        raise ArrayTypeError(f"{name} would lose the mask of a masked array; pass x.filled(...) or x.compressed()")
    array = np.asarray(x)
    if array.dtype.kind in "biu":
        return array.astype(np.float64 if type(x) in (bool, int) else np.exp.resolve_dtypes((array.dtype, None))[0])
    if array.dtype.kind != "f":
        met = "complex numbers" if array.dtype.kind == "c" else f"an array of {array.dtype}"
        raise ArrayTypeError(f"{name} is defined on real numbers, but got {met}; pass floats or integers")
    if array.dtype.itemsize > 8:
        raise ArrayTypeError(f"{name} computes in float64 at most, but got {array.dtype}; pass x.astype(numpy.float64)")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _pointwise(
    activation: Activation, kind: sources.Kind, x: npt.ArrayLike, out: Array | None, parameters: dict[str, float]
) -> Any:
    # What most calls bring needs no preparation: the four lines below are half the cost of a call on a small array.
    if type(x) is np.ndarray and out is None and x.dtype in _DTYPES and x.flags.c_contiguous:
        result = np.empty_like(x)
        _run(activation, kind, [x, result], 1, parameters)
        return result if x.ndim else result[()]
    array = _compact(as_array(activation.name, x))
    result = np.empty_like(array)
    _run(activation, kind, [array, result], 1, parameters)
    return _finished(activation.name, result, x, out)


def _has_arrays(parameters: dict[str, Any]) -> bool:
    return any(isinstance(value, np.ndarray) and value.ndim for value in parameters.values())


def _numbers(
    activation: Activation, others: tuple[npt.ArrayLike, ...], bias: npt.ArrayLike | None, parameters: dict[str, Any]
) -> dict[str, float]:
    if others:
        raise ArrayTypeError(f"{activation.name} takes one input, but got {1 + len(others)}")
    if bias is not None:
        raise ParameterError(f"{activation.name} takes no `bias`; add it to the input")
    return parameters


def _run(
    activation: Activation, kind: sources.Kind, arrays: list[Array], columns: int, parameters: dict[str, float]
) -> None:
    """Run the kernel on inputs and outputs of one dtype and layout."""
    bound = tuple(activation.bind(**parameters).items()) if parameters else activation.defaults
    first = arrays[0]
    kernel = kernel_for(activation, kind, _DTYPES[first.dtype], bound)
    if first.size:
        run(kernel, list(map(address, arrays)), first.size // columns, columns, kernel.given(bound))


def _compact(array: Array) -> Array:
    """Return the numbers without gaps, in the order in which they lie in memory."""
    return array if array.flags.c_contiguous or array.flags.f_contiguous else array.copy(order="K")


def _rows(activation: Activation, given: Array, axis: int, parameters: dict[str, float]) -> Array:
    if given.ndim == 0:
        raise ArrayTypeError(
            f"{activation.name} acts along an axis, but got a single number; pass an array of at least one dimension"
        )
    if not -given.ndim <= axis < given.ndim:
        raise ArrayTypeError(f"{activation.name}: axis {axis} does not exist in an array of {given.ndim} dimensions")
    rows = np.ascontiguousarray(np.moveaxis(given, axis, -1))
    if activation.pooled:
        # Of the whole axis a single number is left.
        size = rows.shape[-1]
        length = several.group(activation, size, parameters) if activation.row_length else max(size, 1)
        rows = rows.reshape(*rows.shape[:-1], size // length, length)
    result = np.empty_like(rows[..., 0] if activation.pooled else rows, order="C")
    _run(activation, "value", [rows, result], max(rows.shape[-1], 1), parameters)
    return np.moveaxis(result, -1, axis)


def _finished(name: str, result: Array, x: npt.ArrayLike, out: Array | None) -> Any:
    if out is not None:
        return _into(name, out, result)
    if type(x) in (bool, int, float) and result.ndim == 0:
        return float(result[()])
    return result[()] if result.ndim == 0 else result


def _into(name: str, out: Array, result: Array) -> Array:
    if out.shape != result.shape or out.dtype != result.dtype:
        raise ArrayTypeError(
            f"{name}: `out` must be an array of {result.dtype} {result.shape}, but got one of {out.dtype} {out.shape}"
        )
    if not out.flags.writeable:
        raise ArrayTypeError(f"{name}: `out` is read-only")
    np.copyto(out, result)
    return out
