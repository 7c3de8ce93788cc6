"""Primitives as short polynomials on doubles: what each function of `formula/ops.py` becomes in machine code.

Everything is branch-free, so that LLVM can run eight elements at once, and lets nan through. `block.wide` chooses the
polynomials for float64; the others serve float32, whose result is rounded once at the very end.
"""

import math
from collections.abc import Callable

from . import coefficients as fitted
from .block import Block, Register
from .trigonometry import cosine, sine

LOG2_E = 1 / math.log(2)
# log(2) in two parts; the first has zeros at its end, so that its product with a whole number below 2^11 is exact.
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
# Added to a number below 2^51 it leaves the nearest whole number in the low bits.
ROUNDER = 1.5 * 2**52
# float32 is 0 or infinite beyond 104 in size; 700 keeps the doubles in between normal.
NARROW_EXP_RANGE = (-700.0, 700.0)
WIDE_EXP_RANGE = (-746.0, 710.0)


def _power_of_two(block: Block, rounded: Register) -> Register:
    """Return 2^n for `rounded` = n + ROUNDER, by moving n into the exponent."""
    return block.from_bits(block.integer("shl", block.integer("add", block.bits(rounded), 1023), 52))


def _reduced(block: Block, u: Register) -> tuple[Register, Register]:
    """Return (n + ROUNDER, exp(r) - 1) with u = n log(2) + r."""
    u = block.clamp(u, *(WIDE_EXP_RANGE if block.wide else NARROW_EXP_RANGE))
    rounded = block.fma(u, LOG2_E, ROUNDER)
    n = block.sub(rounded, ROUNDER)
    if not block.wide:
        # With u up to 700 the rounding of log(2) takes 2^-44 from e^u.
        r = block.fma(n, -math.log(2), u)
        return rounded, block.fma(block.mul(r, r), block.polynomial(fitted.EXPM1_NARROW, r), r)
    coarse = block.fma(n, -LN2_HIGH, u)
    r = block.fma(n, -LN2_LOW, coarse)
    lost = block.fma(n, -LN2_LOW, block.sub(coarse, r))
    rest = block.fma(block.mul(r, r), block.polynomial(fitted.EXPM1_WIDE, r), lost)
    return rounded, block.add(r, rest)


def _halves(block: Block, rounded: Register) -> tuple[Register, Register]:
    """Return two powers of two whose product is 2^n, for n up to 1024 and down to -1076."""
    n = block.sub(rounded, ROUNDER)
    half = block.fma(n, 0.5, ROUNDER)
    rest = block.add(block.sub(n, block.sub(half, ROUNDER)), ROUNDER)
    return _power_of_two(block, half), _power_of_two(block, rest)


def exp(block: Block, u: Register) -> Register:
    """2^n (1 + (e^r - 1)); in float64 scaled in two steps, so that the rounding to a subnormal happens once."""
    rounded, p = _reduced(block, u)
    if block.wide:
        first, second = _halves(block, rounded)
        return block.mul(block.mul(block.add(p, 1.0), first), second)
    scale = _power_of_two(block, rounded)
    return block.fma(scale, p, scale)


def expm1(block: Block, u: Register) -> Register:
    """(2^n - 1) + 2^n (e^r - 1); for small u it is e^r - 1 itself, which keeps its digits."""
    rounded, p = _reduced(block, u)
    if block.wide:
        # Half of it, so that n = 1024 does not overflow on the way.
        first, second = _halves(block, rounded)
        scale = block.mul(first, block.mul(second, 0.5))
        value = block.mul(block.fma(scale, p, block.sub(scale, 0.5)), 2.0)
    else:
        scale = _power_of_two(block, rounded)
        value = block.fma(scale, p, block.sub(scale, 1.0))
    if not block.wide:
        return block.copysign(value, u)
    # So small a u is its own result, down to the sign of zero; halving a subnormal would lose its last bit.
    return block.select(block.greater(2.0**-54, block.abs(u)), u, value)


