"""A comparison for the terminal: the table, the answer and the reasons."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..lab.records import Comparison, Estimate, Standing
from . import grouping, numerals, rows, words

WIDTH = 80
COLUMNS = {
    "accuracy": words.TEST_ACCURACY,
    "train": words.TRAIN_ACCURACY,
    "loss": words.TEST_LOSS,
    "behind": words.POINTS_BEHIND,
    "ratio": words.RATIO,
    "silent": words.SILENT,
    "seconds": words.SECONDS,
}
DISPENSABLE = ("loss", "seconds", "train", "silent", "ratio")
"""What a narrower terminal goes without, one after the other."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """The first of several layouts, from the widest to the narrowest, that fits where it is printed."""

    layouts: tuple[RenderableType, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the layout for the width that there is."""
        unbound = options.update(width=10_000)
        wide = (found for found in self.layouts if _needed(console, unbound, found) <= options.max_width)
        yield next(wide, self.layouts[-1])


def text(comparison: Comparison, width: int = WIDTH) -> str:
    """Return table, answer and reasons as plain text, without colours."""
    paper = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False, emoji=False
    )
    paper.print(summary(comparison))
    assert isinstance(paper.file, io.StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"


def summary(comparison: Comparison) -> RenderableType:
    """Return table, answer, reasons and notes for a rich console."""
    parts: list[RenderableType] = [table(comparison), Text(), Text(_caption(comparison), style="dim"), Text()]
    parts.append(Text(words.fine(comparison.answer), style="bold"))
    if comparison.interrupted:
        parts.append(Text(words.unfinished(len(comparison.runs), comparison.planned), style="yellow"))
    if comparison.reasons:
        parts += [Text(), Text(words.WHY, style="bold")]
        for condition, entries in grouping.told(comparison):
            parts += [Text(words.condition_line(condition))] if len(comparison.conditions) > 1 else []
            parts += [listed(entry.line) for entry in entries]
    if comparison.notes:
        parts += [Text(), Text(words.NOTES, style="bold"), *(listed(words.fine(note)) for note in comparison.notes)]
    return Group(*parts)


def table(comparison: Comparison) -> Fitting:
    """Return a table for each condition, with as many columns as there is room for.

    Below a mean is its 95 % interval, cut at what is possible.
    """
    lines = [(standing, line(standing)) for standing in comparison.standings]
    layouts = [(list(COLUMNS), 2)]
    for count in range(1, len(DISPENSABLE) + 1):
        columns = [name for name in COLUMNS if name not in DISPENSABLE[:count]]
        layouts += [(columns, 2), (columns, 1)]
    return Fitting(tuple(_tables(lines, columns, gap) for columns, gap in layouts))


def line(standing: Standing) -> dict[str, str]:
    """Return the cells of a standing by column."""
    behind = words.BEST
    if standing.behind is not None:
        behind = _with_interval(standing.behind, numerals.points(standing.behind.mean), -1.0)
    return {
        "accuracy": _with_interval(standing.test_score, numerals.percent(standing.test_score.mean), 0.0),
        "train": numerals.percent(standing.train_score.mean),
        "loss": numerals.loss(standing.test_loss.mean),
        "behind": behind,
        "ratio": numerals.ratio(standing.inside.gradient_ratio if standing.inside else nan),
        "silent": numerals.percent(standing.inside.silent if standing.inside else nan),
        "seconds": numerals.seconds(standing.seconds),
    }


def listed(content: str) -> RenderableType:
    """Return a point of a list, its lines indented behind the bullet."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(" •", Text(content))
    return grid


def _tables(lines: Sequence[tuple[Standing, dict[str, str]]], columns: Sequence[str], gap: int) -> Group:
    conditions = list(dict.fromkeys(standing.condition for standing, _ in lines))
    parts: list[RenderableType] = []
    for condition in conditions:
        parts += [Text()] if parts else []
        parts += [Text(words.condition_line(condition), style="bold")] if len(conditions) > 1 else []
        here = [(standing, cells) for standing, cells in lines if standing.condition == condition]
        parts.append(_table(here, columns, gap))
    return Group(*parts)


def _table(lines: Sequence[tuple[Standing, dict[str, str]]], columns: Sequence[str], gap: int) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    found.add_column(words.ACTIVATION, style="bold", no_wrap=True)
    for column in columns:
        found.add_column(words.stacked(COLUMNS[column]), justify="right")
    for standing, cells in lines:
        style = "green" if standing.behind is None else ""
        # As Text, because a string would be searched for rich's markup, which a name in brackets resembles.
        found.add_row(*(Text(cell) for cell in (standing.activation, *(cells[c] for c in columns))), style=style)
    return found


def _needed(console: Console, options: ConsoleOptions, layout: RenderableType) -> int:
    return Measurement.get(console, options, layout).maximum


def _caption(comparison: Comparison) -> str:
    several = any(standing.test_score.seeds > 1 for standing in comparison.standings)
    return words.terminal_caption(several, rows.cut_at(comparison, "test_score", "behind"))


def _with_interval(estimate: Estimate, mean: str, least: float) -> str:
    ends = numerals.bounds(estimate, numerals.points, least, 1.0)
    return f"{mean}\n{words.interval(*ends)}" if ends else mean
