"""An activation as files: a page with a tangent to drag along its curve, or a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import __version__
from ...catalogue import Activation
from ...errors import ParameterError
from ...formula import latex
from .. import html, rendering
from .. import words as common
from ..files import write
from . import drawing, facts, sampling, words


def save_as(
    activation: Activation,
    path: Path,
    kind: str,
    theme: rendering.Theme = "light",
    parameters: Mapping[str, float] | None = None,
) -> Path:
    """Return `path` after writing the activation there: `kind` is png, svg or html, whatever the file is called.

    Raises ReportError where it cannot be written, ParameterError for a row-wise activation.
    """
    if kind == "html":
        return write(path, page(activation, parameters).encode())
    from .figure import curve

    draw = rendering.save_png if kind == "png" else rendering.save_svg
    return draw(curve(activation, **(parameters or {})), path, theme)


def page(activation: Activation, parameters: Mapping[str, float] | None = None) -> str:
    """Return curve, formulas and properties as one HTML file that loads nothing."""
    given = activation.bind(**(parameters or {}))
    if activation.gated:
        gated = sampling.gated(activation, given, density=drawing.DENSITY)
        picture, told = drawing.of_gated(gated), words.alt_gated(gated)
    elif activation.pointwise:
        curve = sampling.curve(activation, given, density=drawing.DENSITY)
        picture, told = drawing.of_curve(curve), words.alt(curve)
    else:
        raise ParameterError(f"{activation.name} acts on a row of numbers, so it has no curve to draw")
    style = html.palette() + html.template("report.css") + html.template("curve.css")
    script = html.template("curve.js")
    first = activation.inputs[0]
    data = {**picture.data, "told": words.of_script(first, saturated=bool(picture.data["flat"]))}
    return (
        html.environment()
        .get_template("curve.html")
        .render(
            words=common,
            told=words,
            version=__version__,
            policy=html.policy(style, script),
            style=html.markup(style),
            vega="",
            script=html.markup(script),
            data=html.markup(rendering.json_for_html(data)),
            title=words.title(activation.title, words.changed(activation, given)),
            activation=activation,
            formulas=_formulas(activation),
            parameters=facts.parameters(activation, given),
            derived=facts.derived(activation, given),
            picture=picture,
            alt=told,
            legend=words.legend(activation),
            readings=words.readings(activation),
            saturation_slope=0.01 if activation.pointwise else None,
        )
    )


def _formulas(activation: Activation) -> list[Any]:
    """Return formula and derivatives as MathML."""
    inputs = ", ".join(activation.inputs)
    written = [f"f({inputs}) = {activation.latex()}"]
    if activation.pointwise:
        written.append(f"f'(x) = {activation.slope_latex()}")
    else:
        written += [
            rf"\frac{{\partial f}}{{\partial {name}}} = {latex(activation.partial(name))}" for name in activation.inputs
        ]
    return [html.markup(html.mathml(one)) for one in written]
