"""The slope of a formula, by the slope rules of `ops.py` and the chain rule."""

from functools import lru_cache

from .expr import Apply, Const, Expr, Symbol
from .ops import OPS
from .simplify import simplify


@lru_cache(maxsize=1024)
def derivative(expr: Expr, wrt: str = "x") -> Expr:
    """Return d expr / d wrt, simplified. At a kink it is the slope of the arm that `where` selects there.

    >>> from actscope.formula import parse
    >>> str(derivative(parse("x*sigmoid(x)")))
    'sigmoid(x) + x*sigmoid(x)*sigmoid(-x)'
    >>> str(derivative(parse("where(x > 0, x, 0.01*x)")))
    'where(x > 0, 1, 0.01)'
    """
    known: dict[Expr, Expr] = {}

    def visit(node: Expr) -> Expr:
        if node not in known:
            match node:
                case Symbol(name):
                    known[node] = Const(float(name == wrt))
                case Apply(op, args):
                    slopes = [visit(arg) for arg in args]
                    constant = all(slope == Const(0.0) for slope in slopes)
                    known[node] = Const(0.0) if constant else simplify(OPS[op].slope(*args, *slopes))
                case _:
                    known[node] = Const(0.0)
        return known[node]

    return visit(expr)
