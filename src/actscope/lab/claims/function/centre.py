"""Where the output of an activation lies on average: by quadrature over normal inputs, and by drawing inputs."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ....catalogue import get
from ....catalogue.properties import gaussian_mean
from ....formula import Symbol, substitute
from ...statistics import estimate
from ..claim import Number
from .curves import Floats, value

DRAWS = 50_000
OFF_CENTRE = 0.01
"""An output counts as zero-centred while its mean is at most this share of its spread away from 0."""


def moments(name: str, shift: float = 0.0, **parameters: float) -> tuple[float, float]:
    """Return mean and standard deviation of f(z + shift) for z ~ N(0, 1), by quadrature.

    >>> mean, spread = moments("relu")
    >>> round(mean, 6), round(spread, 6)
    (0.398942, 0.583819)
    """
    activation = get(name)
    moved = substitute(activation.formula, {**activation.bind(**parameters), "x": Symbol("x") + shift})
    mean = gaussian_mean(moved, (-shift,))
    return mean, math.sqrt(max(gaussian_mean(moved * moved, (-shift,)) - mean * mean, 0.0))


def inputs(seed: int = 0) -> Mapping[str, Floats]:
    """Return inputs of several kinds, drawn: two symmetric about 0, one that is moved, one of mean 0 that is skewed.

    >>> list(inputs())
    ['normal', 'uniform', 'shifted', 'skewed']
    """
    random = np.random.default_rng(seed)
    return MappingProxyType(
        {
            "normal": random.standard_normal(DRAWS),
            "uniform": random.uniform(-1.0, 1.0, DRAWS),
            "shifted": random.standard_normal(DRAWS) + 1.0,
            "skewed": random.exponential(1.0, DRAWS) - 1.0,
        }
    )


def drawn_mean(name: str, drawn: Floats, meaning: str, **parameters: float) -> Number:
    """Return the mean output over inputs that were drawn, with its interval.

    >>> found = drawn_mean("relu", inputs()["uniform"], "mean output")
    >>> found.low < 0.25 < found.high
    True
    """
    found = estimate(value(name, drawn, **parameters).tolist())
    return Number(found.mean, meaning, low=found.low, high=found.high, uncertainty=f"95 % interval of {DRAWS:,} draws")
