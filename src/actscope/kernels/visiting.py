"""A parameter just before the optimiser's step and just after: a few runs of neighbouring weights in one call each.

A parameter is seen as rows of `columns` weights, each row those of one unit. Which rows, and which run of a row that is
longer than RUN, moves from visit to visit. Between the two calls `kept` holds where the runs lie and what they held: of
8-byte numbers, how many runs, how long, the first element, how far apart; then the weights.
"""

from typing import Any

import numpy as np

from .memory import Dtype
from .sampling import GOLDEN, Row, is_finite, number, turned
from .writing import Code, Value

RUN = 256
VISITED = 512
"""Weights of a visit, at most."""
PLASTIC = 0.7548776662466927
"""The inverse of the plastic number: with it columns and rows do not move together."""
FEWEST = 4
"""Gradients that are not 0 in a run whose signs are compared."""
KEPT = 4 + VISITED


def before_step(dtype: Dtype, parameter: np.dtype[Any]) -> str:
    """Return `before_step(row, kept, weight, gradient, count, columns, tick)`; the gradient 0 is none."""
    code = Code("before_step")
    at, kept, weight, gradient, count, columns, tick = code.given("ptr", "ptr", "ptr", "ptr", "i64", "i64", "i64")
    row = Row(code, at, parameter)
    row.field("visits").add(code.number("i64", 1))
    run, rows = code.smaller(columns, RUN), count / columns
    runs = code.smaller(rows, code.number("i64", VISITED) / run)
    apart = rows / runs
    first = turned(code, tick, GOLDEN, apart) * columns + turned(code, tick, PLASTIC, columns - run + 1)
    for k, value in enumerate((runs, run, first, apart * columns)):
        code.store(value, code.at(kept, "i64", k))
    with code.loop(runs) as r:
        begin, into = first + r * apart * columns, code.at(kept, "i64", r * run + 4)
        _weights(code, dtype, row, weight, begin, run, into)
        with code.when(gradient.to("i64", "ptrtoint") > 0):
            _gradients(code, dtype, row, gradient, begin, run)
    return code.text(0)


def _weights(code: Code, dtype: Dtype, row: Row, weight: Value, begin: Value, run: Value, into: Value) -> None:
    finite, squares = code.variable("i64", 0), code.variable("double", 0.0)
    with code.loop(run) as k:
        w = number(code, dtype, weight, begin + k)
        code.store(w, code.at(into, "double", k))
        known = is_finite(code, w)
        finite.add(known.to("i64", "zext"))
        squares.add(known.chosen(w * w, 0.0))
    row.field("weight_count").add(finite.now)
    row.field("weight_squares").add(squares.now)


def _gradients(code: Code, dtype: Dtype, row: Row, gradient: Value, begin: Value, run: Value) -> None:
    finite, above, below = (code.variable("i64", 0) for _ in range(3))
    squares = code.variable("double", 0.0)
    with code.loop(run) as k:
        g = number(code, dtype, gradient, begin + k)
        known = is_finite(code, g)
        finite.add(known.to("i64", "zext"))
        squares.add(known.chosen(g * g, 0.0))
        above.add((known & (g > 0.0)).to("i64", "zext"))
        below.add((known & (g < 0.0)).to("i64", "zext"))
    row.field("gradient_count").add(finite.now)
    row.field("gradient_squares").add(squares.now)
    row.field("gradient_nonfinite").add(run - finite.now)
    signed = above.now + below.now
    with code.when(signed >= FEWEST):
        row.field("rows").add(code.number("i64", 1))
        larger = code.larger(above.now, below.now).to("double", "sitofp")
        row.field("one_signed").add(larger / signed.to("double", "sitofp"))


def after_step(dtype: Dtype, parameter: np.dtype[Any]) -> str:
    """Return `after_step(row, kept, weight)`, which forgets what was kept."""
    code = Code("after_step")
    at, kept, weight = code.given("ptr", "ptr", "ptr")
    row = Row(code, at, parameter)
    runs, run, first, apart = (code.load("i64", code.at(kept, "i64", k)) for k in range(4))
    finite, squares = code.variable("i64", 0), code.variable("double", 0.0)
    with code.loop(runs) as r:
        was, begin = code.at(kept, "i64", r * run + 4), first + r * apart
        with code.loop(run) as k:
            moved = number(code, dtype, weight, begin + k) - code.load("double", code.at(was, "double", k))
            known = is_finite(code, moved)
            finite.add(known.to("i64", "zext"))
            squares.add(known.chosen(moved * moved, 0.0))
    row.field("update_count").add(finite.now)
    row.field("update_squares").add(squares.now)
    code.store(code.number("i64", 0), kept)
    return code.text(0)
