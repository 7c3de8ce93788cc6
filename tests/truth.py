"""What each activation, its slope and its curvature are, to 60 digits: closed forms of the literature in mpmath.

None of our code is used here. The constants of formulas are decimals as printed; defaults such as 1/3 are doubles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 60
Real = mp.mpf
Function = Callable[[Real], Real]
Span = tuple[float, float]
EVERYWHERE = (-np.inf, np.inf)


@dataclass(frozen=True)
class Truth:
    """A function, its slope and its second derivative, at the default parameters."""

    value: Function
    slope: Function
    curvature: Function
    slope_roots: Span | None = None
    """Where the slope crosses or touches 0 away from x = 0: there an absolute error is what counts."""
    curvature_roots: Span | None = None


def zero(_: Real) -> Real:
    return Real(0)


def rectifier(left: Function) -> Truth:
    """Return x where it is positive, and `left(x)`, a line through 0, elsewhere."""
    return Truth(lambda x: x if x > 0 else left(x), lambda x: Real(1) if x > 0 else left(Real(1)), zero)


def gated(gate: Function, slope: Function, curvature: Function, **roots: Span) -> Truth:
    """Return x*g(x) for a gate with its two derivatives."""
    return Truth(
        lambda x: x * gate(x),
        lambda x: gate(x) + x * slope(x),
        lambda x: 2 * slope(x) + x * curvature(x),
        **roots,
    )


def sign(x: Real) -> int:
    return (x > 0) - (x < 0)


def remembered(function: Callable[[Real], Any]) -> Callable[[Real], Any]:
    """Return the same function, which computes what many truths and tests ask for but once at each precision."""
    known = lru_cache(maxsize=None)(lambda x, _: function(x))
    return wraps(function)(lambda x: known(x, mp.mp.prec))


@remembered
def logistic(x: Real) -> Real:
    return 1 / (1 + mp.exp(-x))


@remembered
def logistic_slope(x: Real) -> Real:
    return mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2


def logistic_curvature(x: Real) -> Real:
    return -mp.tanh(x / 2) * logistic_slope(x)


@remembered
def softplus(x: Real) -> Real:
    return max(x, Real(0)) + mp.log1p(mp.exp(-abs(x)))


@remembered
def normal_cdf(x: Real) -> Real:
    if abs(x) > 1e6:  # below 1e-200000000000, or above 1 minus that; mpmath cannot tell for the largest doubles
        return Real(x > 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


@remembered
def normal_pdf(x: Real) -> Real:
    return Real(0) if abs(x) > 1e6 else mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


@remembered
def bell(x: Real) -> Real:
    return Real(0) if abs(x) > 1e6 else mp.exp(-x * x)


@remembered
def sech2(x: Real) -> Real:
    return Real(0) if abs(x) > 1e6 else mp.sech(x) ** 2


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


def _mish_curvature(x: Real) -> Real:
    u, du = softplus(x), logistic(x)
    ddu = logistic_slope(x)
    return 2 * sech2(u) * du + x * sech2(u) * (ddu - 2 * mp.tanh(u) * du**2)


# As published: x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.
def _gelu_tanh_u(x: Real) -> tuple[Real, Real, Real]:
    scale = 2 * mp.sqrt(2 / mp.pi)
    return (
        scale * (x + Real("0.044715") * x**3),
        scale * (1 + Real("0.134145") * x * x),
        scale * Real("0.26829") * x,
    )


def _gelu_tanh_gate_curvature(x: Real) -> Real:
    u, du, ddu = _gelu_tanh_u(x)
    return logistic_slope(u) * ddu + logistic_curvature(u) * du**2


def _quick(k: str) -> Truth:
    return gated(
        lambda x: logistic(Real(k) * x),
        lambda x: Real(k) * logistic_slope(Real(k) * x),
        lambda x: Real(k) ** 2 * logistic_curvature(Real(k) * x),
        slope_roots=(-2, 0),
        curvature_roots=(-3, 3),
    )


def _serf_gate_slope(x: Real) -> Real:
    return 2 / mp.sqrt(mp.pi) * bell(softplus(x)) * logistic(x)


def _serf_gate_curvature(x: Real) -> Real:
    u = softplus(x)
    return 2 / mp.sqrt(mp.pi) * bell(u) * (logistic_slope(x) - 2 * u * logistic(x) ** 2)


def _logish_gate_slope(x: Real) -> Real:
    return logistic_slope(x) / (1 + logistic(x))


def _logish_gate_curvature(x: Real) -> Real:
    return logistic_curvature(x) / (1 + logistic(x)) - _logish_gate_slope(x) ** 2


# From 7 on the gate of TanhExp is 1 to 950 digits.
def _tanhexp_gate(x: Real) -> Real:
    return Real(1) if x > 7 else mp.tanh(mp.exp(x))


def _tanhexp_gate_slope(x: Real) -> Real:
    return Real(0) if x > 7 else mp.exp(x) * sech2(mp.exp(x))


def _tanhexp_gate_curvature(x: Real) -> Real:
    return Real(0) if x > 7 else mp.exp(x) * sech2(mp.exp(x)) * (1 - 2 * mp.exp(x) * mp.tanh(mp.exp(x)))


@remembered
def _gelu(x: Real) -> tuple[Real, Real, Real]:
    return x * normal_cdf(x), normal_cdf(x) + x * normal_pdf(x), (2 - x * x) * normal_pdf(x)


def _phish_gate_slope(x: Real) -> Real:
    u, du, _ = _gelu(x)
    return sech2(u) * du


def _phish_gate_curvature(x: Real) -> Real:
    u, du, ddu = _gelu(x)
    return sech2(u) * (ddu - 2 * mp.tanh(u) * du**2)


def _tanhshrink(x: Real) -> Real:
    if abs(x) < 1e-8:
        return x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315 - 62 * x**9 / 2835
    return x - mp.tanh(x)


def _squareplus(x: Real) -> Real:
    root = mp.sqrt(x * x + 4)
    return (x + root) / 2 if x > 0 else 2 / (root - x)


def _squareplus_slope(x: Real) -> Real:
    return _squareplus(x) / mp.sqrt(x * x + 4)


def _elliott(x: Real) -> Real:
    return (1 + x / (1 + x)) / 2 if x > 0 else 1 / (2 * (1 - x))


def _hardswish(x: Real) -> tuple[Real, Real, Real]:
    if -3 < x < 3:
        return x * (x + 3) / 6, (2 * x + 3) / 6, Real(1) / 3
    return max(x, Real(0)), Real(x > 0), Real(0)


SELU_ALPHA = Real("1.6732632423543772848170429916717")
SELU_SCALE = Real("1.0507009873554804934193349852946")
GELU_ROOTS = {"slope_roots": (-2, 0), "curvature_roots": (-3, 3)}


class Truths(dict[str, Truth]):
    """Truths by the name of the activation; one that is missing is asked for."""

    def __missing__(self, name: str) -> Truth:
        raise AssertionError(f"type value, slope and curvature of {name} from the paper into tests/truth.py")


TRUTH = Truths(
    {
        "identity": Truth(lambda x: x, lambda _: Real(1), zero),
        "absolute": Truth(abs, lambda x: Real(sign(x)), zero),
        "relu": rectifier(zero),
        "leaky_relu": rectifier(lambda x: x * Real("0.01")),
        "prelu": rectifier(lambda x: x / 4),
        "rrelu": rectifier(lambda x: x * (Real(1 / 8) + Real(1 / 3)) / 2),
        "relu6": Truth(lambda x: min(max(x, Real(0)), Real(6)), lambda x: Real(0 < x < 6), zero),
        "shifted_relu": Truth(lambda x: max(x, Real(-1)), lambda x: Real(x > -1), zero),
        "threshold": Truth(lambda x: x if x > 1 else Real(0), lambda x: Real(x > 1), zero),
        "hardtanh": Truth(lambda x: min(max(x, Real(-1)), Real(1)), lambda x: Real(-1 < x < 1), zero),
        "hardsigmoid": Truth(
            lambda x: min(max((x + 3) / 6, Real(0)), Real(1)), lambda x: Real(1) / 6 if -3 < x < 3 else Real(0), zero
        ),
        "step": Truth(lambda x: Real(x > 0), zero, zero),
        "sign": Truth(lambda x: Real(sign(x)), zero, zero),
        "sigmoid": Truth(logistic, logistic_slope, logistic_curvature),
        "tanh": Truth(mp.tanh, sech2, lambda x: -2 * mp.tanh(x) * sech2(x)),
        "bipolar_sigmoid": Truth(
            lambda x: mp.tanh(x / 2), lambda x: sech2(x / 2) / 2, lambda x: -mp.tanh(x / 2) * sech2(x / 2) / 2
        ),
        "arctan": Truth(mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
        "softsign": Truth(
            lambda x: x / (1 + abs(x)),
            lambda x: 1 / (1 + abs(x)) ** 2,
            lambda x: (-2 if x > 0 else 2) / (1 + abs(x)) ** 3,
        ),
        "elliott": Truth(
            _elliott, lambda x: 1 / (1 + abs(x)) ** 2 / 2, lambda x: (-1 if x > 0 else 1) / (1 + abs(x)) ** 3
        ),
        "softplus": Truth(softplus, logistic, logistic_slope),
        "logsigmoid": Truth(lambda x: -softplus(-x), lambda x: logistic(-x), lambda x: -logistic_slope(x)),
        "squareplus": Truth(_squareplus, _squareplus_slope, lambda x: 2 / mp.sqrt(x * x + 4) ** 3),
        "squared_relu": Truth(
            lambda x: max(x, Real(0)) ** 2, lambda x: 2 * max(x, Real(0)), lambda x: Real(2 * (x > 0))
        ),
        "elu": Truth(
            lambda x: x if x > 0 else mp.expm1(x),
            lambda x: Real(1) if x > 0 else mp.exp(x),
            lambda x: Real(0) if x > 0 else mp.exp(x),
        ),
        "celu": Truth(
            lambda x: max(x, Real(0)) + min(mp.expm1(min(x, Real(1))), Real(0)),
            lambda x: mp.exp(min(x, Real(0))),
            lambda x: Real(0) if x > 0 else mp.exp(x),
        ),
        "selu": Truth(
            lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
            lambda x: SELU_SCALE * (Real(1) if x > 0 else SELU_ALPHA * mp.exp(x)),
            lambda x: Real(0) if x > 0 else SELU_SCALE * SELU_ALPHA * mp.exp(x),
        ),
        "gelu": Truth(lambda x: _gelu(x)[0], lambda x: _gelu(x)[1], lambda x: _gelu(x)[2], **GELU_ROOTS),
        "gelu_tanh": gated(
            lambda x: logistic(_gelu_tanh_u(x)[0]),
            lambda x: logistic_slope(_gelu_tanh_u(x)[0]) * _gelu_tanh_u(x)[1],
            _gelu_tanh_gate_curvature,
            **GELU_ROOTS,
        ),
        "quick_gelu": _quick("1.702"),
        "silu": _quick("1"),
        "swish": _quick("1"),
        "mish": Truth(_mish, _mish_slope, _mish_curvature, **GELU_ROOTS),
        "hardswish": Truth(
            lambda x: _hardswish(x)[0], lambda x: _hardswish(x)[1], lambda x: _hardswish(x)[2], slope_roots=(-2, -1)
        ),
        "serf": gated(lambda x: mp.erf(min(softplus(x), 99)), _serf_gate_slope, _serf_gate_curvature, **GELU_ROOTS),
        "logish": gated(lambda x: mp.log1p(logistic(x)), _logish_gate_slope, _logish_gate_curvature, **GELU_ROOTS),
        "tanhexp": gated(_tanhexp_gate, _tanhexp_gate_slope, _tanhexp_gate_curvature, **GELU_ROOTS),
        "phish": gated(
            lambda x: mp.tanh(_gelu(x)[0]),
            _phish_gate_slope,
            _phish_gate_curvature,
            slope_roots=(-2.5, -0.5),
            curvature_roots=(-4, 3),
        ),
        "softshrink": Truth(lambda x: sign(x) * max(abs(x) - Real("0.5"), Real(0)), lambda x: Real(abs(x) > 0.5), zero),
        "hardshrink": Truth(lambda x: x if abs(x) > 0.5 else Real(0), lambda x: Real(abs(x) > 0.5), zero),
        "tanhshrink": Truth(_tanhshrink, lambda x: mp.tanh(x) ** 2, lambda x: 2 * mp.tanh(x) * sech2(x)),
        "gaussian": Truth(
            bell, lambda x: -2 * x * bell(x), lambda x: (4 * x * x - 2) * bell(x), curvature_roots=(-1, 1)
        ),
        "sine": Truth(mp.sin, mp.cos, lambda x: -mp.sin(x)),
        "cosine": Truth(mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
        "snake": Truth(
            lambda x: x + mp.sin(x) ** 2,
            lambda x: 1 + mp.sin(2 * x),
            lambda x: 2 * mp.cos(2 * x),
            slope_roots=EVERYWHERE,
            curvature_roots=EVERYWHERE,
        ),
        "gcu": Truth(
            lambda x: x * mp.cos(x),
            lambda x: mp.cos(x) - x * mp.sin(x),
            lambda x: -2 * mp.sin(x) - x * mp.cos(x),
            slope_roots=EVERYWHERE,
            curvature_roots=EVERYWHERE,
        ),
    }
)


@dataclass(frozen=True)
class Joint:
    """A function of several numbers, inputs first and then learnable parameters, and its derivative by each."""

    value: Callable[..., Real]
    partials: dict[str, Callable[..., Real]]


def gate_of(truth: Truth) -> Joint:
    """Return f(a)*b, the gated activation of two inputs that `truth` makes."""
    return Joint(
        lambda a, b: truth.value(a) * b, {"a": lambda a, b: truth.slope(a) * b, "b": lambda a, _: truth.value(a)}
    )


JOINT = {
    "glu": Joint(
        lambda a, b: a * logistic(b), {"a": lambda _, b: logistic(b), "b": lambda a, b: a * logistic_slope(b)}
    ),
    "bilinear": gate_of(TRUTH["identity"]),
    "reglu": gate_of(TRUTH["relu"]),
    "geglu": gate_of(TRUTH["gelu"]),
    "swiglu": gate_of(TRUTH["silu"]),
    "prelu": Joint(
        lambda x, weight: x if x > 0 else weight * x,
        {"x": lambda x, weight: Real(1) if x > 0 else weight, "weight": lambda x, _: min(x, Real(0))},
    ),
    "swish": Joint(
        lambda x, beta: x * logistic(beta * x),
        {
            "x": lambda x, beta: logistic(beta * x) + beta * x * logistic_slope(beta * x),
            "beta": lambda x, beta: x * x * logistic_slope(beta * x),
        },
    ),
    "snake": Joint(
        lambda x, a: x + mp.sin(a * x) ** 2 / a,
        {
            "x": lambda x, a: 1 + mp.sin(2 * a * x),
            "a": lambda x, a: x * mp.sin(2 * a * x) / a - mp.sin(a * x) ** 2 / a**2,
        },
    ),
}


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
