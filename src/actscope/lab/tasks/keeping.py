"""Data handed over in Python, kept as a file so that a later run, or another process, finds them."""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError, missing_extra
from ..records import Kind
from .arrays import read_arrays
from .tables import read_table
from .task import Array


def kept_arrays(x: object, y: object, kind: Kind | None) -> Path:
    """Return the NPZ file that inputs and targets are kept in, in the user's data folder, named by their content.

    They are checked before, as `read_arrays` does.
    """
    content = io.BytesIO()
    np.savez(content, X=_array(x, "inputs"), y=_array(y, "targets"))
    read_arrays(content.getvalue(), "(X, y)", kind)
    return _kept(content.getvalue(), "arrays", ".npz")


def kept_frame(frame: Any, target: str | None, kind: Kind | None) -> Path:
    """Return the Parquet file that a frame of pandas, polars or Arrow is kept in, named by its content.

    The index of a pandas frame is left out if it has no name. The frame is checked before, as `read_table` does.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("lab", "reading a frame") from error
    try:
        table = pyarrow.table(frame)
        # Categories as the text that they are: polars has a kind that Parquet cannot hold.
        names = [name for name in table.column_names if not name.startswith("__index_level_")]
        columns = [
            pyarrow.array(column.to_pylist()) if pyarrow.types.is_dictionary(column.type) else column
            for column in table.select(names).columns
        ]
        content = io.BytesIO()
        parquet.write_table(pyarrow.table(columns, names=names), content)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise DataError(f"the {type(frame).__name__} cannot be read: {error}; write it to a CSV file") from error
    read_table(content.getvalue(), ".parquet", "the frame", target, kind)
    return _kept(content.getvalue(), "frame", ".parquet")


def is_frame(given: object) -> bool:
    """Return whether a value is a table in memory, by the interface that pandas, polars and Arrow share."""
    return hasattr(given, "__arrow_c_stream__")


def _array(given: object, what: str) -> Array:
    try:
        found = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise DataError(f"the {what} cannot be made an array: {error}") from error
    if found.dtype.kind == "O":
        # Text in a column of pandas comes as objects.
        if not all(isinstance(one, str) for one in found.ravel()):
            raise DataError(f"the {what} are Python objects; numbers are needed, or text for classes")
        found = found.astype(np.str_)
    if not found.ndim:
        raise DataError(f"the {what} are {given!r}; an array with a row for each sample is needed")
    return found


def _kept(content: bytes, kind: str, suffix: str) -> Path:
    try:
        from platformdirs import user_data_path
    except ImportError as error:
        raise missing_extra("lab", "keeping data for later runs") from error
    name = f"{kind}-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    path = user_data_path("actscope", appauthor=False) / "data" / name
    if path.exists() and path.read_bytes() == content:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and then renamed, so that nobody ever reads a half.
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise DataError(
            f"the data cannot be kept in {path.parent}: {error.strerror or error}; write them to a file yourself and "
            "give its path"
        ) from error
    return path
