"""What SQLite complains of, in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import StoreError

ELSEWHERE = "choose another file with --store FILE (in Python store=)"
KEPT = "what was recorded before is kept, and the same command goes on from there"

HELD = "another program has kept it locked for more than a minute; end that program, or wait and try again"

# By the beginning of the name that SQLite gives the error; the first that fits is taken.
SENTENCES = (
    ("SQLITE_FULL", f"the disk is full; free some space: {KEPT}; or {ELSEWHERE}"),
    ("SQLITE_READONLY", f"it is read-only; make it writable, or {ELSEWHERE}"),
    ("SQLITE_NOTADB", f"it is no store of results; {ELSEWHERE}"),
    (
        "SQLITE_CORRUPT",
        f"it is damaged, and nothing was changed in it; `sqlite3 FILE .recover` may save it; {ELSEWHERE}",
    ),
    ("SQLITE_CANTOPEN", f"it cannot be opened; look whether you may write there, or {ELSEWHERE}"),
    ("SQLITE_PERM", f"permission is missing; {ELSEWHERE}"),
    ("SQLITE_BUSY", HELD),
    ("SQLITE_LOCKED", HELD),
    ("SQLITE_IOERR", f"the disk cannot be read or written, as when it is full or was taken away; {KEPT} once it can"),
)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into StoreError, with the file's name and a remedy."""
    try:
        yield
    except sqlite3.Error as problem:
        name = getattr(problem, "sqlite_errorname", "")
        sentence = next((text for start, text in SENTENCES if name.startswith(start)), f"{problem}; {ELSEWHERE}")
        said = f" ({problem})" if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_CORRUPT")) else ""
        raise StoreError(f"the store {path}: {sentence}{said}") from problem
