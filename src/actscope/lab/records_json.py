"""Records of the lab as JSON and back: every field is as it was, nan and infinities among them.

JSON has no nan and no infinity; where a field holds a number they are written as the texts "nan", "inf" and "-inf".
Reading goes by the types of the records, so a new field needs nothing here: one with a default may be missing in a
text that was written before it came.
"""

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..catalogue.definition import Definition
from ..errors import RecordError
from .records import Comparison, Run

Record = TypeVar("Record")
Reader = Callable[[Any], Any]

_NOT_IN_JSON = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
# What records.py names without importing it.
_NAMES = {"Definition": Definition}


def run_as_json(run: Run) -> str:
    """Return a run as one line of strict JSON that `run_from_json` makes an equal run of.

    >>> from actscope.lab.records import Estimate
    >>> text(Estimate(0.9, math.nan, math.nan, 1))
    '{"mean":0.9,"low":"nan","high":"nan","seeds":1}'
    """
    return text(run)


def run_from_json(written: str | bytes) -> Run:
    """Return the run that `run_as_json` wrote; raises RecordError if the text holds none."""
    return record(Run, written)


def comparison_as_json(comparison: Comparison) -> str:
    """Return a comparison as one line of strict JSON that `comparison_from_json` makes an equal comparison of."""
    return text(comparison)


def comparison_from_json(written: str | bytes) -> Comparison:
    """Return the comparison that `comparison_as_json` wrote, or that a report's comparison.json holds.

    In comparison.json nan and infinities are null alike, and come back as nan. Raises RecordError if the text holds no
    comparison.
    """
    found = _parsed(Comparison, written)
    known = {field.name for field in fields(Comparison)}
    if isinstance(found, dict) and "format" in found:
        found = {name: value for name, value in found.items() if name in known}
    comparison: Comparison = _read(Comparison, found)
    return comparison


def text(found: Any) -> str:
    """Return any record as one line of strict JSON; the same record gives the same line."""
    return json.dumps(_plain(found), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def record(kind: type[Record], written: str | bytes) -> Record:
    """Return the record of this kind that `text` wrote; raises RecordError if the text holds none.

    >>> from actscope.lab.records import Estimate
    >>> record(Estimate, '{"mean":0.9,"low":"nan","high":"inf","seeds":1}')
    Estimate(mean=0.9, low=nan, high=inf, seeds=1)
    """
    found: Record = _read(kind, _parsed(kind, written))
    return found


def _parsed(kind: type, written: str | bytes) -> Any:
    try:
        return json.loads(written)
    except ValueError as error:  # also of bytes that are no UTF-8
        raise RecordError(f"a {kind.__name__} was expected, but the text is no JSON: {error}") from error


def _read(kind: type, found: Any) -> Any:
    try:
        return _reader(kind)(found)
    except (TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"a {kind.__name__} was expected, but the text holds another record: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(float(value))
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in _written(kind))


def _written(kind: Any) -> list[Field[Any]]:
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no record")
    return [field for field in fields(kind) if field.init]


@cache
def _reader(hint: Any) -> Reader:
    """Return what makes a value of a type from what JSON has for it."""
    if hint is float:
        return _number
    if hint is Any or get_origin(hint) is Literal:
        return _as_it_is
    if hint in (str, int, bool):
        return _exactly(hint)
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        return _tuple(inner)
    if get_origin(hint) is dict:
        return _mapping(_reader(inner[1]))
    if get_origin(hint) in (Union, types.UnionType):
        return _one_of(inner)
    return _record(hint)


def _as_it_is(value: Any) -> Any:
    return value


def _exactly(kind: type) -> Reader:
    return lambda found: found if type(found) is kind else _refuse(f"a value of type {kind.__name__}", found)


def _number(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_IN_JSON[value] if value in _NOT_IN_JSON else _refuse("a number", value)
    return math.nan if value is None else value


def _tuple(inner: tuple[Any, ...]) -> Reader:
    if inner[-1] is Ellipsis:
        each = _reader(inner[0])
        # A map of a boundary holds some thousand numbers; those that are there need no look one by one.
        if each is _number:
            return lambda found: (
                tuple(found) if all(type(one) is float for one in found) else tuple(map(_number, found))
            )
        return lambda found: tuple(map(each, found))
    readers = tuple(_reader(one) for one in inner)
    return lambda found: tuple(read(one) for read, one in zip(readers, found, strict=True))


def _mapping(each: Reader) -> Reader:
    return lambda found: {key: each(value) for key, value in found.items()}


def _one_of(inner: tuple[Any, ...]) -> Reader:
    """Return the reader of the one type beside None; where several are possible they are what JSON itself tells apart.

    A float among several would make "nan" ambiguous, so that only a float alone may be nan.
    """
    others = [one for one in inner if one is not type(None)]
    if len(others) > 1:
        return _as_it_is
    read = _reader(others[0])
    return lambda found: None if found is None else read(found)


def _record(kind: Any) -> Reader:
    hints = get_type_hints(kind, localns=_NAMES)
    readers = {field.name: _reader(hints[field.name]) for field in _written(kind)}
    needed = {f.name for f in _written(kind) if f.default is MISSING and f.default_factory is MISSING}

    def read(found: Any) -> Any:
        if not isinstance(found, dict):
            _refuse(f"a {kind.__name__}", found)
        if missing := sorted(needed - found.keys()):
            raise ValueError(f"a {kind.__name__} has no {', '.join(missing)}")
        if unknown := sorted(found.keys() - readers.keys()):
            raise ValueError(f"a {kind.__name__} has {', '.join(unknown)}, which this actscope does not know")
        return kind(**{name: readers[name](value) for name, value in found.items()})

    return read


def _refuse(wanted: str, met: object) -> Any:
    raise ValueError(f"{wanted} was expected, but got {str(met)[:60]!r}")
