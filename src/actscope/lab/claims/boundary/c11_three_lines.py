"""C11: three step units whose lines cut out the region of the circles."""

import numpy as np

from ....catalogue import get
from ....formula import evaluate
from ...tasks import shapes
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Field, Plane
from ..training.averages import averaged_share
from .lines import Floats, Labels, clouds, dichotomies, drawn, with_one

SETS = 8
POINTS = 1000
FEW = 60
NOISE = 0.03
BOX = (-2.0, 2.0)
GRID = 48

# The sides of the triangle with corners at distance 1: each unit is on where the side is less than 1/2 away.
TOWARDS = np.deg2rad([30.0, 150.0, 270.0])
HIDDEN = np.column_stack([-np.cos(TOWARDS), -np.sin(TOWARDS), np.full(3, 0.5)])
# All three must be on: the fourth step unit asks whether their sum exceeds 2.5.
ENOUGH = 2.5


def measure() -> Measured:
    """Apply the three units with written-down weights, and look through all pairs of lines for their best."""
    clean = [_share(*shapes(POINTS, 0.0, np.random.default_rng(seed))) for seed in range(SETS)]
    noisy = [_share(*shapes(POINTS, NOISE, np.random.default_rng(seed))) for seed in range(SETS)]
    two = [two_lines(*shapes(FEW, 0.0, np.random.default_rng(seed))) for seed in range(SETS)]
    return Measured(
        numbers={
            "three": Number(min(clean), f"least accuracy of three lines, {SETS} data sets without noise"),
            "two": Number(max(two), f"greatest accuracy of the best two lines, {SETS} data sets without noise"),
            "two_mean": averaged_share(two, "accuracy of the best two lines", of="data sets"),
            "noisy": averaged_share(noisy, f"accuracy of three lines under noise {NOISE:g}", of="data sets"),
        },
        pictures=_pictures(),
    )


def two_lines(points: Floats, labels: Labels) -> float:
    """Return the accuracy of the best two lines, whatever their four fields are called: a bound for any two units.

    >>> two_lines(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0]))
    1.0
    """
    ways = dichotomies(points).astype(np.float32)
    right = np.zeros((len(ways), len(ways)), dtype=np.float32)
    for first in (ways, 1 - ways):
        for second in (ways, 1 - ways):
            circles, triangles = (first[:, labels == label] @ second[:, labels == label].T for label in (1, 0))
            right += np.maximum(circles, triangles)
    return float(right.max()) / len(labels)


def units(points: Floats) -> Floats:
    """Return what the three hidden units give at each point, (points, 3).

    >>> units(np.zeros((1, 2))).tolist()
    [[1.0, 1.0, 1.0]]
    """
    return np.asarray(evaluate(get("step").formula, x=with_one(points) @ HIDDEN.T))


def _output(points: Floats) -> Floats:
    return np.asarray(evaluate(get("step").formula, x=units(points).sum(axis=1) - ENOUGH))


def _share(points: Floats, labels: Labels) -> float:
    return float((_output(points) == labels).mean())


def _pictures() -> tuple[Plane, ...]:
    points, labels = shapes(150, 0.0, np.random.default_rng(0))
    axis = np.linspace(*BOX, GRID)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    lines = tuple(drawn(f"unit {number}", weights, BOX) for number, weights in enumerate(HIDDEN, start=1))
    return tuple(
        Plane(
            title,
            x="x1",
            y="x2",
            field=Field(BOX, BOX, tuple(map(tuple, values.reshape(GRID, GRID).tolist()))),
            kind="region",
            clouds=clouds(points, labels),
            lines=lines,
        )
        for title, values in (
            ("The region where all three units are on", _output(plane)),
            ("How many of the three units are on: from none to all", units(plane).sum(axis=1)),
        )
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["three"] == 1 and n["two"] < 1 else FAILS


CLAIM = Claim(
    id="C11",
    group="boundary",
    articles=("A1",),
    title="Three step units combine three lines into a region that separates",
    statement="A hidden layer of three step units, each a straight line, and a step unit that asks whether all three "
    "are on, cut out of the plane the region in which the circles lie.",
    how=f"The weights are written down from the sides of a triangle, and applied to {SETS} data sets of {POINTS} "
    f"points without noise and with noise {NOISE:g}. For two lines all pairs of all ways to part {FEW} of such points "
    "are tried, and each of their four fields counts as the class that most of its points have.",
    criterion="It holds if three lines classify every point of every data set without noise, and the best two lines "
    "do so for none.",
    measure=measure,
    judge=judge,
    why="Each step unit says on which side of its line a point lies, and the next unit asks for several sides at "
    "once, which is an intersection of half-planes. A closed region needs at least three of them, since two lines "
    "always leave fields that reach to infinity.",
    refuting={"two": 1.0},
)
