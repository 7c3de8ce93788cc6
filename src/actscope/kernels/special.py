"""Primitives with a tail of their own: erf, the Gaussian, arctan, what roots and quotients make, and shares of a row.

As everything here they are branch-free and let nan through. `block.wide` asks for float64 accuracy; otherwise float32
is served by doubles with a wide margin.
"""

import math
import sys
from collections.abc import Callable

from . import coefficients as fitted
from .block import Block, Register, Value
from .exponentials import exp, expm1, tanh

# From here on a 1 beside the square has no digit left.
FAR = 2.0**30
# The square of a larger number overflows.
HUGE = 2.0**500
# Beyond it u - tanh(u) has lost one digit at most in float64, and four in float32, which computes in doubles.
SHRINK_TO_WIDE, SHRINK_TO_NARROW = 1.5, 0.75
HALF_PI_LOW = float.fromhex("0x1.1a62633145c07p-54")


def gaussian(block: Block, u: Register) -> Value:
    """exp(-u*u); in float64 with the rounding error of the square put back."""
    a = block.clamp(block.abs(u), 0.0, 39.0)
    square = block.mul(a, a)
    if not block.wide:
        return exp(block, block.neg(square))
    return exp(block, block.neg(square), block.fma(block.neg(a), a, square))


def erf(block: Block, u: Register) -> Register:
    """u + u*P(u*u) up to 1; beyond, 1 - 2*Phi(-sqrt(2)*u) by the tail of the normal distribution."""
    a = block.clamp(block.abs(u), 0.0, 6.0)
    square = block.mul(a, a)
    centre = block.fma(a, block.polynomial(fitted.ERF_WIDE if block.wide else fitted.ERF_NARROW, square), a)
    t = block.div(1.0, block.fma(a, math.sqrt(2) / 4, 1.0))
    tail = fitted.NORMAL_TAIL_WIDE if block.wide else fitted.NORMAL_TAIL_NARROW
    twice = block.mul(block.add(t, t), block.polynomial(tail, block.fma(t, 2.25, -1.25)))
    outside = block.fma(block.neg(block.settled(exp(block, block.neg(square)))), twice, 1.0)
    return block.copysign(block.select(block.greater(1.0, a), centre, outside), u)


def arctan(block: Block, u: Register) -> Register:
    """arctan(q) for |u| < 1/2, pi/4 + arctan((a - 1)/(a + 1)) up to 2, pi/2 - arctan(1/a) beyond: |q| <= 1/2."""
    a = block.abs(u)
    near, far = block.greater(0.5, a), block.greater(a, 2.0)

    def chosen(first: float | Register, middle: float | Register, last: float | Register) -> Register:
        return block.select(near, first, block.select(far, last, middle))

    q = block.div(chosen(a, block.sub(a, 1.0), -1.0), chosen(1.0, block.add(a, 1.0), a))
    z = block.mul(q, q)
    p = block.polynomial(fitted.ARCTAN_WIDE if block.wide else fitted.ARCTAN_NARROW, z)
    rest = block.mul(block.mul(q, z), p)
    if block.wide:
        rest = block.add(rest, chosen(0.0, HALF_PI_LOW / 2, HALF_PI_LOW))
    return block.copysign(block.add(chosen(0.0, math.pi / 4, math.pi / 2), block.add(q, rest)), u)


def cauchy(block: Block, u: Register) -> Register:
    """1/(1 + a*a), far out (1/a)**2, which neither overflows nor has a use for the 1."""
    a = block.abs(u)
    far = block.greater(a, FAR)
    r = block.div(1.0, block.select(far, a, block.fma(a, a, 1.0)))
    return block.select(far, block.mul(r, r), r)


def softsign(block: Block, u: Register) -> Register:
    """a/(1 + a) and the sign of u; a is kept finite, since inf/inf is nan."""
    a = block.abs(u)
    a = block.select(block.greater(a, HUGE), HUGE, a)
    return block.copysign(block.div(a, block.add(a, 1.0)), u)


def tanhshrink(block: Block, u: Register) -> Register:
    """u*z*P(y) with z = u*u, y from -1 to 1, where u - tanh(u) would cancel."""
    a = block.abs(u)
    z = block.mul(a, a)
    limit = SHRINK_TO_WIDE if block.wide else SHRINK_TO_NARROW
    y = block.fma(z, 2 / limit**2, -1.0)
    p = block.polynomial(fitted.TANHSHRINK_WIDE if block.wide else fitted.TANHSHRINK_NARROW, y)
    near = block.mul(block.mul(a, z), p)
    return block.copysign(block.select(block.greater(limit, a), near, block.sub(a, tanh(block, a))), u)


