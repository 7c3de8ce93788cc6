"""The report as one HTML file that needs no network, and the fragment that a notebook shows."""

import base64
import hashlib
import math
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import missing_extra
from ..lab.records import Comparison, Condition, Estimate, Kind, Reason, Standing
from . import commands, grouping, numerals, rendering, rows, words
from .files import write

if TYPE_CHECKING:
    import jinja2

THIN = '<mspace width="0.17em"></mspace>'
COLUMNS = (
    words.TEST_ACCURACY,
    words.TRAIN_ACCURACY,
    words.TEST_LOSS,
    words.BEHIND,
    words.RATIO,
    words.SILENT,
    words.SECONDS,
)
INTERVALS = ("test_score", "train_score", "test_loss", "behind")


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean as the table shows it."""

    mean: str
    interval: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    name: str
    swatch: int
    """Which colour of the figures is this activation's."""
    best: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An activation as the report tells of it."""

    name: str
    title: str
    swatch: int
    story: str
    parameters: tuple[str, ...]
    paper: str
    convention: str
    formula: Any
    """MathML."""
    slope: Any
    alt: str


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its numbers as the report tells it, or what several activations have in common."""

    names: tuple[tuple[str, int], ...]
    """Of whom it speaks, with the colours."""
    cause: str
    sentence: str
    measured: tuple[tuple[str, str], ...]


def page(comparison: Comparison, specs: dict[str, rendering.Spec] | None = None) -> str:
    """Return the whole report as one HTML file, figures and Vega included; `specs` are the figures, if already made."""
    from . import figures as drawing

    with ThreadPoolExecutor(1) as elsewhere:
        # Bundling Vega is most of the work; the specifications are made meanwhile.
        bundle = elsewhere.submit(rendering.bundle)
        specs = specs or {name: rendering.spec_of(figure) for name, figure in drawing.all_of(comparison).items()}
        specs = {name: _untitled(spec) if name.startswith("curve-") else spec for name, spec in specs.items()}
        code = bundle.result()
    several = _several(comparison)
    captions = {
        "accuracy": words.intervals_caption(rows.cut_at(comparison, "test_score"))
        if several
        else words.INTERVALS_CAPTION_ONE,
        "learning": words.learning_caption(several),
        "gradient": words.gradient_caption(drawing.zero_gradients(comparison)),
        "units": words.units_caption(comparison.saturation_slope),
        "output": words.OUTPUT_CAPTION,
    }
    if maps := rows.mapped(comparison):
        captions["boundary"] = words.boundary_caption(maps[0][1].experiment.seed)
    return whole(
        "report.html",
        code,
        specs,
        title=words.title(comparison.task.name),
        tagline=words.tagline(comparison.activations, comparison.depths, comparison.settings.get("seeds", 1)),
        comparison=comparison,
        tables=tables(comparison),
        columns=COLUMNS,
        caption=caption(comparison),
        several=several,
        reasons=[(condition, list(reasons(comparison, condition))) for condition in rows.conditions(comparison)],
        captions=captions,
        cards=[card(comparison, name, specs) for name in comparison.activations if rows.known(comparison, name)],
        settings=commands.settings(comparison),
        command_line=commands.command_line(comparison),
        python=commands.python(comparison),
    )


def figure_page(figure: rendering.Figure, title: str = "") -> str:
    """Return one figure as an HTML file of its own."""
    spec = rendering.spec_of(figure)
    return whole("figure.html", rendering.bundle(), {"figure": spec}, title=title or spec.get("description", ""))


def save_html(figure: rendering.Figure, path: str | Path, title: str = "") -> Path:
    """Return `path` after writing the figure there as a page of its own that works offline, light and dark."""
    return write(Path(path), figure_page(figure, title).encode())


