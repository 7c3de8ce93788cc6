"""Formulas by JAX's operations."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..formula import Expr, evaluate
from ..kernels.settle import FAR

Array = jax.Array


def by_jax(expr: Expr, **values: Any) -> Any:
    """Return `expr` by JAX's operations; a formula without symbols gives a number.

    >>> from actscope.formula import parse
    >>> by_jax(parse("x*sigmoid(x)"), x=jnp.zeros(2)).tolist()
    [0.0, 0.0]
    """
    return whole(evaluate(expr, JAX, **values))


@dataclass(frozen=True, slots=True)
class Parts:
    """A number as a product that is not yet multiplied out.

    XLA takes what is below 1e-38 for 0, and x*sigmoid(x) is 91 times as large as the sigmoid there: the x must meet a
    part of it, not 0. The second part is between 0 and 1.
    """

    first: Any
    second: Any


def whole(u: Any) -> Any:
    """Return the product of the parts."""
    return u.first * u.second if isinstance(u, Parts) else u


def _parts(u: Any) -> Parts:
    return u if isinstance(u, Parts) else Parts(u, 1.0)


def _add(a: Any, b: Any) -> Any:
    if not (isinstance(a, Parts) and isinstance(b, Parts)):
        return whole(a) + whole(b)
    if a.second is b.second:
        return Parts(a.first + b.first, a.second)
    larger = jnp.maximum(jnp.maximum(a.second, b.second), np.finfo(a.second.dtype).tiny)
    return Parts(a.first * (a.second / larger) + b.first * (b.second / larger), larger)


def _mul(a: Any, b: Any) -> Any:
    if not (isinstance(a, Parts) or isinstance(b, Parts)):
        return a * b
    a, b = _parts(a), _parts(b)
    return Parts(a.first * b.first, a.second * b.second)


def _div(a: Any, b: Any) -> Any:
    return Parts(a.first / whole(b), a.second) if isinstance(a, Parts) else a / whole(b)


def _neg(u: Any) -> Any:
    return Parts(-u.first, u.second) if isinstance(u, Parts) else -u


def _where(condition: Any, a: Any, b: Any) -> Any:
    if not (isinstance(a, Parts) or isinstance(b, Parts)):
        return jnp.where(condition, a, b)
    a, b = _parts(a), _parts(b)
    return Parts(jnp.where(condition, a.first, b.first), jnp.where(condition, a.second, b.second))


def _through(f: Callable[..., Any], slope: float, order: int) -> Callable[..., Any]:
    """Return `f`, which begins at 0 as slope*u with an error of that order, of numbers in parts."""

    def of(u: Any) -> Any:
        if not isinstance(u, Parts):
            return f(u)
        near = jnp.abs(whole(u)) < np.finfo(u.second.dtype).eps ** (1 / order) / 4
        return _where(near, Parts(slope * u.first, u.second), f(whole(u)))

    return of


def _plain(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return `f` of arrays that are multiplied out."""
    return lambda *args: f(*(jnp.asarray(whole(u)) for u in args))


def _exp(u: Array) -> Parts:
    half = jnp.exp(0.5 * u)
    return Parts(half, half)


def _decay(u: Array) -> tuple[Array, Array]:
    """Return exp(-|u|/2), whose square keeps the digits down to the smallest numbers, and exp(-|u|)."""
    half = jnp.exp(-0.5 * jnp.abs(u))
    return half, half * half


def _sigmoid(u: Array) -> Parts:
    half, e = _decay(u)
    open_half = jnp.where(u > 0, 1.0, half)
    return Parts(open_half / (1 + e), open_half)


def _logistic_pdf(u: Array) -> Parts:
    half, e = _decay(u)
    return Parts(half / (1 + e) ** 2, half)


def _sech2(u: Array) -> Parts:
    half, e = _decay(2 * u)
    return Parts(4 * half / (1 + e) ** 2, half)


