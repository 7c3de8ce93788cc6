"""Random networks of any weight scale: how large signal and gradient are at each layer, in float64.

The scale is the standard deviation of a weight times the root of the fan-in; biases are 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .... import kernels
from ....catalogue import get
from ....errors import missing_extra

try:
    import torch
except ImportError as error:
    raise missing_extra("lab", "measuring a network") from error

from ...measuring import root_mean_squares

Numbers = NDArray[np.float64]
WIDTH, SAMPLES = 64, 16


@dataclass(frozen=True, slots=True)
class Sizes:
    """Root mean squares over units and samples, (layer, scale, seed), the layer next to the input first."""

    signal: Numbers
    """Of what the activation receives."""
    gradient: Numbers
    """Of the derivative, with respect to what the activation receives, of the output times a normal vector."""
    slope: Numbers
    """Of the activation's slope at what it receives."""


def sizes(
    activation: str, scales: Sequence[float], *, depth: int, seeds: int, width: int = WIDTH, samples: int = SAMPLES
) -> Sizes:
    """Return the sizes in networks that differ in scale and seed; those of one seed have the same draws.

    >>> found = sizes("identity", [0.5, 1.0], depth=4, seeds=3)
    >>> found.signal.shape, bool(np.allclose(found.signal[3, 0], found.signal[3, 1] / 2**4))
    ((4, 2, 3), True)
    """
    function, scale = get(activation), np.asarray(scales)[:, None, None, None]
    flow, pull = (_normal(seeds, stream, (width, samples)) for stream in (0, 1))
    weights = list(_weights(depth, seeds, width))
    signal: list[Numbers] = []
    slopes: list[Numbers] = []
    with np.errstate(all="ignore"):
        for weight in weights:
            received = scale * (weight @ flow)
            signal.append(_size(received))
            flow, slope = kernels.value_and_slope(function, received)
            slopes.append(slope)
        gradient = [pull * slopes[-1]]
        for weight, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
            gradient.append(scale * (weight.swapaxes(1, 2) @ gradient[-1]) * slope)
    return Sizes(*(np.stack(each) for each in (signal, [_size(g) for g in gradient[::-1]], [_size(s) for s in slopes])))


def rate(gradient: Numbers) -> Numbers:
    """Return the factor from a layer to the one before it, the geometric mean over the layers (the first axis).

    >>> float(rate(np.array([0.25, 0.5, 1.0])))
    0.5
    """
    with np.errstate(all="ignore"):
        found: Numbers = np.exp((np.log(gradient[0]) - np.log(gradient[-1])) / (len(gradient) - 1))
    return found


def _weights(depth: int, seeds: int, width: int) -> Iterator[Numbers]:
    for layer in range(depth):
        yield _normal(seeds, 2 + layer, (width, width)) / np.sqrt(width)


def _normal(seeds: int, stream: int, shape: tuple[int, int]) -> Numbers:
    return np.stack([np.random.default_rng([seed, stream]).normal(size=shape) for seed in range(seeds)])


def _size(values: Numbers) -> Numbers:
    each = torch.from_numpy(values.reshape(-1, *values.shape[-2:]))
    return root_mean_squares(each).reshape(values.shape[:-2])
