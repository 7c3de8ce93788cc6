"""Formulas to 60 digits and more, by mpmath: what float64 results are held to."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np

from ..formula import Apply, Const, Expr, Symbol
from .formats import Array, Format

DIGITS = 60
MOST_DIGITS = 2_000
AGREED = 2.0**-100
"""Two precisions that agree to this have the digits that anyone asks for."""
Real = Any
"""mpmath's number, whose library has no types."""


# Beyond this size what is not 0 yet, or 1, never gets there in any format; mpmath cannot tell for the largest doubles.
_FAR = 1e6


def _exp(u: Real) -> Real:
    if abs(u) > _FAR and u == mp.floor(u):
        # For whole numbers mpmath multiplies e by itself, thousands of times; a trifle more, and it does not.
        wanted = mp.mp.prec
        with mp.workprec(wanted + mp.mag(u) + 20):
            u = u + mp.ldexp(1, -wanted - 10)
    return mp.exp(u)


def _expm1(u: Real) -> Real:
    return _exp(u) - 1 if abs(u) > 1 else mp.expm1(u)


def _tanh(u: Real) -> Real:
    return mp.tanh(u) if abs(u) < _FAR else mp.sign(u)


def _logistic(u: Real) -> Real:
    return 1 / (1 + _exp(-u))


def _logistic_pdf(u: Real) -> Real:
    e = _exp(-abs(u))
    return e / (1 + e) ** 2


def _sech2(u: Real) -> Real:
    return 4 * _logistic_pdf(2 * u)


def _softplus(u: Real) -> Real:
    return max(u, mp.mpf(0)) + mp.log1p(_exp(-abs(u)))


def _tanh_softplus(u: Real) -> Real:
    # With w = 1 + e^u it is (w^2 - 1)/(w^2 + 1).
    if u > 0:
        e = _exp(-u)
        return (1 + 2 * e) / (1 + 2 * e + 2 * e * e)
    e = _exp(u)
    return e * (e + 2) / (e * (e + 2) + 2)


def _normal_cdf(u: Real) -> Real:
    return mp.mpf(u > 0) if abs(u) > _FAR else mp.erfc(-u / mp.sqrt(2)) / 2


def _hyperbola(u: Real, b: Real) -> Real:
    return mp.sqrt(u * u + b)


def _squareplus(u: Real, b: Real) -> Real:
    h = _hyperbola(u, b)
    return (u + h) / 2 if u > 0 else b / (2 * (h - u))


def _squareplus_slope(u: Real, b: Real) -> Real:
    h = _hyperbola(u, b)
    return (1 + u / h) / 2 if u > 0 else b / (2 * h * (h - u))


TABLE: dict[str, Callable[..., Real]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda u: -u,
    "pow": lambda u, n: u ** int(n),
    "abs": abs,
    "sqrt": mp.sqrt,
    "greater": lambda a, b: a > b,
    "isnan": mp.isnan,
    "exp": _exp,
    "expm1": _expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sigmoid": _logistic,
    "logistic_pdf": _logistic_pdf,
    "tanh": _tanh,
    "tanh2": lambda u: _tanh(u) ** 2,
    "sech2": _sech2,
    "softplus": _softplus,
    "tanh_softplus": _tanh_softplus,
    "tanh_softplus_slope": lambda u: _sech2(_softplus(u)) * _logistic(u),
    "normal_cdf": _normal_cdf,
    "normal_pdf": lambda u: _exp(-u * u / 2) / mp.sqrt(2 * mp.pi),
    "erf": lambda u: mp.sign(u) if abs(u) > _FAR else mp.erf(u),
    "gaussian": lambda u: _exp(-u * u),
    "arctan": mp.atan,
    "cauchy": lambda u: 1 / (1 + u * u),
    "softsign": lambda u: u / (1 + abs(u)),
    "tanhshrink": lambda u: u - _tanh(u),
    "hyperbola": _hyperbola,
    "squareplus": _squareplus,
    "squareplus_slope": _squareplus_slope,
    "cos": mp.cos,
    "sin": mp.sin,
}
"""Each primitive of one element by mpmath's functions; `where` is in `_value`, since it computes one arm only."""
_THROUGH_0 = frozenset({"neg", "abs", "sqrt", "expm1", "log1p", "tanh", "tanh2", "erf", "arctan", "softsign", "sin"})
_OF_NAN = frozenset({"greater", "isnan"})
NOUGHT = mp.mpf(0)
"""A zero that is no cancellation: no precision will make another number of it."""
_NOTHING = 1_100
"""Binary digits behind the point after which no format has a number."""
_HOPELESS = 50_000
"""A binary exponent so large that no sum has digits for such a number and for an ordinary one."""


def exact(expr: Expr, **values: float) -> Real:
    """Return `expr` at the given numbers, right to 30 digits: computed to 60, and to twice as many until two agree.

    It is nan where the formula has no value (0/0, the logarithm of a negative number), and where thousands of digits do
    not tell: log(1 + exp(x)) at -1e6 takes 434,295 of them.

    >>> from actscope.formula import parse
    >>> print(mp.nstr(exact(parse("x - tanh(x)"), x=1e-40), 10))
    3.333333333e-121
    """
    return _settled(lambda digits: _at(expr, values, digits), AGREED, lambda: _extreme(expr, values))


