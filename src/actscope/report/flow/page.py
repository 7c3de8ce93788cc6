"""The flow as files: a page that needs no network, a picture, numbers; and the fragment that a notebook shows."""

import json
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import ReportError
from ...lab.flow.records import Flow, Line
from .. import html, numerals, rendering
from ..data import without_nan
from ..files import write
from . import words
from .figure import figure

FORMAT, VERSION = "actscope flow", 1
KINDS = ("png", "svg", "html", "json")
COLUMNS = (words.RATIO, f"{words.RATE}, {words.PREDICTED}", f"{words.RATE}, {words.MEASURED}", words.SIGNAL, words.END)


def save(flow: Flow, path: str | Path, theme: rendering.Theme = "light") -> Path:
    """Return `path` after writing the flow there, as what its ending says: .html, .png, .svg or .json.

    Raises ReportError for another ending and where the file cannot be written.
    """
    path = Path(path).expanduser()
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        endings = ", ".join(f".{known}" for known in KINDS)
        raise ReportError(f"{path.name} must end with what it shall be, one of {endings}")
    return save_as(flow, path, kind, theme)


def save_as(flow: Flow, path: Path, kind: str, theme: rendering.Theme = "light") -> Path:
    """Return `path` after writing the flow there as one of KINDS, whatever the file is called."""
    if kind in ("png", "svg"):
        draw = rendering.save_png if kind == "png" else rendering.save_svg
        return draw(figure(flow), path, theme)
    return write(path, (page(flow) if kind == "html" else as_json(flow)).encode())


def as_json(flow: Flow) -> str:
    """Return every number of the flow as strict JSON; nan and infinities become null."""
    whole = {"format": FORMAT, "version": VERSION, "actscope": __version__, **flow.as_dict()}
    return json.dumps(without_nan(whole), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def page(flow: Flow) -> str:
    """Return the figure, the table and how it is predicted as one HTML file that loads nothing."""
    spec = rendering.spec_of(figure(flow))
    return html.whole(
        "flow.html",
        rendering.bundle(),
        {"flow": {**spec, "title": spec["title"]["subtitle"]}},
        title=words.TITLE,
        told=words,
        flow=flow,
        columns=COLUMNS,
        lines=[(k % len(rendering.LIGHT["category"]), line, cells(line)) for k, line in enumerate(flow.lines)],
    )


def notebook(flow: Flow) -> str:
    """Return answer, table and figure as a fragment of HTML without scripts, for a notebook's output."""
    template = html.environment().get_template("flow-notebook.html")
    svg: Any = html.isolated(rendering.svg(figure(flow)), "flow")
    lines = [(line, cells(line)) for line in flow.lines]
    return template.render(told=words, flow=flow, columns=COLUMNS, lines=lines, svg=html.markup(svg))


def cells(line: Line) -> tuple[tuple[str, str], ...]:
    """Return the cells of an activation, each a text and what stands below it."""
    predicted, measured = words.ends(line)
    return (
        (words.ratio(line), words.VERDICTS[line.verdict] if line.verdict != "none" else ""),
        (words.rate(line.predicted_rate), ""),
        (words.rate(line.measured_rate.mean), words.rate_interval(line)),
        (numerals.number(line.measured[-1].signal.mean), ""),
        (predicted, f"{words.MEASURED} {measured}" if measured else ""),
    )
