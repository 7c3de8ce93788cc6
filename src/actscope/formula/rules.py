"""Formulas that overflow or cancel, and equal ones that do not: the table that `stable` applies.

A rule replaces what the left text writes by what the right text writes, wherever it stands, times any factor. u, v, w
are any formula, p and q a positive number or a parameter that is declared to be positive. Sums and products are matched
in any order. The first rule that fits is taken, so the special ones stand before the general ones, and rules build on
what others have made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .matching import Found
from .terms import times

Condition = Callable[[Found], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """An identity that is applied from left to right."""

    left: str
    right: str
    when: Condition | None = None
    """What the wildcards must fulfil."""
    whole: bool = False
    """Whether a sum must have no other terms."""
    needs: frozenset[str] = field(init=False)
    """The primitives without which the left side cannot occur."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", frozenset(re.findall(r"[a-z_0-9]+(?=\((?!\d+\)))", self.left)))


def _is_square_of(found: Found) -> bool:
    return times(found["q"], found["q"]) == found["p"]


LOGISTIC = [
    Rule("log(exp(u)/2 + exp(-u)/2)", "where(1 > abs(u), -log1p(-tanh2(u))/2, abs(u) + softplus(-2*abs(u)) - log(2))"),
    Rule(
        "log(exp(u) + exp(-u)) - log(2)",
        "where(1 > abs(u), -log1p(-tanh2(u))/2, abs(u) + softplus(-2*abs(u)) - log(2))",
    ),
    Rule("log(exp(u) + exp(-u))", "abs(u) + softplus(-2*abs(u))"),
    Rule("log(1/2 + exp(u)/2)", "where(abs(u) > 1, softplus(u) - log(2), log1p(expm1(u)/2))"),
    Rule("softplus(u) - log(2)", "where(abs(u) > 1, softplus(u) - log(2), log1p(expm1(u)/2))", whole=True),
    Rule("log(1 + exp(u))", "softplus(u)"),
    Rule("log1p(exp(u))", "softplus(u)"),
    Rule("log(exp(u) + exp(v))", "softplus(u - v) + v"),
    Rule("log(p + exp(u))", "softplus(u - log(p)) + log(p)"),
    Rule("log(sigmoid(u))", "-softplus(-u)"),
    Rule("log1p(-sigmoid(u))", "-softplus(u)"),
    Rule("u - softplus(u)", "-softplus(-u)"),
    Rule("softplus(u) - softplus(-u)", "u"),
    Rule("exp(softplus(u))", "1 + exp(u)"),
    Rule("exp(-softplus(u))", "sigmoid(-u)"),
    Rule("exp(u)/(1 + exp(u))**2", "logistic_pdf(u)"),
    Rule("exp(u)/(1 + exp(u))", "sigmoid(u)"),
    Rule("exp(u)/(exp(u) + exp(v))", "sigmoid(u - v)"),
    Rule("exp(u)*sigmoid(-u)", "sigmoid(u)"),
    Rule("sigmoid(u)*sigmoid(-u)", "logistic_pdf(u)"),
    Rule("sigmoid(u) - sigmoid(-u)", "tanh(0.5*u)"),
    Rule("1 - sigmoid(u)", "sigmoid(-u)"),
    Rule("2*sigmoid(u) - 1", "tanh(0.5*u)"),
    Rule("sigmoid(u) - 2*logistic_pdf(u)", "sigmoid(u)*tanh(0.5*u)"),
]

HYPERBOLIC = [
    Rule("(exp(u) - exp(-u))/(exp(u) + exp(-u))", "tanh(u)"),
    Rule("(exp(u) - 1)/(exp(u) + 1)", "tanh(0.5*u)"),
    Rule("expm1(u)/(exp(u) + 1)", "tanh(0.5*u)"),
    Rule("expm1(u)*sigmoid(-u)", "tanh(0.5*u)"),
    Rule("(exp(u) - exp(v))/(exp(u) + exp(v))", "tanh(0.5*(u - v))"),
    Rule("1/(exp(u) + exp(-u))**2", "sech2(u)/4"),
    Rule("1/(exp(u) + exp(-u))", "exp(-abs(u))*sigmoid(2*abs(u))"),
    Rule("((1 + exp(u))**2 - 1)/((1 + exp(u))**2 + 1)", "tanh_softplus(u)"),
    Rule("(exp(2*u) + 2*exp(u))/(exp(2*u) + 2*exp(u) + 2)", "tanh_softplus(u)"),
    Rule("exp(u)*(exp(u) + 2)/(exp(u)*(exp(u) + 2) + 2)", "tanh_softplus(u)"),
    Rule("1 - 2/((1 + exp(u))**2 + 1)", "tanh_softplus(u)"),
    Rule("tanh(softplus(u))", "tanh_softplus(u)"),
    # Beyond 6 it is 1 to the last bit, and its slope 0, while exp would overflow there.
    Rule("tanh(exp(u))", "where(u > 6, 1, tanh(exp(u)))"),
    Rule("1 - tanh(u)**2", "sech2(u)"),
    Rule("1 - tanh2(u)", "sech2(u)"),
    Rule("1 + tanh(u)", "2*sigmoid(2*u)"),
    Rule("1 - tanh(u)", "2*sigmoid(-2*u)"),
    Rule("u - tanh(u)", "tanhshrink(u)"),
]

