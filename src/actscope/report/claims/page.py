"""The claims as a page that reads like an illustrated article and loads nothing, as a folder, and for a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ... import __version__
from ...lab.claims import ARTICLES, Finding, Findings
from ...lab.claims.pictures import Film, Picture
from .. import html, rendering, saving
from .. import words as common
from ..words import fine
from . import alt, data, rows, words

if TYPE_CHECKING:
    from ..rendering import Figure, Spec


MOST_ROWS, FIRST_ROWS = 8, 6
"""A table of more numbers folds behind the first few."""
BESIDE = 78
"""What axis and legend of a figure take of its height."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the page shows it."""

    name: str
    """What it is called among the figures."""
    title: str
    alt: str
    frames: tuple[str, ...]
    """The values of the slider as text; () for a picture that does not move."""
    slider: str
    start: int
    height: int
    """How high it will be, about: the page keeps room for what is not drawn yet, so that a link leads to its claim."""


@dataclass(frozen=True, slots=True)
class Section:
    """A claim as the page tells of it."""

    finding: Finding
    word: str
    """The word of the verdict as a name for the style sheet: "holds-when"."""
    numbers: tuple[tuple[str, str, str, str], ...]
    """Of each number what it is, its value, its interval, and what that is; without those not shown."""
    uncertain: bool
    """Whether any of the numbers is not exact."""
    pictures: tuple[Shown, ...]

    @property
    def first(self) -> tuple[tuple[str, str, str, str], ...]:
        """The numbers that are seen at once: all of them, unless they are many."""
        return self.numbers if len(self.numbers) <= MOST_ROWS else self.numbers[:FIRST_ROWS]

    @property
    def rest(self) -> tuple[tuple[str, str, str, str], ...]:
        """The numbers that a reader unfolds."""
        return self.numbers[len(self.first) :]


def figures_of(found: Findings) -> Mapping[str, "Figure"]:
    """Return every figure by its file name without ending."""
    from . import figures

    return figures.all_of(found.findings)


def page(found: Findings, specs: Mapping[str, "Spec"] | None = None) -> str:
    """Return the article as one HTML file, figures and Vega included; `specs` are the figures, if already made."""
    specs = specs or {name: rendering.spec_of(figure) for name, figure in figures_of(found).items()}
    # The title is the caption of the figure, where it can be read, searched and wrapped.
    bare = {name: {key: value for key, value in spec.items() if key != "title"} for name, spec in specs.items()}
    heights = {name: _height(spec) for name, spec in specs.items()}
    style = html.palette() + html.template("report.css") + html.template("claims.css")
    script = html.template("claims.js") + html.template("report.js")
    bundle = rendering.bundle() if specs else ""
    return (
        html.environment()
        .get_template("claims.html")
        .render(
            words=common,
            told=words,
            version=__version__,
            policy=html.policy(style, bundle, script),
            style=html.markup(style),
            vega=html.markup(bundle),
            script=html.markup(script),
            data=html.markup(rendering.json_for_html({"config": rendering.config(rendering.PAGE), "figures": bare})),
            title=words.title(len(found.findings)),
            found=found,
            groups=[
                (group, [section(finding, heights) for finding in some])
                for group, some in words.grouped(found.findings)
            ],
            articles=ARTICLES,
        )
    )


def notebook(found: Findings) -> str:
    """Return the sections as a fragment of HTML without scripts, for a notebook's output."""
    drawn = {
        name: html.markup(html.isolated(rendering.svg(figure), name)) for name, figure in figures_of(found).items()
    }
    template = html.environment().get_template("claims-notebook.html")
    return template.render(told=words, found=found, sections=list(map(section, found.findings)), drawn=drawn)


def section(finding: Finding, heights: Mapping[str, int] | None = None) -> Section:
    """Return what the page tells of a claim; `heights` are those of its figures."""
    numbers = tuple(
        (fine(number.meaning), words.value(number), words.interval(number), fine(number.uncertainty))
        for number in finding.numbers.values()
        if number.shown
    )
    pictures = tuple(_shown(name, one, heights or {}) for name, one in rows.pictures_of(finding))
    return Section(
        finding, finding.verdict.word.replace(" ", "-"), numbers, any(row[2] or row[3] for row in numbers), pictures
    )


def save(found: Findings, folder: str | Path, overwrite: bool = False) -> Path:
    """Return the path of claims.html after writing it, claims.json and figures to `folder`; see `saving.save_as`."""
    return saving.save_as(CLAIMS, found, folder, overwrite)


CLAIMS: saving.Kind[Findings] = saving.Kind("claims.html", "claims.json", data.FORMAT, figures_of, page, data.as_json)


def _shown(name: str, picture: Picture, heights: Mapping[str, int]) -> Shown:
    film = picture if isinstance(picture, Film) else Film("", "", ())
    labels = tuple(fine(label) for label, _ in film.frames)
    return Shown(name, picture.title, alt.alt(picture), labels, film.slider, film.start, heights.get(name, 0))


def _height(spec: "Spec") -> int:
    """Return how high a figure is with its axis and its legend."""
    told = spec.get("usermeta", {})
    height: float = told.get("height", spec["height"])
    return round(height + (0 if "fixed" in told else BESIDE))
