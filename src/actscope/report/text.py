"""A comparison for the terminal: the table, the answer and the reasons."""

import io
import math
from collections.abc import Callable, Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..lab.records import Comparison, Estimate, Reason, Run, Standing
from . import numerals, rows, words

WIDTH = 100


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
    parts.append(Text(comparison.answer, style="bold"))
    if comparison.interrupted:
        parts.append(Text(words.unfinished(len(comparison.runs), comparison.planned), style="yellow"))
    if comparison.reasons:
        parts += [Text(), Text(words.WHY, style="bold")]
        parts += [listed(_told(comparison, reason)) for reason in comparison.reasons]
    if comparison.notes:
        parts += [Text(), Text(words.NOTES, style="bold"), *(listed(note) for note in comparison.notes)]
    return Group(*parts)


def table(comparison: Comparison) -> Table:
    """Return the table of a comparison; what is in brackets is the 95 % interval of the mean above it."""
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    several = len(comparison.depths) > 1
    if several:
        found.add_column(words.DEPTH, justify="right")
    found.add_column(words.ACTIVATION, style="bold", overflow="fold")
    for column in words.TERMINAL_COLUMNS:
        found.add_column(column, justify="right", overflow="fold")
    for standing in comparison.standings:
        depth = [str(standing.depth)] if several else []
        style = "green" if standing.behind is None else ""
        cells = (*depth, standing.activation, *line(comparison, standing))
        # As Text, because a string would be searched for rich's markup, which an interval in brackets resembles.
        found.add_row(*(Text(cell) for cell in cells), style=style)
    return found


def line(comparison: Comparison, standing: Standing) -> list[str]:
    """Return the numbers of a standing in the order of the columns."""
    runs = [
        r
        for r in comparison.runs
        if (r.experiment.activation, r.experiment.depth) == (standing.activation, standing.depth)
    ]
    behind = (
        words.BEST
        if standing.behind is None
        else _with_interval(standing.behind, numerals.points(standing.behind.mean), numerals.points)
    )
    first, last = (rows.mean_of(runs, lambda run, i=index: rows.first_and_last(run)[i]) for index in (0, 1))  # type: ignore[misc]
    return [
        _with_interval(
            standing.test_accuracy, numerals.percent(standing.test_accuracy.mean), lambda n: f"{100 * n:.1f}"
        ),
        numerals.percent(standing.train_accuracy.mean),
        numerals.loss(standing.test_loss.mean),
        behind,
        f"{numerals.number(first, 2)} / {numerals.number(last, 2)}",
        numerals.percent(silent(runs)),
        numerals.seconds(standing.seconds),
    ]


def silent(runs: Iterable[Run]) -> float:
    """Return the share of silent units after training, over all hidden layers and runs; nan if there is none."""
    shares = [layer.silent for run in runs for layer in run.end.layers]
    return math.fsum(shares) / len(shares) if shares else math.nan


def listed(content: str) -> RenderableType:
    """Return a point of a list, its lines indented behind the bullet."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(" •", Text(content))
    return grid


def _caption(comparison: Comparison) -> str:
    several = any(math.isfinite(standing.test_accuracy.low) for standing in comparison.standings)
    return f"{words.TERMINAL_CAPTION} {words.IN_BRACKETS}" if several else words.TERMINAL_CAPTION


def _told(comparison: Comparison, reason: Reason) -> str:
    told = words.reason(reason.activation, reason.sentence)
    return words.reason(words.depth_line(reason.depth), told) if len(comparison.depths) > 1 else told


def _with_interval(estimate: Estimate, mean: str, told: Callable[[float], str]) -> str:
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return mean
    return f"{mean}\n[{told(estimate.low)}, {told(estimate.high)}]"
