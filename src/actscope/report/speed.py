"""The timings of a bench, for the terminal and for a document."""

import math
import textwrap
from collections.abc import Iterable, Iterator
from statistics import geometric_mean

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..bench.records import Cell, Library, Saved, Speed
from . import numerals

WIDTH = 118
FORWARD, BOTH = "forward", "forward and backward"
LIBRARIES: tuple[Library, ...] = ("PyTorch", "torch.compile", "JAX", "SciPy")
_SMALL = 1024
"""Elements below which the cost of the call is what matters."""


def summary(found: Speed) -> RenderableType:
    """Return how much faster on average, then every table: by threads and amount of data, first calls, memory."""
    parts: list[RenderableType] = [_text(line) for line in _heading(found)]
    overview = _overview(found)
    parts += [Text(), overview, Text()] if overview.row_count else [Text()]
    for cells in _tables(found):
        parts += [_text(_title(cells)), _table(cells), Text()]
    parts += [_text("Milliseconds, each the median of new processes:"), _starts(found)]
    if found.saved:
        parts += [Text(), _text("Bytes an element that forward keeps for backward:"), _saved(found.saved)]
    return Group(*parts)


def _text(line: str) -> Text:
    return Text(textwrap.fill(line, WIDTH))


def _heading(found: Speed) -> Iterator[str]:
    where = found.environment
    versions = ", ".join(f"{name} {version}" for name, version in where.libraries.items())
    yield f"{where.processor}, {where.processors} processors, {where.system}, Python {where.python}; {versions}."
    others_timed = any(timing.library != "actscope" for cell in found.cells for timing in cell.timings)
    yield (
        "float32. A ratio is the other library's time by ours, the median over rounds in which the calls take turns: "
        "above 1 where ours is faster."
        if others_timed
        else "float32; the median over rounds in which the calls take turns."
    )
    load = found.load
    if load.others is None:
        yield "How busy the machine was besides is not known here."
    elif load.disturbed:
        yield (
            f"Other processes were at work and disturbed {load.disturbed} of {load.measurements} measurements: THE "
            f"RATIOS MEAN LITTLE."
        )
    else:
        again = f"; {load.repeated} measurements were made again" if load.repeated else ""
        yield f"Other processes took {load.others:.2f} processors meanwhile{again}."
    yield from found.notes


def _tables(found: Speed) -> list[list[Cell]]:
    """Return the cells by tables: one for each kind of function, amount of data and number of threads."""
    tables: dict[tuple[object, ...], list[Cell]] = {}
    for cell in found.cells:
        tables.setdefault((cell.table, cell.shape, cell.threads), []).append(cell)
    return list(tables.values())


def _title(cells: list[Cell]) -> str:
    first = cells[0]
    copy = geometric_mean(cell.copy for cell in cells)
    small = first.elements < _SMALL
    told = f"{copy * 1e6:.2f} us" if small else f"{copy / first.elements * 1e9:.3f} ns an element"
    threads = f"{first.threads} thread{'s' * (first.threads > 1)}"
    return f"{_amount(first)}, {threads}; {'us a call' if small else 'ns an element'}; a copy takes {told}"


def _amount(cell: Cell) -> str:
    if len(cell.shape) > 1:
        return f"{size(cell.shape[0])} rows of {size(cell.shape[1])}"
    return f"{size(cell.elements)} elements" + " of either input" * (cell.table == "gated")


def size(elements: int) -> str:
    """Return a number of elements as it is written on the command line.

    >>> size(4096), size(1 << 22), size(1000)
    ('4k', '4M', '1000')
    """
    for unit, letter in ((1 << 20, "M"), (1 << 10, "k")):
        if elements >= unit and elements % unit == 0:
            return f"{elements // unit}{letter}"
    return str(elements)


def _table(cells: list[Cell]) -> Table:
    """Return a line for each function: ours, each other library and its ratio, forward and with backward."""
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column("", no_wrap=True)
    columns = [
        (work, library)
        for work in (FORWARD, BOTH)
        for library in LIBRARIES
        if any(cell.work == work and cell.of(library) for cell in cells)
    ]
    for work in (FORWARD, BOTH):
        shown.add_column(f"{'forward' if work == FORWARD else 'with backward'}\nours", justify="right", no_wrap=True)
        for _, library in (column for column in columns if column[0] == work):
            shown.add_column(f"\n{library}", justify="right", no_wrap=True)
            shown.add_column("\nratio", justify="right", no_wrap=True)
    by_name = {(cell.function, cell.work): cell for cell in cells}
    for function in dict.fromkeys(cell.function for cell in cells):
        shown.add_row(function, *_row(by_name, function, columns))
    if len(cells) > len((FORWARD, BOTH)):
        shown.add_row("geometric mean", *_means(cells, columns), style="bold")
    return shown


def _row(cells: dict[tuple[str, str], Cell], function: str, columns: list[tuple[str, Library]]) -> Iterator[str]:
    for work in (FORWARD, BOTH):
        cell = cells.get((function, work))
        unit = 1e6 if cell and cell.elements < _SMALL else 1e9 / cell.elements if cell else math.nan
        mine = cell.of("actscope") if cell else None
        yield f"{mine.seconds * unit:.3f}" if mine else ""
        for _, library in (column for column in columns if column[0] == work):
            timing = cell.of(library) if cell else None
            yield f"{timing.seconds * unit:.3f}" if timing else numerals.MISSING
            yield f"{timing.ratio:.2f}" if timing else ""


def _means(cells: Iterable[Cell], columns: list[tuple[str, Library]]) -> Iterator[str]:
    for work in (FORWARD, BOTH):
        yield ""
        for _, library in (column for column in columns if column[0] == work):
            yield ""
            yield f"{geometric_mean(ratios(cells, work, library).values()):.2f}"


def ratios(cells: Iterable[Cell], work: str, library: Library) -> dict[str, float]:
    """Return the ratio of each function that the library has."""
    return {cell.function: t.ratio for cell in cells if cell.work == work and (t := cell.of(library))}


def _overview(found: Speed) -> Table:
    """Return the geometric mean of PyTorch's ratios, and the lowest of them, for each amount of data."""
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    for header in ("against PyTorch", "threads", "forward", "lowest", "with backward", "lowest"):
        shown.add_column(header, justify="left" if header in ("against PyTorch", "lowest") else "right", no_wrap=True)
    for cells in _tables(found):
        told = []
        for work in (FORWARD, BOTH):
            own = ratios(cells, work, "PyTorch")
            lowest = min(own, key=lambda name: own[name], default="")
            told += [f"{geometric_mean(own.values()):.2f}", f"{own[lowest]:.2f} {lowest}"] if own else ["", ""]
        if any(told):
            shown.add_row(_amount(cells[0]), str(cells[0].threads), *told)
    return shown


def _starts(found: Speed) -> Table:
    shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, seconds in found.starts.items():
        shown.add_row(name, f"{seconds * 1e3:.1f}")
    return shown


def _saved(saved: Iterable[Saved]) -> Table:
    """Return the functions that keep the same amounts in one line."""
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column("ours", justify="right", no_wrap=True)
    shown.add_column("PyTorch", justify="right", no_wrap=True)
    shown.add_column("functions")
    together: dict[tuple[float, float], list[str]] = {}
    for one in saved:
        together.setdefault((one.ours, one.theirs), []).append(one.function)
    for (ours, theirs), names in sorted(together.items()):
        shown.add_row(f"{ours:.3g}", f"{theirs:.3g}", ", ".join(names))
    return shown
