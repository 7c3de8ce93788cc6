"""Stored results for the terminal and for other programs."""

import csv
import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.table import Table

from ..errors import missing_extra
from ..lab.store.records import Failure, Tally
from .data import without_nan
from .text import Fitting

Row = dict[str, Any]
SHOWN = ("task", "activation", "depth", "lr", "seed", "test_score", "test_loss", "seconds", "recorded")
"""The columns of the table in a terminal."""
WHERE_VARIED = (
    *("model", "width", "optimizer", "epochs", "init", "schedule", "batch_size", "samples", "noise", "patience"),
    "judged_on",
)
"""Columns that are shown where they tell rows apart."""
DISPENSABLE = ("recorded", "seconds", "test_loss", *reversed(WHERE_VARIED))
"""What a narrower terminal goes without, one after the other."""
_FORMATS = {"lr": "g", "noise": "g", "test_score": ".4f", "test_loss": ".4g", "seconds": ".2f"}
_WORDS = frozenset({"task", "activation", "model", "recorded", "optimizer", "init", "schedule", "judged_on"})


def table(rows: Sequence[Row]) -> Fitting:
    """Return the rows for a rich console, with as many columns as there is room for."""
    varied = [name for name in WHERE_VARIED if len({row[name] for row in rows}) > 1]
    columns = [*SHOWN, *varied]
    layouts = [_table(rows, columns)]
    for name in DISPENSABLE:
        if name in columns:
            columns = [column for column in columns if column != name]
            layouts.append(_table(rows, columns))
    return Fitting(tuple(layouts))


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    found = _empty(columns, left=_WORDS)
    for row in rows:
        shown = row | {"recorded": _minute(row["recorded"])}
        found.add_row(
            *("-" if shown[name] is None else format(shown[name], _FORMATS.get(name, "")) for name in columns)
        )
    return found


def tally_table(tallies: Sequence[Tally]) -> Table:
    """Return the sweeps of a store for a rich console."""
    found = _empty(
        ["sweep", "task", "planned", "recorded", "failed", "begun (UTC)"], left=("sweep", "task", "begun (UTC)")
    )
    for one in tallies:
        found.add_row(one.name, one.task, *map(str, (one.planned, one.recorded, one.failed)), _minute(one.made))
    return found


def failure_table(failures: Sequence[Failure]) -> Table:
    """Return cells that failed, and why, for a rich console."""
    found = _empty(["task", "activation", "depth", "seed", "tried", "what happened"], left=("what happened",))
    for one in failures:
        cell = one.experiment
        found.add_row(cell.task, cell.activation, str(cell.depth), str(cell.seed), str(one.attempts), one.detail)
    return found


def as_csv(rows: Sequence[Row]) -> bytes:
    """Return the rows as CSV with a line of names; what is missing is empty.

    >>> as_csv([{"task": "xor", "formula": None}])
    b'task,formula\\nxor,\\n'
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_json(rows: Sequence[Row]) -> bytes:
    """Return the rows as a JSON list of objects.

    >>> as_json([{"task": "xor", "formula": None}])
    b'[\\n{"task": "xor", "formula": null}\\n]\\n'
    """
    lines = (json.dumps(without_nan(row), ensure_ascii=False, allow_nan=False) for row in rows)
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def as_parquet(rows: Sequence[Row]) -> bytes:
    """Return the rows as a Parquet file; raises MissingExtraError without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("lab", "writing Parquet") from error
    found = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), found)
    return found.getvalue()


FORMATS: Mapping[str, Callable[[Sequence[Row]], bytes]] = MappingProxyType(
    {"csv": as_csv, "json": as_json, "parquet": as_parquet}
)
"""How results are exported, by the ending of the file."""


def _minute(time: str) -> str:
    """Return a time of the store's to the minute.

    >>> _minute("2026-11-21T17:35:02.123Z")
    '2026-11-21 17:35'
    """
    return time[:16].replace("T", " ")


def _empty(names: Sequence[str], left: Collection[str]) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        found.add_column(
            name.replace("_", " "), no_wrap=name != "what happened", justify="left" if name in left else "right"
        )
    return found
