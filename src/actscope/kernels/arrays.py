"""Activations on NumPy arrays: any shape and memory layout in, the same dtype and shape out."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..catalogue import Activation
from ..errors import ArrayTypeError
from . import sources
from .compiler import kernel_for
from .threads import run

Array = npt.NDArray[Any]
_SINGLE = np.dtype(np.float32)
_NATIVE = (_SINGLE, np.dtype(np.float64))


def value(
    activation: Activation, x: npt.ArrayLike, *, out: Array | None = None, axis: int = -1, **parameters: float
) -> Any:
    """Return f(x), elementwise, or along `axis` for a row-wise activation such as softmax.

    The dtype and shape are those of `x`; integers and booleans are promoted as by numpy.exp. float32 and float64 are
    computed as they are, float16 in float32. `out` receives the result if given. A Python number gives a Python float.
    Raises ArrayTypeError for complex numbers and text, ParameterError for a parameter out of bounds; never for a value.

    >>> from actscope.catalogue import get
    >>> value(get("relu"), np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    return _apply(activation, "value", x, out, axis, parameters)


def slope(activation: Activation, x: npt.ArrayLike, *, out: Array | None = None, **parameters: float) -> Any:
    """Return f'(x), elementwise, with the declared choice at a kink; dtypes and errors as for `value`.

    >>> from actscope.catalogue import get
    >>> slope(get("relu"), np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if activation.rowwise:
        raise ArrayTypeError(
            f"{activation.name} has no slope of one number: its derivative is a matrix; "
            f"use {activation.name} on a torch tensor and call backward()"
        )
    return _apply(activation, "slope", x, out, -1, parameters)


def value_and_slope(activation: Activation, x: npt.ArrayLike, **parameters: float) -> tuple[Any, Any]:
    """Return (f(x), f'(x)) computed in one pass over memory; dtypes and errors as for `value`.

    >>> from actscope.catalogue import get
    >>> f, d = value_and_slope(get("tanh"), np.zeros(2, np.float32))
    >>> f.tolist(), d.tolist()
    ([0.0, 0.0], [1.0, 1.0])
    """
    given = _as_array(activation.name, x)
    array = _compact(given)
    results = np.empty_like(array), np.empty_like(array)
    _run(activation, "value_and_slope", [array, *results], 1, parameters)
    f, d = (_finished(result, given, x) for result in results)
    return f, d


def _apply(
    activation: Activation,
    kind: sources.Kind,
    x: npt.ArrayLike,
    out: Array | None,
    axis: int,
    parameters: dict[str, float],
) -> Any:
    # What most calls bring needs no preparation: the four lines below are half the cost of a call on a small array.
    if type(x) is np.ndarray and out is None and not activation.rowwise and x.dtype in _NATIVE and x.flags.c_contiguous:
        result = np.empty_like(x)
        _run(activation, kind, [x, result], 1, parameters)
        return result if x.ndim else result[()]
    given = _as_array(activation.name, x)
    if activation.rowwise:
        array, columns = _rows(activation.name, given, axis)
    else:
        array, columns = _compact(given), 1
    result = np.empty_like(array)
    _run(activation, kind, [array, result], columns, parameters)
    if activation.rowwise:
        result = np.moveaxis(result, -1, axis)
    if out is not None:
        return _into(activation.name, out, result, given)
    return _finished(result, given, x)


def _run(
    activation: Activation, kind: sources.Kind, arrays: list[Array], columns: int, parameters: dict[str, float]
) -> None:
    """Run the kernel on inputs and outputs of one size, dtype and layout."""
    bound = tuple(activation.bind(**parameters).items()) if parameters else activation.defaults
    first = arrays[0]
    kernel = kernel_for(activation, kind, "float32" if first.dtype == _SINGLE else "float64", bound)
    if first.size:
        pointers = [array.__array_interface__["data"][0] for array in arrays]
        run(kernel, pointers, first.size // columns, columns, kernel.given(bound))


def _as_array(name: str, x: npt.ArrayLike) -> Array:
    """Return `x` as a floating-point array in the machine's byte order, promoted as NumPy's own functions promote."""
    array = np.asarray(x)
    if array.dtype.kind in "biu":
        return array.astype(np.float64 if type(x) in (bool, int) else np.exp.resolve_dtypes((array.dtype, None))[0])
    if array.dtype.kind != "f":
        met = "complex numbers" if array.dtype.kind == "c" else f"an array of {array.dtype}"
        raise ArrayTypeError(f"{name} is defined on real numbers, but got {met}; pass floats or integers")
    if array.dtype.itemsize > 8:
        raise ArrayTypeError(f"{name} computes in float64 at most, but got {array.dtype}; pass x.astype(numpy.float64)")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _native(array: Array) -> Array:
    return array if array.dtype in _NATIVE else array.astype(np.float32)


def _compact(array: Array) -> Array:
    """Return the numbers without gaps, in a dtype with compiled code, in the order in which they lie in memory."""
    array = _native(array)
    return array if array.flags.c_contiguous or array.flags.f_contiguous else array.copy(order="K")


def _rows(name: str, array: Array, axis: int) -> tuple[Array, int]:
    if array.ndim == 0:
        raise ArrayTypeError(
            f"{name} acts along an axis, but got a single number; pass an array of at least one dimension"
        )
    if not -array.ndim <= axis < array.ndim:
        raise ArrayTypeError(f"{name}: axis {axis} does not exist in an array of {array.ndim} dimensions")
    moved = np.ascontiguousarray(_native(np.moveaxis(array, axis, -1)))
    return moved, moved.shape[-1]


def _finished(result: Array, given: Array, x: npt.ArrayLike) -> Any:
    with np.errstate(over="ignore"):
        result = result.astype(given.dtype, copy=False)
    if type(x) in (bool, int, float):
        return float(result[()])
    return result[()] if result.ndim == 0 else result


def _into(name: str, out: Array, result: Array, given: Array) -> Array:
    if out.shape != result.shape or out.dtype != given.dtype:
        raise ArrayTypeError(
            f"{name}: `out` must be an array of {given.dtype} {result.shape}, but got one of {out.dtype} {out.shape}"
        )
    if not out.flags.writeable:
        raise ArrayTypeError(f"{name}: `out` is read-only")
    with np.errstate(over="ignore"):
        np.copyto(out, result, casting="same_kind")
    return out
