"""Options that are lists: what is typed with commas, read into values."""

from collections.abc import Callable
from typing import TypeVar

from ..errors import SettingError

Value = TypeVar("Value", int, float)


def words(text: str) -> list[str]:
    """Return what stands between the commas.

    >>> words("he, xavier")
    ['he', 'xavier']
    """
    return [part for word in text.split(",") if (part := word.strip())]


def whole(name: str, text: str | None) -> list[int] | None:
    """Return whole numbers; None if nothing is typed. Raises SettingError.

    >>> whole("--depth", "2,8"), whole("--samples", None)
    ([2, 8], None)
    """
    return None if text is None else _read(name, text, int, "whole numbers", "2,8")


def one_whole(name: str, text: str) -> int:
    """Return a whole number. Raises SettingError.

    >>> one_whole("--seeds", "5")
    5
    """
    try:
        return int(text)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, such as 5, but got {text!r}") from None


def numbers(name: str, text: str | None) -> list[float] | None:
    """Return numbers; None if nothing is typed. Raises SettingError.

    >>> numbers("--lr", "1e-3,0.01")
    [0.001, 0.01]
    """
    return None if text is None else _read(name, text, float, "numbers", "0.001,0.01")


def epochs_or_none(name: str, text: str) -> list[int | None]:
    """Return whole numbers, and None for the word none. Raises SettingError.

    >>> epochs_or_none("--patience", "none,5")
    [None, 5]
    """
    found: list[int | None] = []
    for part in words(text):
        found += [None] if part == "none" else _read(name, part, int, "none or whole numbers", "none,5")
    return found


def _read(name: str, text: str, one: Callable[[str], Value], what: str, such: str) -> list[Value]:
    try:
        return [one(part) for part in text.split(",")]
    except ValueError:
        raise SettingError(f"{name} must be {what} separated by commas, such as {such}, but got {text!r}") from None