def _softplus(u: Array) -> Parts:
    half, e = _decay(u)
    # Where e is below the rounding of 1, log(1 + e) is e.
    far = u < (-17.0 if u.dtype == jnp.float32 else -37.0)
    near = jnp.maximum(u, 0) + jnp.log1p(e)
    return Parts(jnp.where(far, half, near), jnp.where(far, half, 1.0))


def _tanh_softplus(u: Array) -> Parts:
    half, e = _decay(u)
    bottom = jnp.where(u > 0, 1 + 2 * e * (1 + e), e * (e + 2) + 2)
    return Parts(jnp.where(u > 0, 1 + 2 * e, half * (e + 2)) / bottom, jnp.where(u > 0, 1.0, half))


def _tanh_softplus_slope(u: Array) -> Parts:
    half, e = _decay(u)
    bottom = jnp.where(u > 0, 1 + 2 * e * (1 + e), e * (e + 2) + 2)
    share = jnp.where(u > 0, e, half)
    return Parts(4 * share * (1 + e) / bottom**2, share)


def _exp_of_minus_square(u: Array, factor: float) -> Parts:
    """Return exp(-factor*u^2), factor a power of 2; the rounding of u^2 alone would cost digits with u^2."""
    u = jnp.clip(u, -64.0, 64.0)  # it is 0 long before, and inf - inf is nothing
    head = _head(u)
    half = jnp.exp(-0.5 * factor * (head * head))
    # XLA would write exp(a)*exp(b) as exp(a + b), which undoes the parting.
    rest = jnp.exp(-factor * ((u - head) * (u + head)))
    rest = jax.lax.optimization_barrier(rest)  # type: ignore[no-untyped-call]
    return Parts(half * rest, half)


def _head(u: Array) -> Array:
    """Return the first 12 bits of float32, or 26 of float64: their square is exact, and what is left is small."""
    integer, mask = (jnp.int32, -(1 << 12)) if u.dtype == jnp.float32 else (jnp.int64, -(1 << 27))
    bits = jax.lax.bitcast_convert_type(u, integer)
    return jax.lax.bitcast_convert_type(bits & jnp.asarray(mask, integer), u.dtype)


def _normal_pdf(u: Array) -> Any:
    return _mul(_exp_of_minus_square(u, 0.5), 1 / math.sqrt(2 * math.pi))


def _normal_cdf(u: Array) -> Any:
    # erfc(y) is read as (erfc(y) e^{y^2}) e^{-y^2}, with our e^{-y^2}: XLA's loses digits with y^2. Where XLA's is
    # smaller than the smallest number, the factor is an asymptotic series.
    y = jnp.abs(u) * 0.5**0.5
    end = 8.5 if u.dtype == jnp.float32 else 26.0
    within = jnp.minimum(y, end)
    series = 1.0
    for k in range(13, 0, -2):
        series = 1 - k * series / (2 * y * y)
    factor = jnp.where(y > end, series / (y * math.sqrt(math.pi)), jax.lax.erfc(within) / jnp.exp(-within * within))
    tail = _mul(_exp_of_minus_square(u, 0.5), 0.5 * factor)
    near = 0.5 * jax.lax.erfc(y)
    return _where(u < -1, tail, jnp.where(u > 0, 1 - near, near))


def _softsign(u: Array) -> Array:
    size = jnp.abs(u)
    # 1 - 1/(1 + |u|) has no inf/inf; below 1 the quotient keeps the digits.
    return jnp.where(size > 1, jnp.sign(u) * (1 - 1 / (1 + size)), u / (1 + size))


def _tanhshrink(u: Array) -> Array:
    # Lambert's fraction of tanh, as in formula/ops.py.
    z = jnp.minimum(u * u, 1)
    rest: Any = 19.0
    for odd in range(17, 1, -2):
        rest = odd + z / rest
    return jnp.where(jnp.abs(u) > 1, u - jnp.tanh(u), u * (z / (rest + z)))


