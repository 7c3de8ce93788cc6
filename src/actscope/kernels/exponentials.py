"""exp and what is made of it, as short polynomials: branch-free, so that LLVM can run many elements at once.

Every exponential is taken apart into a power of two and a small rest, e^u = s + s*p with p = e^r - 1. What comes next,
1 + e^u above all, is then rounded once: (1 + s) + s*p, where 1 + s is exact. This keeps floats within two units in the
last place where 1 + exp(u) would not.

`block.wide` is float64 accuracy. Otherwise a result serves float32: by doubles with a wide margin, or by floats.
`low` is what the rounding of the argument lost, where the argument was computed.
"""

import math

from . import coefficients as fitted
from .block import Block, Quotient, Register

LOG2_E = 1 / math.log(2)
# log(2) in two parts; the first has zeros at its end, so that its product with a whole number below 2^11 is exact.
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
LN2_HIGH_FLOAT = float.fromhex("0x1.62e4p-1")
LN2_LOW_FLOAT = math.log(2) - LN2_HIGH_FLOAT
# Beyond this size a float32 result is 0, 1 or infinite, also when it is multiplied by its argument.
FAR_FLOAT = 115.0
# float32 is 0 or infinite beyond 104 in size; 700 keeps the doubles in between normal.
NARROW_RANGE = (-700.0, 700.0)
WIDE_RANGE = (-790.0, 710.0)
FLOAT_RANGE = (-150.0, 150.0)
# Below these exp is 0, also when a cube of its argument is still to multiply it.
ZERO_BELOW = {"double": -780.0, "float": -130.0}


def _power_of_two(block: Block, whole: Register) -> Register:
    """Return 2^n for an integer n in the range of normal numbers."""
    return block.from_bits(block.integer("shl", block.integer("add", whole, block.layout.bias), block.layout.mantissa))


def _reduced(
    block: Block,
    u: Register,
    low: Register | None = None,
    within: tuple[float, float] | None = None,
    coefficients: tuple[float, ...] = fitted.EXP_NARROW,
) -> tuple[Register, Register]:
    """Return (n + rounder, exp(r) - 1) with u + low = n log(2) + r, u kept `within` a range."""
    u = block.clamp(u, *(within or (WIDE_RANGE if block.wide else NARROW_RANGE)))
    rounder = block.layout.rounder
    rounded = block.fma(u, LOG2_E, rounder)
    n = block.sub(rounded, rounder)
    if block.wide:
        coarse = block.fma(n, -LN2_HIGH, u)
        fine = block.fma(n, -LN2_LOW, low) if low else block.mul(n, -LN2_LOW)
        r = block.add(coarse, fine)
        lost = block.sub(fine, block.sub(r, coarse))
        rest = block.fma(block.mul(r, r), block.polynomial(fitted.EXPM1_WIDE, r), lost)
        return rounded, block.add(r, rest)
    if block.type == "float":
        r = block.fma(n, -LN2_HIGH_FLOAT, u)
        r = block.add(r, block.fma(n, -LN2_LOW_FLOAT, low)) if low else block.fma(n, -LN2_LOW_FLOAT, r)
    else:
        # With u up to 700 the rounding of log(2) takes 2^-44 from e^u.
        r = block.fma(n, -math.log(2), u)
    return rounded, block.fma(block.mul(r, r), block.polynomial(coefficients, r), r)


def _halves(block: Block, rounded: Register) -> tuple[Register, Register]:
    """Return two powers of two whose product is 2^n, where 2^n itself may be no normal number."""
    n = block.integer("sub", block.bits(rounded), block.layout.rounder_bits)
    first = block.integer("ashr", n, 1)
    return _power_of_two(block, first), _power_of_two(block, block.integer("sub", n, first))


