"""The report as one HTML file that needs no network, and the fragment that a notebook shows."""

import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import missing_extra
from ..lab.records import Comparison
from . import captions, commands, grouping, rendering, rows, telling, words
from .files import write
from .scores import scores_of

if TYPE_CHECKING:
    import jinja2

THIN = '<mspace width="0.17em"></mspace>'


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


def page(comparison: Comparison, specs: dict[str, rendering.Spec] | None = None) -> str:
    """Return the whole report as one HTML file, figures and Vega included; `specs` are the figures, if already made."""
    from . import figures as drawing

    with ThreadPoolExecutor(1) as elsewhere:
        # Bundling Vega is most of the work; the specifications are made meanwhile.
        bundle = elsewhere.submit(rendering.bundle)
        specs = specs or {name: rendering.spec_of(figure) for name, figure in drawing.all_of(comparison).items()}
        specs = {name: _untitled(spec) if name.startswith("curve-") else spec for name, spec in specs.items()}
        code = bundle.result()
    return whole(
        "report.html",
        code,
        specs,
        title=words.title(comparison.task.name),
        tagline=words.tagline(comparison.activations, comparison.conditions, comparison.settings.get("seeds", 1)),
        comparison=comparison,
        many=captions.overview_line(len(rows.conditions(comparison)), rows.MOST_SHOWN) if "overview" in specs else "",
        score="accuracy" if "accuracy" in specs else "r2",
        results=telling.results(comparison),
        sure=telling.sure(comparison),
        inside=telling.inside(comparison),
        several=telling.several(comparison),
        causes=telling.causes(comparison),
        reasons=[(at, list(telling.reasons(comparison, at))) for at in rows.shown(comparison)],
        captions=captions.of_figures(comparison, drawing.zero_gradients(comparison)),
        headings=captions.HEADINGS,
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
        (captions.HEADINGS.get(name, scores_of(comparison.task).test), isolated(rendering.svg(figure), name))
        for name, figure in drawing.all_of(comparison).items()
        if not name.startswith("curve-")
    ]
    return (
        environment()
        .get_template("notebook.html")
        .render(
            words=words,
            comparison=comparison,
            tables=[telling.results(comparison), telling.inside(comparison)],
            several_conditions=len(comparison.conditions) > 1,
            reasons=list(grouping.told(comparison)),
            figures=[(title, markup(svg)) for title, svg in drawn],
        )
    )


def card(comparison: Comparison, name: str, specs: dict[str, Any]) -> Card:
    """Return what the report tells of an activation."""
    activation = rows.known(comparison, name)
    assert activation is not None
    return Card(
        name=activation.name,
        title=activation.title,
        swatch=telling.swatch(comparison, name),
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


def whole(name: str, code: str, specs: dict[str, Any], more_style: str = "", **content: Any) -> str:
    """Return a page from the template `name`, with Vega's code, the figures and what else the template asks for.

    `more_style` is a style sheet that follows the one of all reports.
    """
    style, script = palette() + template("report.css") + more_style, template("report.js")
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


def _untitled(spec: rendering.Spec) -> rendering.Spec:
    # The card beside a curve has its name as heading.
    return {**spec, "title": {"text": spec["title"]["subtitle"], "fontWeight": "normal"}}


def markup(text: str) -> Any:
    """Return HTML that a template takes as it is."""
    from markupsafe import Markup

    return Markup(text)
