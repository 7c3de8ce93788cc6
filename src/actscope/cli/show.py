"""`actscope show NAME`: one activation, from its formula to its machine code."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..catalogue import Activation, get
from ..catalogue.activation import bounds_of
from ..errors import ReportError
from ..formula import Apply, Expr, nodes
from ..formula.ops import OPS
from .listing import number


def command(
    name: Annotated[str, typer.Argument(help="An activation or an alias, such as gelu; `actscope list` shows all.")],
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Write the curve and slope as PNG.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write them as SVG.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write them as a page of its own.")
    ] = None,
    source: Annotated[bool, typer.Option("--source", help="Print the generated LLVM IR instead of the card.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Show one activation: formula, slope, properties, story; its curve as a picture; its generated code."""
    activation = get(name)
    pictures = {kind: path for kind, path in (("png", png), ("svg", svg), ("html", html)) if path is not None}
    for path in pictures.values():
        if path.exists() and not overwrite:
            raise ReportError(f"{path} exists already; choose another name, or add --overwrite")
    if source:
        from ..kernels.codegen import llvm_ir
        from ..kernels.sources import source as source_of

        kind = "value_and_slope" if activation.pointwise else "value"
        sys.stdout.write(f"; {activation.name}: {kind.replace('_', ' ')} in one pass, float32\n")
        sys.stdout.write(llvm_ir(source_of(activation, kind, "float32", activation.defaults)) + "\n")
    else:
        Console().print(card(activation))
    if pictures:
        from .. import report

        figure = report.figures.curve(activation)
        for kind, path in pictures.items():
            save = {"png": report.save_png, "svg": report.save_svg, "html": report.save_html}[kind]
            save(figure, path)
            print(f"{kind}: {path}", file=sys.stderr if source else sys.stdout)


def card(activation: Activation) -> Panel:
    """Return what there is to know of an activation, for the terminal."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    for label, fact in _facts(activation):
        facts.add_row(label, fact)
    story = Padding(Text(activation.story, style="italic"), (1, 0, 1, 0))
    introduced = Text(str(activation.introduced), style="dim")
    return Panel(
        Group(facts, story, introduced), title=f"[bold]{activation.title}[/]", title_align="left", padding=(1, 2)
    )


def _facts(activation: Activation) -> list[tuple[str, str]]:
    facts = [(f"f({', '.join(activation.inputs)})", str(activation.formula))]
    slopes: tuple[Expr, ...] = ()
    if activation.pointwise:
        slopes = (activation.slope_formula,)
        facts.append(("f'(x)", str(activation.slope_formula)))
    elif activation.gated:
        slopes = tuple(map(activation.partial, activation.inputs))
        facts += [(f"df/d{name}", str(slope)) for name, slope in zip(activation.inputs, slopes, strict=True)]
    formulas = (activation.formula, *slopes)
    used = dict.fromkeys(n.op for formula in formulas for n in nodes(formula) if isinstance(n, Apply))
    facts += [("where", f"{op}({', '.join(OPS[op].arguments)}) = {OPS[op].meaning}") for op in used if OPS[op].meaning]
    for parameter in activation.parameters:
        facts.append(
            (parameter.name, f"{parameter.meaning}; {bounds_of(parameter)}, {parameter.default:g} unless given")
        )
    if activation.pointwise:
        facts += _derived(activation)
    if activation.convention:
        facts.append(("at the kink", f"slope {activation.convention}"))
    if activation.aliases:
        facts.append(("also called", ", ".join(activation.aliases)))
    return facts


def _derived(activation: Activation) -> list[tuple[str, str]]:
    p = activation.properties
    sides = [side for side, fades in (("left", p.saturates_left), ("right", p.saturates_right)) if fades]
    shape = ["increasing" if p.increasing else "not monotone"] + ([p.symmetry] if p.symmetry != "none" else [])
    return [
        ("range", f"{number(p.range.low)} to {number(p.range.high)}"),
        ("shape", ", ".join(shape)),
        ("largest slope", number(p.largest_slope)),
        ("slope fades to 0", f"on the {' and the '.join(sides)}" if sides else "nowhere"),
        ("kinks", ", ".join(f"x = {number(kink)}" for kink in p.kinks) or "none"),
        ("mean output", f"{number(p.mean)} for input ~ N(0, 1)" + (": centred on 0" if abs(p.mean) < 1e-12 else "")),
        ("initial gain", f"{number(p.gain)}: weights of standard deviation gain/sqrt(fan_in) keep the signal's size"),
    ]