def exp(block: Block, u: Register, low: Register | None = None) -> Register | Quotient:
    """2^n (1 + (e^r - 1)); scaled in two steps where 2^n can be subnormal, so that this rounding happens once."""
    rounded, p = _reduced(block, u, low, FLOAT_RANGE if block.type == "float" else None)
    if block.wide or block.type == "float":
        first, second = _halves(block, rounded)
        none = block.greater(ZERO_BELOW[block.type], u)
        return Quotient(block.select(none, 0.0, block.fma(first, p, first)), scale=second)
    scale = _power_of_two(block, block.bits(rounded))
    return block.fma(scale, p, scale)


def exp_times(block: Block, u: Register, low: Register, factor: Register, factor_low: Register) -> Register:
    """exp(u + low) (factor + factor_low) in floats, for u from -130 to 0, rounded once before the power of two.

    e^r is 1 + r + small, of which r and small meet the factor one after the other: their sum would round.
    """
    rounder = block.layout.rounder
    rounded = block.fma(u, LOG2_E, rounder)
    n = block.sub(rounded, rounder)
    coarse, fine = block.fma(n, -LN2_HIGH_FLOAT, u), block.fma(n, -LN2_LOW_FLOAT, low)
    r = block.add(coarse, fine)
    lost = block.sub(fine, block.sub(r, coarse))
    small = block.fma(block.mul(r, r), block.polynomial(fitted.EXPM1_NARROW, r), lost)
    product = block.add(factor, block.fma(factor, r, block.fma(factor, small, factor_low)))
    first, second = _halves(block, rounded)
    return block.mul(block.mul(product, first), second)


def expm1(block: Block, u: Register) -> Register:
    """(2^n - 1) + 2^n (e^r - 1); for small u it is e^r - 1 itself, which keeps its digits."""
    within = (-87.0, 88.3) if block.type == "float" else None
    rounded, p = _reduced(block, u, within=within, coefficients=fitted.EXPM1_NARROW)
    if block.wide:
        # Half of it, so that n = 1024 does not overflow on the way.
        first, second = _halves(block, rounded)
        scale = block.mul(first, block.mul(second, 0.5))
        value = block.mul(block.fma(scale, p, block.sub(scale, 0.5)), 2.0)
        # So small a u is its own result; halving a subnormal would lose its last bit.
        return block.select(block.greater(2.0**-54, block.abs(u)), u, value)
    scale = _power_of_two(block, block.bits(rounded))
    return block.copysign(block.fma(scale, p, block.sub(scale, 1.0)), u)


def sigmoid(block: Block, u: Register, low: Register | None = None) -> Register | Quotient:
    """1/(1 + exp(-u)); in float64 e/(1 + e) below 0 with e = exp(-|u|): both tails keep their digits."""
    minus = block.neg(u)
    if block.type == "float":
        bottom, scale = _one_plus_exp(block, minus, block.neg(low) if low else None)
        return Quotient(block.number(1.0), bottom, scale)
    if not block.wide:
        return block.div(1.0, block.add(block.settled(exp(block, minus)), 1.0))
    e = _decay(block, u, low)
    positive = block.greater(u, 0.0)
    return Quotient(
        block.select(positive, 1.0, e.top),
        block.add(block.settled(e), 1.0),
        block.select(positive, 1.0, block.number(e.scale)),
    )


def _one_plus_exp(block: Block, u: Register, low: Register | None = None) -> tuple[Register, Register]:
    """Return (d, s) with 1 + e^u = d/s in floats, where s is a power of two below 1 only where e^u is huge, or 0."""
    rounded, p = _reduced(block, u, low, (-87.0, FAR_FLOAT))
    n = block.integer("sub", block.bits(rounded), block.layout.rounder_bits)
    kept = block.smaller(n, 124)
    power = _power_of_two(block, kept)
    scale = _power_of_two(block, block.integer("sub", kept, n))
    # 1 + s is exact up to s = 2^23; far below that it is better to let s come last.
    exact = block.fma(power, p, block.add(power, 1.0))
    bottom = block.select(block.greater(power, 2.0**12), block.add(block.fma(power, p, 1.0), power), exact)
    return bottom, block.select(block.greater(u, FAR_FLOAT - 1), 0.0, scale)


