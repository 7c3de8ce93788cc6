"""How far outputs are from being probabilities."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
BINS = 10


def calibration_error(said: Floats, happened: Labels) -> float:
    """Return the expected calibration error: how far mean output and share of class 1 are apart, over ten even bins.

    Bins count by their samples, as with Guo et al. (2017), On calibration of modern neural networks.

    >>> round(calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([1, 1, 1, 0])), 6)
    0.0
    """
    outputs, shares, count = reliability(said, happened)
    return float((np.abs(outputs - shares) * count).sum() / len(said))


def reliability(said: Floats, happened: Labels) -> tuple[Floats, Floats, Labels]:
    """Return mean output, share of class 1 and number of samples in each of ten even bins that hold any.

    >>> reliability(np.array([0.125, 0.875, 0.875]), np.array([0, 1, 0]))
    (array([0.125, 0.875]), array([0. , 0.5]), array([1, 2]))
    """
    of_bin = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(of_bin, minlength=BINS)
    held = count > 0
    outputs, shares = (np.bincount(of_bin, of, BINS)[held] / count[held] for of in (said, happened))
    return outputs, shares, count[held]
