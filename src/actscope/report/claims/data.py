"""What was found of the claims as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from ... import __version__
from ...lab.claims import Findings
from ..data import without_nan

FORMAT = "actscope claims"
VERSION = 1
"""Raised when a field changes its meaning or goes away."""


def as_json(found: Findings, files: Sequence[str] = ()) -> str:
    """Return everything as strict JSON, a field of a claim in a line; nan and infinities become null.

    `files` are those that lie with it in a folder.
    """
    whole = found.as_dict()
    claims = [_object(fields, "  ") for fields in whole.pop("claims")]
    listed = ",\n ".join(claims)
    first = {"format": FORMAT, "version": VERSION, "actscope": __version__, **whole, "files": list(files)}
    head = _object(first, " ").removesuffix("\n}")
    return f'{head},\n "claims": [{listed}]\n}}\n'


def _object(fields: dict[str, Any], indent: str) -> str:
    lines = (f"{indent}{_text(name)}: {_text(value)}" for name, value in fields.items())
    return "{\n" + ",\n".join(lines) + "\n" + indent[1:] + "}"


def _text(value: Any) -> str:
    return json.dumps(without_nan(value), ensure_ascii=False, allow_nan=False)