def notebook(comparison: Comparison) -> str:
    """Return answer, table and figures as a fragment of HTML without scripts, for a notebook's output."""
    from . import figures as drawing

    drawn = [
        (getattr(words, name.upper(), words.TEST_ACCURACY), isolated(rendering.svg(figure), name))
        for name, figure in drawing.all_of(comparison).items()
        if not name.startswith("curve-")
    ]
    return (
        environment()
        .get_template("notebook.html")
        .render(
            words=words,
            comparison=comparison,
            columns=COLUMNS,
            tables=tables(comparison),
            caption=caption(comparison),
            several_conditions=len(comparison.conditions) > 1,
            reasons=list(grouping.told(comparison)),
            figures=[(title, markup(svg)) for title, svg in drawn],
        )
    )


def caption(comparison: Comparison) -> str:
    """Return what must be known to read the table."""
    diverged = any(math.isnan(standing.test_loss.mean) for standing in comparison.standings)
    return words.table_caption(_several(comparison), diverged, rows.cut_at(comparison, *INTERVALS))


def tables(comparison: Comparison) -> list[tuple[Condition, list[Line]]]:
    """Return the rows of the table for each condition that has a standing."""
    found = ((condition, list(lines(comparison, condition))) for condition in rows.conditions(comparison))
    return [(condition, its_rows) for condition, its_rows in found if its_rows]


def lines(comparison: Comparison, condition: Condition) -> Iterator[Line]:
    """Yield the rows of the table for one condition, best first."""
    for standing in comparison.standings:
        if standing.condition == condition:
            yield Line(
                standing.activation,
                swatch(comparison, standing.activation),
                standing.behind is None,
                cells(standing),
            )


def cells(standing: Standing) -> tuple[Cell, ...]:
    """Return the numbers of a row in the order of the columns."""
    behind = Cell(words.BEST, "")
    if standing.behind is not None:
        behind = cell(standing.behind, numerals.points, -1.0)
        behind = Cell(words.behind(behind.mean) if behind.mean != numerals.MISSING else behind.mean, behind.interval)
    return (
        cell(standing.test_score, numerals.percent),
        cell(standing.train_score, numerals.percent),
        cell(standing.test_loss, numerals.loss, most=math.inf),
        behind,
        Cell(numerals.ratio(standing.inside.gradient_ratio if standing.inside else math.nan), ""),
        Cell(numerals.percent(standing.inside.silent if standing.inside else math.nan), ""),
        Cell(numerals.seconds(standing.seconds), ""),
    )


def cell(estimate: Estimate, told: Callable[[float], str], least: float = 0.0, most: float = 1.0) -> Cell:
    """Return a mean with its interval, cut at what is possible and left out where it is nan."""
    ends = numerals.bounds(estimate, told, least, most)
    return Cell(told(estimate.mean), words.interval(*ends) if ends else "")


def reasons(comparison: Comparison, condition: Condition) -> Iterator[Why]:
    """Yield why the activations of one condition did not win."""
    for entry in grouping.entries(comparison, condition):
        yield Why(
            tuple((name, swatch(comparison, name)) for name in entry.activations),
            entry.cause,
            words.sentence(entry.text),
            measured(entry.reason, comparison.task.kind) if entry.reason else (),
        )


def measured(reason: Reason, kind: Kind) -> tuple[tuple[str, str], ...]:
    """Return the numbers behind a reason, each with what it is; differences of accuracies are told in points."""
    points = {name: kind == "classification" and name in words.GAPS for name in reason.measured}
    return tuple(
        (words.quantity(name, points[name]), numerals.number(100 * value if points[name] else value))
        for name, value in reason.measured.items()
    )


def card(comparison: Comparison, name: str, specs: dict[str, Any]) -> Card:
    """Return what the report tells of an activation."""
    activation = rows.known(comparison, name)
    assert activation is not None
    return Card(
        name=activation.name,
        title=activation.title,
        swatch=swatch(comparison, name),
        story=activation.story,
        parameters=tuple(words.parameter(p.name, p.default, p.meaning) for p in activation.parameters),
        paper=str(activation.introduced),
        convention=activation.convention,
        formula=markup(mathml("f(x) = " + activation.latex())),
        slope=markup("" if not activation.pointwise else mathml("f'(x) = " + activation.slope_latex())),
        alt=specs.get(f"curve-{name}", {}).get("description", ""),
    )


