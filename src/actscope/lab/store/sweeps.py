"""Sweeps in the store: which cells were planned, what became of them, and what a report of them needs beside runs."""

from collections.abc import Iterable, Mapping, Sequence

from ...errors import SettingError, did_you_mean
from ..identity import cell_id
from ..records import Experiment
from ..records_json import record, text
from .file import Store, now
from .records import MOST_LOSSES, Failure, Tally, Trouble
from .results import note_cell, portions


def note_sweep(store: Store, name: str, experiments: Sequence[Experiment], about: str) -> None:
    """Write down what a sweep is over; `about` is JSON for whoever asks. A sweep that is there gets the new `about`."""
    rows = [(name, place, cell_id(one), text(one)) for place, one in enumerate(experiments)]
    with store.transaction() as database:
        database.execute(
            "INSERT INTO sweep (name, made, about) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET about = excluded.about",
            (name, now(), about),
        )
        # The same cells may come in another order, or under other names.
        database.execute("DELETE FROM planned WHERE sweep = ?", (name,))
        database.executemany("INSERT INTO planned VALUES (?, ?, ?, ?)", rows)


def note_driver(store: Store, name: str, driver: str) -> None:
    """Write down who is at work on a sweep."""
    with store.transaction() as database:
        database.execute("INSERT OR IGNORE INTO sweep (name, made, about) VALUES (?, ?, '{}')", (name, now()))
        database.execute("UPDATE sweep SET driver = ? WHERE name = ?", (driver, name))


def driver_of(store: Store, name: str) -> str:
    """Return who was last at work on a sweep; "" if nobody was."""
    found = store.rows("SELECT driver FROM sweep WHERE name = ?", (name,))
    return str(found[0]["driver"]) if found else ""


def experiments_of(store: Store, name: str) -> tuple[Experiment, ...]:
    """Return the experiments of a sweep in the order of its plan; raises SettingError if there is no such sweep."""
    known = [row["name"] for row in store.rows("SELECT name FROM sweep")]
    if name not in known:
        listed = did_you_mean(name, known) or "; `actscope results --sweeps` lists them"
        raise SettingError(f"the store {store.path} has no sweep {name!r}{listed}")
    rows = store.rows("SELECT experiment FROM planned WHERE sweep = ? ORDER BY place", (name,))
    return tuple(record(Experiment, row["experiment"]) for row in rows)


def about(store: Store, name: str) -> str:
    """Return the JSON that was written down with a sweep."""
    return str(store.rows("SELECT about FROM sweep WHERE name = ?", (name,))[0]["about"])


def tallies(store: Store) -> list[Tally]:
    """Return the sweeps of the store, the newest last."""
    rows = store.rows(
        f"""
        SELECT sweep.name, sweep.made, count(DISTINCT planned.cell_id) AS planned,
            count(DISTINCT result.cell_id) AS recorded,
            count(DISTINCT CASE WHEN result.cell_id IS NULL THEN failed.cell_id END) AS failed,
            min(CASE WHEN planned.place = 0 THEN planned.experiment END) AS first
        FROM sweep JOIN planned ON planned.sweep = sweep.name
        LEFT JOIN result ON result.cell_id = planned.cell_id
        LEFT JOIN ({_EXHAUSTED}) AS failed ON failed.cell_id = planned.cell_id
        GROUP BY sweep.name ORDER BY sweep.made, sweep.name
        """
    )
    return [
        Tally(
            name=row["name"],
            made=row["made"],
            task=first.task,
            planned=row["planned"],
            recorded=row["recorded"],
            failed=row["failed"],
            judged_on=first.judged_on,
        )
        for row in rows
        for first in [record(Experiment, row["first"])]
    ]


# A cell without a result, whose code raised an error or which took too many workers with it.
_EXHAUSTED = f"SELECT DISTINCT cell_id FROM failure WHERE kind = 'error' OR attempt >= {MOST_LOSSES}"


def note_failure(store: Store, cell: str, failure: Failure) -> None:
    """Write down that a cell failed, or that a worker was lost with it."""
    with store.transaction() as database:
        note_cell(database, cell, failure.experiment)
        database.execute(
            "INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?)",
            (cell, failure.attempts, failure.kind, failure.detail, now()),
        )


def failures_of(store: Store, experiments: Mapping[str, Experiment]) -> dict[str, Failure]:
    """Return the last trouble of each cell that has no result; those that were lost may be tried again."""
    found: dict[str, Failure] = {}
    for some in portions(experiments, 500):
        rows = store.rows(
            f"SELECT cell_id, attempt, kind, detail FROM failure WHERE cell_id IN ({', '.join('?' * len(some))}) "
            "AND cell_id NOT IN (SELECT cell_id FROM result) ORDER BY attempt",
            some,
        )
        for row in rows:
            kind: Trouble = "error" if row["kind"] == "error" else "lost"
            found[row["cell_id"]] = Failure(experiments[row["cell_id"]], kind, row["detail"], row["attempt"])
    return {cell: found[cell] for cell in experiments if cell in found}


def all_failures(store: Store, sweep: str = "") -> list[Failure]:
    """Return the cells that have no result and are not tried again by themselves, of one sweep or of all."""
    rows = store.rows(
        f"SELECT cell_id, min(experiment) AS experiment FROM planned WHERE cell_id IN ({_EXHAUSTED}) "
        "AND ? IN ('', sweep) GROUP BY cell_id ORDER BY min(sweep), min(place)",
        (sweep,),
    )
    return list(failures_of(store, {row["cell_id"]: record(Experiment, row["experiment"]) for row in rows}).values())


def forget_failures(store: Store, cells: Iterable[str]) -> None:
    """Take away what is written of failures of these cells, so that they are tried again."""
    with store.transaction() as database:
        database.executemany("DELETE FROM failure WHERE cell_id = ?", [(cell,) for cell in cells])
