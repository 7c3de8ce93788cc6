"""Rows of scores and their shares: what they sum to, and what a temperature does to their differences."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from .... import kernels
from ....catalogue import get
from ....formula import evaluate
from .curves import Floats

SOFTMAX = get("softmax")
# A share has a few roundings of its own; adding up a row has one for each term. All in one direction at worst.
OWN_ROUNDINGS = 8
ROWS = 50
LENGTHS, SPREADS = (2, 10, 1000), (1.0, 10.0, 1000.0)


def shares_of(scores: npt.ArrayLike, name: str) -> Any:
    """Return the softmax of rows of scores, computed in that format.

    >>> shares_of([0.0, 0.0], "float32").tolist()
    [0.5, 0.5]
    """
    return kernels.value(SOFTMAX, np.asarray(scores, dtype=name))


def sum_errors(name: str) -> tuple[float, float]:
    """Return the largest distance of a row's sum from 1, and the largest as a share of what rounding allows.

    Rounding allows a row of n scores n + 8 times half a unit in the last place.

    >>> sum_errors("float64")[0] < 1e-14
    True
    """
    random = np.random.default_rng(0)
    half_unit = float(np.finfo(name).eps) / 2
    off, share = [], []
    for length in LENGTHS:
        for spread in SPREADS:
            shares = shares_of(random.standard_normal((ROWS, length)) * spread, name).astype(np.float64)
            off.append(max(abs(math.fsum(row) - 1) for row in shares))
            share.append(off[-1] / ((length + OWN_ROUNDINGS) * half_unit))
    return max(off), max(share)


def cooled(scores: Floats, temperature: float) -> Floats:
    """Return the softmax of rows of scores at a temperature.

    >>> cooled(np.array([1.0, 0.0]), 1e6).round(3).tolist()
    [0.5, 0.5]
    """
    found: Any = evaluate(SOFTMAX.formula, x=scores, temperature=temperature)
    return np.asarray(found)


def pairs(shares: Floats) -> tuple[Floats, Floats]:
    """Return the differences of the first, largest share to each other, and those of any two others, in the last axis.

    >>> [found.shape[-1] for found in pairs(np.zeros((3, 5)))]
    [4, 6]
    """
    differences = {(a, b): shares[..., a] - shares[..., b] for a, b in combinations(range(shares.shape[-1]), 2)}
    firsts, lowers = ([d for (a, _), d in differences.items() if (a == 0) == first] for first in (True, False))
    return np.stack(firsts, axis=-1), np.stack(lowers, axis=-1)


def rise(differences: Floats) -> float:
    """Return the largest rise from a temperature to any later one; temperatures go along the first axis.

    >>> rise(np.array([0.3, 0.1, 0.2, 0.0]))
    0.1
    """
    return float((differences - np.minimum.accumulate(differences, axis=0)).max())


def lead(row: Floats) -> float:
    """Return what lies between the largest score and the next that differs.

    >>> lead(np.array([3.0, 3.0, 1.0]))
    2.0
    """
    return float(row.max() - row[row < row.max()].max())
