"""What trained networks answer: maps over the plane, curves over a line."""

import math

from ...lab.records import Comparison, Condition, Run
from .grouped import Row, finite, groups, row


def mapped(comparison: Comparison) -> list[tuple[Condition, Run]]:
    """Return the runs whose decision boundary is drawn: the first seed of each activation, in each condition."""
    return [(at, run) for at, _, runs in groups(comparison) for run in runs[:1] if run.boundary is not None]


def fits(comparison: Comparison) -> list[Row]:
    """Return a row per point of a fitted curve: of the first seed, whose test points the task shows."""
    return [
        row(condition, name, seed=runs[0].experiment.seed, x=x, y=finite(y))
        for condition, name, runs in groups(comparison)
        if (fit := runs[0].fit) is not None
        for x, y in zip(fit.x, fit.y, strict=True)
    ]


def contour(
    values: tuple[tuple[float, ...], ...], x: tuple[float, float], y: tuple[float, float], at: float = 0.5
) -> list[Row]:
    """Return where `values` on an even grid cross `at`, as short straight pieces, by marching squares.

    >>> contour(((0.0, 1.0), (0.0, 1.0)), (0.0, 1.0), (0.0, 1.0))
    [{'x': 0.5, 'y': 0.0, 'x2': 0.5, 'y2': 1.0}]
    """
    height, width = len(values), len(values[0])

    def place(column: float, row: float) -> tuple[float, float]:
        return x[0] + (x[1] - x[0]) * column / (width - 1), y[0] + (y[1] - y[0]) * row / (height - 1)

    pieces: list[Row] = []
    for line in range(height - 1):
        for column in range(width - 1):
            corners = ((column, line), (column + 1, line), (column + 1, line + 1), (column, line + 1))
            crossings = []
            for (c1, r1), (c2, r2) in zip(corners, (*corners[1:], corners[0]), strict=True):
                a, b = values[r1][c1] - at, values[r2][c2] - at
                if (a < 0) != (b < 0) and math.isfinite(a) and math.isfinite(b):
                    crossings.append(place(c1 + (c2 - c1) * a / (a - b), r1 + (r2 - r1) * a / (a - b)))
            for (xa, ya), (xb, yb) in zip(crossings[::2], crossings[1::2], strict=False):
                pieces.append({"x": round(xa, 4), "y": round(ya, 4), "x2": round(xb, 4), "y2": round(yb, 4)})
    return pieces