# The general forms of 1/(1 + exp(u)) and exp(u) - 1 come after what is made of them.
EXPONENTIAL = [
    Rule("1/(1 + exp(u))", "sigmoid(-u)"),
    Rule("1/(p + exp(u))", "sigmoid(log(p) - u)/p"),
    Rule("exp(u) - exp(-u)", "expm1(u) - expm1(-u)"),
    Rule("exp(u) - 1", "expm1(u)"),
    Rule("log(1 + u)", "log1p(u)"),
    Rule("log(exp(u))", "u"),
    Rule("exp(log(u))", "u"),
    Rule("exp(v*log(u))/u", "exp((v - 1)*log(u))"),
    Rule("exp(-u**2)", "gaussian(u)"),
    Rule("exp(-u**2/2)", "sqrt(2*pi)*normal_pdf(u)"),
]

NORMAL = [
    Rule("1 + erf(u)", "2*normal_cdf(sqrt(2)*u)"),
    Rule("1 - erf(u)", "2*normal_cdf(-sqrt(2)*u)"),
    Rule("1 - normal_cdf(u)", "normal_cdf(-u)"),
    Rule("2*normal_cdf(u) - 1", "erf(u/sqrt(2))"),
    Rule("log(normal_cdf(u))", "where(u > 0, log1p(-normal_cdf(-u)), log(normal_cdf(u)))"),
]

ALGEBRAIC = [
    Rule("sqrt(u**2)", "abs(u)"),
    Rule(
        "log(u + sqrt(u**2 + 1))",
        "where(u > 0, log1p(u + u*(u/(1 + hyperbola(u, 1)))), -log1p(-u + u*(u/(1 + hyperbola(u, 1)))))",
    ),
    Rule("u + sqrt(u**2 + p)", "2*squareplus(u, p)"),
    Rule("sqrt(u**2 + p) - u", "2*squareplus(-u, p)"),
    Rule(
        "sqrt(u**2 + p) - q", "where(abs(u) > 4*q, hyperbola(u, p) - q, u**2/(hyperbola(u, p) + q))", when=_is_square_of
    ),
    Rule("sqrt(p + w) - q", "w/(sqrt(p + w) + q)", when=_is_square_of),
    Rule("u + sqrt(u**2 + v)", "where(u > 0, u + sqrt(u**2 + v), v/(sqrt(u**2 + v) - u))"),
    Rule("sqrt(u**2 + v) - u", "where(u > 0, v/(u + sqrt(u**2 + v)), sqrt(u**2 + v) - u)"),
    Rule("sqrt(u**2 + p)", "hyperbola(u, p)"),
    Rule("u + hyperbola(u, p)", "2*squareplus(u, p)"),
    Rule("hyperbola(u, p) - u", "2*squareplus(-u, p)"),
    Rule("1/hyperbola(u, p) - u**2/hyperbola(u, p)**3", "p/hyperbola(u, p)**3"),
    Rule("1/sqrt(p + w) - w/sqrt(p + w)**3", "p/sqrt(p + w)**3"),
    Rule("u/(p + abs(u))", "softsign(u/p)"),
    Rule("1 + softsign(u)", "where(u > 0, 1 + softsign(u), 1/(1 + abs(u)))"),
    Rule("1 - softsign(u)", "where(u > 0, 1/(1 + abs(u)), 1 - softsign(u))"),
    Rule("1/(1 + u**2)", "cauchy(u)"),
    Rule("u/sqrt(u)", "sqrt(u)"),
]

PERIODIC = [
    Rule("1 - cos(u)**2", "sin(u)**2"),
    Rule("1 - sin(u)**2", "cos(u)**2"),
    Rule("1 - cos(u)", "2*sin(u/2)**2"),
]

# The largest of the row is taken off first, so that no exponential overflows; the shares do not change.
ROWS = [
    Rule("exp(u)/row_sum(exp(u))", "share(u, row_max(u), 1)/row_sum(share(u, row_max(u), 1))"),
    Rule(
        "u - log(row_sum(exp(u)))",
        "tempered(u, row_max(u), 1) - log1p(row_sum(where(row_max(u) > u, share(u, row_max(u), 1), "
        "share(u, row_max(u), 1) - 1)) + (row_sum(where(row_max(u) > u, 0, 1)) - 1))",
    ),
    Rule("log(row_sum(exp(u)))", "row_max(u) + log(row_sum(share(u, row_max(u), 1)))"),
]

RULES = (*ROWS, *LOGISTIC, *HYPERBOLIC, *NORMAL, *ALGEBRAIC, *PERIODIC, *EXPONENTIAL)
