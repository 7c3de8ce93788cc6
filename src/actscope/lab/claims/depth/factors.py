"""Means of what multiplies: factors, ratios, sizes over many orders of magnitude."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..claim import Number
from ..training.averages import averaged


def averaged_factor(values: Iterable[float], meaning: str) -> Number:
    """Return the geometric mean with its 95 % interval, that of the logarithms by Student's t.

    >>> found = averaged_factor([0.5, 2.0], "ratio")
    >>> round(found.value, 6), found.uncertainty
    (1.0, '95 % interval of 2 seeds')
    """
    logs = averaged(np.log([float(value) for value in values]), meaning)
    mean, low, high = np.exp([logs.value, logs.low, logs.high])
    return replace(logs, value=mean, low=low, high=high)
