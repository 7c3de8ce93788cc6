"""Functions that join formulas to larger ones, by the names of the primitives."""

from collections.abc import Callable

from .expr import Apply, Expr, apply


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
