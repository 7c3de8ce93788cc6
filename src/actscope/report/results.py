"""Stored results for the terminal and for other programs."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.table import Table

from ..errors import missing_extra
from ..lab.store.records import Failure, Tally
from .data import without_nan

Row = dict[str, Any]
COLUMNS = {
    "task": "",
    "activation": "",
    "model": "",
    "depth": "",
    "width": "",
    "lr": "g",
    "seed": "",
    "test_score": ".4f",
    "test_loss": ".4g",
    "seconds": ".2f",
    "recorded": "",
}
"""The columns of the table in a terminal, and how their numbers are written."""
_FORMATS = {
    "optimizer": "",
    "epochs": "",
    "init": "",
    "batch_size": "",
    "samples": "",
    "noise": "g",
    "schedule": "",
    "judged_on": "",
}
"""Columns that are shown where they tell rows apart."""


def table(rows: Sequence[Row]) -> Table:
    """Return the rows for a rich console, without the columns that all rows share beyond the first few."""
    varied = {name: form for name, form in _FORMATS.items() if len({row[name] for row in rows}) > 1}
    alike = {name for name in ("model", "width") if len({row[name] for row in rows}) == 1}
    columns = {name: form for name, form in [*COLUMNS.items(), *varied.items()] if name not in alike}
    found = _empty(list(columns), left=("task", "activation", "model", "recorded", "optimizer", "init", "schedule"))
    for row in rows:
        found.add_row(*("-" if row[name] is None else format(row[name], form) for name, form in columns.items()))
    return found


def tally_table(tallies: Sequence[Tally]) -> Table:
    """Return the sweeps of a store for a rich console."""
    found = _empty(["sweep", "task", "planned", "recorded", "failed", "begun"], left=("sweep", "task", "begun"))
    for one in tallies:
        found.add_row(one.name, one.task, *map(str, (one.planned, one.recorded, one.failed)), one.made)
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


def _empty(names: Sequence[str], left: Sequence[str]) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        found.add_column(name.replace("_", " "), justify="left" if name in left else "right")
    return found
