"""Whether f(-x) is -f(x) or f(x): by the symmetry of the primitives where that settles it, or else by looking."""

from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

from ...formula import Const, Expr, Symbol, derivative, fold
from ...formula.evaluate import NUMPY
from .line import Floats, at
from .pieces import Piece

Symmetry = Literal["odd", "even", "none"]
_SIGNS = {"odd": -1.0, "even": 1.0}
# Both sides of a choice, and numbers without a symmetry of their own.
_SAMPLES = (0.0, 0.3, 1.7, 5.1)
_POINTS = np.concatenate([np.geomspace(1e-6, 1e3, 97), np.linspace(0.1, 20, 113)])


def symmetry_of(formula: Expr) -> Symmetry:
    """Return whether f(-x) is -f(x), f(x), or neither, on 210 points spread from 1e-6 to 1e3.

    >>> from actscope.formula import parse
    >>> symmetry_of(parse("x*tanh(x)")), symmetry_of(parse("x*sigmoid(x)"))
    ('even', 'none')
    """
    right, left = at(formula, _POINTS), at(formula, -_POINTS)
    if not np.isfinite(right).any():
        return "none"
    return "odd" if _equal(right, -left) else "even" if _equal(right, left) else "none"


def _equal(a: Floats, b: Floats) -> bool:
    """Return whether two rows of numbers are equal to rounding, infinite at the same places and nan at the same."""
    within = np.isfinite(a) & np.isfinite(b)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= 1e-12 * np.maximum(np.abs(a), np.abs(b))
    return bool(np.all((a == b) | (np.isnan(a) & np.isnan(b)) | (within & near)))


def is_proven(formula: Expr, pieces: tuple[Piece, ...], claim: Symmetry) -> bool:
    """Return whether a symmetry that was seen follows from the formula; that there is none, two points prove.

    >>> from actscope.formula import parse
    >>> is_proven(parse("x*tanh(x)"), (), "even")
    True
    """
    if claim == "none" or _parity(formula) == claim:
        return True
    return len(pieces) > 1 and all(
        _mirrors(left, right, _SIGNS[claim]) for left, right in zip(pieces, reversed(pieces), strict=True)
    )


def _mirrors(left: Piece, right: Piece, sign: float) -> bool:
    """Return whether two straight pieces are each other's mirror image; others are not compared."""
    slopes = derivative(left.formula), derivative(right.formula)
    if not all(isinstance(slope, Const) for slope in slopes) or left.low != -right.high or left.high != -right.low:
        return False
    starts = (float(at(piece.formula, np.zeros(1))[0]) for piece in (left, right))
    rises = (slope.value for slope in slopes if isinstance(slope, Const))
    first, second = starts
    rise, other = rises
    return first == sign * second and rise == -sign * other


def _parity(formula: Expr) -> Symmetry:
    """Return the symmetry that follows from that of the primitives; "none" where it does not."""

    def leaf(node: Const | Symbol) -> tuple[Symmetry, float | None]:
        if isinstance(node, Const):
            return "even", node.value
        return ("odd" if node.name == "x" else "none"), None

    def join(op: str, args: list[tuple[Symmetry, float | None]]) -> tuple[Symmetry, float | None]:
        return ("none" if ("none", None) in args else _of_op(op, tuple(args))), None

    return fold(formula, leaf, join)[0]


@lru_cache(maxsize=1024)
def _of_op(op: str, args: tuple[tuple[Symmetry, float | None], ...]) -> Symmetry:
    """Return the symmetry of a primitive whose arguments have one each; an argument that is a number keeps it."""
    if all(symmetry == "even" for symmetry, _ in args):
        return "even"
    points = list(product(*(_SAMPLES if number is None else (number,) for _, number in args)))
    with np.errstate(all="ignore"):
        there = [NUMPY[op](*point) for point in points]
        signs = [_SIGNS[symmetry] for symmetry, _ in args]
        mirrored = [NUMPY[op](*(sign * x for sign, x in zip(signs, point, strict=True))) for point in points]
    if np.array_equal(mirrored, there, equal_nan=True):
        return "even"
    return "odd" if np.array_equal(mirrored, np.negative(np.asarray(there, float)), equal_nan=True) else "none"
