"""Claims for the terminal: a table by groups, how many hold, and what holds instead of those that do not."""

import io

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...lab.claims import Finding, Findings
from ..text import WIDTH
from ..words import fine
from . import words

STYLES = {"holds": "green", "holds when": "yellow", "does not hold": "red", "not measured": "red"}


def text(found: Findings, width: int = WIDTH) -> str:
    """Return table, counts and corrections as plain text, without colours."""
    paper = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False, emoji=False
    )
    paper.print(summary(found))
    assert isinstance(paper.file, io.StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"


def summary(found: Findings) -> RenderableType:
    """Return table, counts and corrections for a rich console."""
    parts: list[RenderableType] = [table(found), Text(), Text(words.summary(found.findings), style="bold")]
    if found.interrupted:
        parts.append(Text(words.unfinished(len(found.findings), found.planned), style="yellow"))
    if corrected := [finding for finding in found.findings if finding.instead]:
        parts += [Text(), Text(words.INSTEAD, style="bold"), _corrections(corrected)]
    return Group(*parts)


def table(found: Findings) -> Table:
    """Return a row per claim, below the heading of its group: id, title, verdict, and the number it hangs on."""
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    for header, width, ratio in zip(words.HEADERS, (1, 3, None, None, None), (None, None, 10, 10, 9), strict=True):
        shown.add_column(header, ratio=ratio, width=width, no_wrap=ratio is None)
    for group, findings in words.grouped(found.findings):
        shown.add_row()
        shown.add_row("", "", Text(words.GROUP_NAMES[group], style="bold"))
        for finding in findings:
            shown.add_row(*_cells(finding))
    return shown


def _cells(finding: Finding) -> tuple[Text, ...]:
    style = STYLES[finding.verdict.word]
    # As Text, because a string would be searched for rich's markup, which a name in brackets resembles.
    return (
        Text(words.MARKS[finding.verdict.word], style=style),
        Text(finding.id, style="bold"),
        Text(fine(finding.title)),
        Text(fine(str(finding.verdict)), style=style),
        Text(words.key(finding), style="dim"),
    )


def _corrections(findings: list[Finding]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for finding in findings:
        grid.add_row(Text(finding.id, style="bold"), Text(fine(finding.instead)))
    return grid
