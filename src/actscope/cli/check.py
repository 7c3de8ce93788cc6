"""`actscope check NAME`, or a formula: the project's own laws, held against one activation."""

import shutil
import sys
from typing import Annotated

import typer

from ..catalogue import CATALOGUE
from ..catalogue.defining import named
from ..errors import ParameterError
from . import FAILED
from .show import parsed

WIDE = 110
"""Columns where nobody's terminal limits them."""


def command(
    name: Annotated[
        str, typer.Argument(help="An activation or an alias, such as gelu, or a formula, such as 'x*tanh(x)'.")
    ],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Give a name in the formula a value.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="LAW", help="Leave out a law; may be given again.")
    ] = None,
) -> int:
    """Hold an activation to all laws: digits, slopes, gradients, limits, properties. Exit code 1 if one is broken."""
    given = parsed(settings or [])
    if given and name in CATALOGUE:
        raise ParameterError(
            f"{name} is checked at its default parameters; to check it with others give its formula: "
            f"actscope check '{CATALOGUE[name].formula}' --set {' --set '.join(settings or [])}"
        )
    activation = named(name, **given)
    from ..testing import check_activation

    report = check_activation(activation, skip=skip or (), raise_exception=False)
    print(report.text(shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE))
    return 0 if report.passed else FAILED
