"""A primitive as a row of the table of `ops.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .expr import Expr
from .interval import Interval

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Op:
    """A primitive: a row of the table."""

    name: str
    numpy: Callable[..., Any]
    slope: Callable[..., Expr]
    bounds: Callable[..., Interval]
    latex: Callable[..., str]
    text: Callable[..., str] | None = None
    """None: written as a call, `name(u)`."""
    level: int = ATOM
    latex_level: int | None = None
    """Where LaTeX binds differently: a fraction needs no parentheses in a product."""
    llvm: str | None = None
    exact: bool = False
    meaning: str | None = None
    """What the name stands for, where a reader may not know it."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments, as in `meaning`."""
        code = self.slope.__code__
        return code.co_varnames[: code.co_argcount // 2]


def call(name: str) -> Callable[..., str]:
    """Return the LaTeX rule of a function that is written as a call."""
    return lambda *args: rf"{name}\left({', '.join(map(str, args))}\right)"


def on_floats(f: Callable[[Any], Any]) -> Callable[[float], float]:
    """Return a function of one float that neither warns nor raises."""

    def g(u: float) -> float:
        with np.errstate(all="ignore"):
            return float(f(np.float64(u)))

    return g
