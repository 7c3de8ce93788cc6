"""The four operations, powers, roots, and choices."""

from typing import Any

import numpy as np

from .builders import sqrt, where
from .expr import Const, Expr
from .interval import Interval, distance, outward, power, product, quotient
from .op import COMPARISON, POWER, PRODUCT, SIGN, SUM, Op


def _cases(c: Any, a: Any, b: Any) -> str:
    return rf"\begin{{cases}} {a} & {c} \\ {b} & \text{{otherwise}} \end{{cases}}"


def _times(a: Any, b: Any) -> str:
    left, right = f"{a:2}", f"{b:3}"
    return rf"{left} \cdot {right}" if right[0].isdigit() or right[0] == "-" else rf"{left} {right}"


def _where_bounds(c: Interval, a: Interval, b: Interval) -> Interval:
    if np.ndim(c.low):
        both = zip((a.low, a.high), (b.low, b.high), (np.minimum, np.maximum), strict=True)
        ends: list[Any] = [
            np.where(np.not_equal(c.low, c.high), outermost(this, that), np.where(c.low, this, that))
            for this, that, outermost in both
        ]
        return Interval(*ends)
    if c.low != c.high:
        return Interval(np.minimum(a.low, b.low), np.maximum(a.high, b.high))
    return a if c.low else b


def _greater_bounds(u: Interval, v: Interval) -> Interval:
    return Interval(1.0 * np.greater(u.low, v.high), 1.0 * np.greater(u.high, v.low))


def _power_slope(u: Expr, n: Expr, du: Expr, _: Expr) -> Expr:
    assert isinstance(n, Const)
    return n.value * u ** int(n.value - 1) * du


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
        bounds=lambda u: Interval(*distance(u)),
        latex=lambda u: rf"\left|{u}\right|",
        llvm="call {type} @llvm.fabs.{suffix}({type} {0})",
        exact=True,
    ),
    Op(
        "sqrt",
        numpy=np.sqrt,
        slope=lambda u, du: du / (2 * sqrt(u)),
        bounds=lambda u: outward(np.sqrt(np.maximum(u.low, 0.0)), np.sqrt(np.maximum(u.high, 0.0))),
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
