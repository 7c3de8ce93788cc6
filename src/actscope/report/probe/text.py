"""The diagnosis for the terminal: the table of layers, worst first, then what was found in words."""

import io
import math
import re
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ...probe.findings import DEFINITIONS
from ...probe.records import Diagnosis, Finding
from .. import numerals
from ..text import WIDTH, Fitting, listed
from ..words import fine
from . import labels, verdicts, words
from .rows import Line, columns, lines, short_names, told

MOST = 12
"""Places in the table; what was found at others is told below it."""
FEW = 4
"""Places without a finding that are shown beside those with one, where there are many."""
BAR = 8
INDENT = 3
EIGHTHS = " ▏▎▍▌▋▊▉█"
HEADERS = {
    "function": labels.FUNCTION,
    "silent": labels.SILENT,
    "flat": labels.FLAT,
    "spread": labels.SPREAD,
    "gradient": labels.GRADIENT,
    "update": labels.UPDATE,
    "found": labels.FOUND,
}
DISPENSABLE = ("function", "spread", "update", "gradient")
"""What a narrower terminal goes without, one after the other."""
LAYOUTS = (
    *((0, BAR, 0), (0, BAR // 2, 0), (1, BAR, 0), (1, BAR // 2, 0), (1, BAR // 2, 34), (2, BAR // 2, 0), (1, 0, 34)),
    *((2, BAR // 2, 28), (2, 0, 28), (3, 0, 24), (4, 0, 20), (4, 0, 12)),
)
"""From the widest: how many columns it goes without, how long bars are, where long names go on in the next line."""


@dataclass(frozen=True, slots=True)
class Code:
    """A line of code, which is never wrapped: it would no longer be the line to type. Print it with `crop=False`."""

    line: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the line as it is."""
        yield Segment(self.line, console.get_style("cyan"))
        yield Segment.line()


def text(diagnosis: Diagnosis, width: int = WIDTH) -> str:
    """Return the diagnosis as plain text, without colours."""
    paper = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False, emoji=False
    )
    paper.print(summary(diagnosis), crop=False)
    assert isinstance(paper.file, io.StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"


def summary(diagnosis: Diagnosis) -> RenderableType:
    """Return head line, table of layers, findings, hints and notes for a rich console's `print(..., crop=False)`."""
    recording = diagnosis.recording
    parts: list[RenderableType] = [
        Text(verdicts.head(diagnosis), style="bold green" if diagnosis.healthy else "bold red"),
        Text(verdicts.basis(recording), style="dim"),
    ]
    if recording.places:
        parts += [Text(), table(diagnosis), Text(), Text(_caption(diagnosis), style="dim")]
    if diagnosis.healthy:
        parts += [Text(), Text(verdicts.looked_for(recording)), Text(verdicts.cannot_exclude(recording))]
    for weight, title in (("finding", labels.WHAT_IS_WRONG), ("hint", labels.HINTS)):
        some = [(k, finding) for k, finding in enumerate(told(diagnosis), 1) if finding.weight == weight]
        if some:
            parts += [Text(), Text(title, style="bold")]
            parts += [block(k, finding) for k, finding in some]
    if recording.notes:
        parts += [Text(), Text(labels.NOTES, style="bold"), *(listed(fine(note)) for note in recording.notes)]
    if spacing := verdicts.spacing(recording):
        parts += [Text(), Text(spacing, style="dim")]
    return Group(*parts)


def block(number: int, finding: Finding) -> RenderableType:
    """Return a finding in words: what and where, the evidence, what to change, where to read on."""
    style = "bold yellow" if finding.weight == "finding" else "bold"
    where = ", ".join(part for part in (words.also(finding), words.since(finding)) if part)
    title = Table.grid(padding=(0, 1))
    title.add_column()
    title.add_column(overflow="fold")
    title.add_row(
        Text(f"{number}.", style=style),
        Text.assemble((words.heading(finding), style), (f" ({where})" if where else "", "dim")),
    )
    parts: list[RenderableType] = [
        _indented(Text(fine(finding.evidence))),
        _indented(Text(DEFINITIONS[finding.name].meaning, style="dim")),
    ]
    if finding.advice:
        parts.append(_indented(Text(labels.CHANGE)))
        parts += [
            Code(" " * INDENT + line) if line.startswith("    ") else _indented(Text(fine(line)), INDENT + 2)
            for line in finding.advice
        ]
    read = "   ".join(part for part in (words.page_of(finding), words.claims_of(finding)) if part)
    return Group(Text(), title, *parts, _indented(Text(read, style="dim")))


def _indented(part: RenderableType, by: int = INDENT) -> Padding:
    return Padding(part, (0, 0, 0, by), expand=False)


def table(diagnosis: Diagnosis) -> RenderableType:
    """Return a row for each of the worst places, with as many columns as there is room for."""
    every = lines(diagnosis)
    shown = chosen(every)
    findings, names = told(diagnosis), short_names([line.name for line in every])
    numbers = columns(every)
    named = [
        name for name in HEADERS if name in ("function", *numbers) or (name == "found" and any(x.found for x in every))
    ]
    layouts = [
        _table(shown, findings, [name for name in named if name not in DISPENSABLE[:without]], names, bar, fold)
        for without, bar, fold in LAYOUTS
    ]
    parts: list[RenderableType] = [Fitting(tuple(layouts))]
    if left := every[len(shown) :]:
        parts.append(Text(words.more(len(left), sum(bool(line.found) for line in left)), style="dim"))
    return Group(*parts)


def chosen(every: list[Line]) -> list[Line]:
    """Return the places to show: all of a few, else those with findings and a few more."""
    if len(every) <= MOST:
        return every
    sick = sum(bool(line.found) for line in every)
    return every[: min(MOST, max(sick + FEW, MOST // 2))]


def bar(share: float, width: int = BAR) -> str:
    """Return a share as a bar of blocks.

    >>> bar(0.5, 4), bar(0.0, 4), bar(float("nan"), 4)
    ('██  ', '    ', '    ')
    """
    if not math.isfinite(share):
        return " " * width
    eighths = round(8 * width * min(max(share, 0.0), 1.0))
    drawn = "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    return drawn.ljust(width)


def _table(
    shown: list[Line], findings: tuple[Finding, ...], columns: list[str], names: dict[str, str], width: int, fold: int
) -> Table:
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    found.add_column(labels.PLACE, style="bold", no_wrap=True, overflow="fold")
    for column in columns:
        left = column in ("function", "found") or (width > 0 and column in ("silent", "flat"))
        found.add_column(
            HEADERS[column],
            justify="left" if left else "right",
            no_wrap=not (fold and column == "found"),
            overflow="fold",
        )
    for line in shown:
        cells = _cells(line, findings, width)
        style = "" if line.found else "dim"
        name = broken(names[line.name], fold) if fold else names[line.name]
        found.add_row(Text(name), *(cells[column] for column in columns), style=style)
    return found


def broken(name: str, width: int) -> str:
    r"""Return a name in lines of at most so many letters, broken behind dots and slashes; a longer word stays whole.

    A part between dots that is too long by itself is broken behind underscores.

    >>> broken("encoder.layers.0.act/gelu", 12), broken("layer.0.intermediate_act_fn", 15)
    ('encoder.\nlayers.0.\nact/gelu', 'layer.0.\nintermediate_\nact_fn')
    """
    parts = [
        piece
        for part in re.split(r"(?<=[./])", name)
        for piece in (re.split(r"(?<=_)", part) if len(part) > width else [part])
    ]
    found = [""]
    for part in parts:
        if found[-1] and len(found[-1]) + len(part) > width:
            found.append("")
        found[-1] += part
    return "\n".join(found)


def _cells(line: Line, findings: tuple[Finding, ...], width: int) -> dict[str, Text]:
    names = "\n".join(f"{k} {findings[k - 1].name}" for k in line.found)
    return {
        "function": Text(words.function_of(line.history.place)),
        "silent": _share(line.silent, width),
        "flat": _share(line.flat, width),
        "spread": Text(numerals.number(line.spread, 2)),
        "gradient": Text(numerals.number(line.gradient, 2)),
        "update": Text(numerals.number(line.update, 2)),
        "found": Text(names, style="yellow"),
    }


def _share(share: float, width: int) -> Text:
    cell = f"{words.percent(share):>5}"
    return Text(f"{bar(share, width)} {cell}" if width else cell)


def _caption(diagnosis: Diagnosis) -> str:
    names = short_names([history.place.name for history in diagnosis.recording.places])
    return words.caption(diagnosis.recording, names, columns(lines(diagnosis)))
