"""The slope of a formula, by the slope rules of `ops.py` and the chain rule."""

from functools import lru_cache

from ..errors import FormulaError
from .expr import Apply, Const, Expr, Symbol, is_const, nodes, size
from .ops import OPS
from .simplify import simplify

LARGEST = 40_000
"""Parts of a slope when written out; its text has some ten times as many characters."""


@lru_cache(maxsize=1024)
def derivative(expr: Expr, wrt: str = "x") -> Expr:
    """Return d expr / d wrt, simplified. At a kink it is the slope of the arm that `where` selects there.

    Raises FormulaError if it is too large to write out.

    >>> from actscope.formula import parse
    >>> str(derivative(parse("x*sigmoid(x)")))
    'sigmoid(x) + x*logistic_pdf(x)'
    >>> str(derivative(parse("where(x > 0, x, 0.01*x)")))
    'where(x > 0, 1, 0.01)'
    """
    slopes: dict[Expr, Expr] = {}
    tidied: dict[Expr, Expr] = {}
    sizes: dict[Expr, int] = {}
    for node in nodes(expr):
        match node:
            case Symbol(name):
                slopes[node] = Const(float(name == wrt))
            case Apply(op, args) if any(not is_const(slopes[arg], 0.0) for arg in args):
                slopes[node] = simplify(OPS[op].slope(*args, *(slopes[arg] for arg in args)), tidied)
            case _:
                slopes[node] = Const(0.0)
        if size(slopes[node], sizes) > LARGEST:
            raise FormulaError(
                f"the slope of the formula is too large; written out it has more than {LARGEST} parts; write a "
                "shorter formula, with fewer choices or quotients inside each other"
            )
    return slopes[expr]
