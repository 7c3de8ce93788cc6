"""Which side a kink belongs to: choices written so that at a kink the slope is the one from the left."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from ..formula import Apply, Expr, derivative, evaluate, fold, simplify, substitute
from ..formula.evaluate import NUMPY
from ..formula.expr import size
from ..formula.simplify import simplify_once
from .properties import kinks_of
from .properties.limits import one_sided
from .properties.pieces import Piece, cuts_of, decided

_SAME = 1e-12


def from_the_left(formula: Expr, values: Mapping[str, float]) -> Expr:
    """Return the formula with the same values, and with the slope from the left where choices meet.

    `max(0, x)` is where(0 > x, 0, x), whose slope at 0 would be that of x; where(x > 0, x, 0) has 0 there. A choice is
    turned around only where both of its arms agree, so no value changes; `values` are those of the parameters.

    >>> from actscope.formula import parse
    >>> str(from_the_left(parse("max(0, x)"), {})), str(from_the_left(parse("where(x >= 0, 1, 0)"), {}))
    ('where(x > 0, x, 0)', 'where(0 > x, 0, 1)')
    """
    cuts = _cuts(simplify(substitute(formula, values)))
    if not cuts:
        return formula

    def at(part: Expr, x: float) -> float:
        return float(evaluate(part, NUMPY, x=np.float64(x), **values))

    def falls_at(edge: Expr) -> list[float]:
        """Return the cuts at which `edge` falls through 0, or none if it rises at another."""
        own = [(cut, left) for cut, left in cuts if abs(at(edge, cut)) <= _SAME * max(1.0, abs(cut))]
        return [cut for cut, _ in own] if all(at(edge, left) > 0 for _, left in own) else []

    def join(op: str, args: list[Expr]) -> Expr:
        match op, args:
            case "where", [Apply("greater", (u, v)), a, b]:
                found = falls_at(u - v)
                if found and all(_agree(at(a, cut), at(b, cut)) for cut in found):
                    return Apply("where", (Apply("greater", (v, u)), b, a))
            case "abs", [Apply("sub", (a, b)) as u] if falls_at(u):
                return Apply("abs", (Apply("sub", (b, a)),))
            case "abs", [u] if falls_at(u):
                return Apply("abs", (-u,))
        return Apply(op, tuple(args))

    return fold(formula, lambda node: node, join)


def lifted(formula: Expr) -> Expr:
    """Return the formula with choices taken out of conditions, where that makes it no longer.

    >>> from actscope.formula import parse
    >>> str(lifted(parse("min(max(x, 0), 6)")))
    'where(x > 0, where(6 > x, x, 6), 0)'
    """

    def join(op: str, args: list[Expr]) -> Expr:
        node = simplify_once(op, args)
        match node:
            case Apply("where", (Apply("greater", (Apply("where", (inner, p, q)), v)), a, b)):
                sides = [(p, v), (q, v)]
            case Apply("where", (Apply("greater", (v, Apply("where", (inner, p, q)))), a, b)):
                sides = [(v, p), (v, q)]
            case _:
                return node
        conditions = [simplify_once("greater", list(side)) for side in sides]
        outside = simplify_once("where", [inner, *(simplify_once("where", [c, a, b]) for c in conditions)])
        return outside if size(outside) <= size(node) else node

    return fold(formula, lambda node: node, join)


def slopes_from_the_left(formula: Expr, values: Mapping[str, float]) -> dict[float, float]:
    """Return the slope from the left at each kink where the formula's own slope is another.

    Only where the kink and that slope do not move with the parameters.

    >>> from actscope.formula import parse
    >>> slopes_from_the_left(parse("where(x >= 0, x + 1, x/2)"), {})
    {0.0: 0.5}
    """
    found = _unlike(formula, values)
    if found and values:
        moved = _unlike(formula, {name: 1.1 * value + 0.1 for name, value in values.items()})
        found = {cut: slope for cut, slope in found.items() if _agree(moved.get(cut, math.nan), slope)}
    return found


def _unlike(formula: Expr, values: Mapping[str, float]) -> dict[float, float]:
    filled = simplify(substitute(formula, values))
    slope = derivative(filled)
    kinks, _ = kinks_of(filled, slope)
    found = {}
    for cut, left in _cuts(filled, slope):
        if cut in kinks:
            wanted = one_sided(decided(slope, left), cut, -1)
            if math.isfinite(wanted) and not _agree(wanted, float(evaluate(slope, x=np.float64(cut)))):
                found[cut] = wanted
    return found


def _cuts(*exprs: Expr) -> list[tuple[float, float]]:
    """Return where a condition changes, each with an input on its left before the next such place."""
    ends = [-math.inf, *cuts_of(*exprs).points]
    return [(high, Piece(low, high, exprs[0]).inside) for low, high in pairwise(ends)]


def _agree(a: float, b: float) -> bool:
    return abs(a - b) <= _SAME * max(1.0, abs(a), abs(b))
