"""A mean over seeds with its interval."""

import math
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from ...errors import missing_extra
from ..records import Estimate

CONFIDENCE = 0.95


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of the values with its 95 % interval by Student's t; one value has the interval nan.

    The interval is not cut at 0 or 1, also where the values are shares: that it reaches beyond says that the seeds are
    too few or too different for Student's t, and whoever shows it must say so rather than hide it.

    >>> found = estimate([0.90, 0.92, 0.94])
    >>> f"{found.mean:.3f} {found.low:.3f} {found.high:.3f}"
    '0.920 0.870 0.970'
    """
    distributions = special()
    numbers = np.asarray(values, dtype=np.float64)
    count = len(numbers)
    # A network that diverged may have an R² whose square is beyond any float, or two infinities that cancel.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(numbers.sum() / count)
        if count == 1 or not np.isfinite(numbers).all():
            return Estimate(mean, math.nan, math.nan, count)
        error = float(numbers.std(ddof=1)) / math.sqrt(count)
    half = float(distributions.stdtrit(count - 1, 0.5 + CONFIDENCE / 2)) * error
    return Estimate(mean, mean - half, mean + half, count)


def special() -> ModuleType:
    """Return scipy.special, which has the distributions; scipy.stats has them too but takes half a second to import."""
    try:
        import scipy.special
    except ImportError as missing:
        raise missing_extra("lab", "an interval over seeds") from missing
    found: ModuleType = scipy.special
    return found
