"""What a formula in text is composed of: sums and products of any length, choices, powers with any exponent."""

import math
from functools import reduce

from .expr import WIDEST, Const, Expr, apply
from .ops import exp, log, sqrt, where
from .simplify import simplify

HIGHEST = 64
EXPONENTS = f"an exponent lies between -{HIGHEST} and {HIGHEST}"


def power(base: Expr, exponent: Expr) -> Expr:
    """Return base**exponent; one that is no whole number by a root, or by exponential and logarithm.

    Raises ValueError for an exponent that is too large, and for a number that has no such power.

    >>> from actscope.formula import Symbol
    >>> x, a = Symbol("x"), Symbol("a")
    >>> [str(power(*given)) for given in ((x, Const(3.0)), (x, Const(1.5)), (x, a), (Const(2.0), x))]
    ['x**3', 'x*sqrt(x)', 'exp(a*log(x))', 'exp(0.6931471805599453*x)']
    """
    exponent = simplify(exponent)
    if isinstance(exponent, Const):
        if abs(exponent.value) > HIGHEST:
            raise ValueError(EXPONENTS)
        whole, rest = divmod(exponent.value, 1.0)
        if rest == 0.0:
            return base ** int(whole)
        if rest == 0.5:
            root = sqrt(base)
            return root if whole == 0 else 1 / root if whole == -1 else simplify(base ** int(whole)) * root
    if isinstance(value := simplify(base), Const):
        if value.value <= 0:
            raise ValueError(f"only a positive number has powers with any exponent, not {value}")
        return exp(exponent) if value.value == math.e else exp(math.log(value.value) * exponent)
    return exp(exponent * log(base))


def chosen(u: Expr, sign: str, v: Expr, a: Expr, b: Expr) -> Expr:
    """Return where(u sign v, a, b) for one of the four signs of comparison."""
    match sign:
        case ">":
            return where(u > v, a, b)
        case "<":
            return where(u < v, a, b)
        case ">=":
            return where(u < v, b, a)
    return where(u > v, b, a)


def joined(first: Expr, rest: list[tuple[str, Expr]], names: dict[str, str]) -> Expr:
    """Return the sum or product from left to right; of a long one, the halves joined."""
    if len(rest) < WIDEST:
        return reduce(lambda left, part: apply(names[part[0]], left, part[1]), rest, first)
    middle = len(rest) // 2
    left = joined(first, rest[:middle], names)
    (sign, start), *more = rest[middle:]
    plain, inverse = names
    if sign == inverse:
        # a - b + c is a - (b - c)
        more = [(plain if one == inverse else inverse, part) for one, part in more]
    return apply(names[sign], left, joined(start, more, names))
