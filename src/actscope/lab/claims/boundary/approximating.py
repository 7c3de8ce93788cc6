"""Functions of one number, and what a hidden layer whose output is fitted by least squares makes of them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....catalogue.defining import named
from ....formula import evaluate
from ...training import quiet_torch

Floats = NDArray[np.float64]
FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "sine": lambda x: np.sin(2 * np.pi * x),
        "|x|": np.abs,
        "jump": lambda x: np.where(x > 0, 1.0, 0.0),
    }
)
DRAWS = 3

FITTED = np.linspace(-1.0, 1.0, 513)
# Between the fitted points, and on both sides of the jump, nearer than any network here can turn.
JUDGED = np.sort(np.append((FITTED[1:] + FITTED[:-1]) / 2, [-1e-9, 1e-9]))


def largest_error(activation: str, function: str, width: int) -> float:
    """Return the largest error on the judged points, the median over the draws of the hidden weights.

    >>> largest_error("x^2", "|x|", 16) > 0.15 > largest_error("tanh", "|x|", 16)
    True
    """
    return float(np.median([np.abs(misses(activation, width, seed)[function]).max() for seed in range(DRAWS)]))


@lru_cache(maxsize=256)
def misses(activation: str, width: int, seed: int) -> Mapping[str, Floats]:
    """Return how far the network is off on the judged points, by function.

    >>> float(np.abs(misses("relu", 1, 0)["jump"]).max()) >= 0.5
    True
    """
    said = network(activation, width, seed, JUDGED)
    return {name: said[:, k] - function(JUDGED) for k, (name, function) in enumerate(FUNCTIONS.items())}


def network(activation: str, width: int, seed: int, x: Floats) -> Floats:
    """Return what the fitted networks give at the points, (points, functions).

    >>> network("relu", 8, 0, np.zeros(5)).shape
    (5, 3)
    """
    wanted = np.column_stack([function(FITTED) for function in FUNCTIONS.values()])
    # torch can be told to take one thread: NumPy's threads wait for each other where other work fills the cores.
    with quiet_torch():
        units, targets = torch.from_numpy(_hidden(activation, width, seed, FITTED)), torch.from_numpy(wanted)
        weights = torch.linalg.lstsq(units, targets, driver="gelsd").solution.numpy()
    return np.asarray(_hidden(activation, width, seed, x) @ weights, dtype=np.float64)


def _hidden(activation: str, width: int, seed: int, x: Floats) -> Floats:
    random = np.random.default_rng(seed)
    # Units that share the interval out evenly have 2/width each, and are as steep as that.
    centres = (2 * np.arange(width) + 1) / width - 1
    slopes = max(width / 2, 4.0) * random.uniform(-1.0, 1.0, width)
    about = named(activation)
    values: dict[str, Any] = {**dict(about.defaults), "x": slopes * (x[:, None] - centres)}
    return np.column_stack([np.ones_like(x), evaluate(about.formula, **values)])
