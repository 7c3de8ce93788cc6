"""Numbers as readers meet them: percent, points, seconds; what is not a number is a dash."""

import math
from collections.abc import Callable

from ..lab.records import Estimate

MISSING = "–"
MINUS = "−"


def percent(share: float) -> str:
    """Return a share from 0 to 1 in percent.

    >>> percent(0.9724), percent(float("nan"))
    ('97.2 %', '–')
    """
    return f"{100 * share:.1f} %" if math.isfinite(share) else MISSING


def points(share: float) -> str:
    """Return a difference of two shares in percentage points, without the unit; never a negative zero.

    >>> points(0.0131), points(-0.0001), points(-0.013)
    ('1.3', '0.0', '−1.3')
    """
    return f"{100 * share:z.1f}".replace("-", MINUS) if math.isfinite(share) else MISSING


def decimals(value: float) -> str:
    """Return a number with three decimals, as R² has them; a large one with three digits.

    >>> decimals(0.9712), decimals(-0.0001), decimals(-1234.5), decimals(float("nan"))
    ('0.971', '0.000', '−1234', '–')
    """
    if not math.isfinite(value) or abs(value) >= 10:
        return number(value)
    return f"{value:z.3f}".replace("-", MINUS)


def tenths(value: float) -> str:
    """Return a number with one decimal.

    >>> tenths(2.345), tenths(float("nan"))
    ('2.3', '–')
    """
    return f"{value:z.1f}".replace("-", MINUS) if math.isfinite(value) else MISSING


def hundredths(value: float) -> str:
    """Return a number with two decimals, a large one with three digits.

    >>> hundredths(2.0), hundredths(-0.456), hundredths(123.4), hundredths(float("inf"))
    ('2.00', '−0.46', '123', '–')
    """
    if not math.isfinite(value) or abs(value) >= 100:
        return number(value)
    return f"{value:z.2f}".replace("-", MINUS)


def p_value(value: float) -> str:
    """Return a p value with the digits that matter.

    >>> p_value(0.0312), p_value(0.21), p_value(3e-7), p_value(float("nan"))
    ('0.031', '0.21', '< 0.001', '–')
    """
    if not math.isfinite(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def number(value: float, digits: int = 3) -> str:
    """Return a number with a few significant digits, in powers of ten where it is very small or large.

    >>> number(0.25), number(12.5), number(1.234e-9), number(0.0), number(-1.26, 2), number(999.7)
    ('0.25', '12.5', '1.23e-9', '0', '−1.3', '1000')
    """
    if not math.isfinite(value):
        return MISSING
    if value < 0:
        return MINUS + number(-value, digits)
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        told = f"{value:.{digits}g}"
        # 999.7 has three digits and would be rounded to a fourth.
        return told if "e" not in told else f"{value:.0f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def loss(value: float) -> str:
    """Return a loss with three decimals, so that a column of them lines up.

    >>> loss(0.1), loss(float("inf")), loss(3.2e7)
    ('0.100', '–', '3.20e7')
    """
    return f"{value:.3f}" if abs(value) < 1e4 else number(value)


def seconds(value: float) -> str:
    """Return a duration with the digits that matter.

    >>> seconds(0.834), seconds(12.34), seconds(240.4)
    ('0.83 s', '12.3 s', '240 s')
    """
    if not math.isfinite(value):
        return MISSING
    if 0 < value < 0.01:
        return duration(value)
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def duration(value: float) -> str:
    """Return a short time in the unit that suits it.

    >>> duration(0.00123), duration(0.2), duration(2.5e-5), duration(float("nan"))
    ('1.23 ms', '200 ms', '25 µs', '–')
    """
    if not 0 < value < 1:
        return seconds(value)
    return f"{number(1e3 * value)} ms" if value >= 1e-3 else f"{number(1e6 * value)} µs"


def ratio(value: float) -> str:
    """Return a ratio with the one digit that reasons cite.

    >>> ratio(8.2e-5), ratio(0.0034), ratio(0.62), ratio(523.4)
    ('8e-5', '0.003', '0.6', '523')
    """
    return number(value, 1)


def cut(estimate: Estimate, least: float = -math.inf, most: float = math.inf) -> Estimate:
    """Return the estimate with its interval cut at what is possible.

    >>> cut(Estimate(0.95, 0.781, 1.135, 3), 0.0, 1.0)
    Estimate(mean=0.95, low=0.781, high=1.0, seeds=3)
    """
    # A nan loses every comparison and so stays what it is.
    low = least if estimate.low < least else most if estimate.low > most else estimate.low
    high = most if estimate.high > most else least if estimate.high < least else estimate.high
    return Estimate(estimate.mean, low, high, estimate.seeds)


def bounds(estimate: Estimate, told: Callable[[float], str], least: float, most: float) -> tuple[str, str] | None:
    """Return the ends of an interval, cut at what is possible, where they are numbers.

    A limit that an end was cut at has no decimals: it is exact.

    >>> bounds(Estimate(0.95, 0.781, 1.135, 3), percent, 0.0, 1.0)
    ('78.1', '100')
    """
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return None
    inside = cut(estimate, least, most)
    low, high = (told(end).removesuffix(" %") for end in (inside.low, inside.high))
    return (
        low.removesuffix(".000").removesuffix(".0") if inside.low != estimate.low else low,
        high.removesuffix(".000").removesuffix(".0") if inside.high != estimate.high else high,
    )
