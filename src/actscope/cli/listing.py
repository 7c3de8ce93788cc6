"""`actscope list`: the catalogue as a table, or as JSON, filtered by what follows from the formulas."""

import io
import json
import math
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ..catalogue import CATALOGUE, Activation
from ..catalogue.index import FAMILIES
from ..errors import SettingError, did_you_mean
from ..report.curves.words import number, several

FAMILY = {
    activation.name: family.__name__.rpartition(".")[2]
    for family in FAMILIES
    for activation in vars(family).values()
    if isinstance(activation, Activation)
}
"""The family of each activation: the file that declares it."""

HEADERS = ("name", "range", "steepest", "fades", "mean", "gain", "chi", "kinks", "formula")
LEGEND = {
    "steepest": "Steepest: largest slope",
    "fades": "fades: where the slope tends to 0",
    "mean": "mean: of the output for normal input",
    "gain": "gain: the factor for weights that keeps a normal signal's size",
    "chi": "chi: what a layer with that gain does to the mean square of the gradient, and its root to the size",
}
"""What the columns are whose names do not say it."""
_ROOM = {"formula": 104, "chi": 84, "mean": 70}
"""Columns that a narrower terminal goes without."""


def _only(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


def command(
    saturating: Annotated[bool | None, _only("Slope fades to 0 on both sides.")] = None,
    zero_centred: Annotated[bool | None, _only("Mean output 0 for normal input.")] = None,
    monotone: Annotated[bool | None, _only("Nowhere turns back.")] = None,
    kinks: Annotated[bool | None, _only("Slope or value jumps somewhere.")] = None,
    smooth: Annotated[bool | None, _only("Neither jumps anywhere.")] = None,
    bounded: Annotated[bool | None, _only("All values between two numbers.")] = None,
    odd: Annotated[bool | None, _only("f(-x) = -f(x).")] = None,
    even: Annotated[bool | None, _only("f(-x) = f(x).")] = None,
    learnable: Annotated[bool | None, _only("A network learns a parameter.")] = None,
    gated: Annotated[bool | None, _only("Takes two inputs.")] = None,
    rowwise: Annotated[bool | None, _only("Acts on a row of numbers.")] = None,
    family: Annotated[str | None, typer.Option(help="Those of a family, such as self_gated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every property as JSON.")] = False,
) -> None:
    """List the activations, with what follows from their formulas; the options keep those that have a property.

    Row-wise and gated activations have no properties of one number, and so pass no filter on them.
    """
    wanted = {
        "saturating": saturating,
        "zero_centred": zero_centred,
        "monotone": monotone,
        "kinks": kinks,
        "smooth": smooth,
        "bounded": bounded,
        "odd": odd,
        "even": even,
        "learnable": learnable,
        "gated": gated,
        "rowwise": rowwise,
    }
    chosen = {name: want for name, want in wanted.items() if want is not None}
    found = [activation for activation in _of_family(family) if all(has(activation, *one) for one in chosen.items())]
    if as_json:
        print(json.dumps([record(activation) for activation in found], ensure_ascii=False, allow_nan=False, indent=1))
    elif found:
        _print(found)
    else:
        print(f"no activation is all of that; without options `actscope list` shows all {len(CATALOGUE)}")


def has(activation: Activation, name: str, wanted: bool) -> bool:
    """Return whether an activation has a property, or has it not, as wanted; without properties it passes neither."""
    of_declaration: dict[str, Callable[[Activation], bool]] = {
        "gated": lambda a: a.gated,
        "rowwise": lambda a: a.rowwise,
        "learnable": lambda a: any(parameter.learnable for parameter in a.parameters),
    }
    if name in of_declaration:
        return of_declaration[name](activation) == wanted
    if not activation.pointwise:
        return False
    p = activation.properties
    if name in ("odd", "even"):
        return (p.symmetry == name) == wanted
    return bool(getattr(p, name)) == wanted


def _of_family(family: str | None) -> Iterable[Activation]:
    known = list(dict.fromkeys(FAMILY.values()))
    if family is not None and family not in known:
        near = did_you_mean(family, known) or ";"
        raise SettingError(f"no family is called {family!r}{near} they are {', '.join(known)}")
    return (activation for activation in CATALOGUE if family in (None, FAMILY[activation.name]))


def _print(found: list[Activation]) -> None:
    console = Console()
    if console.is_terminal:
        console.print(table(found, console.width))
        console.print(f"\n{len(found)} of {len(CATALOGUE)}. {legend(console.width)}", style="dim", highlight=False)
        return
    # Into a file or a pipe everything goes whole, however wide.
    paper = Console(file=io.StringIO(), width=1_000)
    paper.print(table(found, paper.width))
    assert isinstance(paper.file, io.StringIO)
    print("\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()))


def table(found: Iterable[Activation] = CATALOGUE, width: int = 80) -> Table:
    """Return activations as a table, one row each; a narrow one goes without the formula, and then without more."""
    headers = _headers(width)
    rows = [row(activation) for activation in found]
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    left = width
    for header in headers:
        room = max(map(len, (header, *(cells[header] for cells in rows))))
        shown.add_column(header, no_wrap=True, overflow="ellipsis", width=min(room, left))
        left -= room + 2
    for cells in rows:
        shown.add_row(*(cells[header] for header in headers))
    return shown


def legend(width: int = 80) -> str:
    """Return what the columns of a table of this width are, and how wide it must be to show the others."""
    shown = _headers(width)
    told = "; ".join(text for header, text in LEGEND.items() if header in shown)
    missing = [header for header in HEADERS if header not in shown]
    wider = f" A terminal of {_ROOM['formula']} columns shows {several(missing)} too." if missing else ""
    return f"{told}.{wider} `actscope show NAME` says how each is known."


def _headers(width: int) -> list[str]:
    return [header for header in HEADERS if width >= _ROOM.get(header, 0)]


def row(activation: Activation) -> dict[str, str]:
    """Return one row of the table; only a function of one number has properties."""
    cells = dict.fromkeys(HEADERS, "") | {"name": activation.name, "formula": str(activation.formula)}
    if not activation.pointwise:
        return cells | {"range": "of a row" if activation.rowwise else "of two inputs"}
    p = activation.properties
    fades = {(True, True): "both sides", (True, False): "left", (False, True): "right"}
    return cells | {
        "range": f"{number(p.range.low)} to {number(p.range.high)}",
        "steepest": number(p.lipschitz),
        "fades": fades.get((p.saturates_left, p.saturates_right), "never"),
        "mean": number(p.mean),
        "gain": number(p.gain),
        "chi": number(p.chi, 3),
        "kinks": ", ".join(number(kink) for kink in p.kinks) or "none",
    }


def record(activation: Activation) -> dict[str, Any]:
    """Return all that is known of an activation as JSON has it; infinities and nan are the strings inf, -inf, nan."""
    parameters = {p.name: {"default": p.default, "meaning": p.meaning} for p in activation.parameters}
    found: dict[str, Any] = _in_json(
        {
            "name": activation.name,
            "title": activation.title,
            "family": FAMILY[activation.name],
            "aliases": list(activation.aliases),
            "inputs": list(activation.inputs),
            "rowwise": activation.rowwise,
            "formula": str(activation.formula),
            "slope": str(activation.slope_formula) if activation.pointwise else None,
            "parameters": parameters,
            "introduced": str(activation.introduced),
            "properties": activation.properties.as_dict() if activation.pointwise else None,
        }
    )
    return found


def _in_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_in_json(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
