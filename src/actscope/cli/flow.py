"""`actscope flow NAMES`: what depth does to signal and gradient, predicted from the formulas and measured."""

from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .. import report
from ..lab.flow import planning
from ..lab.flow.planning import Question
from ..lab.flow.records import Flow
from ..report import rendering
from ..report.files import check_file
from ..report.flow.text import summary
from . import naming

PICTURES = ("png", "svg", "html")


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Activations or aliases, such as sigmoid tanh relu, or formulas, such as 'x*tanh(x)'.",
            show_default=" ".join(planning.ACTIVATIONS),
        ),
    ] = None,
    depth: Annotated[int, typer.Option(help="Hidden layers.")] = 50,
    width: Annotated[int, typer.Option(help="Units per layer.")] = 256,
    init: Annotated[
        str,
        typer.Option(metavar="auto|he|xavier|lecun|default", help="Weights; auto: gain of the formula."),
    ] = "auto",
    seeds: Annotated[int, typer.Option(help="Random networks to measure, each with its own weights.")] = 3,
    samples: Annotated[int, typer.Option(help="Random inputs to send through each.")] = 64,
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Write the figure as PNG.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write it as SVG.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page of its own.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every number as JSON.")] = None,
    theme: Annotated[str, typer.Option(metavar="light|dark", help="Colours of PNG and SVG.")] = "light",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Show how large signal and gradient are at every layer: predicted from the formula, and measured."""
    asked = naming.activations(names or planning.ACTIVATIONS)
    question = planning.ask(asked, depth=depth, width=width, init=init, seeds=seeds, samples=samples)
    files = {kind: path for kind, path in (("png", png), ("svg", svg), ("html", html), ("json", json)) if path}
    for kind, path in files.items():
        check_file(path, kind, overwrite=overwrite)
    rendering.colours_of(theme)
    if any(kind in files for kind in PICTURES):
        report.check_drawing()
    flow = _looked_at(question)
    Console().print(summary(flow))
    for kind, path in files.items():
        from ..report.flow import page

        page.save_as(flow, path, kind, cast(rendering.Theme, theme))
        print(f"{kind}: {path}")


def _looked_at(question: Question) -> Flow:
    """Return the flow, with a bar on a terminal while the networks are measured."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<24}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("loading PyTorch", total=len(question.activations) * question.seeds)
        from ..lab.flow import look

        return look(
            question, lambda name, seed: bar.update(shown, advance=1, description=f"{name}, network {seed + 1}")
        )