def _decay(block: Block, u: Register, low: Register | None = None) -> Quotient:
    """Return exp(-|u|), wide."""
    if low:
        low = block.select(block.greater(u, 0.0), block.neg(low), low)
    e = exp(block, block.neg(block.abs(u)), low)
    assert isinstance(e, Quotient)
    return e


def logistic_pdf(block: Block, u: Register, low: Register | None = None) -> Register | Quotient:
    """e/(1 + e)^2 with e = exp(-|u|)."""
    if block.type == "float":
        return _logistic_pdf_float(block, u)
    if not block.wide:
        # With exp(-u), which sigmoid(u) takes too; e*r stays finite where e is huge.
        e = block.settled(exp(block, block.neg(u)))
        r = block.div(1.0, block.add(e, 1.0))
        return block.mul(block.mul(e, r), r)
    decay = _decay(block, u, low)
    small = block.settled(decay)
    d = block.add(small, 1.0)
    # The square of d with what d lost.
    lost = block.add(block.sub(1.0, d), small)
    return Quotient(decay.top, block.fma(block.add(d, d), lost, block.mul(d, d)), decay.scale)


def _logistic_pdf_float(block: Block, u: Register) -> Quotient:
    """Top and bottom to first order in what their rounding lost: n + n_low, d + d_low are exact but for p's error."""
    distance = block.abs(u)
    rounded, p = _reduced(block, block.neg(distance), within=(-FAR_FLOAT, 0.0))
    n = block.integer("sub", block.bits(rounded), block.layout.rounder_bits)
    power = _power_of_two(block, block.larger(n, -100))
    scale = _power_of_two(block, block.integer("sub", n, block.larger(n, -100)))
    top = block.fma(power, p, power)
    top_low = block.fma(power, p, block.sub(power, top))
    bottom = block.fma(power, p, block.add(power, 1.0))
    bottom_low = block.fma(power, p, block.add(block.sub(1.0, bottom), power))
    q = block.div(1.0, bottom)
    # 1/(d + d_low) = q (1 + error)
    error = block.fma(block.neg(q), bottom_low, block.fma(block.neg(bottom), q, 1.0))
    w, w_low = block.product(top, q)
    first = block.mul(w, q)
    rest = block.fma(q, block.fma(q, top_low, w_low), block.mul(block.add(error, error), first))
    scale = block.select(block.greater(distance, FAR_FLOAT - 1), 0.0, scale)
    return Quotient(block.fma(w, q, rest), scale=scale)


def sech2(block: Block, u: Register) -> Register | Quotient:
    """4 times the logistic density at 2u."""
    pdf = logistic_pdf(block, block.mul(u, 2.0))
    if isinstance(pdf, Quotient) and pdf.bottom:
        # The bottom takes the 4: the top may still be multiplied by something huge.
        return Quotient(pdf.top, block.mul(pdf.bottom, 0.25), pdf.scale)
    if isinstance(pdf, Quotient):
        return Quotient(block.mul(pdf.top, 4.0), scale=pdf.scale)
    return block.mul(pdf, 4.0)


def tanh(block: Block, u: Register) -> Register:
    """-t/(t + 2) with t = exp(-2|u|) - 1, and the sign of u."""
    twice = block.neg(block.abs(block.mul(u, 2.0)))
    if block.type == "float":
        return block.copysign(_tanh_float(block, twice), u)
    t = expm1(block, twice)
    bottom = block.add(t, 2.0)
    value = block.div(t, bottom) if block.wide else block.mul(t, block.div(1.0, bottom))
    return block.copysign(value, u)


def _tanh_float(block: Block, twice: Register) -> Register:
    """t/(t + 2) with the rounding of t + 2 put back after the division."""
    rounded, p = _reduced(block, twice, within=(-40.0, 0.0), coefficients=fitted.EXPM1_NARROW)
    power = _power_of_two(block, block.bits(rounded))
    top = block.fma(power, p, block.sub(power, 1.0))
    one = block.add(power, 1.0)
    bottom = block.fma(power, p, one)
    bottom_low = block.fma(power, p, block.sub(one, bottom))
    q = block.div(1.0, bottom)
    value = block.mul(top, q)
    rest = block.fma(block.neg(value), bottom_low, block.fma(block.neg(value), bottom, top))
    return block.fma(rest, q, value)


