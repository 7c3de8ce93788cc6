"""A random classifier, looked at from one of its layers: what comes in, and how wrong each neuron is on each sample."""

import numpy as np
from numpy.typing import NDArray

from ....catalogue import get
from . import network

UNITS, NEURONS, SAMPLES = 8, 16, 256


def second_layer(
    name: str, *, fitted: bool, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the deltas and the inputs of the second hidden layer, a row for each sample.

    The network has two hidden layers and a sigmoid output with cross-entropy; a plane through 0 separates the classes.
    `fitted` is for an output whose bias makes its probabilities right on average.

    >>> deltas, inputs = second_layer("sigmoid", fitted=False, random=np.random.default_rng(0))
    >>> deltas.shape, inputs.shape
    ((256, 16), (256, 8))
    """
    activation = get(name)
    samples = random.normal(size=(SAMPLES, UNITS))
    classes = samples @ random.normal(size=UNITS) > 0
    inputs = network.value(activation, samples @ random.normal(0, UNITS**-0.5, (UNITS, UNITS)))
    received = inputs @ random.normal(0, UNITS**-0.5, (UNITS, NEURONS))
    last = random.normal(0, NEURONS**-0.5, NEURONS)
    logits = network.value(activation, received) @ last
    if fitted:
        logits -= _bias(logits, float(classes.mean()))
    wrong = network.value(get("sigmoid"), logits) - classes
    return wrong[:, None] * last * network.slope(activation, received), inputs


def _bias(logits: NDArray[np.float64], share: float) -> float:
    """Return what to take from the logits so that their probabilities have the mean that is asked for."""
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        if network.value(get("sigmoid"), logits - middle).mean() > share:
            low = middle
        else:
            high = middle
    return low
