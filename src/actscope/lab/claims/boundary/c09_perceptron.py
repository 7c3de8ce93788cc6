"""C09: one perceptron against triangles around circles."""

import numpy as np

from ...tasks import shapes
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Plane, Rule, line
from ..training.averages import averaged_share
from .lines import Floats, Labels, around, best_line, clouds, drawn, separating_line

SETS = 8
POINTS = 120
NOISE = 0.03
BOX = (-2.0, 2.0)
CLOSE = 1e-9


def measure() -> Measured:
    """Look for a separating line by linear programming, for the proof that there is none, and for the best line."""
    data = [shapes(POINTS, NOISE, np.random.default_rng(seed)) for seed in range(SETS)]
    separated = [separating_line(points, labels) is not None for points, labels in data]
    proofs = [around(points[labels == 1].mean(axis=0), points[labels == 0]) for points, labels in data]
    best = [best_line(points, labels)[1] for points, labels in data]
    one_side = [separating_line(*_one_side(points, labels)) is not None for points, labels in data]
    return Measured(
        numbers={
            "separated": Number(sum(separated) / SETS, f"share of {SETS} data sets that a line separates"),
            "miss": Number(
                max(np.inf if proof is None else proof[1] for proof in proofs),
                "largest distance of the circles' mean from a weighted mean of three triangles",
            ),
            "best": averaged_share(best, "accuracy of the best of all lines", of="data sets"),
            "one_side": Number(sum(one_side) / SETS, "share that a line separates with triangles on one side only"),
        },
        pictures=(_plane(*data[0]), _turning(*data[0])),
    )


def _one_side(points: Floats, labels: Labels) -> tuple[Floats, Labels]:
    kept = (labels == 1) | (points[:, 1] < -0.5)
    return points[kept], labels[kept]


def _plane(points: Floats, labels: Labels) -> Plane:
    weights, share = best_line(points, labels)
    three, _ = around(points[labels == 1].mean(axis=0), points[labels == 0]) or (points[:0], 0.0)
    corners = np.concatenate([three, three[:1]])
    return Plane(
        f"The best of all lines leaves {1 - share:.0%} of the points on the wrong side",
        x="x1",
        y="x2",
        clouds=clouds(points, labels),
        lines=(
            drawn("best line", weights, BOX),
            line("three triangles around the circles' mean", *corners.T, style="dashed"),
        ),
    )


def _turning(points: Floats, labels: Labels) -> Chart:
    angles = np.linspace(0.0, 180.0, 91)
    shares = []
    for angle in np.deg2rad(angles):
        ordered = labels[np.argsort(points @ [np.cos(angle), np.sin(angle)])]
        circles = np.concatenate([[0], np.cumsum(ordered)])
        triangles = np.arange(len(circles)) - circles
        right = (triangles + circles[-1] - circles) / len(labels)
        shares.append(max(right.max(), 1 - right.min()))
    return Chart(
        "However the line is turned, it never separates them",
        x="angle of the line's normal (degrees)",
        y="accuracy of the best line at this angle",
        lines=(line("best line", angles, shares),),
        rules=(Rule(1.0, "y", "separated"),),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["separated"] == 0 and n["miss"] < CLOSE and n["best"] < 1 else FAILS


CLAIM = Claim(
    id="C09",
    group="boundary",
    articles=("A1",),
    title="One perceptron cannot separate the triangles from the circles",
    statement="A single perceptron divides the plane by one straight line, and wherever that line is put, some of the "
    "triangles that surround the circles, or some circles, end up on the wrong side.",
    how=f"{SETS} data sets of {POINTS} points: circles in a triangular region, triangles on its three sides. Whether a "
    "line separates them is a linear programme; the best line is found among all ways in which a line can part the "
    "points; as a check the same is asked with the triangles of one side alone.",
    criterion="It holds if the linear programme has no solution for any data set, the mean of the circles is a "
    "weighted mean of three triangles to within 1e-9, and the best line leaves points wrong.",
    measure=measure,
    judge=judge,
    why="A line that had all circles on one side would have their mean there too, but that mean lies between three "
    "triangles, so a line that has it on one side has one of the three there as well. Only where the triangles stay "
    "on one side of the circles is a line enough.",
    refuting={"separated": 1.0, "best": 1.0},
)