def _hyperbola(u: Any, b: Any) -> Array:
    # A negative b has no root, and then no hypotenuse.
    return jnp.where(jnp.asarray(b) < 0, jnp.sqrt(u * u + b), jnp.hypot(u, jnp.sqrt(jnp.abs(b))))


def _squareplus(u: Any, b: Any) -> Array:
    half = 0.5 * jnp.abs(u) + 0.5 * _hyperbola(u, b)
    return jnp.where(jnp.asarray(u) > 0, half, 0.25 * b / half)


def _squareplus_slope(u: Any, b: Any) -> Array:
    low = _squareplus(-jnp.abs(u), b) / _hyperbola(u, b)
    return jnp.where(jnp.asarray(u) > 0, 1 - low, low)


def _tempered(u: Any, v: Any, t: Any) -> Array:
    gap = jnp.subtract(u, v)
    apart = jnp.where(jnp.isinf(gap), gap, gap / t)
    return jnp.where((u < v) | (u > v), apart, jnp.where(jnp.asarray(u) == math.inf, 0.0, gap))


def _greater(a: Any, b: Any) -> Any:
    return _in_range_of(b, a) > _in_range_of(a, b)


def _in_range_of(other: Any, value: Any) -> Any:
    """Return a number as `other` can hold it: 1e308 would become inf in float32, and no input is greater than inf."""
    if not isinstance(other, Array) or not isinstance(value, float):
        return value
    largest = float(np.finfo(other.dtype).max)
    if abs(value) == FAR and largest < FAR:
        # FAR is where cubes are still finite in float64; in float32 that is much nearer.
        return value / FAR * 2.0**40
    return min(max(value, -largest), largest)


_BY_PARTS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "sub": lambda a, b: _add(a, _neg(b)),
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "where": _where,
    "pow": lambda u, n: whole(u) ** int(n),
    "greater": lambda a, b: _greater(whole(a), whole(b)),
    "expm1": _through(jnp.expm1, 1.0, 1),
    "log1p": _through(jnp.log1p, 1.0, 1),
    "tanh": _through(jnp.tanh, 1.0, 2),
    "erf": _through(jax.lax.erf, 2 / math.sqrt(math.pi), 2),
    "arctan": _through(jnp.arctan, 1.0, 2),
    "sin": _through(jnp.sin, 1.0, 2),
}
_BY_NUMBERS: dict[str, Callable[..., Any]] = {
    "abs": jnp.abs,
    "isnan": jnp.isnan,
    "sqrt": jnp.sqrt,
    "exp": _exp,
    "log": jnp.log,
    "sigmoid": _sigmoid,
    "logistic_pdf": _logistic_pdf,
    "sech2": _sech2,
    "tanh2": lambda u: jnp.tanh(u) ** 2,
    "softplus": _softplus,
    "tanh_softplus": _tanh_softplus,
    "tanh_softplus_slope": _tanh_softplus_slope,
    "normal_cdf": _normal_cdf,
    "normal_pdf": _normal_pdf,
    "gaussian": lambda u: _exp_of_minus_square(u, 1.0),
    "cauchy": lambda u: 1 / _hyperbola(u, 1.0) ** 2,
    "softsign": _softsign,
    "tanhshrink": _tanhshrink,
    "hyperbola": _hyperbola,
    "squareplus": _squareplus,
    "squareplus_slope": _squareplus_slope,
    "cos": jnp.cos,
    "row_sum": lambda u: jnp.sum(u, axis=-1, keepdims=True),
    "row_max": lambda u: jnp.max(u, axis=-1, keepdims=True, initial=-math.inf),
    "tempered": _tempered,
    "share": lambda u, v, t: jnp.exp(_tempered(u, v, t)),
}
JAX: dict[str, Callable[..., Any]] = _BY_PARTS | {name: _plain(f) for name, f in _BY_NUMBERS.items()}
"""Each primitive by JAX's operations; complete, as a test makes sure."""
