"""Who an experiment is: a name that follows from all that determines its numbers, the same in every process."""

import hashlib
import json
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any

from .records import Experiment

MEASURED = 1
"""Raised by hand when equal experiments give other numbers than before; what is stored under it is then run again."""


def cell_id(experiment: Experiment) -> str:
    """Return the identity of an experiment: the SHA-256 of its canonical description, in hexadecimal.

    >>> from dataclasses import replace
    >>> from actscope.lab.planning import plan
    >>> one, two = plan("xor", ["relu"], seeds=2)
    >>> cell_id(one) == cell_id(replace(two, seed=0)), cell_id(one) == cell_id(two)
    (True, False)
    """
    return _digest(canonical(described(experiment)))


def described(experiment: Experiment) -> dict[str, Any]:
    """Return all that determines the numbers of a run, and nothing else.

    A field that has its default is left out, so that a field added later renames nothing. Left out are also names that
    change no number: of an activation of one's own, which its formula describes, and of files, which their content
    does.

    >>> from actscope.lab.planning import plan
    >>> sorted(described(plan("xor", ["relu"])[0]).keys() - plan.__kwdefaults__.keys())
    ['activation', 'measured', 'seed', 'task']
    """
    found = {"measured": MEASURED, **_unusual(experiment)}
    if own := experiment.defined:
        found["defined"] = {
            "formula": own.formula,
            "parameters": [[p.name, p.default, p.learnable] for p in own.parameters],
            "slope_at": [list(pair) for pair in own.slope_at],
        }
        del found["activation"]
    if source := experiment.source:
        found["source"] = _unusual(source)
        del found["source"]["path"], found["task"]
    if experiment.model_digest:
        found["model"] = experiment.model.rpartition(":")[2]
    return found


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, composed letters, 1.0 written as 1.

    Raises ValueError for nan and infinities, and TypeError for what JSON has no word for.

    >>> canonical({"b": 1.0, "a": (0.5, None)})
    '{"a":[0.5,null],"b":1}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sweep_name(experiments: Iterable[Experiment]) -> str:
    """Return what the sweep over these experiments is called, in whatever order they are: the task and eight digits.

    One that finds learning rates is called so.

    >>> from actscope.lab.planning import plan
    >>> sweep_name(plan("xor", ["relu", "tanh"])) == sweep_name(plan("xor", ["tanh", "relu"]))
    True
    """
    cells = {cell_id(experiment): experiment for experiment in experiments}
    first = next(iter(cells.values()))
    task = "-".join("".join(sign if sign.isalnum() else " " for sign in first.task.lower()).split())[:32]
    purpose = "" if first.judged_on == "test" else "-rates"
    return f"{task}{purpose}-{_digest(canonical(sorted(cells)))[:8]}"


def _unusual(record: Any) -> dict[str, Any]:
    """Return the fields of a record that differ from their defaults, and those that have none."""
    found = {field.name: (getattr(record, field.name), field.default) for field in fields(record)}
    return {name: value for name, (value, default) in found.items() if default is MISSING or value != default}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"an experiment cannot have {value} in it")
        return int(value) if value == int(value) else float(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(one) for key, one in value.items()}
    raise TypeError(f"an experiment cannot have {value!r} in it, a {type(value).__name__}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
