"""Means over seeds or data sets as numbers with their uncertainty."""

import math
from collections.abc import Iterable
from dataclasses import replace

from ...statistics import estimate
from ..claim import Number


def averaged(values: Iterable[float], meaning: str, of: str = "seeds", unit: str = "") -> Number:
    """Return the mean with its 95 % interval by Student's t; `of` is what the values are counted in.

    >>> found = averaged([0.90, 0.92, 0.94], "accuracy")
    >>> round(found.value, 4), round(found.low, 2), found.uncertainty
    (0.92, 0.87, '95 % interval of 3 seeds')
    """
    numbers = [float(value) for value in values]
    mean = estimate(numbers)
    return Number(mean.mean, meaning, unit, mean.low, mean.high, f"95 % interval of {len(numbers)} {of}")


def averaged_share(values: Iterable[float], meaning: str, of: str = "seeds") -> Number:
    """Return the mean of shares as `averaged` does, with its interval cut where shares end, at 0 and 1.

    >>> found = averaged_share([1.0, 1.0, 0.97], "accuracy")
    >>> round(found.value, 2), found.high, found.uncertainty
    (0.99, 1.0, '95 % interval of 3 seeds, cut at 1')
    """
    mean = averaged(values, meaning, of)
    low, high = max(mean.low, 0.0), min(mean.high, 1.0)
    ends = [end for end, cut in (("0", low != mean.low), ("1", high != mean.high)) if cut]
    if not ends or math.isnan(mean.low):
        return mean
    return replace(mean, low=low, high=high, uncertainty=f"{mean.uncertainty}, cut at {' and '.join(ends)}")
