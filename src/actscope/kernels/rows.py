"""The gradient of a row-wise formula: how a loss changes with each input, given how it changes with each output."""

from functools import lru_cache
from typing import Any

import numpy as np

from ..formula import Apply, Const, Expr, Symbol, derivative, evaluate, nodes, substitute, symbols
from ..formula.ops import ROW_OPS, row_sum, where
from ..formula.simplify import simplify

x, G = Symbol("x"), Symbol("g")
# Names with a blank are nobody's parameters.
_SHIFT = Symbol("any number")
_SHIFTS = (0.5, -0.5)


@lru_cache(maxsize=256)
def row_gradient(formula: Expr) -> Expr:
    """Return dL/dx for g = dL/df, where `formula` takes at most sums and largest values of the row.

    With S = row_sum(u(x)) inside f, each input acts directly and through S: g*df/dx + du/dx * row_sum(g*df/dS), and so
    on where sums hold sums. What comes to a row's largest value is shared by the inputs that are largest.

    >>> from actscope.formula import parse, text
    >>> text(row_gradient(parse("x/row_sum(x)")))
    'g*(1/row_sum(x)) + row_sum(-g*(x/row_sum(x))*(1/row_sum(x)))'
    """
    if isinstance(formula, Apply) and formula.op == "row_max":
        inside = formula.args[0]
        winner = where(formula > inside, 0, 1)
        return simplify(G * derivative(inside) * winner / row_sum(winner))
    names = named_reductions(formula)
    flat = renamed(formula, names)
    # A formula of reductions alone has one result for the row, and one g.
    over_row = row_sum if "x" in symbols(flat) else lambda each: each
    total: Expr = G * derivative(flat)
    come: dict[Apply, Expr] = {}
    for node in reversed(acting(formula)):
        comes = over_row(simplify(G * derivative(flat, names[node].name)))
        for outer, more in come.items():
            move = simplify(move_of(outer, names, names[node].name))
            comes = comes if move == Const(0.0) else comes + more * row_sum(move)
        come[node] = simplify(comes)
        total = total + move_of(node, names) * come[node]
    back: dict[str, Expr | float] = {symbol.name: node for node, symbol in names.items()}
    return substitute(simplify(total), back)


def named_reductions(formula: Expr) -> dict[Apply, Symbol]:
    """Return a name for each sum and largest value, those inside others before those around them."""
    reductions = [node for node in nodes(formula) if isinstance(node, Apply) and node.op in ROW_OPS]
    return {node: Symbol(f"reduction {k}") for k, node in enumerate(reductions)}


def acting(formula: Expr) -> list[Apply]:
    """Return the reductions through which inputs act, in the same order.

    A largest value that is there to keep exponentials small, so that any other number would do, is none of them: what
    comes through it is 0, of which rounding would leave a rest.

    >>> from actscope.formula import parse
    >>> [str(node) for node in acting(parse("exp(x - row_max(x))/row_sum(exp(x - row_max(x)))"))]
    ['row_sum(exp(x - row_max(x)))']
    >>> [str(node) for node in acting(parse("x - row_max(x)"))]
    ['row_max(x)']
    """
    return [node for node in named_reductions(formula) if node.op == "row_sum" or not _is_a_shift(formula, node)]


def largest_values(formula: Expr) -> dict[Apply, Symbol]:
    """Return a name for each largest value through which inputs act, those inside others first.

    >>> from actscope.formula import parse
    >>> {str(node): name.name for node, name in largest_values(parse("x/row_max(x)")).items()}
    {'row_max(x)': 'largest 0'}
    """
    maxima = [node for node in acting(formula) if node.op == "row_max"]
    return {node: Symbol(f"largest {k}") for k, node in enumerate(maxima)}


@lru_cache(maxsize=1024)
def _is_a_shift(formula: Expr, largest: Apply) -> bool:
    """Return whether the formula is the same with other numbers in the place of a largest value, seen on samples."""
    rows = np.random.default_rng(0).normal(0, 3, (8, 5))
    others: dict[str, Any] = dict.fromkeys(symbols(formula) - {"x"}, 0.7)
    free = renamed(formula, {largest: _SHIFT})
    true, middle = evaluate(formula, x=rows, **others), evaluate(largest, x=rows, **others)
    shifted = [evaluate(free, x=rows, **others, **{_SHIFT.name: middle + shift}) for shift in _SHIFTS]
    return all(np.allclose(found, true, rtol=1e-9, atol=0) for found in shifted)


def move_of(reduction: Apply, names: dict[Apply, Symbol], by: str = "x") -> Expr:
    """Return how a reduction moves with each element of `by`: an input, or the name of a reduction inside it."""
    move = derivative(renamed(reduction.args[0], names), by)
    return move if reduction.op == "row_sum" or move == Const(0.0) else move * share_of(reduction, names)


def share_of(reduction: Apply, names: dict[Apply, Symbol]) -> Expr:
    """Return the share of each element in a reduction: all in a sum; in a largest value the largest have equal ones."""
    if reduction.op == "row_sum":
        return Const(1.0)
    winner = where(names[reduction] > renamed(reduction.args[0], names), 0, 1)
    return winner / row_sum(winner)


def renamed(expr: Expr, names: dict[Apply, Symbol]) -> Expr:
    """Return `expr` with its reductions replaced by their names, the outermost ones: what is inside is part of them."""
    if not isinstance(expr, Apply):
        return expr
    return names[expr] if expr in names else Apply(expr.op, tuple(renamed(arg, names) for arg in expr.args))
