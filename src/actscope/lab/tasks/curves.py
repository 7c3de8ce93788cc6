"""Functions of one number that a network is to learn: given ones, and a user's own by its formula."""

from functools import lru_cache, partial

import numpy as np

from ...errors import SettingError
from ...formula import Expr, evaluate, parse
from ...formula.ops import is_rowwise
from .task import Array, Task

PREFIX = "curve:"
LOW, HIGH = -1.0, 1.0
SINE = "sin(2*pi*x)"
STEP = "where(x > 0, 1, 0)"
ABS = "abs(x)"

# A formula is looked at here before anything is drawn; no pole at a round number is missed.
_GRID = 2001


def curve(formula: str, name: str = "") -> Task:
    """Return the task to learn y = f(x) for x spread evenly over [-1, 1]; noise, 0 by default, is added to y.

    Raises FormulaError where the text is no formula in x, and SettingError where it has no number everywhere, or only
    one.

    >>> curve("sin(3*x) + x/2").kind
    'regression'
    """
    written = formula.strip()
    read = parse(written, known={"x"})
    if is_rowwise(read):
        raise SettingError(f"{written} is a function of a whole row; a curve is one of a single number, such as {SINE}")
    at = np.linspace(LOW, HIGH, _GRID)
    values = np.broadcast_to(evaluate(read, x=at), at.shape)
    if len(bad := np.flatnonzero(~np.isfinite(values))):
        raise SettingError(
            f"{written} is {values[bad[0]]:g} at x = {at[bad[0]]:g}, so it is no curve to learn; x runs from {LOW:g} "
            f"to {HIGH:g}, and the formula must have a number everywhere there"
        )
    if values.max() == values.min():
        raise SettingError(f"{written} is {values[0]:g} for all x from {LOW:g} to {HIGH:g}: there is nothing to learn")
    summary = f"the curve y = {written} for x from {LOW:g} to {HIGH:g}"
    return Task(name or PREFIX + written, summary, partial(_drawn, read), inputs=1, classes=0, noise=0.0)


@lru_cache(maxsize=64)
def curve_called(name: str) -> Task:
    """Return the task of a name such as "curve:sin(3*x)"."""
    return curve(name.removeprefix(PREFIX))


def _drawn(formula: Expr, samples: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    x = random.uniform(LOW, HIGH, (samples, 1))
    y = evaluate(formula, x=x[:, 0])[:, None]
    return x, y + noise * random.standard_normal(y.shape)
