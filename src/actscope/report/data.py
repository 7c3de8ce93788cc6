"""The numbers of a comparison as JSON."""

import json
import math
from typing import Any

from .. import __version__
from ..lab.records import Comparison

FORMAT = "actscope comparison"
VERSION = 2
"""Raised when a field changes its meaning or goes away."""


def as_json(comparison: Comparison, files: tuple[str, ...] = ()) -> str:
    """Return every number of the comparison as strict JSON; nan and infinities become null.

    `files` are those that lie with it in a report's folder.
    """
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "actscope": __version__,
        "interrupted": comparison.interrupted,
        "files": list(files),
        **comparison.as_dict(),
    }
    return json.dumps(without_nan(whole), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def without_nan(value: Any) -> Any:
    """Return `value` with None for every number that JSON does not have.

    >>> without_nan({"loss": [1.0, math.nan, -math.inf]})
    {'loss': [1.0, None, None]}
    """
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