def mathml(latex: str) -> str:
    r"""Return LaTeX as MathML; long constants are cut after four decimals and say so with dots.

    >>> "<mn>1.0507…</mn>" in mathml("1.0507009873554805 x"), "<mi>erf</mi>" in mathml(r"\mathrm{erf}")
    (True, True)
    """
    try:
        from latex2mathml.converter import convert
    except ImportError as error:
        raise missing_extra("plot", "formulas in HTML") from error
    found = str(convert(latex, display="block"))
    found = re.sub(r"<mn>(\d+\.\d{4})\d+</mn>", r"<mn>\1…</mn>", found)
    # A prime is raised by itself; raised once more it would float.
    found = re.sub(r"<msup>(<mi>\w</mi>)<mi>&#x02032;</mi></msup>", r"<mrow>\1<mo>&#x02032;</mo></mrow>", found)
    # A word comes letter by letter; an identifier of several letters is upright by itself, and spaced as one word.
    return re.sub(
        r'(?:<mi mathvariant="normal">[^<]*</mi>){2,}',
        lambda word: f"<mi>{re.sub('<[^>]*>', '', word[0])}</mi>{THIN}",
        found,
    )


def swatch(comparison: Comparison, name: str) -> int:
    """Return the index of an activation's colour, the same as in the figures."""
    return comparison.activations.index(name) % len(rendering.LIGHT["category"])


def isolated(svg: str, name: str) -> str:
    """Return `svg` with ids of its own, so that several can stand in one document.

    >>> isolated('<path id="clip0"/><g clip-path="url(#clip0)"/>', "units")
    '<path id="units-clip0"/><g clip-path="url(#units-clip0)"/>'
    """
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)


def environment() -> "jinja2.Environment":
    """Return the templates; all that goes into them is escaped."""
    try:
        import jinja2
    except ImportError as error:
        raise missing_extra("plot", "reports in HTML") from error
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(template),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters["unbroken"] = words.unbroken
    return found


@cache
def template(name: str) -> str:
    """Return a file of the templates that come with the package."""
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def whole(name: str, code: str, specs: dict[str, Any], **content: Any) -> str:
    """Return a page from the template `name`, with Vega's code, the figures and what else the template asks for."""
    style, script = palette() + template("report.css"), template("report.js")
    return (
        environment()
        .get_template(name)
        .render(
            words=words,
            version=__version__,
            policy=policy(style, code, script),
            style=markup(style),
            vega=markup(code),
            script=markup(script),
            data=markup(rendering.json_for_html({"config": rendering.config(rendering.PAGE), "figures": specs})),
            figures=list(specs),
            alts={key: spec.get("description", "") for key, spec in specs.items()},
            **content,
        )
    )


def policy(style: str, *scripts: str) -> str:
    """Return the Content-Security-Policy: nothing but these very blocks may run or style, and nothing is fetched."""
    allowed = " ".join(digest(script) for script in scripts)
    rules = ("default-src 'none'", f"script-src {allowed}", f"style-src {digest(style)}", "img-src data:")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def digest(block: str) -> str:
    """Return the hash of an inline block as a policy names it.

    >>> digest("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


def palette() -> str:
    """Return the colours of the themes as variables of a style sheet; print is always light."""

    def variables(colours: dict[str, Any]) -> str:
        named = {key: value for key, value in colours.items() if isinstance(value, str) and key != "font"}
        named |= {f"c{i}": colour for i, colour in enumerate(colours["category"])}
        return "".join(f"--{key}:{value};" for key, value in named.items())

    light, dark = variables(rendering.LIGHT), variables(rendering.DARK)
    swatches = "".join(f".c{i}{{--swatch:var(--c{i})}}" for i in range(len(rendering.LIGHT["category"])))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{swatches}\n"


def _several(comparison: Comparison) -> bool:
    return max((standing.test_score.seeds for standing in comparison.standings), default=0) > 1


def _untitled(spec: rendering.Spec) -> rendering.Spec:
    # The card beside a curve has its name as heading.
    return {**spec, "title": {"text": spec["title"]["subtitle"], "fontWeight": "normal"}}


def markup(text: str) -> Any:
    """Return HTML that a template takes as it is."""
    from markupsafe import Markup

    return Markup(text)
