"""A parameter just before the optimiser's step and just after: a few runs of neighbouring weights in one call each.

A parameter is seen as rows of `columns` weights, each row those of one unit. Which rows, and which run of a row that is
longer than RUN, moves from visit to visit. Between the two calls `kept` holds where the runs lie and what they held: of
8-byte numbers, how many runs, how long, the first element, how far apart; then the weights.
"""

from typing import Any

import numpy as np

from .memory import Dtype
from .sampling import GOLDEN, Row, is_finite, lanes_at, room_for_block, turned, widen
from .values import LANES, Value, vector
from .writing import Code

RUN = 256
VISITED = 512
"""Weights of a visit, at most."""
PLASTIC = 0.7548776662466927
"""The inverse of the plastic number: with it columns and rows do not move together."""
FEWEST = 4
"""Gradients that are not 0 in a run whose signs are compared."""
KEPT = 4 + VISITED + LANES


def before_step(dtype: Dtype, parameter: np.dtype[Any]) -> Code:
    """Return `before_step(row, kept, weight, gradient, count, columns, tick)`; the gradient 0 is none."""
    code = Code("before_step")
    at, kept, weight, gradient, count, columns, tick = code.given("ptr", "ptr", "ptr", "ptr", "i64", "i64", "i64")
    row = Row(code, at, parameter)
    row.field("visits").add(code.number("i64", 1))
    run, rows = code.smaller(columns, RUN), count / columns
    runs = code.smaller(rows, code.number("i64", VISITED) / run)
    apart = rows / runs
    first = turned(code, tick, GOLDEN, apart) * columns + turned(code, tick, PLASTIC, columns - run + 1)
    for slot, value in enumerate((runs, run, first, apart * columns)):
        code.store(value, code.at(kept, "i64", slot))
    block, weights, gradients = room_for_block(code), _Squares(code), _Squares(code)
    with code.loop(runs) as r:
        begin, into = first + r * apart * columns, code.at(kept, "i64", r * run + 4)
        widen(code, dtype, weight, begin, run, into)
        with code.loop(run, step=LANES) as k:
            weights.add(*lanes_at(code, into, k))
        with code.when(gradient.to("i64", "ptrtoint") > 0):
            widen(code, dtype, gradient, begin, run, block)
            _add_gradients(code, row, block, run, gradients)
            row.field("gradient_nonfinite").add(run)
    weights.write(row, "weight")
    gradients.write(row, "gradient")
    row.field("gradient_nonfinite").add(code.number("i64", 0) - gradients.count.now)
    return code.done(0)


class _Squares:
    """The count and the sum of squares of finite numbers."""

    def __init__(self, code: Code) -> None:
        self.count, self.squares = code.variable("i64", 0), code.variable(vector("double"), 0.0)

    def add(self, x: Value, known: Value) -> None:
        """Add LANES numbers."""
        self.count.add(known.population())
        self.squares.add(known.chosen(x * x, 0.0))

    def write(self, row: Row, prefix: str) -> None:
        """Add them to the fields of a row."""
        row.field(f"{prefix}_count").add(self.count.now)
        row.field(f"{prefix}_squares").add(self.squares.now.pooled("fadd"))


def _add_gradients(code: Code, row: Row, block: Value, run: Value, sums: _Squares) -> None:
    above, below = code.variable("i64", 0), code.variable("i64", 0)
    with code.loop(run, step=LANES) as k:
        g, known = lanes_at(code, block, k)
        sums.add(g, known)
        above.add((known & (g > 0.0)).population())
        below.add((known & (g < 0.0)).population())
    signed = above.now + below.now
    with code.when(signed >= FEWEST):
        row.field("rows").add(code.number("i64", 1))
        larger = code.larger(above.now, below.now).to("double", "sitofp")
        row.field("one_signed").add(larger / signed.to("double", "sitofp"))


def after_step(dtype: Dtype, parameter: np.dtype[Any]) -> Code:
    """Return `after_step(row, kept, weight)`, which forgets what was kept."""
    code = Code("after_step")
    at, kept, weight = code.given("ptr", "ptr", "ptr")
    row = Row(code, at, parameter)
    runs, run, first, apart = (code.load("i64", code.at(kept, "i64", k)) for k in range(4))
    block, moved = room_for_block(code), _Squares(code)
    with code.loop(runs) as r:
        was = code.at(kept, "i64", r * run + 4)
        widen(code, dtype, weight, first + r * apart, run, block)
        with code.loop(run, step=LANES) as k:
            now, _ = lanes_at(code, block, k)
            gap = now - lanes_at(code, was, k)[0]
            moved.add(gap, is_finite(code, gap))
    moved.write(row, "update")
    code.store(code.number("i64", 0), kept)
    return code.done(0)
