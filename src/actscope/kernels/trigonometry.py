"""sin and cos for every argument up to the largest double, without a branch (Payne and Hanek, 1983).

Below NEAR the nearest multiple of pi/2 is simply taken off, pi/2 being given in three doubles (Cody and Waite, 1980).
The loop chooses by the largest argument in a piece of data, so that a value may differ in its last bit where the data
around it differ. Beyond NEAR it takes more:

The argument is written X 2^j with X below 2^53. Of 2/pi 2^j only what is left modulo 4 matters for the quadrant and
the place in it, and a table has that in three doubles for each j: 159 bits, of which X takes 53, so that the place is
known to 2^-100.
"""

import math
from functools import lru_cache

from . import coefficients as fitted
from .block import Block, Register, constant

LARGEST_SHIFT = 2046 - 1023 - 52
ROUNDER = 1.5 * 2**52
_BITS = 1400
HALF_PI_LOW = float.fromhex("0x1.1a62633145c07p-54")
HALF_PI_LOWEST = float.fromhex("-0x1.f1976b7ed8fbcp-110")
# The multiple is below 2^20, so that its product with the last part is below 2^-90.
NEAR = 2.0**20


def _arctan_inverse(n: int, one: int) -> int:
    """Return arctan(1/n) in units of 1/one, by its series."""
    term = total = one // n
    k = 1
    while term:
        term //= -n * n
        k += 2
        total += term // k
    return total


@lru_cache(maxsize=1)
def two_over_pi() -> int:
    """Return 2/pi in units of 2^-1400, by Machin's formula."""
    one = 1 << (_BITS + 64)
    pi = 4 * (4 * _arctan_inverse(5, one) - _arctan_inverse(239, one))
    return (2 * one << _BITS) // pi


@lru_cache(maxsize=1)
def _table() -> str:
    rows: list[str] = []
    for shift in range(LARGEST_SHIFT + 1):
        rest = (two_over_pi() << shift) & ((4 << _BITS) - 1)
        for _ in range(3):
            # The leading 53 bits, cut off: what is cut goes into the next part.
            spare = max(rest.bit_length() - 53, 0)
            rows.append(constant(math.ldexp(rest >> spare, spare - _BITS)))
            rest &= (1 << spare) - 1
    return f"@two_over_pi = private constant [{len(rows)} x double] [{', '.join(f'double {row}' for row in rows)}]"


def _modulo_4(block: Block, a: Register) -> Register:
    return block.fma(block.round(block.mul(a, 0.25)), -4.0, a)


def _quadrant(block: Block, u: Register) -> tuple[Register, Register, Register]:
    """Return (k as an integer register modulo 4 in its low bits, r, what r lost) with u = k pi/2 + r, |r| <= pi/4."""
    block.angles[block.abs(u)] = None
    if block.near:
        k = block.round(block.mul(u, 2 / math.pi))
        coarse = block.fma(k, -math.pi / 2, u)
        quadrant = block.bits(block.add(k, ROUNDER))
        if not block.wide:
            return quadrant, block.fma(k, -HALF_PI_LOW, coarse), "0.0"
        step = block.mul(k, -HALF_PI_LOW)
        step_lost = block.fma(k, -HALF_PI_LOW, block.neg(step))
        r, lost = block.two_sum(coarse, step)
        return quadrant, r, block.add(lost, block.fma(k, -HALF_PI_LOWEST, step_lost))
    exponent = block.integer("and", block.integer("lshr", block.bits(u), 52), 2047)
    shift = block.emit(f"call i64 @llvm.smin.i64(i64 {block.integer('sub', exponent, 1075)}, i64 {LARGEST_SHIFT})")
    shift = block.emit(f"call i64 @llvm.smax.i64(i64 {shift}, i64 0)")
    x = block.from_bits(block.integer("sub", block.bits(u), block.integer("shl", shift, 52)))
    block.tables["two_over_pi"] = _table()
    first = block.integer("mul", shift, 3)
    parts = []
    for part in range(3):
        place = block.emit(f"getelementptr double, ptr @two_over_pi, i64 {block.integer('add', first, part)}")
        parts.append(block.emit(f"load double, ptr {place}"))
    high, middle = block.mul(x, parts[0]), block.mul(x, parts[1])
    high_lost, middle_lost = block.fma(x, parts[0], block.neg(high)), block.fma(x, parts[1], block.neg(middle))
    total, lost = block.two_sum(_modulo_4(block, high), _modulo_4(block, middle))
    total, lost_too = block.two_sum(total, high_lost)
    k = block.round(total)
    rest = block.add(block.add(block.add(lost, lost_too), middle_lost), block.mul(x, parts[2]))
    place_high = block.add(block.sub(total, k), rest)
    place_low = block.add(block.sub(block.sub(total, k), place_high), rest)
    r = block.mul(place_high, math.pi / 2)
    r_lost = block.fma(place_high, math.pi / 2, block.neg(r))
    r_lost = block.fma(place_high, HALF_PI_LOW, block.fma(place_low, math.pi / 2, r_lost))
    return block.bits(block.add(k, ROUNDER)), r, r_lost


def _at_quadrant(block: Block, k: Register, r: Register, lost: Register) -> Register:
    """Return the sine of k pi/2 + r + lost; float32 has no use for what was lost."""
    z = block.mul(r, r)
    if block.wide:
        sine_r = block.add(r, block.fma(block.mul(r, z), block.polynomial(fitted.SIN_WIDE, z), lost))
        # 1 - z/2 with what its rounding lost, then the small terms.
        head = block.fma(z, -0.5, 1.0)
        head_lost = block.fma(z, -0.5, block.sub(1.0, head))
        small = block.fma(block.mul(z, z), block.polynomial(fitted.COS_WIDE, z), block.neg(block.mul(r, lost)))
        cosine_r = block.add(head, block.add(head_lost, small))
    else:
        sine_r = block.fma(block.mul(r, z), block.polynomial(fitted.SIN_NARROW, z), r)
        cosine_r = block.fma(block.mul(z, z), block.polynomial(fitted.COS_NARROW, z), block.fma(z, -0.5, 1.0))
    odd = block.emit(f"icmp ne i64 {block.integer('and', k, 1)}, 0")
    value = block.select(odd, cosine_r, sine_r)
    sign = block.integer("shl", block.integer("and", k, 2), 62)
    return block.from_bits(block.integer("xor", block.bits(value), sign))


def _unless_infinite(block: Block, u: Register, value: Register) -> Register:
    """Return the value, or nan for an infinite argument, which a near one is not."""
    return value if block.near else block.add(value, block.sub(u, u))


def sine(block: Block, u: Register) -> Register:
    """sin, which is u itself for small u; nan for infinite u."""
    quadrant, r, lost = _quadrant(block, u)
    value = _unless_infinite(block, u, _at_quadrant(block, quadrant, r, lost))
    return block.select(block.greater(2.0**-27, block.abs(u)), u, value)


def cosine(block: Block, u: Register) -> Register:
    """cos, the sine of a quadrant later; nan for infinite u."""
    quadrant, r, lost = _quadrant(block, u)
    return _unless_infinite(block, u, _at_quadrant(block, block.integer("add", quadrant, 1), r, lost))
