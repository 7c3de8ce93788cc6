"""Tables: CSV and Parquet with a column to predict."""

import csv
import io
from typing import Any

from ...errors import DataError, did_you_mean, missing_extra
from ..records import Kind
from .columns import inputs_of, readable, refuse_missing, values_of
from .targets import refuse_few, targets_of
from .task import Raw

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq")
USUAL = ("target", "label", "class", "y", "species")

_SEPARATORS = ",;\t|"
_LISTED = 20


def read_table(content: bytes, suffix: str, name: str, target: str | None, kind: Kind | None) -> tuple[Raw, str]:
    """Return the data of a table and the column that is its target; `name` is what messages call it.

    A CSV file has names in its first line, and is text in UTF-8 with commas, semicolons, tabs or bars between the
    values. Without `target`, a column called target, label, class, y or species is taken if there is one alone.
    Raises DataError.

    >>> read_table(b"x,y\\n" + b"1,a\\n2,b\\n" * 5, ".csv", "two.csv", None, None)[1]
    'y'
    """
    if not content.strip():
        raise DataError(f"{name} is empty; a line with the names of the columns and at least 10 rows are needed")
    table = _parquet(content, name) if suffix in (".parquet", ".pq") else _csv(content, name)
    table = table.rename_columns([column.strip() for column in table.column_names])
    _check_names(table.column_names, name, target)
    refuse_few(table.num_rows, name)
    chosen = _target(table.column_names, target, name)
    if table.num_columns == 1:
        raise DataError(f"{name} has no column but {chosen!r}, so there is nothing to predict it from")
    refuse_missing(table, name)
    what = f"column {chosen!r} of {name}"
    column = table.column(chosen)
    if not readable(column):
        raise DataError(f"{what} holds {column.type}; classes or numbers can be predicted; give another target")
    targets, labels = targets_of(values_of(column), kind, what)
    others = table.drop_columns([chosen])
    columns = "the other column" if others.num_columns == 1 else f"the other {others.num_columns} columns"
    return Raw(inputs_of(others, name), targets, labels, f"{chosen} of {name}, told from {columns}"), chosen


def _csv(content: bytes, name: str) -> Any:
    arrow = _arrow(name)
    from pyarrow import csv as reader

    text = content.removeprefix(b"\xef\xbb\xbf")
    first = _first_line(text, name)
    separator = max(_SEPARATORS, key=lambda sign: len(_fields(first, sign)))
    try:
        return reader.read_csv(
            arrow.BufferReader(text),
            # One block: what a column holds is then judged by all of its rows.
            read_options=reader.ReadOptions(block_size=len(text) + 1),
            parse_options=reader.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=reader.ConvertOptions(strings_can_be_null=True),
        )
    except arrow.ArrowInvalid as error:
        raise DataError(f"{name} cannot be read as CSV: {error}; each line needs a value for each column") from error


def _first_line(text: bytes, name: str) -> str:
    try:
        return text.decode("utf-8").partition("\n")[0]
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        likely = "utf-16" if text.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin1"
        raise DataError(
            f"{name} is not UTF-8: line {line} has the byte 0x{text[error.start]:02x}; save it as UTF-8, for instance "
            f"by iconv -f {likely} -t utf-8 {name} > utf8-{name}"
        ) from None


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=separator), [])


def _parquet(content: bytes, name: str) -> Any:
    arrow = _arrow(name)
    from pyarrow import parquet

    try:
        return parquet.read_table(arrow.BufferReader(content))
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{name} cannot be read as Parquet: {error}; write the file again") from error


def _arrow(name: str) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise missing_extra("lab", f"reading {name}") from error
    return pyarrow


def _check_names(columns: list[str], name: str, target: str | None) -> None:
    if target not in columns and all(_is_number(column) for column in columns):
        raise DataError(
            f"the first line of {name} is {','.join(columns)[:60]}, which are numbers; the first line must name the "
            "columns"
        )
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(f"{name} has {columns.count(column)} columns called {column!r}; rename or remove them")


def _target(columns: list[str], target: str | None, name: str) -> str:
    listed = ", ".join(map(repr, columns[:_LISTED])) + (", ..." if len(columns) > _LISTED else "")
    if target is not None:
        if target not in columns:
            raise DataError(f"{name} has no column {target!r}{did_you_mean(target, columns) or ';'} there are {listed}")
        return target
    usual = [column for column in columns if column.casefold() in USUAL]
    if len(usual) != 1:
        met = f"has {' and '.join(map(repr, usual))}" if usual else f"has no column called {', '.join(USUAL)}"
        raise DataError(f"{name} {met}, so give the column to predict as the target; there are {listed}")
    return usual[0]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