def tanh2(block: Block, u: Register) -> Register:
    """tanh(u)**2; in float64 as a quotient with all that its parts lost, since the square doubles an error.

    With t = exp(-2|u|) - 1 it is (t/(t + 2))**2, and beyond 1/2, where t is nearly -1, ((1 - e)/(1 + e))**2.
    """
    if not block.wide:
        t = tanh(block, u)
        return block.mul(t, t)
    twice = block.neg(block.abs(block.mul(u, 2.0)))
    e, t = block.settled(exp(block, twice)), expm1(block, twice)
    near = block.greater(twice, -1.0)
    whole, part = block.select(near, 2.0, 1.0), block.select(near, t, e)
    bottom = block.add(whole, part)
    bottom_low = block.add(block.sub(whole, bottom), part)
    difference = block.sub(1.0, e)
    top = block.select(near, block.neg(t), difference)
    top_low = block.select(near, 0.0, block.sub(block.sub(1.0, difference), e))
    q = block.div(top, bottom)
    left = block.add(block.fma(block.neg(q), bottom, top), block.fma(block.neg(q), bottom_low, top_low))
    return block.fma(block.add(q, q), block.div(left, bottom), block.mul(q, q))


def hyperbola(block: Block, u: Register, b: Register) -> Register:
    """sqrt(u*u + b); in float64 scaled down and up again where u*u would overflow."""
    if not block.wide:
        return _root(block, block.fma(u, u, b))
    far = block.greater(block.abs(u), HUGE)
    u = block.mul(u, block.select(far, 2.0**-600, 1.0))
    b = block.select(far, block.mul(block.mul(b, 2.0**-600), 2.0**-600), b)
    return block.mul(_root(block, block.fma(u, u, b)), block.select(far, 2.0**600, 1.0))


def _root(block: Block, u: Register) -> Register:
    return block.emit(f"call {block.type} @llvm.sqrt.{block.layout.suffix}({block.type} {u})")


def squareplus(block: Block, u: Register, b: Register) -> Register:
    """(a + h)/2 above 0 with a = |u|, h = sqrt(u*u + b), and b/4 divided by that below, where u + h would cancel."""
    half = _half_sum(block, u, b)
    return block.select(block.greater(u, 0.0), half, block.div(block.mul(b, 0.25), half))


def squareplus_slope(block: Block, u: Register, b: Register) -> Register:
    """Below 0 it is squareplus(u, b)/h, above 1 minus that of -u; in float64 1/2 + u/(2*h) near 0, as it is defined."""
    half, h = _half_sum(block, u, b), hyperbola(block, u, b)
    quarter = block.mul(b, 0.25)
    if not block.wide:
        low = block.div(quarter, block.mul(half, h))
    else:
        r = block.div(1.0, h)
        a = block.mul(block.abs(u), r)
        near = block.fma(a, -0.5, 0.5)
        low = block.select(block.greater(0.25, a), near, block.mul(block.div(quarter, half), r))
    return block.select(block.greater(u, 0.0), block.sub(1.0, low), low)


def _half_sum(block: Block, u: Register, b: Register) -> Register:
    return block.fma(block.abs(u), 0.5, block.mul(hyperbola(block, u, b), 0.5))


def tempered(block: Block, u: Register, v: Register, t: Register) -> Register:
    """(u - v)/t, but the infinite gap itself at every t, and 0 where u = v; inf - inf is 0, -inf - -inf is nan."""
    gap = block.sub(u, v)
    return _tempered(block, u, v, gap, block.div(gap, t))


def _tempered(block: Block, u: Register, v: Register, gap: Register, quotient: Register) -> Register:
    largest = sys.float_info.max
    apart = block.select(block.greater(block.abs(gap), largest), gap, quotient)
    together = block.select(block.greater(u, largest), 0.0, gap)
    return block.select(block.emit(f"fcmp one {block.type} {u}, {v}"), apart, together)


def share(block: Block, u: Register, v: Register, t: Register) -> Value:
    """exp of that; in float64 with what the difference and the quotient lost put back."""
    if not block.wide and block.type == "double":
        return exp(block, tempered(block, u, v, t))
    gap, lost = block.two_sum(u, block.neg(v))
    if t == block.number(1.0):
        lost = block.select(block.greater(1.0, block.abs(lost)), lost, 0.0)
        return exp(block, _tempered(block, u, v, gap, gap), lost)
    quotient = block.div(gap, t)
    left = block.add(block.fma(block.neg(quotient), t, gap), lost)
    low = block.mul(left, block.div(1.0, t))
    # Where something is infinite, or t is 0, what was lost is nan.
    low = block.select(block.greater(1.0, block.abs(low)), low, 0.0)
    return exp(block, _tempered(block, u, v, gap, quotient), low)


SPECIAL: dict[str, Callable[..., Value]] = {
    "erf": erf,
    "gaussian": gaussian,
    "arctan": arctan,
    "cauchy": cauchy,
    "softsign": softsign,
    "tanhshrink": tanhshrink,
    "tanh2": tanh2,
    "hyperbola": hyperbola,
    "squareplus": squareplus,
    "squareplus_slope": squareplus_slope,
    "tempered": tempered,
    "share": share,
}
