"""`actscope show NAME`, or a formula: one activation, from its formula to its machine code."""

import sys
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from .. import report
from ..catalogue import Activation
from ..catalogue.defining import named
from ..errors import ParameterError
from ..report import rendering
from ..report.curves.card import Card
from ..report.files import check_file


def command(
    name: Annotated[
        str, typer.Argument(help="An activation or an alias, such as gelu, or a formula, such as 'x*tanh(x)'.")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give a parameter, or a name in the formula, a value."),
    ] = None,
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Write the curve as PNG.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write it as SVG.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with a tangent to drag along the curve.")
    ] = None,
    theme: Annotated[str, typer.Option(metavar="light|dark", help="Colours of PNG and SVG.")] = "light",
    source: Annotated[bool, typer.Option("--source", help="Print the generated LLVM IR instead of the card.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Show one activation: its curve, what follows from its formula and how that is known, its story; its code."""
    given = parsed(settings or [])
    activation = named(name, **given)
    parameters = activation.bind(**given)
    pictures = {kind: path for kind, path in (("png", png), ("svg", svg), ("html", html)) if path is not None}
    _check(activation, pictures, theme, overwrite=overwrite)
    if source:
        sys.stdout.write(_source(activation, parameters))
    else:
        Console().print(Card(activation, parameters))
    if pictures:
        from ..report.curves import page

        for kind, path in pictures.items():
            page.save_as(activation, path, kind, cast(rendering.Theme, theme), parameters)
            print(f"{kind}: {path}", file=sys.stderr if source else sys.stdout)


def parsed(settings: list[str]) -> dict[str, float]:
    """Return the parameters of `--set name=value`, each one."""
    found: dict[str, float] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            problem = f"{value!r} is no number" if sign else "there is no ="
            raise ParameterError(f"--set takes NAME=VALUE, such as alpha=0.5, but in {setting!r} {problem}") from None
    return found


def _check(activation: Activation, pictures: dict[str, Path], theme: str, *, overwrite: bool) -> None:
    rendering.colours_of(theme)
    for kind, path in pictures.items():
        check_file(path, kind, overwrite=overwrite)
    if pictures and activation.rowwise:
        raise ParameterError(
            f"{activation.name} acts on a row of numbers, so it has no curve to draw; the card shows an example"
        )
    if pictures:
        report.check_drawing()


def _source(activation: Activation, parameters: dict[str, float]) -> str:
    from ..kernels.codegen import llvm_ir
    from ..kernels.sources import source as source_of

    kind = "value_and_slope" if activation.pointwise else "value"
    code = llvm_ir(source_of(activation, kind, "float32", tuple(parameters.items())))
    return f"; {activation.name}: {kind.replace('_', ' ')} in one pass, float32\n{code}\n"
