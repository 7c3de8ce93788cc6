"""What each function of `formula/ops.py` becomes in machine code: those of exponentials.py, logarithms, the normal law.

Everything is branch-free and lets nan through. `block.wide` chooses the polynomials for float64; the others serve
float32, whose result is rounded once at the very end.
"""

import math
from collections.abc import Callable

from . import coefficients as fitted
from .block import Block, Quotient, Register, Value, rounded_to
from .exponentials import (
    LN2_HIGH,
    LN2_LOW,
    exp,
    exp_times,
    expm1,
    logistic_pdf,
    sech2,
    sigmoid,
    softplus,
    tanh,
    tanh_softplus,
    tanh_softplus_slope,
)
from .special import SPECIAL
from .trigonometry import cosine, sine


def log(block: Block, u: Register) -> Register:
    """k log(2) + log(m) with m in [sqrt(1/2), sqrt(2)], by the series of log((1 + s)/(1 - s))."""
    small = block.greater(2.0**-1022, u)
    scaled = block.select(small, block.mul(u, 2.0**54), u)
    i = block.integer("sub", block.bits(scaled), 0x3FE6A09E667F3BCD)
    shift = block.integer("ashr", i, 52)
    m = block.from_bits(block.integer("sub", block.bits(scaled), block.integer("shl", shift, 52)))
    k = block.sub(block.emit(f"sitofp i64 {shift} to double"), block.select(small, 54.0, 0.0))
    f = block.sub(m, 1.0)
    s = block.div(f, block.add(f, 2.0))
    z = block.mul(s, s)
    rest = block.mul(z, block.polynomial(fitted.LOG_WIDE if block.wide else fitted.LOG_NARROW, z))
    # fdlibm's order of summation: the large terms f and k log(2) are added last.
    half_square = block.mul(block.mul(f, f), 0.5)
    low = block.fma(s, block.add(half_square, rest), block.mul(k, LN2_LOW))
    value = block.sub(block.mul(k, LN2_HIGH), block.sub(block.sub(half_square, low), f))
    value = block.select(
        block.greater(u, 0.0), value, block.select(block.greater(0.0, u), math.nan, block.sub(u, math.inf))
    )
    return block.select(block.greater(math.inf, u), value, u)


def log1p(block: Block, u: Register) -> Register:
    """log(w) + c/w with w = 1 + u rounded and c what the rounding lost."""
    w = block.add(u, 1.0)
    lost = block.select(block.greater(u, 1.0), block.sub(1.0, block.sub(w, u)), block.sub(u, block.sub(w, 1.0)))
    value = block.add(log(block, w), block.div(lost, w))
    inside = block.select(block.greater(w, 0.0), value, log(block, w))
    return block.select(block.greater(math.inf, w), inside, log(block, w))


def _gaussian(block: Block, a: Register) -> Value:
    """Return exp(-a*a/2); in float64 with the rounding error of the square put back."""
    square = block.mul(a, a)
    minus_half = block.mul(square, -0.5)
    if not block.wide:
        return exp(block, minus_half)
    return exp(block, minus_half, block.mul(block.fma(a, a, block.neg(square)), -0.5))


def normal_pdf(block: Block, u: Register) -> Value:
    """exp(-u*u/2)/sqrt(2*pi)."""
    a = block.clamp(block.abs(u), 0.0, 40.0)
    return block.times(_gaussian(block, a), block.number(1 / math.sqrt(2 * math.pi)))


def normal_cdf(block: Block, u: Register) -> Value:
    """exp(-a*a/2)*t*P((9*t - 5)/4) below 0 with a = |u|, t = 1/(1 + a/4); 1 minus that above.

    In float64 the last digits of that polynomial show near 0, where 1/2 + u*P(u*u) takes its place.
    """
    a = block.clamp(block.abs(u), 0.0, 40.0)
    t = block.div(1.0, block.fma(a, 0.25, 1.0))
    y = block.fma(t, 2.25, -1.25)
    p = block.polynomial(fitted.NORMAL_TAIL_WIDE if block.wide else fitted.NORMAL_TAIL_NARROW, y)
    tail = block.times(_gaussian(block, a), block.mul(t, p))
    above = block.sub(1.0, block.settled(tail))
    positive = block.greater(u, 0.0)
    if not (block.wide and isinstance(tail, Quotient)):
        return block.select(positive, above, block.settled(tail))
    centre = block.fma(u, block.polynomial(fitted.NORMAL_CENTRE_WIDE, block.mul(u, u)), 0.5)
    near = block.greater(1.0, a)
    value = block.select(near, centre, block.select(positive, above, tail.top))
    scale = block.select(near, 1.0, block.select(positive, 1.0, block.number(tail.scale)))
    return Quotient(value, scale=scale)


