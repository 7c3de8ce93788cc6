"""What the experiments on functions share: values and slopes in float64, and the place where something begins."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ....catalogue import get
from ....formula import Expr, evaluate

Floats = npt.NDArray[np.float64]
Several = Floats | Sequence[float]


@overload
def value(name: str, x: float, **parameters: float) -> float: ...
@overload
def value(name: str, x: Several, **parameters: float) -> Floats: ...
def value(name: str, x: float | Several, **parameters: float) -> float | Floats:
    """Return f(x) of an activation of the catalogue in float64, shape as `x`.

    >>> value("relu", [-1.0, 2.0]).tolist(), value("sigmoid", 0.0)
    ([0.0, 2.0], 0.5)
    """
    return _at(get(name).formula, x, get(name).bind(**parameters))


@overload
def slope(name: str, x: float, **parameters: float) -> float: ...
@overload
def slope(name: str, x: Several, **parameters: float) -> Floats: ...
def slope(name: str, x: float | Several, **parameters: float) -> float | Floats:
    """Return f'(x) of an activation of the catalogue in float64, shape as `x`.

    >>> slope("leaky_relu", [-1.0, 2.0], negative_slope=0.1).tolist()
    [0.1, 1.0]
    """
    return _at(get(name).slope_formula, x, get(name).bind(**parameters))


def beginning(reached: Callable[[float], bool], low: float, high: float) -> float:
    """Return the number between `low` and `high` from which on `reached` is true; infinity if it is not at `high`.

    `reached` must be false up to there; the stretch is halved until its ends are neighbours in float64.

    >>> round(beginning(lambda x: x * x >= 2, 0.0, 10.0), 9)
    1.414213562
    """
    if not reached(high):
        return float("inf")
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _at(formula: Expr, x: float | Several, parameters: Mapping[str, float]) -> float | Floats:
    points = np.asarray(x, dtype=np.float64)
    values: dict[str, Any] = {"x": points, **parameters}
    found = np.broadcast_to(evaluate(formula, **values), points.shape)
    return found if points.ndim else float(found)
