"""What is made of quotients and roots, and reaches its limits slowly, as 1/u or 1/u**2; and tanhshrink, which grows."""

import math
from typing import Any

import numpy as np

from .builders import cauchy, hyperbola, squareplus_slope, tanh2
from .interval import Interval, bump, distance, increasing, outward
from .op import PRODUCT, SIGN, Op, call, on_floats


def _cauchy(u: Any) -> Any:
    # Beyond 2^30 the 1 is below the last digit, and from 2^512 on the square would be infinite.
    far = np.maximum(np.abs(u), 2.0**30)
    return np.where(np.abs(u) < 2.0**30, 1.0 / (1.0 + np.square(np.minimum(np.abs(u), 2.0**30))), np.square(1.0 / far))


def _softsign(u: Any) -> Any:
    return np.where(np.isinf(u), np.sign(u), u / (1.0 + np.abs(u)))


def _tanhshrink(u: Any) -> Any:
    # tanh(u) = u/(1 + z/(3 + z/(5 + ...))) with z = u*u, Lambert's fraction: what is left of u has no cancellation.
    z = np.minimum(np.square(u), 1.0)
    rest: Any = 19.0
    for odd in range(17, 1, -2):
        rest = odd + z / rest
    return np.where(np.greater(np.abs(u), 1.0), u - np.tanh(u), u * (z / (rest + z)))


def _hyperbola(u: Any, b: Any) -> Any:
    # The hypotenuse does not overflow; a negative b has none.
    return np.where(np.less(b, 0), np.sqrt(np.square(u) + b), np.hypot(u, np.sqrt(np.abs(b))))


def _squareplus(u: Any, b: Any) -> Any:
    h = 0.5 * _hyperbola(u, b)
    a = 0.5 * np.abs(u)
    return np.where(np.greater(u, 0.0), a + h, 0.25 * b / (a + h))


def _squareplus_slope(u: Any, b: Any) -> Any:
    low = _squareplus(-np.abs(u), b) / _hyperbola(u, b)
    return np.where(np.greater(u, 0.0), 1.0 - low, low)


def _hyperbola_bounds(u: Interval, b: Interval) -> Interval:
    near, far = distance(u)
    return outward(_hyperbola(near, b.low)[()], _hyperbola(far, b.high)[()])


def _squareplus_slope_bounds(u: Interval, b: Interval) -> Interval:
    # It rises with u, and a larger b moves it towards 1/2.
    low, high = ([_squareplus_slope(end, size)[()] for size in (b.low, b.high)] for end in (u.low, u.high))
    return outward(np.minimum(*low), np.maximum(*high))


ALGEBRAIC = [
    Op(
        "arctan",
        numpy=np.arctan,
        slope=lambda u, du: cauchy(u) * du,
        bounds=increasing(math.atan),
        latex=call(r"\arctan"),
    ),
    Op(
        "cauchy",
        numpy=_cauchy,
        slope=lambda u, du: -2 * (u * cauchy(u)) * cauchy(u) * du,
        bounds=bump(on_floats(_cauchy)),
        latex=lambda u: rf"\frac{{1}}{{1 + {u:5}^2}}",
        latex_level=SIGN,
        meaning="1/(1 + u**2)",
    ),
    Op(
        "softsign",
        numpy=_softsign,
        slope=lambda u, du: (1 / (1 + abs(u))) ** 2 * du,
        bounds=increasing(on_floats(_softsign)),
        latex=lambda u: rf"\frac{{{u}}}{{1 + \left|{u}\right|}}",
        latex_level=SIGN,
        meaning="u/(1 + abs(u))",
    ),
    Op(
        "tanhshrink",
        numpy=_tanhshrink,
        slope=lambda u, du: tanh2(u) * du,
        bounds=increasing(on_floats(_tanhshrink)),
        latex=lambda u: rf"\left({u:1} - \tanh\left({u}\right)\right)",
        meaning="u - tanh(u), without the cancellation",
    ),
    Op(
        "hyperbola",
        numpy=_hyperbola,
        slope=lambda u, b, du, db: (u * du + 0.5 * db) / hyperbola(u, b),
        bounds=lambda u, b: _hyperbola_bounds(u, b),
        latex=lambda u, b: rf"\sqrt{{{u:5}^2 + {b:1}}}",
        meaning="sqrt(u**2 + b)",
    ),
    Op(
        "squareplus",
        numpy=_squareplus,
        slope=lambda u, b, du, db: squareplus_slope(u, b) * du + 0.25 / hyperbola(u, b) * db,
        bounds=lambda u, b: outward(_squareplus(u.low, b.low)[()], _squareplus(u.high, b.high)[()]),
        latex=lambda u, b: rf"\frac{{{u:1} + \sqrt{{{u:5}^2 + {b:1}}}}}{{2}}",
        latex_level=SIGN,
        meaning="(u + sqrt(u**2 + b))/2",
    ),
    Op(
        "squareplus_slope",
        numpy=_squareplus_slope,
        slope=lambda u, b, du, db: (0.5 * b * du - 0.25 * u * db) * (1 / hyperbola(u, b)) ** 3,
        bounds=_squareplus_slope_bounds,
        latex=lambda u, b: rf"\frac{{1}}{{2}} \left(1 + \frac{{{u}}}{{\sqrt{{{u:5}^2 + {b:1}}}}}\right)",
        latex_level=PRODUCT,
        meaning="(1 + u/sqrt(u**2 + b))/2",
    ),
]
