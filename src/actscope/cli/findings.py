"""`actscope findings [NAME]`: what `actscope diagnose` can find, and the page of one finding."""

from typing import Annotated

import typer
from rich.console import Console

from ..report.probe import explaining, labels


def command(
    name: Annotated[
        str | None, typer.Argument(help=labels.FINDING_HELP, metavar="NAME", show_default="a list of all")
    ] = None,
) -> int:
    """Explain a finding of a diagnosis: why it hurts, from when on it is told, a sick and a healthy case to run."""
    console = Console()
    if name is None:
        console.print(explaining.every())
    else:
        explaining.show(name, console)
    return 0
