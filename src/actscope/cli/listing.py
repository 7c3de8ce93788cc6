"""`actscope list`: the catalogue as a table."""

import math

from rich.console import Console
from rich.table import Table

from ..catalogue import CATALOGUE, Activation


def command() -> None:
    """List all activations with what follows from their formulas."""
    console = Console()
    # Into a file or a pipe the table goes whole, however wide.
    (console if console.is_terminal else Console(width=200)).print(table())


def table() -> Table:
    """Return the catalogue as a table, one row per activation."""
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("name", "range", "largest slope", "slope fades", "mean", "gain", "kink", "introduced", "formula"):
        shown.add_column(column, no_wrap=" " not in column, overflow="ellipsis")
    for activation in CATALOGUE:
        shown.add_row(*row(activation))
    return shown


def row(activation: Activation) -> list[str]:
    """Return one row of the table; a row-wise activation has no properties of one number."""
    introduced = f"{activation.introduced.authors.split(',')[0]} {activation.introduced.year}"
    last = [introduced, str(activation.formula)]
    if activation.rowwise:
        return [activation.name, "acts on a row", *[""] * 5, *last]
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
        *last,
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
