"""A comparison for the terminal: the table, the answer and the reasons."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..lab.records import Comparison, Standing
from . import captions, grouping, numerals, rows, telling, words
from .scores import Scores, scores_of
from .telling import Cell

WIDTH = 80
DISPENSABLE = ("rank", "p", "epochs", "loss", "seconds", "train", "silent", "ratio")
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
    """Return table, answer, reasons and notes for a rich console; of many conditions all means and those shown."""
    there = rows.conditions(comparison)
    parts: list[RenderableType] = []
    if len(there) > rows.MOST_SHOWN:
        shown = captions.overview_line(len(there), rows.MOST_SHOWN)
        parts += [overview(comparison), Text(), Text(shown, style="dim"), Text()]
    parts += [table(comparison), Text(), Text(_caption(comparison), style="dim"), Text()]
    parts.append(Text(words.fine(comparison.answer), style="bold"))
    if comparison.interrupted:
        parts.append(Text(words.unfinished(len(comparison.runs), comparison.planned), style="yellow"))
    if comparison.reasons:
        parts += [Text(), Text(words.WHY, style="bold")]
        if len(there) > rows.MOST_SHOWN:
            parts += [listed(words.reason(name, told)) for name, _, told in telling.causes(comparison)]
        for condition, entries in grouping.told(comparison):
            parts += [Text(words.condition_line(condition))] if len(comparison.conditions) > 1 else []
            parts += [listed(entry.line) for entry in entries]
    if comparison.notes:
        parts += [Text(), Text(words.NOTES, style="bold"), *(listed(words.fine(note)) for note in comparison.notes)]
    return Group(*parts)


def overview(comparison: Comparison) -> Fitting:
    """Return the mean score of every activation in every condition, the best of a condition marked with a star.

    Where there is no room for all activations, the best alone.
    """
    found = rows.overview(comparison)
    order = list(dict.fromkeys(row["condition"] for row in found))
    told = {(row["condition"], row["activation"]): f"{row['told']}{'*' if row['best'] else ' '}" for row in found}
    best: dict[str, list[rows.Row]] = {}
    for row in found:
        if row["best"]:
            best.setdefault(row["condition"], []).append(row)
    unit = scores_of(comparison.task).test
    every, alone = (Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim") for _ in range(2))
    every.add_column(words.CONDITION, no_wrap=True)
    for name in comparison.activations:
        every.add_column(Text(name), justify="right", no_wrap=True)
    for heading in (words.CONDITION, words.BEST, unit):
        alone.add_column(heading, no_wrap=heading != words.CONDITION)
    for at in order:
        every.add_row(*(Text(cell) for cell in (at, *(told.get((at, name), "") for name in comparison.activations))))
        names = ", ".join(row["activation"] for row in best[at])
        alone.add_row(*(Text(cell) for cell in (at, names, best[at][0]["told"])))
    return Fitting((every, alone))


def table(comparison: Comparison) -> Fitting:
    """Return a table for each condition that is shown, with as many columns as there is room for.

    Below a mean is its 95 % interval, cut at what is possible.
    """
    there, scores = rows.shown(comparison), scores_of(comparison.task)
    rates = rows.chosen_rates(comparison)
    headings = columns(scores)
    if not rates:
        del headings["rate"]
    lines = [
        (standing, {**line(standing, scores), "rate": telling.rate(standing, rates)})
        for standing in comparison.standings
        if standing.condition in there
    ]
    layouts = [(list(headings), 2)]
    for count in range(1, len(DISPENSABLE) + 1):
        left = [name for name in headings if name not in DISPENSABLE[:count]]
        # A wide table is easier to read with air than with one column more.
        layouts += [(left, 2)] if "loss" in left else [(left, 2), (left, 1)]
    return Fitting(tuple(_tables(lines, {name: headings[name] for name in some}, gap) for some, gap in layouts))


def columns(scores: Scores) -> dict[str, str]:
    """Return the headings of the columns by their names."""
    return {
        "score": scores.test,
        "rate": words.RATE,
        "train": scores.train,
        "loss": words.TEST_LOSS,
        "behind": scores.behind,
        "p": words.P,
        "rank": words.RANK,
        "epochs": words.EPOCHS_TO,
        "ratio": words.RATIO,
        "silent": words.SILENT,
        "seconds": words.SECONDS,
    }


def line(standing: Standing, scores: Scores) -> dict[str, str]:
    """Return the cells of a standing by column."""
    score, train, loss, behind, epochs, _, seconds = telling.cells(standing, scores)
    inside, difference = standing.inside, standing.difference
    best = standing.behind is None
    return {
        "score": _stacked(score),
        "train": train.mean,
        "loss": loss.mean,
        "behind": words.BEST if best else _stacked(Cell(behind.mean.removesuffix(scores.gap), behind.interval)),
        "p": numerals.p_value(difference.corrected) if difference else "",
        "rank": numerals.tenths(standing.rank),
        "epochs": _stacked(epochs),
        "ratio": numerals.ratio(inside.gradient_ratio if inside else nan),
        "silent": numerals.percent(inside.silent if inside else nan),
        "seconds": seconds.mean,
    }


def listed(content: str) -> RenderableType:
    """Return a point of a list, its lines indented behind the bullet."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(" •", Text(content))
    return grid


def _tables(lines: Sequence[tuple[Standing, dict[str, str]]], headings: Mapping[str, str], gap: int) -> Group:
    conditions = list(dict.fromkeys(standing.condition for standing, _ in lines))
    parts: list[RenderableType] = []
    for condition in conditions:
        parts += [Text()] if parts else []
        parts += [Text(words.condition_line(condition), style="bold")] if len(conditions) > 1 else []
        here = [(standing, cells) for standing, cells in lines if standing.condition == condition]
        parts.append(_table(here, headings, gap))
    return Group(*parts)


def _table(lines: Sequence[tuple[Standing, dict[str, str]]], headings: Mapping[str, str], gap: int) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    found.add_column(words.ACTIVATION, style="bold", no_wrap=True)
    for heading in headings.values():
        found.add_column(words.stacked(heading), justify="right")
    for standing, cells in lines:
        style = "green" if standing.behind is None else ""
        # As Text, because a string would be searched for rich's markup, which a name in brackets resembles.
        found.add_row(*(Text(cell) for cell in (standing.activation, *(cells[name] for name in headings))), style=style)
    return found


def _needed(console: Console, options: ConsoleOptions, layout: RenderableType) -> int:
    return Measurement.get(console, options, layout).maximum


def _caption(comparison: Comparison) -> str:
    return captions.terminal(telling.several(comparison), rows.cut_at(comparison, "test_score", "behind"))


def _stacked(cell: Cell) -> str:
    return f"{cell.mean}\n{cell.interval}" if cell.interval else cell.mean
