"""Mathematics as data: formulas, their slopes, bounds, text and LaTeX. Standard library and NumPy only."""

from .derivative import derivative
from .evaluate import bounds, evaluate
from .expr import Apply, Const, Expr, Symbol, fold, nodes, substitute, symbols
from .interval import Interval
from .parse import parse
from .printing import latex, text
from .simplify import simplify

__all__ = [
    "Apply",
    "Const",
    "Expr",
    "Interval",
    "Symbol",
    "bounds",
    "derivative",
    "evaluate",
    "fold",
    "latex",
    "nodes",
    "parse",
    "simplify",
    "substitute",
    "symbols",
    "text",
]