def softplus(block: Block, u: Register, low: Register | None = None) -> Register | Quotient:
    """max(u, 0) + log(1 + e) with e = exp(-|u|) in (0, 1]: one polynomial, no logarithm; far on the left e itself."""
    positive = block.select(block.greater(u, 0.0), u, 0.0)
    if block.type == "float":
        return _softplus_float(block, u, positive)
    decay = _decay(block, u, low) if block.wide else exp(block, block.neg(block.abs(u)))
    e = block.settled(decay)
    q = block.polynomial(fitted.LOG1P_WIDE if block.wide else fitted.LOG1P_NARROW, e)
    # e comes last: it is the largest where the sum is near log(2), which leaves one rounding that counts.
    value = block.add(e, block.fma(block.neg(block.mul(e, e)), q, positive))
    if not (block.wide and isinstance(decay, Quotient)):
        return value
    far = block.greater(-40.0, u)
    return Quotient(block.select(far, decay.top, value), scale=block.select(far, block.number(decay.scale), 1.0))


def _softplus_float(block: Block, u: Register, positive: Register) -> Register:
    """The same with e = s + s*p added in two parts, so that its own rounding does not count."""
    rounded, p = _reduced(block, block.neg(block.abs(u)), within=FLOAT_RANGE)
    power = block.mul(*_halves(block, rounded))
    e = block.fma(power, p, power)
    rest = block.fma(block.neg(block.mul(e, e)), block.polynomial(fitted.LOG1P_NARROW, e), positive)
    return block.add(power, block.fma(power, p, rest))


def tanh_softplus(block: Block, u: Register) -> Register | Quotient:
    """n/(n + 2) with n = e (e + 2), e = exp(u); in float64 divided by e^2 above 0, where e would overflow."""
    if not block.wide:
        e, r = _mish_parts(block, u)
        return block.mul(block.mul(e, block.add(e, 2.0)), r)
    decay = _decay(block, u)
    small, positive = block.settled(decay), block.greater(u, 0.0)
    twice = block.add(small, small)
    top = block.select(positive, block.add(twice, 1.0), block.mul(decay.top, block.add(small, 2.0)))
    whole = block.select(positive, block.add(twice, 1.0), block.fma(small, small, twice))
    bottom = block.add(whole, block.select(positive, block.mul(twice, small), 2.0))
    return Quotient(top, bottom, block.select(positive, 1.0, block.number(decay.scale)))


def tanh_softplus_slope(block: Block, u: Register) -> Register | Quotient:
    """4 e (1 + e)/(n + 2)^2."""
    if not block.wide:
        e, r = _mish_parts(block, u)
        return block.mul(block.mul(block.mul(block.mul(e, 4.0), block.add(e, 1.0)), r), r)
    decay = _decay(block, u)
    small, positive = block.settled(decay), block.greater(u, 0.0)
    twice = block.add(small, small)
    whole = block.select(positive, block.add(twice, 1.0), block.fma(small, small, twice))
    bottom = block.add(whole, block.select(positive, block.mul(twice, small), 2.0))
    top = block.mul(block.mul(decay.top, 4.0), block.add(small, 1.0))
    return Quotient(block.select(positive, block.mul(top, small), top), block.mul(bottom, bottom), decay.scale)


def _mish_parts(block: Block, u: Register) -> tuple[Register, Register]:
    """Return e = exp(u) and 1/(n + 2); beyond 300 nothing changes, and squares stay finite."""
    rounded, p = _reduced(block, u, within=(-700.0, 300.0))
    power = _power_of_two(block, block.bits(rounded))
    e = block.fma(power, p, power)
    return e, block.div(1.0, block.fma(e, block.add(e, 2.0), 2.0))
