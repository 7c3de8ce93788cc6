"""What each activation and its slope are, to 60 digits: closed forms of the literature in mpmath, none of our code."""

from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np

DIGITS = 60
Real = mp.mpf


@dataclass(frozen=True)
class Truth:
    """A function and its slope at the default parameters."""

    value: Callable[[Real], Real]
    slope: Callable[[Real], Real]


def _logistic(x: Real) -> Real:
    return 1 / (1 + mp.exp(-x))


def _logistic_slope(x: Real) -> Real:
    return mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2


def _normal_cdf(x: Real) -> Real:
    if abs(x) > 1e6:  # below 1e-200000000000, or above 1 minus that; mpmath cannot tell for the largest doubles
        return Real(x > 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _normal_pdf(x: Real) -> Real:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _mish_slope(x: Real) -> Real:
    # Misra (2019), equation 3: exp(x) w / d^2.
    if x > 1000:
        return Real(1)
    e = mp.exp(x)
    w = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
    return e * w / (2 * e + e**2 + 2) ** 2


def _mish(x: Real) -> Real:
    if x > 1000:
        return x
    e = mp.exp(x)
    return x * (e**2 + 2 * e) / (e**2 + 2 * e + 2)


# As published: x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2. The constant is the double that stands for it.
def _gelu_tanh_u(x: Real) -> Real:
    return mp.sqrt(2 / mp.pi) * (x + Real("0.044715") * x**3)


def _gelu_tanh(x: Real) -> Real:
    return x * _logistic(2 * _gelu_tanh_u(x))


def _gelu_tanh_slope(x: Real) -> Real:
    u, du = _gelu_tanh_u(x), mp.sqrt(2 / mp.pi) * (1 + Real("0.134145") * x * x)
    return _logistic(2 * u) + 2 * x * du * _logistic_slope(2 * u)


SELU_ALPHA = Real("1.6732632423543772848170429916717")
SELU_SCALE = Real("1.0507009873554804934193349852946")


class Truths(dict[str, Truth]):
    """Truths by the name of the activation; one that is missing is asked for."""

    def __missing__(self, name: str) -> Truth:
        raise AssertionError(f"type the value and slope of {name} from the paper into tests/truth.py")


TRUTH = Truths(
    {
        "identity": Truth(lambda x: x, lambda _: Real(1)),
        "step": Truth(lambda x: Real(x > 0), lambda _: Real(0)),
        "relu": Truth(lambda x: max(x, Real(0)), lambda x: Real(x > 0)),
        "leaky_relu": Truth(lambda x: x if x > 0 else x * Real("0.01"), lambda x: Real(1) if x > 0 else Real("0.01")),
        "sigmoid": Truth(_logistic, _logistic_slope),
        "tanh": Truth(mp.tanh, lambda x: mp.sech(x) ** 2),
        "elu": Truth(lambda x: x if x > 0 else mp.expm1(x), lambda x: Real(1) if x > 0 else mp.exp(x)),
        "selu": Truth(
            lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
            lambda x: SELU_SCALE * (Real(1) if x > 0 else SELU_ALPHA * mp.exp(x)),
        ),
        "softplus": Truth(lambda x: max(x, Real(0)) + mp.log1p(mp.exp(-abs(x))), _logistic),
        "gelu": Truth(lambda x: x * _normal_cdf(x), lambda x: _normal_cdf(x) + x * _normal_pdf(x)),
        "gelu_tanh": Truth(_gelu_tanh, _gelu_tanh_slope),
        "silu": Truth(lambda x: x * _logistic(x), lambda x: _logistic(x) + x * _logistic_slope(x)),
        "mish": Truth(_mish, _mish_slope),
        "cos": Truth(mp.cos, lambda x: -mp.sin(x)),
    }
)


def exact(function: Callable[[Real], Real], x: np.ndarray) -> list[Real]:
    """Return `function` at each x to 60 digits."""
    with mp.workdps(DIGITS):
        return [function(Real(float(v))) for v in x]


def ulps(got: np.ndarray, true: list[Real], absolute: float = 0.0) -> np.ndarray:
    """Return the error of each element in units in the last place of its own dtype; 0 where within `absolute`."""
    info = np.finfo(got.dtype)
    errors = np.empty(len(true))
    with mp.workdps(DIGITS):
        largest = Real(float(info.max))
        for k, (g, t) in enumerate(zip(got.tolist(), true, strict=True)):
            if mp.isnan(t) or np.isnan(g):
                errors[k] = 0.0 if mp.isnan(t) and np.isnan(g) else np.inf
                continue
            if abs(t) >= largest:
                errors[k] = (
                    0.0 if (np.isinf(g) and (g > 0) == (t > 0)) or abs(Real(g) - mp.sign(t) * largest) == 0 else np.inf
                )
                continue
            exponent = max(mp.frexp(t)[1] - 1, info.minexp) if t else info.minexp
            difference = abs(Real(g) - t)
            errors[k] = 0.0 if difference <= absolute else float(difference / mp.ldexp(Real(1), exponent - info.nmant))
    return errors
