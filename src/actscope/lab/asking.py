"""What is asked for, checked: each refusal says what was met and what is expected."""

import math
import operator
from collections.abc import Callable, Iterable
from numbers import Real
from typing import TypeVar

from ..errors import SettingError, did_you_mean

Value = TypeVar("Value")


def several(name: str, given: object, one: Callable[[object], Value]) -> tuple[Value, ...]:
    """Return the values of an option that may be a value or several, each checked by `one`, or raise SettingError.

    >>> several("depth", 4, lambda given: count("depth", given))
    (4,)
    >>> several("init", ["he", "auto"], lambda given: choice("init", given, ("auto", "he")))
    ('he', 'auto')
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (one(given),)
    values = tuple(one(value) for value in given)
    if not values:
        raise SettingError(f"`{name}` is an empty list; give it at least one value, or leave it out")
    for value in values:
        if values.count(value) > 1:
            raise SettingError(f"`{name}` holds {value} more than once; name it once")
    return values


def count(name: str, given: object, least: int = 1, why: str = "") -> int:
    """Return a whole number of at least `least`, or raise SettingError.

    >>> count("depth", 4)
    4
    """
    try:
        # A bool counts as an integer in Python; here it is a slip.
        whole = operator.index(given) if not isinstance(given, bool) else None  # type: ignore[arg-type]
    except TypeError:
        whole = None
    if whole is None or whole < least:
        raise SettingError(f"`{name}` must be a whole number of at least {least}{why}, but got {given!r}")
    return whole


def number(name: str, given: object) -> float:
    """Return a finite number, or raise SettingError.

    >>> number("noise", 1)
    1.0
    """
    if isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(given):
        raise SettingError(f"`{name}` must be a finite number, but got {given!r}")
    return float(given)


def choice(name: str, given: object, known: tuple[str, ...]) -> str:
    """Return one of the known words, or raise SettingError with the nearest.

    >>> choice("init", "he", ("auto", "he"))
    'he'
    """
    if not isinstance(given, str) or given not in known:
        near = did_you_mean(str(given), known)
        raise SettingError(f"`{name}` must be one of {', '.join(known)}, but got {given!r}{near}")
    return given