def by_its_normal_cdf(block: Block, u: Register) -> Register:
    """u Phi(u) = max(u, 0) - a Phi(-a) with a = |u|: no choice of sides, and no second rounding of the tail.

    With w = a/(1 + a/4) the tail is exp(-a*a/2)*w*P(w - 15/8). In floats w - 15/8 is exact where the tail is small, and
    the rounding of a*a, w, P and w*P is put back.
    """
    if block.type == "double":
        # A product with a number up to 3e38 can follow, so that the tail matters to 20, and is 0 for it beyond 37.
        a = block.clamp(block.abs(u), 0.0, 37.0)
        w = block.div(a, block.fma(a, 0.25, 1.0))
        p = block.polynomial(fitted.NORMAL_TAIL_NARROW, block.fma(w, -0.5625, 1.0))
        gaussian = block.settled(exp(block, block.mul(block.mul(a, a), -0.5)))
        tail = block.mul(gaussian, block.mul(w, p))
    else:
        tail = _tail_in_floats(block, block.clamp(block.abs(u), 0.0, 14.5))
    return block.sub(block.select(block.greater(u, 0.0), u, block.copysign(block.number(0.0), u)), tail)


def _tail_in_floats(block: Block, a: Register) -> Register:
    """Return a Phi(-a), for a up to 14.5, beyond which float32 is 0."""
    bottom = block.fma(a, 0.25, 1.0)
    w = block.div(a, bottom)
    z = block.sub(w, 1.875)
    first, *others = fitted.NORMAL_TAIL_BY_W_NARROW
    rest = block.polynomial(tuple(others), z)
    p = block.fma(rest, z, first)
    first_low = first - rounded_to("float", first)
    p_low = block.add(block.fma(rest, z, block.sub(first, p)), first_low)
    bottom_low = block.fma(a, 0.25, block.sub(1.0, bottom))
    left = block.fma(block.neg(w), bottom_low, block.fma(block.neg(w), bottom, a))
    w_low = block.mul(left, block.fma(w, -0.25, 1.0))
    top, top_low = block.product(w, p)
    # What w and w - 15/8 lost moves P by its slope, which is close to `rest`.
    moved = block.add(block.sub(w, block.add(z, 1.875)), w_low)
    top_low = block.fma(block.mul(w, rest), moved, block.fma(w_low, p, block.fma(w, p_low, top_low)))
    square = block.mul(a, a)
    square_low = block.fma(a, a, block.neg(square))
    return exp_times(block, block.mul(square, -0.5), block.mul(square_low, -0.5), top, top_low)


PRIMITIVES: dict[str, Callable[..., Value]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sigmoid": sigmoid,
    "logistic_pdf": logistic_pdf,
    "tanh": tanh,
    "sech2": sech2,
    "softplus": softplus,
    "tanh_softplus": tanh_softplus,
    "tanh_softplus_slope": tanh_softplus_slope,
    "normal_cdf": normal_cdf,
    "normal_pdf": normal_pdf,
    "cos": cosine,
    "sin": sine,
    **SPECIAL,
}

# Near 0 these are their argument times a number, so that one which is still open can stay so.
PROPORTIONAL = {"tanh": 1.0, "log1p": 1.0, "erf": 2 / math.sqrt(math.pi)}

# These take what the rounding of their argument lost: an error there is multiplied by the argument's size.
COMPENSATED = frozenset({"exp", "sigmoid", "logistic_pdf", "softplus"})

FUSED: dict[str, Callable[[Block, Register], Register]] = {"normal_cdf": by_its_normal_cdf}
"""Products of an argument with a primitive of it, x*normal_cdf(x), that are better computed as one."""
