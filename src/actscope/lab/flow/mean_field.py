"""How large signal and gradient are at each layer, from the formula alone: mean-field theory of wide random networks.

With weights of variance s^2/fan_in and biases of variance b^2, what a unit of layer l receives is normal with variance

    q[l+1] = s^2 E[f(sqrt(q[l]) z)^2] + b^2,      z ~ N(0, 1),

and the mean square of the gradient grows towards the input by chi[l] = s^2 E[f'(sqrt(q[l]) z)^2] a layer.
Poole et al. (2016), arXiv:1606.05340; Schoenholz et al. (2017), arXiv:1611.01232.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ... import kernels
from ...catalogue import Activation
from .records import LARGEST, SMALLEST, Cause, End, Sizes

Numbers = NDArray[np.float64]
DEEPEST = 100_000
_STEADY, _ITERATED, _STEP = 1e-13, 1_000, 1e-3
_LOW, _HIGH = math.log(SMALLEST), math.log(LARGEST)
_SIGNAL: tuple[Cause, Cause] = ("signal underflows", "signal overflows")
_GRADIENT: tuple[Cause, Cause] = ("gradient underflows", "gradient overflows")
_REACH, _PANELS, _MOST, _NODES = 12.0, 96, 40, 20


@dataclass(frozen=True, slots=True)
class Scales:
    """Standard deviations: of a weight times the root of its fan-in, in the first layer and after it; of a bias."""

    first: float
    weight: float
    bias: float


def predicted(activation: Activation, scales: Scales, depth: int) -> tuple[Sizes, ...]:
    """Return the sizes at each of `depth` layers, layer 1 first, for input of variance 1.

    >>> from actscope.catalogue import get
    >>> layers = predicted(get("relu"), Scales(1.0, 2**0.5, 0.0), depth=50)
    >>> f"{layers[0].gradient:.6f} {layers[-1].gradient:.6f} {layers[-1].signal:.6f}"
    '0.707107 0.707107 1.000000'
    """
    variances, passed = [], []
    for variance, slope in _forward(activation, scales, depth):
        variances.append(variance)
        passed.append(slope)
    gradients = [math.sqrt(passed[-1])]
    for slope in reversed(passed[:-1]):
        gradients.append(gradients[-1] * scales.weight * math.sqrt(slope))
    return tuple(
        Sizes(layer, math.sqrt(variance), gradient)
        for layer, (variance, gradient) in enumerate(zip(variances, reversed(gradients), strict=True), start=1)
    )


def end_of_float32(activation: Activation, scales: Scales, deepest: int = DEEPEST) -> End | None:
    """Return the smallest depth at which a size leaves float32: the signal's at the top, the gradient's at layer 1.

    None if it is deeper than `deepest`, or if the slope is 0 in any precision. Once the variance stands still, each
    further layer adds the same factor.

    >>> from actscope.catalogue import get
    >>> end_of_float32(get("sigmoid"), Scales(1.0, 1.0, 0.0))
    End(depth=72, cause='gradient underflows')
    >>> end_of_float32(get("relu"), Scales(1.0, 2**0.5, 0.0))
    """
    log_weight, log_gradient = math.log(scales.weight), 0.0
    logs: list[tuple[float, float]] = []
    for layer, (variance, slope) in enumerate(_forward(activation, scales, min(deepest, _ITERATED)), start=1):
        if slope == 0.0:
            return None
        log_gradient += math.log(slope) / 2 + (log_weight if layer > 1 else 0.0)
        log_signal = math.log(variance) / 2 if variance else -math.inf
        for log_size, underflow, overflow in ((log_signal, *_SIGNAL), (log_gradient, *_GRADIENT)):
            if not _LOW <= log_size <= _HIGH:
                return End(layer, underflow if log_size < _LOW else overflow)
        logs.append((log_signal, log_gradient))
        if len(logs) > 3 and all(map(_steady, zip(*logs[-4:], strict=True))):
            break
    # Two layers, because a signal may swing between two sizes for ever.
    before, last = logs[max(len(logs) - 3, 0)], logs[-1]
    further = [
        (math.floor(((_LOW if step < 0 else _HIGH) - size) / step) + 1, (underflow if step < 0 else overflow))
        for size, earlier, (underflow, overflow) in zip(last, before, (_SIGNAL, _GRADIENT), strict=True)
        if abs(step := (size - earlier) / 2) > _STEADY
    ]
    nearest = min(further, default=None, key=lambda end: end[0])
    if nearest is None or len(logs) + nearest[0] > deepest:
        return None
    return End(len(logs) + nearest[0], nearest[1])


def deviation_growth(activation: Activation, scales: Scales, depth: int) -> float:
    """Return d log q[l+1] / d log q[l] at the last of `depth` layers: how fast a deviation of the variance grows.

    >>> from actscope.catalogue import get
    >>> round(deviation_growth(get("tanh"), Scales(1.0, 1.5, 0.0), depth=50), 2)
    0.5
    """
    *_, (variance, _) = _forward(activation, scales, depth)
    # By a difference quotient: where the function jumps, the mean of its derivative is not the derivative of its mean.
    high, low = (
        scales.weight**2 * second_moments(activation, variance * (1 + step))[0] + scales.bias**2
        for step in (_STEP, -_STEP)
    )
    return (high - low) / (_STEP * (high + low)) if 0.0 < low + high < math.inf else math.nan


def second_moments(activation: Activation, variance: float) -> tuple[float, float]:
    """Return E[f(x)^2] and E[f'(x)^2] for x ~ N(0, variance), by Gauss-Legendre panels that end at the kinks.

    >>> from actscope.catalogue import get
    >>> [round(moment, 12) for moment in second_moments(get("relu"), 4.0)]
    [2.0, 0.5]
    """
    spread = math.sqrt(variance)
    z, weight = _grid(
        # Panels as narrow in x as in z: what bends within |x| < 1 bends within |z| < 1/spread.
        int(min(max(1.0, spread), _MOST) * _PANELS),
        tuple(kink / spread for kink in activation.properties.kinks) if spread else (),
    )
    value, slope = kernels.value_and_slope(activation, spread * z if spread < math.inf else np.copysign(math.inf, z))
    with np.errstate(all="ignore"):
        return float(np.sum(weight * value * value)), float(np.sum(weight * slope * slope))


def _forward(activation: Activation, scales: Scales, depth: int) -> Iterator[tuple[float, float]]:
    """Yield each layer's variance and E[f'^2] there; both stay as they are once the variance stands still."""
    variance = scales.first**2 + scales.bias**2
    moment, slope = second_moments(activation, variance)
    for _ in range(depth):
        yield variance, slope
        following = scales.weight**2 * moment + scales.bias**2
        if abs(following - variance) > _STEADY * variance:
            variance = following
            moment, slope = second_moments(activation, variance)


@lru_cache(maxsize=8)
def _grid(panels: int, kinks: tuple[float, ...]) -> tuple[Numbers, Numbers]:
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    # Beyond 12 the normal density is below 1e-31.
    cuts = np.unique([*np.linspace(-_REACH, _REACH, panels + 1), *(kink for kink in kinks if abs(kink) < _REACH)])
    half = np.diff(cuts)[:, None] / 2
    z = cuts[:-1, None] + half * (1 + node)
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return z.ravel(), (half * weight * density).ravel()


def _steady(logs: tuple[float, ...]) -> bool:
    """Return whether a size changes by the same factor over the last two layers as over the two before."""
    return abs((logs[3] - logs[1]) - (logs[2] - logs[0])) <= _STEADY
