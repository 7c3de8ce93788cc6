"""Rewriting a formula to a shorter equal one: what the slope rules leave behind is tidied here.

Each rule looks at one primitive whose arguments are tidy already and returns a shorter formula, or None.
`0*u` becomes 0 although u might be infinite: such a product comes from a slope rule, where the 0 is the slope of a
constant and no number at all.
"""

import math
from collections.abc import Callable
from typing import TypeGuard

import numpy as np

from .expr import Apply, Const, Expr, Symbol, chain, fold, is_const, nodes
from .ops import OPS, ROW_OPS

Rule = Callable[..., Expr | None]


def _add(a: Expr, b: Expr) -> Expr | None:
    if is_const(a, 0):
        return b
    if is_const(b, 0):
        return a
    if (negated := _negated(b)) is not None:
        return simplify_once("sub", [a, negated])
    if (negated := _negated(a)) is not None:
        return simplify_once("sub", [b, negated])
    return None


def _sub(a: Expr, b: Expr) -> Expr | None:
    if is_const(b, 0):
        return a
    if is_const(a, 0):
        return simplify_once("neg", [b])
    if (negated := _negated(b)) is not None:
        return simplify_once("add", [a, negated])
    return None


def _mul(a: Expr, b: Expr) -> Expr:
    number = 1.0
    factors: list[Expr] = []
    for factor in (*_factors(a), *_factors(b)):
        if isinstance(factor, Const):
            number *= factor.value
        else:
            factors.append(factor)
    if number == 0 or not factors:
        return Const(number)
    factors.sort(key=lambda factor: not isinstance(factor, Symbol))
    rest = chain("mul", factors)
    if abs(number) != 1:
        rest = Apply("mul", (Const(abs(number)), rest))
    return rest if number > 0 else Apply("neg", (rest,))


def _factors(u: Expr) -> list[Expr]:
    """Return what `u` is a product of; a sign counts as the factor -1."""
    if isinstance(u, Apply) and u.op == "mul":
        return [factor for arg in u.args for factor in _factors(arg)]
    if isinstance(u, Apply) and u.op == "neg":
        return [Const(-1.0), *_factors(u.args[0])]
    return [u]


def _div(a: Expr, b: Expr) -> Expr | None:
    if is_const(a, 0):
        return Const(0.0)
    if is_const(b, 1):
        return a
    if (negated := _minus(a)) is not None:
        return simplify_once("neg", [simplify_once("div", [negated, b])])
    if (negated := _minus(b)) is not None:
        return simplify_once("neg", [simplify_once("div", [a, negated])])
    if isinstance(b, Apply) and b.op == "exp":
        return simplify_once("mul", [a, Apply("exp", (simplify_once("neg", [b.args[0]]),))])
    if isinstance(a, Apply) and a.op == "mul" and b in a.args and not isinstance(b, Const):
        return a.args[1] if a.args[0] == b else a.args[0]
    if (top := _scaled(a)) and (bottom := _scaled(b)):
        return simplify_once("div", [simplify_once("mul", [Const(top[0] / bottom[0]), top[1]]), bottom[1]])
    return None


def _scaled(u: Expr) -> tuple[float, Expr] | None:
    """Return the number and the rest of `number*rest`."""
    if isinstance(u, Apply) and u.op == "mul" and isinstance(u.args[0], Const) and u.args[0].value != 0:
        return u.args[0].value, u.args[1]
    return None


def _neg(u: Expr) -> Expr | None:
    return _negated(u)


def _abs(u: Expr) -> Expr | None:
    return u if isinstance(u, Apply) and u.op == "abs" else None


def _odd(op: str) -> Rule:
    return lambda u: None if (inner := _negated(u)) is None else simplify_once("neg", [Apply(op, (inner,))])


def _even(op: str) -> Rule:
    return lambda u: None if (inner := _negated(u)) is None else Apply(op, (inner,))


def _pow(u: Expr, n: Expr) -> Expr | None:
    if is_const(n, 0):
        return Const(1.0)
    return u if is_const(n, 1) else None


def _where(c: Expr, a: Expr, b: Expr) -> Expr | None:
    if isinstance(c, Const):
        return a if c.value else b
    if a == b:
        return a
    then, otherwise = _given(a, c, 0), _given(b, c, 1)
    if then == otherwise:
        return then
    return None if (then, otherwise) == (a, b) else Apply("where", (c, then, otherwise))


def _given(arm: Expr, condition: Expr, side: int) -> Expr:
    """Return the arm with every further choice on the same condition already decided."""
    parts = nodes(arm)
    if condition not in parts:
        return arm
    decided: dict[Expr, Expr] = {}
    for part in parts:
        args = [decided[arg] for arg in part.args] if isinstance(part, Apply) else []
        if isinstance(part, Apply) and part.op == "where" and part.args[0] == condition:
            decided[part] = args[1 + side]
        else:
            decided[part] = (
                simplify_once(part.op, args) if isinstance(part, Apply) and tuple(args) != part.args else part
            )
    return decided[arm]


def _minus(u: Expr) -> Expr | None:
    return u.args[0] if isinstance(u, Apply) and u.op == "neg" else None


def _negated(u: Expr) -> Expr | None:
    return Const(-u.value) if isinstance(u, Const) and u.value < 0 else _minus(u)


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _pow,
    "abs": _abs,
    "where": _where,
    **{op: _odd(op) for op in ("tanh", "tanhshrink", "erf", "arctan", "softsign", "sin")},
    **{op: _even(op) for op in ("sech2", "tanh2", "logistic_pdf", "gaussian", "normal_pdf", "cauchy", "cos")},
}


# A sign is printed better outside; what looks at a row must see all of it.
KEPT = ROW_OPS | {"neg", "isnan"}


def _has_a_number(u: Expr) -> TypeGuard[Apply]:
    return isinstance(u, Apply) and u.op == "where" and any(isinstance(arm, Const) for arm in u.args[1:])


def simplify_once(op: str, args: list[Expr]) -> Expr:
    """Return the primitive `op` of tidy arguments, tidied."""
    # A number made of pi stays as it is written, which says more than its digits, of which a float has too few.
    if op not in ROW_OPS and all(isinstance(arg, Const) and abs(arg.value) != math.pi for arg in args):
        with np.errstate(all="ignore"):
            value = float(OPS[op].numpy(*(arg.value for arg in args if isinstance(arg, Const))))
        # What is no number, such as 1/0, stays a formula, so that the reader sees where it comes from.
        if np.isfinite(value):
            return Const(value)
    if len(args) == 1 and op not in KEPT and _has_a_number(args[0]):
        # sqrt(max(x, 0)) is where(x > 0, sqrt(x), 0): its slope has no 0/0 where the choice is a number.
        condition, a, b = args[0].args
        return simplify_once("where", [condition, simplify_once(op, [a]), simplify_once(op, [b])])
    rule = RULES.get(op)
    shorter = rule(*args) if rule else None
    return Apply(op, tuple(args)) if shorter is None else shorter


def simplify(expr: Expr, known: dict[Expr, Expr] | None = None) -> Expr:
    """Return a shorter formula with the same values; `known` keeps what has been tidied from one call to the next.

    >>> from actscope.formula import parse
    >>> str(simplify(parse("0*sigmoid(x) + 1*x - -2*x")))
    'x + 2*x'
    """
    known = {} if known is None else known
    tidy = fold(expr, lambda node: node, simplify_once, known)
    known[tidy] = tidy
    return tidy
