"""The gradient of a row-wise formula: how a loss changes with each input, given how it changes with each output."""

from ..formula import Apply, Expr, Symbol, derivative, nodes, substitute
from ..formula.ops import ROW_OPS, row_sum, where
from ..formula.simplify import simplify

G = Symbol("g")


def row_gradient(formula: Expr) -> Expr:
    """Return dL/dx for g = dL/df, where `formula` takes at most sums and largest values of the row.

    With S = row_sum(u(x)) inside f, each input acts directly and through S: g*df/dx + du/dx * row_sum(g*df/dS). A row's
    largest value inside a formula is taken as a constant: it may only be there to keep exponentials small, where the
    result is the same for any other constant. Where it is all of the formula, as in maxout, the largest inputs share g.

    >>> from actscope.formula import parse, text
    >>> text(row_gradient(parse("x/row_sum(x)")))
    'g*(1/row_sum(x)) + row_sum(-g*(x/row_sum(x))*(1/row_sum(x)))'
    """
    if isinstance(formula, Apply) and formula.op == "row_max":
        inside = formula.args[0]
        winner = where(formula > inside, 0, 1)
        return simplify(G * derivative(inside) * winner / row_sum(winner))
    reductions = [node for node in nodes(formula) if isinstance(node, Apply) and node.op in ROW_OPS]
    names = {node: Symbol(f"reduced{k}") for k, node in enumerate(reductions)}
    flat = _renamed(formula, names)
    total: Expr = G * derivative(flat)
    for node in reductions:
        if node.op == "row_sum":
            through = row_sum(simplify(G * derivative(flat, names[node].name)))
            total = total + derivative(_renamed(node.args[0], names)) * through
    back: dict[str, Expr | float] = {symbol.name: node for node, symbol in names.items()}
    return substitute(simplify(total), back)


def _renamed(expr: Expr, names: dict[Apply, Symbol]) -> Expr:
    # The outermost reduction first: what is inside it is part of its name.
    if not isinstance(expr, Apply):
        return expr
    return names[expr] if expr in names else Apply(expr.op, tuple(_renamed(arg, names) for arg in expr.args))
