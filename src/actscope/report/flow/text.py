"""The flow for the terminal: the table and the answer."""

import io

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...lab.flow.records import Flow, Line
from .. import numerals
from ..text import WIDTH, Fitting
from ..words import fine
from . import words

HEADERS = {
    "ratio": "gradient\nfirst/last",
    "predicted": "factor a layer\npredicted",
    "measured": "\nmeasured",
    "signal": "signal\nlast layer",
    "end": "float32 gives\nup at depth",
    "verdict": "gradient",
}
DISPENSABLE = ("signal", "verdict", "end")
"""What a narrower terminal goes without, one after the other."""
STYLES = {"vanishing": "yellow", "exploding": "yellow", "level": "green", "none": "red"}


def text(flow: Flow, width: int = WIDTH) -> str:
    """Return table and answer as plain text, without colours."""
    paper = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False, emoji=False
    )
    paper.print(summary(flow))
    assert isinstance(paper.file, io.StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"


def summary(flow: Flow) -> RenderableType:
    """Return table, caption and answer for a rich console."""
    return Group(
        table(flow),
        Text(),
        Text(words.caption(flow), style="dim"),
        Text(),
        Text(fine(flow.answer), style="bold"),
    )


def table(flow: Flow) -> Fitting:
    """Return a row per activation, with as many columns as there is room for."""
    layouts = []
    for count in range(len(DISPENSABLE) + 1):
        columns = [name for name in HEADERS if name not in DISPENSABLE[:count]]
        layouts += [_table(flow, columns, gap) for gap in (2, 1)]
    return Fitting(tuple(layouts))


def cells(line: Line) -> dict[str, str]:
    """Return the cells of an activation by column."""
    interval = words.rate_interval(line)
    predicted, measured = words.ends(line)
    return {
        "ratio": words.ratio(line),
        "predicted": words.rate(line.predicted_rate),
        "measured": words.rate(line.measured_rate.mean) + (f"\n{interval}" if interval else ""),
        "signal": numerals.number(line.measured[-1].signal.mean),
        "end": predicted + (f"\n{words.MEASURED} {measured}" if measured else ""),
        "verdict": words.VERDICTS[line.verdict],
    }


def _table(flow: Flow, columns: list[str], gap: int) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    found.add_column(words.ACTIVATION, style="bold", no_wrap=True)
    for column in columns:
        found.add_column(HEADERS[column], justify="left" if column == "verdict" else "right")
    for line in flow.lines:
        told = cells(line)
        shown = [Text(told[column], style=STYLES[line.verdict] if column == "verdict" else "") for column in columns]
        found.add_row(Text(line.activation), *shown)
    return found
