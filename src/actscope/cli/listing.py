"""`actscope list`: the catalogue as a table."""

import math

from rich.console import Console
from rich.table import Table

from ..catalogue import CATALOGUE, Activation


def command() -> None:
    """List all activations with what follows from their formulas."""
    console = Console()
    if console.is_terminal:
        console.print(table(formulas=console.width >= 100))
    else:
        # Into a file or a pipe everything goes whole, however wide.
        Console(width=200).print(table())


def table(formulas: bool = True) -> Table:
    """Return the catalogue as a table, one row per activation; the formulas take what room is left."""
    headers = ("name", "range", "largest\nslope", "slope\nfades", "mean", "gain", "kink", "formula")[: 7 + formulas]
    rows = [row(activation)[: len(headers)] for activation in CATALOGUE]
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for k, header in enumerate(headers):
        room = None if header == "formula" else max(len(cells[k]) for cells in rows)
        shown.add_column(header, no_wrap=True, overflow="ellipsis", min_width=room)
    for cells in rows:
        shown.add_row(*cells)
    return shown


def row(activation: Activation) -> list[str]:
    """Return one row of the table; only a function of one number has properties."""
    if not activation.pointwise:
        acts = "acts on a row" if activation.rowwise else "takes two inputs"
        return [activation.name, acts, *[""] * 5, str(activation.formula)]
    p = activation.properties
    fades = {(True, True): "both sides", (True, False): "left", (False, True): "right"}
    return [
        activation.name,
        f"{number(p.range.low)} to {number(p.range.high)}",
        number(p.largest_slope),
        fades.get((p.saturates_left, p.saturates_right), "never"),
        number(p.mean),
        number(p.gain),
        ", ".join(number(kink) for kink in p.kinks) or "none",
        str(activation.formula),
    ]


def number(value: float) -> str:
    """Return a number for people: four digits, a true minus sign, an infinity sign.

    >>> number(-0.27846), number(-math.inf), number(1.0)
    ('−0.2785', '−∞', '1')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    # An extreme is known to 1e-6.
    return f"{round(value, 6):.4g}".replace("-", "−")
