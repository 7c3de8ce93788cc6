"""Runs in the store: a cell is recorded once, in one transaction, whoever ran it and however often."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from ...bench.machine import environment
from ...errors import RecordError, StoreError
from ..identity import canonical, cell_id, described
from ..records import Experiment, Run
from ..records_json import run_as_json, run_from_json
from .file import Store, now
from .trouble import ELSEWHERE

COLUMNS = ("task", "activation", "model", "depth", "width", "seed")
"""What a result tells of its experiment in columns of their own; the rest is in `settings`, as JSON."""
SCORES = ("train_score", "test_score", "train_loss", "test_loss")
FAST = 1
"""How hard zlib tries: of its levels the one that takes a tenth of the time of the usual, for a fifth more bytes."""
MOST_VALUES = 500
"""Values that one question names; SQLite takes a few more."""


def record(store: Store, runs: Iterable[Run], engine: str) -> None:
    """Commit runs in one transaction; `engine` is what ran them.

    The first result of a cell is kept. One that comes again is counted, and whether it differs in more than the time
    that it took: equal experiments should give equal runs.
    """
    rows = [(run, _row(run)) for run in runs]
    facts = _facts(engine)
    with store.transaction() as database:
        database.execute("INSERT OR IGNORE INTO env (facts) VALUES (?)", (facts,))
        env = database.execute("SELECT k FROM env WHERE facts = ?", (facts,)).fetchone()["k"]
        for run, row in rows:
            note_cell(database, row["cell_id"], run.experiment)
            row |= {"env": env, "at": now()}
            names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
            done = database.execute(f"INSERT OR IGNORE INTO result ({names}) VALUES ({places})", row)
            if done.rowcount == 0:
                _count_again(database, row["cell_id"], run)


def note_cell(database: sqlite3.Connection, cell: str, experiment: Experiment) -> None:
    """Write down what a cell is, if that is not there yet."""
    database.execute("INSERT OR IGNORE INTO cell VALUES (?, ?)", (cell, canonical(described(experiment))))


def recorded(store: Store, cells: Iterable[str]) -> set[str]:
    """Return which of the cells have a result."""
    found: set[str] = set()
    for some in portions(cells, MOST_VALUES):
        found |= {row["cell_id"] for row in store.rows(_among("SELECT cell_id FROM result", some), some)}
    return found


def runs_of(store: Store, experiments: Mapping[str, Experiment]) -> Iterator[tuple[str, Run]]:
    """Yield cell and run of each experiment that has a result, in the order given.

    A run is told as one of the experiment that is asked for: what a formula or a file was called when the run was made
    may be another name.
    """
    for some in portions(experiments, MOST_VALUES // 10):
        rows = store.rows(_among("SELECT cell_id, run FROM result", some), some)
        found = {row["cell_id"]: row["run"] for row in rows}
        for cell in some:
            if cell in found:
                yield cell, replace(_unpacked(store, cell, found[cell]), experiment=experiments[cell])


def differing(store: Store, cells: Iterable[str]) -> int:
    """Return of how many cells a second run gave other numbers than the first."""
    asked = "SELECT cell_id FROM result WHERE differed > 0"
    return sum(len(store.rows(_among(asked, some, "AND"), some)) for some in portions(cells, MOST_VALUES))


def portions(values: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield the values in lists of at most `size`.

    >>> list(portions("abc", 2))
    [['a', 'b'], ['c']]
    """
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def _row(run: Run) -> dict[str, Any]:
    experiment = run.experiment
    told = {field.name: getattr(experiment, field.name) for field in fields(experiment)}
    columns = {name: told.pop(name) for name in COLUMNS}
    told["defined"] = experiment.defined.written if experiment.defined else None
    told["source"] = asdict(experiment.source) if experiment.source else None
    return {
        "cell_id": cell_id(experiment),
        **columns,
        "settings": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        **{name: getattr(run.final, name) for name in SCORES},
        "seconds": run.seconds,
        "steps": run.steps,
        "run": zlib.compress(run_as_json(run).encode(), FAST),
    }


def _count_again(database: sqlite3.Connection, cell: str, run: Run) -> None:
    stored = database.execute("SELECT run FROM result WHERE cell_id = ?", (cell,)).fetchone()["run"]
    differs = _numbers(run) != _numbers(run_from_json(zlib.decompress(stored)), run.experiment)
    database.execute(
        "UPDATE result SET again = again + 1, differed = differed + ? WHERE cell_id = ?", (int(differs), cell)
    )


def _numbers(run: Run, experiment: Experiment | None = None) -> str:
    """Return all of a run but the time that it took."""
    return run_as_json(replace(run, seconds=0.0, experiment=experiment or run.experiment))


def _unpacked(store: Store, cell: str, packed: bytes) -> Run:
    try:
        return run_from_json(zlib.decompress(packed))
    except (zlib.error, RecordError) as problem:
        raise StoreError(
            f"the store {store.path}: the result of cell {cell[:12]} cannot be read ({problem}); it was written by a "
            f"newer actscope, or the file is damaged: `pip install -U actscope`, or {ELSEWHERE}"
        ) from problem


def _among(question: str, values: Sequence[str], word: str = "WHERE") -> str:
    return f"{question} {word} cell_id IN ({', '.join('?' * len(values))})"


@lru_cache(maxsize=4)
def _facts(engine: str) -> str:
    """Return where this process runs, as JSON: told beside a result, and no part of the cell's identity."""
    return canonical({**asdict(environment()), "threads": 1, "engine": engine})
