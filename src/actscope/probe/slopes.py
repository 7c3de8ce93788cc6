"""Where the slope of a function is not small, whatever the function: ranges of x, from the formula or from a grid."""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..catalogue import Activation
from ..formula import Expr
from ..formula.evaluate import evaluate
from .bound import EPS

Ranges = tuple[tuple[float, float], ...]

MOST = 8
"""Ranges of one function; of a periodic one the gaps that are farthest from 0 are left out."""
FAR = 1e4
_GRID = np.unique(
    np.concatenate([np.linspace(-20, 20, 16_001), *(sign * np.geomspace(20, FAR, 2_000) for sign in (-1, 1))])
)


@lru_cache(maxsize=256)
def fires(activation: Activation, parameters: tuple[tuple[str, float], ...] = (), eps: float = EPS) -> Ranges:
    """Return the ranges of x in which |f'(x)| >= eps, in rising order; outermost ones may reach to infinity.

    The slope is the one of the formula, so that any function of the catalogue and any that a user defined has them.

    >>> from actscope.catalogue import get
    >>> fires(get("relu"))
    ((5e-324, inf),)
    >>> [tuple(round(end, 2) for end in ends) for ends in fires(get("sigmoid"))]
    [(-4.58, 4.58)]
    >>> [tuple(round(end, 2) for end in ends) for ends in fires(get("silu"))]
    [(-6.26, -1.33), (-1.23, inf)]
    """
    values = activation.bind(**dict(parameters))
    return ranges(_slope_of(activation.slope_formula, values), eps)


def slopes(
    activation: Activation, parameters: tuple[tuple[str, float], ...], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return f'(x) at each x, by the formula.

    >>> from actscope.catalogue import get
    >>> slopes(get("relu"), (), np.array([-2.0, 3.0])).tolist()
    [0.0, 1.0]
    """
    return _slope_of(activation.slope_formula, activation.bind(**dict(parameters)))(x)


def ranges(slope: Callable[[NDArray[np.float64]], NDArray[np.float64]], eps: float = EPS) -> Ranges:
    """Return the ranges of x in which |slope(x)| >= eps; what is narrower than the grid's 0.0025 may be missed."""

    def is_large(x: NDArray[np.float64]) -> NDArray[np.bool_]:
        size: NDArray[np.bool_] = np.abs(slope(x)) >= eps
        return size

    large = is_large(_GRID)
    edges = np.flatnonzero(large[1:] != large[:-1])
    ends = [-math.inf, *(_edge(is_large, _GRID[k], _GRID[k + 1], bool(large[k])) for k in edges), math.inf]
    found = [(low, high) for k, (low, high) in enumerate(pairwise(ends)) if large[0] ^ (k % 2 == 1)]
    while len(found) > MOST:
        distances = [max(before[1], -after[0]) for before, after in pairwise(found)]
        k = int(np.argmax(distances))
        found[k : k + 2] = [(found[k][0], found[k + 1][1])]
    return tuple(found)


def _edge(is_large: Callable[[NDArray[np.float64]], NDArray[np.bool_]], low: float, high: float, below: bool) -> float:
    """Return the last number with a large slope between two, to the last bit: ReLU's is the smallest above 0."""
    while low < (middle := 0.5 * (low + high)) < high:
        if bool(is_large(np.array([middle]))[0]) == below:
            low = middle
        else:
            high = middle
    return float(low if below else high)


def _slope_of(formula: Expr, values: dict[str, float]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def slope(x: NDArray[np.float64]) -> NDArray[np.float64]:
        given: dict[str, Any] = {"x": x, **values}
        return np.broadcast_to(np.asarray(evaluate(formula, **given), np.float64), x.shape)

    return slope
