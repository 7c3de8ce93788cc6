"""From the columns of a table to numbers; what no network can take is refused, with the rows and the remedy."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .targets import MOST_VALUES, few
from .task import Array

_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_COUNTERS = ("", "unnamed: 0", "id", "index", "row", "__index_level_0__")
_LISTED = 3


def inputs_of(table: Any, where: str) -> Array:
    """Return the columns of an Arrow table as numbers, (rows, inputs) in float64.

    Truth values become 0 and 1; text of at most 20 different values, two rows or more for each, becomes a number for
    each value, 1 in the rows that have it. Raises DataError for anything else.
    """
    blocks = [_numbers(name, table.column(name), where) for name in table.column_names]
    return np.concatenate(blocks, axis=1)


def refuse_missing(table: Any, where: str) -> None:
    """Raise DataError if a cell of the table is empty or not a finite number, with the columns, counts and rows."""
    _refuse(_empty(table), where, "cells without a value", "frame.dropna()")
    dropped = "frame.replace([numpy.inf, -numpy.inf], numpy.nan).dropna()"
    _refuse(_infinite(table), where, "infinite cells", dropped)


def values_of(column: Any) -> Array:
    """Return a column as NumPy has it: numbers, truth values, or text as objects.

    >>> import pyarrow
    >>> values_of(pyarrow.chunked_array([["a", "bc"]])).tolist()
    ['a', 'bc']
    """
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        return values_of(column.cast(kind.value_type))
    if types.is_decimal(kind):
        return values_of(column.cast("float64"))
    values: Array = column.to_numpy()
    return values


def readable(column: Any) -> bool:
    """Return whether a column holds numbers, truth values or text."""
    from pyarrow import types

    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    known = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, _is_text)
    return any(is_so(kind) for is_so in known)


def rows_told(marked: NDArray[np.bool_]) -> str:
    """Return where something is the case, in words; the first row is 1.

    >>> rows_told(np.array([False, True, True, True, True, True]))
    '5 rows (2, 3, 4, ...)'
    """
    at = np.flatnonzero(marked) + 1
    listed = ", ".join(map(str, at[:_LISTED]))
    return f"row {listed}" if len(at) == 1 else f"{len(at)} rows ({listed}{', ...' if len(at) > _LISTED else ''})"


def _refuse(marked: Iterator[tuple[str, NDArray[np.bool_]]], where: str, what: str, remedy: str) -> None:
    told = [f"column {name!r} in {rows_told(cells)}" for name, cells in marked if cells.any()]
    if told:
        more = f"; {len(told) - _LISTED} more columns have some too" if len(told) > _LISTED else ""
        raise DataError(
            f"{where} has {what}: {'; '.join(told[:_LISTED])}{more} (row 1 is the first of the data); "
            f"fill them in or leave those rows out, with pandas for instance by {remedy}"
        )


def _empty(table: Any) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for name in table.column_names:
        yield name, table.column(name).is_null(nan_is_null=True).to_numpy().astype(bool)


def _infinite(table: Any) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for name in table.column_names:
        if readable(column := table.column(name)) and (values := values_of(column)).dtype.kind == "f":
            yield name, np.isinf(values)


def _numbers(name: str, column: Any, where: str) -> Array:
    if not readable(column):
        raise DataError(
            f"column {name!r} of {where} holds {column.type}; numbers, truth values and text are read; leave it out, "
            "or write numbers, such as days for a date"
        )
    values = values_of(column)
    if values.dtype.kind == "O":
        return _categories(name, values, where)
    if name.casefold() in _COUNTERS and values.dtype.kind in "iu" and (np.diff(values) == 1).all():
        raise DataError(
            f"column {name!r} of {where} counts the rows from {values[0]} to {values[-1]}, which says where a row "
            "stands and nothing else; leave it out (with pandas: to_csv(..., index=False))"
        )
    return values.astype(np.float64)[:, None]


def _categories(name: str, values: Array, where: str) -> Array:
    different, codes = np.unique(values, return_inverse=True)
    numeric = np.array([_NUMBER.fullmatch(value) is not None for value in different])
    commas = all(_DECIMAL_COMMA.fullmatch(value) or _NUMBER.fullmatch(value) for value in different)
    if commas and not numeric.all():
        raise DataError(
            f"column {name!r} of {where} has decimal commas, such as {different[~numeric][0]!r}; write points"
        )
    if numeric[codes].mean() > 0.5 and not numeric.all():
        odd = different[~numeric][0]
        raise DataError(
            f"column {name!r} of {where} holds numbers but for {odd!r} in {rows_told(values == odd)}; give those rows "
            "numbers or leave them out"
        )
    if not few(len(different), len(values)):
        raise DataError(
            f"column {name!r} of {where} is text with {len(different)} different values in {len(values)} rows, such as "
            f"{different[0][:40]!r}; text is taken as categories with at most {MOST_VALUES} values and two rows "
            "or more for each; leave the column out, or write numbers"
        )
    return np.eye(len(different))[codes]


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
