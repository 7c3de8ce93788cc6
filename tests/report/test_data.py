import json
import math
from typing import Any

from actscope import __version__
from actscope.lab.records import Comparison
from actscope.report import as_json


def same(record: Any, told: Any, path: str = "") -> None:
    """Assert that `told` is `record` with tuples as lists and null for what is not a number."""
    if isinstance(record, dict):
        assert record.keys() <= told.keys(), path
        for key, value in record.items():
            same(value, told[key], f"{path}.{key}")
    elif isinstance(record, list | tuple):
        assert len(record) == len(told), path
        for place, (one, other) in enumerate(zip(record, told, strict=True)):
            same(one, other, f"{path}[{place}]")
    elif isinstance(record, float) and not math.isfinite(record):
        assert told is None, path
    else:
        assert told == record, path
        assert type(told) is type(record), path


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_every_number_of_the_record_is_in_the_json(comparison: Comparison, plane: Comparison):
    for one in (comparison, plane):
        same(one.as_dict(), strict(as_json(one)))


def test_the_json_says_what_it_is(comparison: Comparison):
    told = strict(as_json(comparison, files=("report.html",)))
    assert told["format"] == "actscope comparison"
    assert told["version"] == 2
    assert told["actscope"] == __version__
    assert told["interrupted"] is True
    assert told["files"] == ["report.html"]
