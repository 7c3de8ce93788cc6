"""How far a walk over all inputs has come, kept in the user's folder for such things, so that it can go on."""

import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import ReportError
from . import by_actscope
from .libraries import version
from .machine import processor
from .records import Errors, errors_of
from .walking import PIECES, Walk

FORMAT = 1
"""Raised when what is measured changes, so that old states are not gone on with."""


@dataclass(frozen=True, slots=True)
class State:
    """What a walk has found so far."""

    path: Path
    errors: Errors = field(default_factory=Errors)
    done: int = 0
    """Pieces, of `PIECES`."""

    @property
    def finished(self) -> bool:
        """Whether every number was tried."""
        return self.done == PIECES


def folder() -> Path:
    """Return where states are kept unless another folder is named: beside what other programs keep for this user."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")
    return Path(base) / "actscope" / "accuracy"


def state(of: Walk, where: Path, fresh: bool = False) -> State:
    """Return how far the walk has come; from the start if `fresh`, or if nothing fitting is kept.

    A state fits the same function, kind, version of the library and processor, and the same code of ours: that of the
    truth, and where ours is what is measured that too.
    """
    subject = of.subject
    measured = ("float32", "float64") if of.library == "actscope" else ("float64",)
    code = by_actscope.fingerprint(subject, *measured)
    parts = (FORMAT, subject.name, of.library, version(of.library), code, processor())
    mark = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    name = f"{subject.activation.name}-{subject.kind.replace('/', '')}-{of.library}-{mark}.json"
    start = State(where / name)
    if fresh:
        return start
    # A state that cannot be read is as good as none.
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept: dict[str, Any] = json.loads(start.path.read_text(encoding="utf-8"))
        return State(start.path, errors_of(kept["errors"]), int(kept["done"]))
    return start


def further(kept: State, errors: Errors, done: int) -> State:
    """Return the state with more pieces done."""
    return replace(kept, errors=errors, done=done)


def save(kept: State) -> None:
    """Write the state, whole or not at all. Raises ReportError where it cannot be written."""
    content = json.dumps({"done": kept.done, "errors": asdict(kept.errors)})
    try:
        kept.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=kept.path.parent, prefix=".walk-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        Path(temporary).replace(kept.path)
    except OSError as problem:
        raise ReportError(
            f"cannot keep how far the walk has come in {kept.path.parent}: {problem.strerror}; name another folder "
            f"with --state"
        ) from problem
