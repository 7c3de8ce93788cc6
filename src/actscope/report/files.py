"""Files that are there whole or not at all."""

import itertools
import os
import tempfile
from pathlib import Path

from ..errors import ReportError, SettingError
from . import words


def write(path: Path, content: bytes) -> Path:
    """Return `path` after writing `content` to it; a file of that name is replaced in one step.

    On failure nothing is left behind, and the file that was there before is untouched.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "relu.svg", b"<svg/>").read_bytes()
    b'<svg/>'
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~umask())
        temporary.replace(path)
    except OSError as problem:
        raise ReportError(words.cannot_write(str(path), problem)) from problem
    finally:
        # After success the name is gone already; after a failure, or Ctrl-C, this takes the half-written file away.
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path


def check_file(path: Path, kind: str, *, overwrite: bool = False) -> None:
    """Raise an error if a file of that kind could not be written to `path`; called before what takes long.

    SettingError for an ending that says another kind, ReportError for a file that exists, unless `overwrite`, and for
    a place that cannot be written. A name without an ending may hold any kind.
    """
    if path.suffix and path.suffix.lower() != f".{kind}":
        raise SettingError(words.another_ending(path.name, kind))
    if path.is_dir():
        raise ReportError(words.is_a_folder(str(path)))
    if path.exists() and not overwrite:
        raise ReportError(words.exists(str(path)))
    if not path.parent.is_dir():
        raise ReportError(words.no_folder(str(path), str(path.parent)))
    try:
        # It is tried, with a file that has no name: permissions alone do not tell of a read-only disk.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as problem:
        raise ReportError(words.cannot_write(str(path), problem)) from problem


def free_folder(name: str) -> Path:
    """Return the first of name, name-2, name-3, ... that does not exist; the report of yesterday stays.

    >>> free_folder("a-folder-that-is-not-there").name
    'a-folder-that-is-not-there'
    """
    return next(path for n in itertools.count(1) if not (path := Path(name if n == 1 else f"{name}-{n}")).exists())


def umask() -> int:
    """Return the permissions that this process takes away from new files; tempfile would take away more.

    >>> 0 <= umask() <= 0o777
    True
    """
    current = os.umask(0o022)
    os.umask(current)
    return current
