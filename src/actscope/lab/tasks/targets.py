"""What is to be told: classes or numbers, as the values themselves suggest or as the user says."""

from typing import Any

import numpy as np

from ...errors import DataError
from ..records import Kind
from .task import FEWEST, SAMPLES_PER_CLASS, Array

# Whole numbers of more different values are a quantity, and words of more different values are no categories.
MOST_VALUES = 20
_LISTED = 5


def few(different: int, rows: int) -> bool:
    """Return whether so many different values among so many rows are categories: at most 20, two rows for each.

    >>> few(3, 150), few(150, 150), few(12, 15)
    (True, False, False)
    """
    return different <= min(MOST_VALUES, rows // 2)


def refuse_few(count: int, what: str, unit: str = "row") -> None:
    """Raise DataError if there are fewer than ten samples."""
    if count < FEWEST:
        met = f"1 {unit}" if count == 1 else f"{count or 'no'} {unit}s"
        raise DataError(f"{what} has {met}; at least {FEWEST} are needed to train and to test on")


def targets_of(values: Array, kind: Kind | None, what: str, unit: str = "row") -> tuple[Array, tuple[str, ...]]:
    """Return classes (samples,) in int64 and what they are called, or numbers (samples, outputs) in float64 and ().

    `values` is (samples,), or (samples, outputs) for several numbers. Without `kind`, text and truth values are
    classes, and so are whole numbers of at most 20 different values with two rows or more for each; everything else is
    numbers. Raises DataError, which begins with `what`, where neither can be learned.

    >>> targets_of(np.array(["b", "a"] * 5), None, "y")
    (array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0]), ('a', 'b'))
    """
    refuse_few(len(values), what, unit)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        return _several(values, kind, what), ()
    different, codes, members = np.unique(values, return_inverse=True, return_counts=True)
    if len(different) == 1:
        raise DataError(f"{what} is {different[0]} in every {unit}, so there is nothing to learn; give another target")
    words = values.dtype.kind not in "iuf"
    if (kind or _kind(values, different, words, what)) == "regression":
        if words:
            raise DataError(
                f"{what} holds {_shown(different[0])}, which is no number, so this is no regression; leave the kind out"
            )
        return values.astype(np.float64)[:, None], ()
    return codes.astype(np.int64), _named(different, members, words, what, unit)


def _kind(values: Array, different: Array, words: bool, what: str) -> Kind:
    rows = len(values)
    if words:
        if len(different) == rows:
            raise DataError(
                f"{what} has another value in every row, such as {_shown(different[0])}, as a name or an id has; give "
                "another target"
            )
        return "classification"
    whole = bool((values == np.floor(values)).all())
    if whole and len(different) == rows and different[-1] - different[0] == rows - 1 and (np.diff(values) == 1).all():
        raise DataError(
            f"{what} counts the rows from {different[0]:g} to {different[-1]:g}, as an id does; give another target, "
            'or the kind "regression" if it is meant'
        )
    return "classification" if whole and few(len(different), rows) else "regression"


def _named(different: Array, members: Array, words: bool, what: str, unit: str) -> tuple[str, ...]:
    labels = tuple(str(one) if words else f"{one:g}" for one in different)
    rare = [(label, count) for label, count in zip(labels, members, strict=True) if count < SAMPLES_PER_CLASS]
    if rare:
        listed = ", ".join(f"{_shown(label)} ({count})" for label, count in rare[:_LISTED])
        more = f" and {len(rare) - _LISTED} more" if len(rare) > _LISTED else ""
        numbers = "" if words else ', or give the kind "regression" if it is a quantity'
        raise DataError(
            f"{what} has classes with fewer than {SAMPLES_PER_CLASS} {unit}s, too few to train, validate and test on: "
            f"{listed}{more}; leave those {unit}s out or join classes{numbers}"
        )
    return labels


def _several(values: Array, kind: Kind | None, what: str) -> Array:
    if values.ndim > 2 or values.dtype.kind not in "iuf" or kind == "classification":
        raise DataError(
            f"{what} has the shape {values.shape} and type {values.dtype}; classes have the shape ({len(values)},), "
            "and numbers to predict that or (rows, outputs)"
        )
    if ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all():
        raise DataError(f"{what} has a column for each class; give the classes themselves: y.argmax(axis=1)")
    constant = np.flatnonzero(values.max(axis=0) == values.min(axis=0))
    if len(constant):
        raise DataError(f"{what}: column {constant[0]} has one value in every row, so there is nothing to learn of it")
    return values.astype(np.float64)


def _shown(value: Any) -> str:
    return repr(str(value)) if len(str(value)) <= 40 else repr(f"{str(value)[:40]}...")
