"""Exponentials, logarithms, the normal law, sine and cosine."""

import math
from typing import Any

import numpy as np

from .builders import (
    cos,
    exp,
    gaussian,
    logistic_pdf,
    normal_pdf,
    sech2,
    sigmoid,
    sin,
    tanh,
    tanh_softplus,
    tanh_softplus_slope,
)
from .interval import Interval, bump, cosine, distance, increasing, outward, sine
from .op import Op, call, on_floats


def _erfc(u: Any) -> Any:
    return np.vectorize(math.erfc, otypes=[float])(u)


def _sigmoid(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return np.where(np.greater(u, 0), 1.0, e) / (1.0 + e)


def _sech2(u: Any) -> Any:
    e = np.exp(-2.0 * np.abs(u))
    return 4.0 * e / (1.0 + e) ** 2


def _logistic_pdf(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return e / (1.0 + e) ** 2


def _tanh_softplus(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    positive = np.greater(u, 0)
    top = np.where(positive, 1.0 + 2.0 * e, e * (e + 2.0))
    return top / (top + np.where(positive, 2.0 * e * e, 2.0))


def _tanh_softplus_slope(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    positive = np.greater(u, 0)
    bottom = np.where(positive, 1.0 + 2.0 * e * (1.0 + e), e * (e + 2.0) + 2.0)
    return 4.0 * e * np.where(positive, e, 1.0) * (1.0 + e) / bottom**2


def _normal_pdf(u: Any) -> Any:
    return np.exp(-0.5 * np.square(u)) / math.sqrt(2 * math.pi)


def _erf(u: Any) -> Any:
    return np.vectorize(math.erf, otypes=[float])(u)


def _tanh_softplus_slope_bounds(u: Interval) -> Interval:
    # It rises up to where sigmoid(-u) is 2*tanh_softplus(u)*sigmoid(u), and falls from there on.
    ends = _tanh_softplus_slope(u.low), _tanh_softplus_slope(u.high)
    peak, top = -0.11740097962873939, 0.321869997637177
    inside = np.less_equal(u.low, peak) & np.greater_equal(u.high, peak)
    return outward(np.minimum(*ends), np.where(inside, top, np.maximum(*ends))[()])


def _tanh2_bounds(u: Interval) -> Interval:
    near, far = distance(u)
    return outward(np.tanh(near) ** 2, np.tanh(far) ** 2)


EXPONENTIAL = [
    Op(
        "exp",
        numpy=np.exp,
        slope=lambda u, du: exp(u) * du,
        bounds=increasing(on_floats(np.exp)),
        latex=lambda u: f"e^{{{u}}}",
    ),
    Op(
        "expm1",
        numpy=np.expm1,
        slope=lambda u, du: exp(u) * du,
        bounds=increasing(on_floats(np.expm1)),
        latex=lambda u: rf"\left(e^{{{u}}} - 1\right)",
        meaning="exp(u) - 1",
    ),
    Op(
        "log",
        numpy=np.log,
        slope=lambda u, du: du / u,
        bounds=lambda u: outward(np.log(np.maximum(u.low, 0.0)), np.log(np.maximum(u.high, 0.0))),
        latex=call(r"\log"),
    ),
    Op(
        "log1p",
        numpy=np.log1p,
        slope=lambda u, du: du / (1 + u),
        bounds=lambda u: outward(np.log1p(np.maximum(u.low, -1.0)), np.log1p(np.maximum(u.high, -1.0))),
        latex=lambda u: rf"\log\left(1 + {u:1}\right)",
        meaning="log(1 + u)",
    ),
    Op(
        "sigmoid",
        numpy=_sigmoid,
        slope=lambda u, du: logistic_pdf(u) * du,
        bounds=increasing(on_floats(_sigmoid)),
        latex=call(r"\sigma"),
        meaning="1/(1 + exp(-u))",
    ),
    Op(
        "logistic_pdf",
        numpy=_logistic_pdf,
        slope=lambda u, du: -tanh(u / 2) * logistic_pdf(u) * du,
        bounds=bump(on_floats(_logistic_pdf)),
        latex=lambda u: rf"\sigma'\left({u}\right)",
        meaning="exp(-u)/(1 + exp(-u))**2, the logistic density, which is the slope of sigmoid",
    ),
    Op(
        "tanh",
        numpy=np.tanh,
        slope=lambda u, du: sech2(u) * du,
        bounds=increasing(on_floats(np.tanh)),
        latex=call(r"\tanh"),
        meaning="(exp(u) - exp(-u))/(exp(u) + exp(-u))",
    ),
    Op(
        "sech2",
        numpy=_sech2,
        slope=lambda u, du: -2 * tanh(u) * sech2(u) * du,
        bounds=bump(on_floats(_sech2)),
        latex=call(r"\operatorname{sech}^2"),
        meaning="1 - tanh(u)**2, without the cancellation",
    ),
    Op(
        "tanh2",
        numpy=lambda u: np.square(np.tanh(u)),
        slope=lambda u, du: 2 * tanh(u) * sech2(u) * du,
        bounds=_tanh2_bounds,
        latex=call(r"\tanh^2"),
        meaning="tanh(u)**2",
    ),
    Op(
        "softplus",
        numpy=lambda u: np.logaddexp(u, 0.0),
        slope=lambda u, du: sigmoid(u) * du,
        bounds=increasing(on_floats(lambda u: np.logaddexp(u, 0.0))),
        latex=lambda u: rf"\log\left(1 + e^{{{u}}}\right)",
        meaning="log(1 + exp(u))",
    ),
]

EXPONENTIAL += [
    Op(
        "tanh_softplus",
        numpy=_tanh_softplus,
        slope=lambda u, du: tanh_softplus_slope(u) * du,
        bounds=increasing(on_floats(_tanh_softplus)),
        latex=lambda u: rf"\tanh\left(\log\left(1 + e^{{{u}}}\right)\right)",
        meaning="tanh(log(1 + exp(u))), the gate of Mish",
    ),
    Op(
        "tanh_softplus_slope",
        numpy=_tanh_softplus_slope,
        slope=lambda u, du: tanh_softplus_slope(u) * (sigmoid(-u) - 2 * tanh_softplus(u) * sigmoid(u)) * du,
        bounds=_tanh_softplus_slope_bounds,
        latex=lambda u: rf"\operatorname{{sech}}^2\left(\log\left(1 + e^{{{u}}}\right)\right) \sigma\left({u}\right)",
        meaning="sech2(softplus(u))*sigmoid(u), the slope of tanh_softplus",
    ),
]

# exp(-u**2/2) turns the rounding of u**2 into one 722 times as large before it underflows at u = 38.
_NORMAL_SLACK = 2.0**-40

NORMAL = [
    Op(
        "normal_cdf",
        numpy=lambda u: 0.5 * _erfc(np.multiply(u, -math.sqrt(0.5))),
        slope=lambda u, du: normal_pdf(u) * du,
        bounds=increasing(lambda u: 0.5 * math.erfc(-u * math.sqrt(0.5)), _NORMAL_SLACK),
        latex=call(r"\Phi"),
        meaning="(1 + erf(u/sqrt(2)))/2, the share of a normal distribution below u",
    ),
    Op(
        "normal_pdf",
        numpy=_normal_pdf,
        slope=lambda u, du: -u * normal_pdf(u) * du,
        bounds=bump(on_floats(_normal_pdf), _NORMAL_SLACK),
        latex=call(r"\varphi"),
        meaning="exp(-u**2/2)/sqrt(2*pi), the normal density",
    ),
    Op(
        "erf",
        numpy=_erf,
        slope=lambda u, du: 2 / math.sqrt(math.pi) * gaussian(u) * du,
        bounds=increasing(math.erf),
        latex=call(r"\operatorname{erf}"),
        meaning="2*normal_cdf(sqrt(2)*u) - 1, without the cancellation",
    ),
    Op(
        "gaussian",
        numpy=lambda u: np.exp(-np.square(u)),
        slope=lambda u, du: -2 * u * gaussian(u) * du,
        bounds=bump(on_floats(lambda u: np.exp(-np.square(u))), _NORMAL_SLACK),
        latex=lambda u: f"e^{{-{u:5}^2}}",
        meaning="exp(-u**2)",
    ),
]

PERIODIC = [
    Op(
        "cos",
        numpy=np.cos,
        slope=lambda u, du: -sin(u) * du,
        bounds=cosine,
        latex=call(r"\cos"),
    ),
    Op(
        "sin",
        numpy=np.sin,
        slope=lambda u, du: cos(u) * du,
        bounds=sine,
        latex=call(r"\sin"),
    ),
]
