"""What benches share in their reports: progress, numbers as JSON."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .. import __version__
from ..bench.records import Accuracy, Speed
from ..bench.records import Progress as Told

VERSION = 1
"""Raised when a field of the JSON changes its meaning or goes away."""
WIDEST = 34
_LINE_EVERY = 10.0
"""Seconds, where there is no terminal for a bar."""


@contextmanager
def heard(console: Console) -> Iterator[Told]:
    """Yield what hears of a bench's progress: a bar on a terminal, elsewhere a line now and then."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        line = bar.add_task(f"{'':{WIDEST}}", total=None)

        def told(what: str, done: int, total: int) -> None:
            bar.update(line, description=f"{what:<{WIDEST}}"[:WIDEST], completed=done, total=total)

        yield told


def _lines(console: Console) -> Told:
    last = time.monotonic()

    def told(what: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _LINE_EVERY:
            last = time.monotonic()
            console.print(f"{done} of {total}: {what}", highlight=False, markup=False, soft_wrap=True)

    return told


def as_json(found: Accuracy | Speed) -> str:
    """Return every number of a bench as strict JSON; nan and the infinities become their names in quotes."""
    whole = {
        "format": f"actscope {type(found).__name__.lower()}",
        "version": VERSION,
        "actscope": __version__,
        **found.as_dict(),
    }
    return json.dumps(spelled(whole), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def spelled(value: Any) -> Any:
    """Return `value` with the name in the place of each number that JSON does not have.

    >>> spelled({"got": [math.nan, -math.inf, 1.5]})
    {'got': ['nan', '-inf', 1.5]}
    """
    if isinstance(value, dict):
        return {key: spelled(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
