"""The table of primitives: one row says all there is to know about each.

numpy   how it evaluates on arrays (the reference; compiled code is in `kernels`)
slope   its derivative, from its arguments and their derivatives. Rules select, they never mask: `where(c, da, db)`,
        because a mask such as `c*da + (1 - c)*db` would compute 0 * inf.
text    how it is written in a formula, and how it reads in LaTeX. `{u:2}` puts parentheses around an argument that
        binds more weakly than level 2 (0 comparison, 1 sum, 2 product, 3 sign, 4 power, 5 atom).
bounds  an interval that holds its values when its arguments lie in intervals
llvm    the instruction that computes it on doubles, where there is one; the others are in `kernels/primitives.py`
exact   whether its result needs no rounding, in any precision

The slopes are written so that they keep their digits where the function saturates: sigmoid(u)*sigmoid(-u) rather than
s*(1 - s), which is 0 from u = 37 on.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .expr import Apply, Const, Expr, apply, nodes
from .interval import EVERYTHING, Interval, bump, cosine, increasing, outward, power, product, quotient

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Op:
    """A primitive: a row of the table."""

    name: str
    numpy: Callable[..., Any]
    slope: Callable[..., Expr]
    bounds: Callable[..., Interval]
    latex: Callable[..., str]
    text: Callable[..., str] | None = None
    """None: written as a call, `name(u)`."""
    level: int = ATOM
    latex_level: int | None = None
    """Where LaTeX binds differently: a fraction needs no parentheses in a product."""
    llvm: str | None = None
    exact: bool = False
    meaning: str | None = None
    """What the name stands for, where a reader may not know it."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments, as in `meaning`."""
        code = self.slope.__code__
        return code.co_varnames[: code.co_argcount // 2]


def _call(name: str) -> Callable[..., str]:
    return lambda *args: rf"{name}\left({', '.join(map(str, args))}\right)"


def _erfc(u: Any) -> Any:
    return np.vectorize(math.erfc, otypes=[float])(u)


def _sigmoid(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return np.where(np.greater(u, 0), 1.0, e) / (1.0 + e)


def _sech2(u: Any) -> Any:
    e = np.exp(-2.0 * np.abs(u))
    return 4.0 * e / (1.0 + e) ** 2


def _logistic_pdf(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return e / (1.0 + e) ** 2


def _tanh_softplus(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    positive = np.greater(u, 0)
    top = np.where(positive, 1.0 + 2.0 * e, e * (e + 2.0))
    return top / (top + np.where(positive, 2.0 * e * e, 2.0))


def _tanh_softplus_slope(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    positive = np.greater(u, 0)
    bottom = np.where(positive, 1.0 + 2.0 * e * (1.0 + e), e * (e + 2.0) + 2.0)
    return 4.0 * e * np.where(positive, e, 1.0) * (1.0 + e) / bottom**2


def _normal_pdf(u: Any) -> Any:
    return np.exp(-0.5 * np.square(u)) / math.sqrt(2 * math.pi)


def _erf(u: Any) -> Any:
    return np.vectorize(math.erf, otypes=[float])(u)


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


def _tempered(u: Any, v: Any, t: Any) -> Any:
    gap = np.subtract(u, v)
    apart = np.where(np.isinf(gap), gap, np.divide(gap, t))
    return np.where(np.less(u, v) | np.greater(u, v), apart, np.where(np.greater(u, sys.float_info.max), 0.0, gap))


def _cases(c: Any, a: Any, b: Any) -> str:
    return rf"\begin{{cases}} {a} & {c} \\ {b} & \text{{otherwise}} \end{{cases}}"


def _times(a: Any, b: Any) -> str:
    left, right = f"{a:2}", f"{b:3}"
    return rf"{left} \cdot {right}" if right[0].isdigit() or right[0] == "-" else rf"{left} {right}"


def _where_bounds(c: Interval, a: Interval, b: Interval) -> Interval:
    if c.low == c.high:
        return a if c.low else b
    return a.hull(b)


def _greater_bounds(u: Interval, v: Interval) -> Interval:
    return Interval(float(u.low > v.high), float(u.high > v.low))


def _abs_bounds(u: Interval) -> Interval:
    return Interval(0.0 if 0.0 in u else min(abs(u.low), abs(u.high)), max(abs(u.low), abs(u.high)))


def _hyperbola_bounds(u: Interval, b: Interval) -> Interval:
    size = _abs_bounds(u)
    ends = (_on_floats(lambda v: _hyperbola(v, end))(at) for at, end in ((size.low, b.low), (size.high, b.high)))
    return outward(*ends)


def _tanh_softplus_slope_bounds(u: Interval) -> Interval:
    # It rises up to where sigmoid(-u) is 2*tanh_softplus(u)*sigmoid(u), and falls from there on.
    ends = [_on_floats(_tanh_softplus_slope)(end) for end in (u.low, u.high)]
    top = 0.321869997637177 if -0.11740097962873939 in u else max(ends)
    return outward(min(ends), top)


def _tanh2_bounds(u: Interval) -> Interval:
    size = _abs_bounds(u)
    return outward(math.tanh(size.low) ** 2, math.tanh(size.high) ** 2)


def _squareplus_at(u: float, b: float) -> float:
    return _on_floats(lambda v: _squareplus(v, b))(u)


def _squareplus_slope_bounds(u: Interval, b: Interval) -> Interval:
    # It rises with u, and a larger b moves it towards 1/2.
    low, high = (
        [float(_squareplus_slope(np.float64(end), np.float64(size))) for size in (b.low, b.high)]
        for end in (u.low, u.high)
    )
    return outward(min(low), max(high))


def _on_floats(f: Callable[[Any], Any]) -> Callable[[float], float]:
    def g(u: float) -> float:
        with np.errstate(all="ignore"):
            return float(f(np.float64(u)))

    return g


def _unary(name: str) -> Callable[[Expr | float], Apply]:
    def build(u: Expr | float) -> Apply:
        return apply(name, u)

    build.__name__ = name
    build.__doc__ = f"Return the formula {name}(u)."
    return build


exp, expm1, log, log1p, sqrt = _unary("exp"), _unary("expm1"), _unary("log"), _unary("log1p"), _unary("sqrt")
sigmoid, tanh, sech2, softplus = _unary("sigmoid"), _unary("tanh"), _unary("sech2"), _unary("softplus")
logistic_pdf = _unary("logistic_pdf")
tanh_softplus, tanh_softplus_slope = _unary("tanh_softplus"), _unary("tanh_softplus_slope")
cos, sin, normal_cdf, normal_pdf = _unary("cos"), _unary("sin"), _unary("normal_cdf"), _unary("normal_pdf")
erf, gaussian, arctan, cauchy = _unary("erf"), _unary("gaussian"), _unary("arctan"), _unary("cauchy")
softsign, tanhshrink, tanh2 = _unary("softsign"), _unary("tanhshrink"), _unary("tanh2")
row_sum, row_max, isnan = _unary("row_sum"), _unary("row_max"), _unary("isnan")


def where(condition: Expr, a: Expr | float, b: Expr | float) -> Apply:
    """Return the formula that is `a` where `condition` holds and `b` elsewhere."""
    return apply("where", condition, a, b)


def maximum(a: Expr | float, b: Expr | float) -> Apply:
    """Return the larger of two formulas; where they are equal, `b`."""
    return where(apply("greater", a, b), a, b)


def minimum(a: Expr | float, b: Expr | float) -> Apply:
    """Return the smaller of two formulas; where they are equal, `b`."""
    return where(apply("greater", b, a), a, b)


def hyperbola(u: Expr | float, b: Expr | float) -> Apply:
    """Return the formula sqrt(u**2 + b)."""
    return apply("hyperbola", u, b)


def squareplus(u: Expr | float, b: Expr | float) -> Apply:
    """Return the formula (u + sqrt(u**2 + b))/2."""
    return apply("squareplus", u, b)


def squareplus_slope(u: Expr | float, b: Expr | float) -> Apply:
    """Return the formula (1 + u/sqrt(u**2 + b))/2."""
    return apply("squareplus_slope", u, b)


def tempered(u: Expr | float, v: Expr | float, t: Expr | float) -> Apply:
    """Return the formula (u - v)/t with its limits at t = 0 and at infinite u, v, t; equal scores are 0 apart."""
    return apply("tempered", u, v, t)


def share(u: Expr | float, v: Expr | float, t: Expr | float) -> Apply:
    """Return the formula exp(tempered(u, v, t))."""
    return apply("share", u, v, t)


def _power_slope(u: Expr, n: Expr, du: Expr, _: Expr) -> Expr:
    assert isinstance(n, Const)
    return n.value * u ** int(n.value - 1) * du


def _no_row_slope(u: Expr, _: Expr) -> Expr:
    raise TypeError(f"{u} is joined with the rest of its row; its derivative is a matrix, see catalogue.rows")


ARITHMETIC = [
    Op(
        "add",
        numpy=np.add,
        slope=lambda a, b, da, db: da + db,
        bounds=lambda a, b: outward(a.low + b.low, a.high + b.high),
        latex=lambda a, b: f"{a:1} + {b:1}",
        text=lambda a, b: f"{a:1} + {b:1}",
        level=SUM,
        llvm="fadd {type} {0}, {1}",
    ),
    Op(
        "sub",
        numpy=np.subtract,
        slope=lambda a, b, da, db: da - db,
        bounds=lambda a, b: outward(a.low - b.high, a.high - b.low),
        latex=lambda a, b: f"{a:1} - {b:2}",
        text=lambda a, b: f"{a:1} - {b:2}",
        level=SUM,
        llvm="fsub {type} {0}, {1}",
    ),
    Op(
        "mul",
        numpy=np.multiply,
        slope=lambda a, b, da, db: da * b + a * db,
        bounds=product,
        latex=_times,
        text=lambda a, b: f"{a:2}*{b:3}",
        level=PRODUCT,
        llvm="fmul {type} {0}, {1}",
    ),
    Op(
        "div",
        numpy=np.divide,
        # Not a*db/b**2: the square would overflow, and a/b is often there already.
        slope=lambda a, b, da, db: da / b - (a / b) * (db / b),
        bounds=quotient,
        latex=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
        text=lambda a, b: f"{a:2}/{b:3}",
        level=PRODUCT,
        latex_level=SIGN,
        llvm="fdiv {type} {0}, {1}",
    ),
    Op(
        "neg",
        numpy=np.negative,
        slope=lambda u, du: -du,
        bounds=lambda u: Interval(-u.high, -u.low),
        latex=lambda u: f"-{u:2}",
        text=lambda u: f"-{u:2}",
        level=SIGN,
        llvm="fneg {type} {0}",
        exact=True,
    ),
    Op(
        "pow",
        numpy=lambda u, n: np.power(u, n),
        slope=_power_slope,
        bounds=power,
        latex=lambda u, n: f"{u:5}^{{{n}}}",
        text=lambda u, n: f"{u:5}**{n:3}",
        level=POWER,
    ),
    Op(
        "abs",
        numpy=np.abs,
        slope=lambda u, du: where(u > 0, du, -du),
        bounds=_abs_bounds,
        latex=lambda u: rf"\left|{u}\right|",
        llvm="call {type} @llvm.fabs.{suffix}({type} {0})",
        exact=True,
    ),
    Op(
        "sqrt",
        numpy=np.sqrt,
        slope=lambda u, du: du / (2 * sqrt(u)),
        bounds=lambda u: outward(math.sqrt(max(u.low, 0.0)), math.sqrt(max(u.high, 0.0))),
        latex=lambda u: rf"\sqrt{{{u}}}",
        llvm="call {type} @llvm.sqrt.{suffix}({type} {0})",
    ),
]

CHOICE = [
    Op(
        "greater",
        numpy=np.greater,
        slope=lambda a, b, da, db: Const(0.0),
        bounds=_greater_bounds,
        latex=lambda a, b: f"{a:1} > {b:1}",
        text=lambda a, b: f"{a:1} > {b:1}",
        level=COMPARISON,
        llvm="fcmp ogt {type} {0}, {1}",
        exact=True,
    ),
    Op(
        "isnan",
        numpy=np.isnan,
        slope=lambda u, du: Const(0.0),
        bounds=lambda u: Interval(0.0, 0.0),
        latex=lambda u: rf"{u} \text{{ is nan}}",
        llvm="fcmp uno {type} {0}, 0.0",
        exact=True,
    ),
    Op(
        "where",
        numpy=np.where,
        slope=lambda c, a, b, dc, da, db: where(c, da, db),
        bounds=_where_bounds,
        latex=_cases,
        latex_level=SUM,
        llvm="select i1 {0}, {type} {1}, {type} {2}",
        exact=True,
    ),
]

EXPONENTIAL = [
    Op(
        "exp",
        numpy=np.exp,
        slope=lambda u, du: exp(u) * du,
        bounds=increasing(_on_floats(np.exp)),
        latex=lambda u: f"e^{{{u}}}",
    ),
    Op(
        "expm1",
        numpy=np.expm1,
        slope=lambda u, du: exp(u) * du,
        bounds=increasing(_on_floats(np.expm1)),
        latex=lambda u: rf"\left(e^{{{u}}} - 1\right)",
        meaning="exp(u) - 1",
    ),
    Op(
        "log",
        numpy=np.log,
        slope=lambda u, du: du / u,
        bounds=lambda u: increasing(_on_floats(np.log))(Interval(max(u.low, 0.0), max(u.high, 0.0))),
        latex=_call(r"\log"),
    ),
    Op(
        "log1p",
        numpy=np.log1p,
        slope=lambda u, du: du / (1 + u),
        bounds=lambda u: increasing(_on_floats(np.log1p))(Interval(max(u.low, -1.0), max(u.high, -1.0))),
        latex=lambda u: rf"\log\left(1 + {u:1}\right)",
        meaning="log(1 + u)",
    ),
    Op(
        "sigmoid",
        numpy=_sigmoid,
        slope=lambda u, du: logistic_pdf(u) * du,
        bounds=increasing(_on_floats(_sigmoid)),
        latex=_call(r"\sigma"),
        meaning="1/(1 + exp(-u))",
    ),
    Op(
        "logistic_pdf",
        numpy=_logistic_pdf,
        slope=lambda u, du: -tanh(u / 2) * logistic_pdf(u) * du,
        bounds=bump(_on_floats(_logistic_pdf)),
        latex=lambda u: rf"\sigma'\left({u}\right)",
        meaning="exp(-u)/(1 + exp(-u))**2, the logistic density, which is the slope of sigmoid",
    ),
    Op(
        "tanh",
        numpy=np.tanh,
        slope=lambda u, du: sech2(u) * du,
        bounds=increasing(_on_floats(np.tanh)),
        latex=_call(r"\tanh"),
        meaning="(exp(u) - exp(-u))/(exp(u) + exp(-u))",
    ),
    Op(
        "sech2",
        numpy=_sech2,
        slope=lambda u, du: -2 * tanh(u) * sech2(u) * du,
        bounds=bump(_on_floats(_sech2)),
        latex=_call(r"\operatorname{sech}^2"),
        meaning="1 - tanh(u)**2, without the cancellation",
    ),
    Op(
        "tanh2",
        numpy=lambda u: np.square(np.tanh(u)),
        slope=lambda u, du: 2 * tanh(u) * sech2(u) * du,
        bounds=_tanh2_bounds,
        latex=_call(r"\tanh^2"),
        meaning="tanh(u)**2",
    ),
    Op(
        "softplus",
        numpy=lambda u: np.logaddexp(u, 0.0),
        slope=lambda u, du: sigmoid(u) * du,
        bounds=increasing(_on_floats(lambda u: np.logaddexp(u, 0.0))),
        latex=lambda u: rf"\log\left(1 + e^{{{u}}}\right)",
        meaning="log(1 + exp(u))",
    ),
]

EXPONENTIAL += [
    Op(
        "tanh_softplus",
        numpy=_tanh_softplus,
        slope=lambda u, du: tanh_softplus_slope(u) * du,
        bounds=increasing(_on_floats(_tanh_softplus)),
        latex=lambda u: rf"\tanh\left(\log\left(1 + e^{{{u}}}\right)\right)",
        meaning="tanh(log(1 + exp(u))), the gate of Mish",
    ),
    Op(
        "tanh_softplus_slope",
        numpy=_tanh_softplus_slope,
        slope=lambda u, du: tanh_softplus_slope(u) * (sigmoid(-u) - 2 * tanh_softplus(u) * sigmoid(u)) * du,
        bounds=_tanh_softplus_slope_bounds,
        latex=lambda u: rf"\operatorname{{sech}}^2\left(\log\left(1 + e^{{{u}}}\right)\right) \sigma\left({u}\right)",
        meaning="sech2(softplus(u))*sigmoid(u), the slope of tanh_softplus",
    ),
]

# exp(-u**2/2) turns the rounding of u**2 into one 722 times as large before it underflows at u = 38.
_NORMAL_SLACK = 2.0**-40

NORMAL = [
    Op(
        "normal_cdf",
        numpy=lambda u: 0.5 * _erfc(np.multiply(u, -math.sqrt(0.5))),
        slope=lambda u, du: normal_pdf(u) * du,
        bounds=increasing(lambda u: 0.5 * math.erfc(-u * math.sqrt(0.5)), _NORMAL_SLACK),
        latex=_call(r"\Phi"),
        meaning="(1 + erf(u/sqrt(2)))/2, the share of a normal distribution below u",
    ),
    Op(
        "normal_pdf",
        numpy=_normal_pdf,
        slope=lambda u, du: -u * normal_pdf(u) * du,
        bounds=bump(_on_floats(_normal_pdf), _NORMAL_SLACK),
        latex=_call(r"\varphi"),
        meaning="exp(-u**2/2)/sqrt(2*pi), the normal density",
    ),
    Op(
        "erf",
        numpy=_erf,
        slope=lambda u, du: 2 / math.sqrt(math.pi) * gaussian(u) * du,
        bounds=increasing(math.erf),
        latex=_call(r"\operatorname{erf}"),
        meaning="2*normal_cdf(sqrt(2)*u) - 1, without the cancellation",
    ),
    Op(
        "gaussian",
        numpy=lambda u: np.exp(-np.square(u)),
        slope=lambda u, du: -2 * u * gaussian(u) * du,
        bounds=bump(_on_floats(lambda u: np.exp(-np.square(u))), _NORMAL_SLACK),
        latex=lambda u: f"e^{{-{u:5}^2}}",
        meaning="exp(-u**2)",
    ),
]

# Made of the four operations and roots: they reach their limits slowly, as 1/u or 1/u**2.
ALGEBRAIC = [
    Op(
        "arctan",
        numpy=np.arctan,
        slope=lambda u, du: cauchy(u) * du,
        bounds=increasing(math.atan),
        latex=_call(r"\arctan"),
    ),
    Op(
        "cauchy",
        numpy=_cauchy,
        slope=lambda u, du: -2 * (u * cauchy(u)) * cauchy(u) * du,
        bounds=bump(_on_floats(_cauchy)),
        latex=lambda u: rf"\frac{{1}}{{1 + {u:5}^2}}",
        latex_level=SIGN,
        meaning="1/(1 + u**2)",
    ),
    Op(
        "softsign",
        numpy=_softsign,
        slope=lambda u, du: (1 / (1 + abs(u))) ** 2 * du,
        bounds=increasing(_on_floats(_softsign)),
        latex=lambda u: rf"\frac{{{u}}}{{1 + \left|{u}\right|}}",
        latex_level=SIGN,
        meaning="u/(1 + abs(u))",
    ),
    Op(
        "tanhshrink",
        numpy=_tanhshrink,
        slope=lambda u, du: tanh2(u) * du,
        bounds=increasing(_on_floats(_tanhshrink)),
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
        bounds=lambda u, b: outward(_squareplus_at(u.low, b.low), _squareplus_at(u.high, b.high)),
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

PERIODIC = [
    Op(
        "cos",
        numpy=np.cos,
        slope=lambda u, du: -sin(u) * du,
        bounds=cosine,
        latex=_call(r"\cos"),
    ),
    Op(
        "sin",
        numpy=np.sin,
        slope=lambda u, du: cos(u) * du,
        bounds=lambda u: cosine(outward(u.low - math.pi / 2, u.high - math.pi / 2)),
        latex=_call(r"\sin"),
    ),
]

# Over a row (the last axis of the array that arrives here); the only primitives that look beyond one element.
ROWS = [
    Op(
        "row_sum",
        numpy=lambda u: np.sum(u, axis=-1, keepdims=True),
        slope=_no_row_slope,
        bounds=lambda u: EVERYTHING,
        latex=lambda u: rf"\sum_j {u:2}",
    ),
    Op(
        "row_max",
        numpy=lambda u: np.max(u, axis=-1, keepdims=True, initial=-np.inf),
        slope=_no_row_slope,
        bounds=lambda u: u,
        latex=lambda u: rf"\max_j {u:5}",
    ),
]

# What becomes of a score u beside the largest one v at a temperature t from 0 to infinity. Equal scores are 0 apart at
# every temperature, infinity and a number infinitely far. The slopes are 0 at t = 0, where a share is a step.
TEMPERED = [
    Op(
        "tempered",
        numpy=_tempered,
        slope=lambda u, v, t, du, dv, dt: where(abs(t) > 0, (du - dv) / t - tempered(u, v, t) * (dt / t), 0),
        bounds=lambda u, v, t: EVERYTHING,
        latex=lambda u, v, t: rf"\frac{{{u:1} - {v:2}}}{{{t}}}",
        latex_level=SIGN,
        meaning="(u - v)/t, the limit where t is 0 or something is infinite",
    ),
    Op(
        "share",
        numpy=lambda u, v, t: np.exp(_tempered(u, v, t)),
        slope=lambda u, v, t, du, dv, dt: (
            share(u, v, t) * where(abs(t) > 0, (du - dv) / t - tempered(u, v, t) * (dt / t), 0)
        ),
        bounds=lambda u, v, t: Interval(0.0, math.inf),
        latex=lambda u, v, t: rf"e^{{\left({u:1} - {v:2}\right) / {t:5}}}",
        meaning="exp((u - v)/t), the limit where t is 0 or something is infinite",
    ),
]

GROUPS = (ARITHMETIC, CHOICE, EXPONENTIAL, NORMAL, ALGEBRAIC, PERIODIC, ROWS, TEMPERED)
OPS = {op.name: op for group in GROUPS for op in group}
ROW_OPS = frozenset(op.name for op in ROWS)


def is_rowwise(expr: Expr) -> bool:
    """Return whether `expr` looks at a whole row, as softmax does."""
    return any(isinstance(node, Apply) and node.op in ROW_OPS for node in nodes(expr))
