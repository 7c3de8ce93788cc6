"""The file that results are kept in: SQLite, opened with care, written in whole transactions."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ... import __version__
from ...errors import StoreError
from .trouble import ELSEWHERE, told

APPLICATION = int.from_bytes(b"acts")
"""Marks a database as a store of ours, so that none of another program's is ever written to."""
VERSION = 1
"""Raised when the tables change."""
BUSY_SECONDS = 60

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE env (k INTEGER PRIMARY KEY, facts TEXT NOT NULL UNIQUE);
CREATE TABLE cell (id TEXT PRIMARY KEY, description TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sweep (
    name TEXT PRIMARY KEY, made TEXT NOT NULL, driver TEXT NOT NULL DEFAULT '', about TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE planned (
    sweep TEXT NOT NULL REFERENCES sweep (name), place INTEGER NOT NULL, cell_id TEXT NOT NULL,
    experiment TEXT NOT NULL, PRIMARY KEY (sweep, place)
) WITHOUT ROWID;
CREATE INDEX planned_cell ON planned (cell_id);
CREATE TABLE result (
    k INTEGER PRIMARY KEY, cell_id TEXT NOT NULL UNIQUE REFERENCES cell (id), at TEXT NOT NULL,
    env INTEGER NOT NULL REFERENCES env (k), task TEXT NOT NULL, activation TEXT NOT NULL, model TEXT NOT NULL,
    depth INTEGER NOT NULL, width INTEGER NOT NULL, seed INTEGER NOT NULL, settings TEXT NOT NULL,
    train_score REAL, test_score REAL, train_loss REAL, test_loss REAL, seconds REAL, steps INTEGER,
    again INTEGER NOT NULL DEFAULT 0, differed INTEGER NOT NULL DEFAULT 0, run BLOB NOT NULL
);
CREATE TABLE failure (
    cell_id TEXT NOT NULL REFERENCES cell (id), attempt INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    at TEXT NOT NULL, PRIMARY KEY (cell_id, attempt)
) WITHOUT ROWID;
"""


class Store:
    """An open store. `writing=False` opens one that exists and changes nothing, not even on a read-only disk."""

    def __init__(self, path: Path, *, writing: bool = True) -> None:
        path = path.absolute()
        if path.is_dir():
            raise StoreError(f"the store {path} is a folder; name a file in it, such as {path / 'results.sqlite'}")
        if not writing and not path.is_file():
            raise StoreError(f"there is no store {path}; `actscope compare` makes one, or {ELSEWHERE}")
        self.path = path
        with told(path):
            self._database = _connected(path, writing)
            try:
                _check_kind(self._database, path, writing)
                if writing:
                    _prepare(self._database, path)
            except BaseException:
                self._database.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        self._database.close()

    @property
    def token(self) -> str:
        """A random word that was put into the file when it was made: who reads the same has the same file."""
        return str(self.rows("SELECT value FROM meta WHERE name = 'token'")[0][0])

    def rows(self, question: str, values: Any = ()) -> list[Any]:
        """Return the rows that answer a question in SQL; each has its columns by place and by name."""
        with told(self.path):
            return self._database.execute(question, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the database for writing: all that is written is on the disk afterwards, or after an error nothing."""
        with told(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def now() -> str:
    """Return the time as the store writes it, in UTC.

    >>> len(now())
    24
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _connected(path: Path, writing: bool) -> sqlite3.Connection:
    if writing:
        return _opened(f"{path.as_uri()}?mode=rwc")
    try:
        database = _opened(f"{path.as_uri()}?mode=rw")
    except sqlite3.OperationalError:
        # Reading takes files beside the store; on a read-only disk there can be none, and nobody who writes either.
        if path.with_name(f"{path.name}-wal").exists():
            raise
        return _opened(f"{path.as_uri()}?immutable=1")
    database.execute("PRAGMA query_only = ON")
    return database


def _opened(address: str) -> sqlite3.Connection:
    database = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    database.row_factory = sqlite3.Row
    try:
        # The first look at the file, so that what is wrong with it is found here.
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def _check_kind(database: sqlite3.Connection, path: Path, writing: bool) -> None:
    """Raise StoreError if the file is another program's, or was written by an actscope that is newer than this."""
    # All of one moment: another process may be making the file.
    database.execute("BEGIN")
    try:
        ours, version, tables = (
            database.execute(question).fetchone()[0]
            for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
    finally:
        database.execute("COMMIT")
    if not tables and not writing:
        raise StoreError(f"the store {path} is empty; `actscope compare` fills it, or {ELSEWHERE}")
    if tables and ours != APPLICATION:
        raise StoreError(f"the store {path}: it is another program's database, and stays as it is; {ELSEWHERE}")
    if version > VERSION:
        raise StoreError(
            f"the store {path}: it was written by a newer actscope (its tables are version {version}, this one knows "
            f"{VERSION}), and stays as it is; update with `pip install -U actscope`, or {ELSEWHERE}"
        )


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    _use_log(database, path)
    # Each commit is on the disk before it is reported: it survives a loss of power, for a third of a millisecond.
    database.execute("PRAGMA synchronous = FULL")
    if database.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        if not database.execute("PRAGMA user_version").fetchone()[0]:
            for statement in TABLES.split(";"):
                database.execute(statement)
            facts = {"token": secrets.token_hex(16), "made": now(), "actscope": __version__}
            database.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _use_log(database: sqlite3.Connection, path: Path) -> None:
    """Have changes go through a write-ahead log, with which readers and a writer never wait for each other."""
    if database.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as problem:
            # Two processes that make one file at the same moment; SQLite does not wait by itself here.
            if problem.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise StoreError(f"the store {path}: its file system cannot share memory, as SQLite needs; {ELSEWHERE}")
