"""The diagnosis as a page that loads nothing, as a folder, and as a fragment for a notebook."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...probe.findings import DEFINITIONS
from ...probe.records import Diagnosis, Finding
from .. import html, numerals, rendering, saving
from . import captions, data, labels, verdicts, words
from .drawn.maps import maps, zeros
from .rows import Line, columns, lines, told

if TYPE_CHECKING:
    from ..rendering import Figure, Spec

FIRST_ROWS = 20
"""Rows of the table of layers that are seen at once."""
SPARSE = 0.5
"""A map with values at a smaller share of its cells needs a word about the others."""
TEXTS: dict[str, Any] = {"labels": labels, "verdicts": verdicts, "captions": captions, "told": words}
"""The texts, by what templates call them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A finding as the page tells of it."""

    number: int
    finding: Finding
    heading: str
    meaning: str
    rule: str
    source: str
    numbers: tuple[tuple[str, str], ...]
    advice: tuple[tuple[bool, str], ...]
    """Of each part of the advice whether it is code, and its text; consecutive lines of code are one part."""
    figure: str
    """The figure that stands beside it; "" if there is none."""


def figures_of(diagnosis: Diagnosis) -> Mapping[str, "Figure"]:
    """Return every figure by its file name without ending."""
    from . import figures

    return figures.all_of(diagnosis)


def page(diagnosis: Diagnosis, specs: Mapping[str, "Spec"] | None = None) -> str:
    """Return the diagnosis as one HTML file, figures and Vega included; `specs` are the figures, if already made."""
    specs = specs or {name: rendering.spec_of(figure) for name, figure in figures_of(diagnosis).items()}
    # The title is a heading of the page, where it can be searched and wrapped.
    bare = {name: {key: value for key, value in spec.items() if key != "title"} for name, spec in specs.items()}
    every, every_map = lines(diagnosis), maps(diagnosis)
    shown = columns(every)
    return html.whole(
        "diagnosis.html",
        rendering.bundle() if bare else "",
        bare,
        more_style=html.template("diagnosis.css"),
        title=verdicts.title(diagnosis.recording.model),
        **TEXTS,
        diagnosis=diagnosis,
        recording=diagnosis.recording,
        sections=[section(k, finding, set(bare)) for k, finding in enumerate(told(diagnosis), 1)],
        maps=every_map,
        sparse=next((one.quantity for one in every_map if one.measured < SPARSE and diagnosis.recording.unseen), ""),
        columns=shown,
        marked=any(line.found for line in every),
        zeros=captions.zeros(zeros(diagnosis)),
        first=[(line, cells(line, shown)) for line in every[:FIRST_ROWS]],
        rest=[(line, cells(line, shown)) for line in every[FIRST_ROWS:]],
        hidden=len(bare.get("distributions-more", {}).get("concat", ())),
    )


def notebook(diagnosis: Diagnosis) -> str:
    """Return verdict, findings, table and figures as a fragment of HTML without scripts, for a notebook's output."""
    drawn = {
        name: html.markup(html.isolated(rendering.svg(figure), name))
        for name, figure in figures_of(diagnosis).items()
        if name != "distributions-more"
    }
    every = lines(diagnosis)
    shown = columns(every)
    return (
        html.environment()
        .get_template("diagnosis-notebook.html")
        .render(
            **TEXTS,
            diagnosis=diagnosis,
            recording=diagnosis.recording,
            sections=[section(k, finding, set(drawn)) for k, finding in enumerate(told(diagnosis), 1)],
            columns=shown,
            marked=any(line.found for line in every),
            lines=[(line, cells(line, shown)) for line in every[:FIRST_ROWS]],
            drawn={name: svg for name, svg in drawn.items() if not name.startswith("finding-")},
            beside=drawn,
        )
    )


def section(number: int, finding: Finding, figures: set[str]) -> Section:
    """Return what the page tells of a finding."""
    definition = DEFINITIONS[finding.name]
    numbers = [(labels.WHERE, finding.where)] if finding.where else []
    numbers += [(labels.ALSO, ", ".join(finding.also))] if finding.also else []
    numbers += [(labels.SINCE, words.grouped(finding.since))] if finding.since is not None else []
    # What the graph tells is so or not: "measured 1, threshold 0" would say no more.
    counted = (finding.since is not None or finding.threshold not in (0, 1)) and not (
        {finding.measured, finding.threshold} <= {0, 1}
    )
    numbers += [
        (name, told)
        for name, value in ((labels.MEASURED, finding.measured), (labels.THRESHOLD, finding.threshold))
        if counted and (told := numerals.number(value)) != numerals.MISSING
    ]
    name = f"finding-{number}"
    return Section(
        number=number,
        finding=finding,
        heading=words.heading(finding),
        meaning=definition.meaning,
        rule=definition.rule,
        source=definition.source,
        numbers=tuple(numbers),
        advice=advice(finding.advice),
        figure=name if name in figures else "",
    )


def advice(given: tuple[str, ...]) -> tuple[tuple[bool, str], ...]:
    """Return the parts of an advice, each with whether it is code.

    >>> advice(("Replace it:", "    from actscope.nn import replace", "    replace(model, 'relu', 'elu')"))
    ((False, 'Replace it:'), (True, "from actscope.nn import replace\\nreplace(model, 'relu', 'elu')"))
    """
    parts: list[tuple[bool, str]] = []
    for line in given:
        code = line.startswith("    ")
        text = line[4:] if code else line
        if code and parts and parts[-1][0]:
            parts[-1] = (True, f"{parts[-1][1]}\n{text}")
        else:
            parts.append((code, text))
    return tuple(parts)


def cells(line: Line, columns: Sequence[str]) -> tuple[tuple[str, float | None], ...]:
    """Return the cells of a place in these columns, each with the share that its bar shows, None for one without."""
    return tuple(_cell(column, getattr(line, column)) for column in columns)


def _cell(column: str, value: float) -> tuple[str, float | None]:
    if column in captions.SHARES:
        return words.percent(value), value if math.isfinite(value) else None
    return numerals.number(value, 2), None


def save(diagnosis: Diagnosis, folder: str | Path, overwrite: bool = False) -> Path:
    """Return the path of report.html after writing it, diagnosis.json and figures to `folder`; see `saving.save_as`."""
    return saving.save_as(DIAGNOSIS, diagnosis, folder, overwrite)


def _page(diagnosis: Diagnosis, specs: dict[str, Any]) -> str:
    return page(diagnosis, specs)


DIAGNOSIS: saving.Kind[Diagnosis] = saving.Kind(
    "report.html", "diagnosis.json", data.FORMAT, figures_of, _page, data.as_json
)
