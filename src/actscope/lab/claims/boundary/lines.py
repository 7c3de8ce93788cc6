"""What straight lines can do in the plane: every way to part some points, and whether one separates two classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import missing_extra
from ..pictures import Cloud, Line, line

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def separating_line(points: Floats, labels: Labels) -> Floats | None:
    """Return (w1, w2, b) with w.x + b >= 1 on class 1 and <= -1 on class 0; None if there is no such line.

    Wherever a line separates there are such numbers, since w and b can be scaled: the question is a linear programme.

    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> separating_line(corners, np.array([0, 1, 1, 0])) is None
    True
    """
    sign = 2.0 * labels - 1.0
    found = programme([0.0, 0.0, 0.0], A_ub=-sign[:, None] * with_one(points), b_ub=-np.ones(len(points)))
    return None if found is None else np.asarray(found.x)


def around(point: Floats, others: Floats) -> tuple[Floats, float] | None:
    """Return three of the others with the point between them, (3, 2), and by how much their weighted mean misses it.

    None if no three have it between them; then a line parts it from all of them.

    >>> corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [9.0, 9.0]])
    >>> around(np.array([-1.0, 1.0]), corners) is None
    True
    """
    found = programme(np.zeros(len(others)), A_eq=with_one(others).T, b_eq=np.append(point, 1.0), bounds=(0.0, None))
    if found is None:
        return None
    # A solution in a corner of what is allowed has no more weights above 0 than there are equations: three.
    share = np.asarray(found.x)
    three = np.argsort(-share)[:3]
    return others[three], float(np.abs(share[three] @ others[three] / share[three].sum() - point).max())


def dichotomies(points: Floats) -> NDArray[np.bool_]:
    """Return every way in which a line parts two or more points, one a row; which side is True does not count.

    A line can be moved until it touches two points without a third changing sides, and nudged from there it has these
    two on any sides. n points of which no three are on a line have n(n - 1)/2 + 1 such ways (Cover, 1965).

    >>> len(dichotomies(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])))
    7
    """
    first, second = np.triu_indices(len(points), k=1)
    along = points[second] - points[first]
    apart = points[None] - points[first][:, None]
    left = along[:, :1] * apart[..., 1] - along[:, 1:] * apart[..., 0] > 0
    pair = np.arange(len(first))
    found = []
    for of_first in (False, True):
        for of_second in (False, True):
            nudged = left.copy()
            nudged[pair, first], nudged[pair, second] = of_first, of_second
            found.append(nudged ^ nudged[:, :1])
    distinct = np.unique(np.packbits(np.concatenate(found), axis=1), axis=0)
    return np.unpackbits(distinct, axis=1, count=len(points)).astype(bool)


def best_line(points: Floats, labels: Labels) -> tuple[Floats, float]:
    """Return (w1, w2, b) of a line with as many points right as any line can have, and their share.

    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> best_line(corners, np.array([0, 1, 1, 0]))[1]
    0.75
    """
    ways = dichotomies(points)
    right = (ways == (labels == 1)).mean(axis=1)
    best = int(np.maximum(right, 1 - right).argmax())
    said = ways[best] == (right[best] >= 0.5)
    weights = separating_line(points, said.astype(np.int64))
    assert weights is not None
    return weights, float(max(right[best], 1 - right[best]))


def with_one(points: Floats) -> Floats:
    """Return the points with a 1 beside each, which the bias multiplies."""
    return np.column_stack([points, np.ones(len(points))])


def programme(costs: Sequence[float] | Floats, **constraints: Any) -> Any:
    """Return SciPy's solution of a linear programme, or None if it has none; variables are free unless bounded.

    >>> programme([1.0], A_ub=[[-1.0]], b_ub=[-2.0]).fun
    2.0
    """
    try:
        from scipy.optimize import linprog
    except ImportError as error:
        raise missing_extra("lab", "a linear programme") from error
    found = linprog(costs, **{"bounds": (None, None), **constraints})
    if found.status not in (0, 2):
        raise ArithmeticError(f"the linear programme was not decided: {found.message}")
    return found if found.status == 0 else None


def drawn(name: str, weights: Floats, box: tuple[float, float]) -> Line:
    """Return the line w1 x + w2 y + b = 0 where it crosses the square from `box[0]` to `box[1]` on both axes.

    >>> drawn("diagonal", np.array([1.0, -1.0, 0.0]), (-1.0, 1.0)).x[::20]
    (-1.0, 0.0, 1.0)
    """
    free = np.linspace(*box, 41)
    steep = int(abs(weights[0]) > abs(weights[1]))
    other = -(weights[steep] * free + weights[2]) / weights[1 - steep]
    inside = (other >= box[0]) & (other <= box[1])
    return line(name, *((other[inside], free[inside]) if steep else (free[inside], other[inside])))


def clouds(points: Floats, labels: Labels) -> tuple[Cloud, ...]:
    """Return the points by class, which the report draws as triangles and circles.

    >>> [cloud.label for cloud in clouds(np.zeros((2, 2)), np.array([0, 1]))]
    [0, 1]
    """
    return tuple(Cloud(label, *(tuple(column.tolist()) for column in points[labels == label].T)) for label in (0, 1))
