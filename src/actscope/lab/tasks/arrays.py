"""Arrays in an NPZ file: inputs and targets, split by their owner or not."""

import io
from collections.abc import Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ...errors import DataError
from ..records import Kind
from .columns import rows_told
from .targets import targets_of
from .task import Array, Raw

PAIRS = (("x", "y"), ("inputs", "targets"))
SPLIT = ("x_train", "y_train", "x_test", "y_test")

_CHANNELS = (1, 3, 4)
_ZIP = b"PK"
_WRITE = "numpy.savez('data.npz', X=inputs, y=targets)"


def read_arrays(content: bytes, name: str, kind: Kind | None) -> Raw:
    """Return the data of an NPZ file with arrays X and y, or inputs and targets, or x_train, y_train, x_test, y_test.

    Upper and lower case are the same. A split that the file has is kept: the seed then chooses weights, batches and
    the validation part. Inputs are (rows, numbers); (rows, height, width) of bytes or (rows, height, width, channels)
    or (rows, channels, height, width) are images, (rows, length, features) of other numbers are sequences. Raises
    DataError.
    """
    arrays = _opened(content, name)
    found = {key.casefold(): array for key, array in arrays.items()}
    if all(key in found for key in SPLIT):
        x_train, y_train, x_test, y_test = (_array(found[key], key, name) for key in SPLIT)
        _check_pair(x_train, y_train, f"x_train and y_train of {name}")
        _check_pair(x_test, y_test, f"x_test and y_test of {name}")
        if x_train.shape[1:] != x_test.shape[1:] or y_train.shape[1:] != y_test.shape[1:]:
            raise DataError(f"the training and test parts of {name} differ in shape: {x_train.shape}, {x_test.shape}")
        x, y, apart = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]), len(x_test)
        return pair(x, y, kind, "y", name, apart)
    for first, second in PAIRS:
        if first in found and second in found:
            return pair(_array(found[first], first, name), _array(found[second], second, name), kind, second, name)
    raise DataError(
        f"{name} holds {', '.join(arrays) or 'nothing'}; the arrays must be called X and y, inputs and targets, or "
        f"{', '.join(SPLIT)}: {_WRITE}"
    )


def pair(x: Array, y: Array, kind: Kind | None, what: str, name: str, apart: int = 0) -> Raw:
    """Return the data of inputs and targets; the last `apart` are a test part."""
    _check_pair(x, y, f"the inputs and targets of {name}")
    if x.dtype.kind not in "iufb":
        raise DataError(f"the inputs of {name} are of type {x.dtype}; numbers are needed, such as float32")
    _check_finite(x, f"the inputs of {name}")
    if y.dtype.kind == "f":
        _check_finite(y, f"the targets of {name}")
    targets, labels = targets_of(y, kind, f"{what} of {name}")
    if labels and apart and (new := np.setdiff1d(targets[-apart:], targets[:-apart])).size:
        raise DataError(
            f"the test part of {name} has the class {labels[new[0]]}, which the training part has not, so nothing can "
            "learn it; leave the test part out to have the data split anew"
        )
    inputs, images = _arranged(x, name)
    return Raw(inputs, targets, labels, _told(inputs, name, images), apart, images)


def _opened(content: bytes, name: str) -> Mapping[str, Array]:
    if not content.startswith(_ZIP):
        raise DataError(f"{name} is no NPZ file; write one by {_WRITE}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, BadZipFile, AttributeError, KeyError, TypeError) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "save numbers or text: an array of Python objects is not read, since reading it could run code"
        if "Object arrays" not in problem:
            remedy = f"write it by {_WRITE}"
        raise DataError(f"{name} cannot be read as NPZ: {problem}; {remedy}") from error


def _array(array: Array, key: str, name: str) -> Array:
    if array.dtype.kind not in "iufbU" or not array.ndim:
        raise DataError(
            f"the array {key} of {name} has the type {array.dtype} and shape {array.shape}; numbers are needed, or "
            "text for classes"
        )
    return array


def _check_pair(x: Array, y: Array, what: str) -> None:
    if len(x) != len(y):
        raise DataError(f"{what} have {len(x)} and {len(y)} rows; each input needs its target")
    if x.ndim < 2 or 0 in x.shape[1:]:
        hint = "; one number a row is X.reshape(-1, 1)" if x.ndim == 1 else ""
        raise DataError(f"{what}: the inputs have the shape {x.shape}; (rows, numbers) is needed{hint}")


def _check_finite(values: Array, what: str) -> None:
    bad: Any = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if bad.any():
        raise DataError(f"{what} have nan or infinity in {rows_told(bad)}; fill them in or leave those rows out")


def _arranged(x: Array, name: str) -> tuple[Array, bool]:
    """Return the inputs with channels first, and whether they are images."""
    if x.dtype.kind in "iub" and x.dtype != np.uint8:
        x = x.astype(np.float64)
    if x.ndim == 2 or (x.ndim == 3 and x.dtype != np.uint8):
        return x.astype(np.float64) if x.dtype == np.uint8 else x, False
    if x.ndim == 3:
        return x[:, None], True
    if x.ndim == 4 and x.shape[-1] in _CHANNELS and x.shape[1] not in _CHANNELS:
        return np.ascontiguousarray(np.moveaxis(x, -1, 1)), True
    if x.ndim == 4 and x.shape[1] in _CHANNELS:
        return x, True
    raise DataError(
        f"the inputs of {name} have the shape {x.shape}; (rows, numbers), (rows, length, features) and images with 1, "
        "3 or 4 channels are taken: X.reshape(len(X), -1) makes plain numbers of anything"
    )


def _told(inputs: Array, name: str, images: bool) -> str:
    if images:
        _, channels, height, width = inputs.shape
        return f"images of {width} x {height} pixels and {channels} channel{'s' * (channels > 1)} from {name}"
    if inputs.ndim == 3:
        return f"sequences of {inputs.shape[1]} places with {inputs.shape[2]} numbers each from {name}"
    return f"{name}, told from {inputs.shape[1]} number{'s' * (inputs.shape[1] > 1)}"