def _decay(block: Block, u: Register) -> Register:
    return exp(block, block.neg(block.abs(u)))


def sigmoid(block: Block, u: Register) -> Register:
    """1/(1 + e) or e/(1 + e) with e = exp(-|u|): both tails keep their digits."""
    e = _decay(block, u)
    top = block.select(block.greater(u, 0.0), 1.0, e)
    bottom = block.add(e, 1.0)
    return block.div(top, bottom) if block.wide else block.mul(top, block.div(1.0, bottom))


def sech2(block: Block, u: Register) -> Register:
    """4e/(1 + e)^2 with e = exp(-2|u|)."""
    e = _decay(block, block.mul(u, 2.0))
    h = block.div(1.0, block.add(e, 1.0))
    return block.mul(block.mul(block.mul(e, 4.0), h), h)


def tanh(block: Block, u: Register) -> Register:
    """-t/(t + 2) with t = exp(-2|u|) - 1, and the sign of u."""
    twice = block.neg(block.abs(block.mul(u, 2.0)))
    t = expm1(block, twice)
    if block.wide:
        value = block.div(t, block.add(t, 2.0))
    else:
        # The divisor of sech2, so that value and slope share one division.
        value = block.mul(t, block.div(1.0, block.add(exp(block, twice), 1.0)))
    return block.copysign(value, u)


def softplus(block: Block, u: Register) -> Register:
    """max(u, 0) + log(1 + e) with e = exp(-|u|) in (0, 1]: one polynomial, no logarithm."""
    e = _decay(block, u)
    q = block.polynomial(fitted.LOG1P_WIDE if block.wide else fitted.LOG1P_NARROW, e)
    log1p_e = block.fma(block.neg(block.mul(e, e)), q, e)
    return block.add(block.select(block.greater(u, 0.0), u, 0.0), log1p_e)


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


def _gaussian(block: Block, u: Register) -> Register:
    """Return exp(-u*u/2); in float64 with the rounding error of the square put back."""
    a = block.clamp(block.abs(u), 0.0, 39.0)
    square = block.mul(a, a)
    e = exp(block, block.mul(square, -0.5))
    if not block.wide:
        return e
    lost = block.fma(a, a, block.neg(square))
    return block.fma(block.mul(lost, -0.5), e, e)


def normal_pdf(block: Block, u: Register) -> Register:
    """exp(-u*u/2)/sqrt(2*pi)."""
    return block.mul(_gaussian(block, u), 1 / math.sqrt(2 * math.pi))


def normal_cdf(block: Block, u: Register) -> Register:
    """exp(-a*a/2)*t*P((9*t - 5)/4) below 0 with a = |u|, t = 1/(1 + a/4); 1 minus that above.

    In float64 the last digits of that polynomial show near 0, where 1/2 + u*P(u*u) takes its place.
    """
    a = block.clamp(block.abs(u), 0.0, 39.0)
    t = block.div(1.0, block.fma(a, 0.25, 1.0))
    y = block.fma(t, 2.25, -1.25)
    p = block.polynomial(fitted.NORMAL_TAIL_WIDE if block.wide else fitted.NORMAL_TAIL_NARROW, y)
    tail = block.mul(_gaussian(block, u), block.mul(t, p))
    value = block.select(block.greater(u, 0.0), block.sub(1.0, tail), tail)
    if not block.wide:
        return value
    centre = block.fma(u, block.polynomial(fitted.NORMAL_CENTRE_WIDE, block.mul(u, u)), 0.5)
    return block.select(block.greater(1.0, a), centre, value)


PRIMITIVES: dict[str, Callable[[Block, Register], Register]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "sech2": sech2,
    "softplus": softplus,
    "normal_cdf": normal_cdf,
    "normal_pdf": normal_pdf,
    "cos": cosine,
    "sin": sine,
}