def quotient(expr: Expr, by: str = "x", /, **values: float) -> Real:
    """Return what the difference quotients of `expr` by one of its symbols tend to, right to 12 digits.

    That is its derivative, found without any rule for it. It is nan where `exact` is.

    >>> from actscope.formula import parse
    >>> print(mp.nstr(quotient(parse("x**3 + a"), x=2.0, a=1.0), 10))
    12.0
    """

    def at(digits: int) -> Real:
        with mp.workdps(digits):
            centre = mp.mpf(values[by])
            step = max(abs(centre), mp.mpf(2) ** -20) * mp.mpf(10) ** (-digits // 3)
            high, low = (_at(expr, {**values, by: centre + side * step}, digits) for side in (1, -1))
            # Where nothing is computed there is no cancellation either.
            return NOUGHT if high is low is NOUGHT else (high - low) / (2 * step)

    return _settled(at, 2.0**-40, lambda: _extreme(expr, values), share=2 / 3)


def _settled(at: Callable[[int], Real], agreed: float, extreme: Callable[[], int], share: float = 1.0) -> Real:
    """Return what is computed with ever more digits, once two results are as close as `agreed`; nan if none are.

    What stays 0, or infinite as the logarithm of 0, is believed once what the digits, or a `share` of them, do not show
    is nothing in any format, also with a few factors as `extreme` as the numbers on the way to the result.
    """
    digits, found, exponent = DIGITS, at(DIGITS), -1
    while digits < MOST_DIGITS:
        digits *= 2
        before, found = found, at(digits)
        # Two zeros may be two cancellations of all digits.
        if found is NOUGHT or mp.isnan(found) or (found and abs(found - before) <= agreed * abs(found)):
            return found
        if not found or mp.isinf(found):
            exponent = extreme() if exponent < 0 else exponent
            if 3 * exponent <= share * digits * math.log2(10) - _NOTHING:
                return found
            if exponent > _HOPELESS:
                break
    return mp.nan


def _extreme(expr: Expr, values: dict[str, float]) -> int:
    """Return the largest size of a binary exponent of the numbers on the way to the result."""
    known: dict[Expr, Real] = {}
    with mp.workdps(DIGITS):
        _value(expr, {name: mp.mpf(value) for name, value in values.items()}, known)
    finite = [number for number in known.values() if isinstance(number, mp.mpf) and mp.isfinite(number)]
    return max((abs(int(mp.mag(number))) for number in finite if number), default=0)


def _at(expr: Expr, values: dict[str, float], digits: int) -> Real:
    with mp.workdps(digits):
        try:
            found = _value(expr, {name: mp.mpf(value) for name, value in values.items()}, {})
        except (ZeroDivisionError, ValueError):
            return mp.nan
        return found if isinstance(found, mp.mpf) else mp.nan


def _value(expr: Expr, values: dict[str, Real], known: dict[Expr, Real]) -> Real:
    if expr in known:
        return known[expr]
    match expr:
        case Const(number):
            # As in the kernels: the shortest decimal that reads back as the number is what was meant, and pi is pi.
            found = mp.sign(number) * mp.pi if abs(number) == math.pi else mp.mpf(repr(number)) if number else NOUGHT
        case Symbol(name):
            found = values[name] if values[name] else NOUGHT
        case Apply("where", (condition, a, b)):
            found = _value(a if _value(condition, values, known) else b, values, known)
        case Apply(op, args):
            given = [_value(arg, values, known) for arg in args]
            found = NOUGHT if _vanishes(op, given) else _computed(op, given)
        case _:
            raise TypeError(f"not a formula: {expr!r}")
    known[expr] = found
    return found


def _computed(op: str, given: list[Real]) -> Real:
    """Return what a primitive makes of numbers; nan where that is no real number, as in the kernels."""
    if op not in _OF_NAN and any(mp.isnan(value) for value in given):
        return mp.nan
    found = TABLE[op](*given)
    return mp.nan if isinstance(found, mp.mpc) else found


def _vanishes(op: str, given: list[Real]) -> bool:
    """Return whether a primitive is exactly 0 because an argument is."""
    if op in ("add", "sub"):
        return all(value is NOUGHT for value in given)
    if op == "mul":
        return any(value is NOUGHT for value in given) and all(map(mp.isfinite, given))
    return op in _THROUGH_0 and given[0] is NOUGHT


def in_two_parts(numbers: Sequence[Real], form: Format) -> tuple[Array, Array]:
    """Return exact numbers as float64, and what that leaves over in ulp of the format.

    >>> from .formats import FLOAT32
    >>> with mp.workdps(DIGITS):
    ...     head, rest = in_two_parts([1 + mp.mpf(2) ** -70], FLOAT32)
    >>> head.tolist(), rest.tolist() == [2.0**-47]
    ([1.0], True)
    """
    heads = np.array([_nearest(number) for number in numbers])
    rests = np.zeros(len(numbers))
    with mp.workdps(DIGITS):
        for k, (number, head) in enumerate(zip(numbers, heads.tolist(), strict=True)):
            if np.isfinite(head) and number:
                exponent = max(
                    mp.frexp(mp.mpf(head))[1] - 1 if head else form.smallest_exponent, form.smallest_exponent
                )
                rests[k] = float(mp.ldexp(number - mp.mpf(head), form.digits - exponent))
    return heads, rests


def _nearest(number: Real) -> float:
    if mp.isnan(number) or mp.isinf(number):
        return float(number)
    # Below the smallest double mpmath's conversion takes its time over the exponent, and above the largest it raises.
    size = mp.mag(number) if number else 0
    if size < -1100:
        return 0.0
    return float(number) if size <= 1024 else float(mp.sign(number)) * float("inf")
