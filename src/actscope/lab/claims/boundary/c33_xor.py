"""C33: XOR, for affine maps and for two layers with a ReLU between."""

import numpy as np

from ....catalogue import get
from ....formula import evaluate
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Diagram, Edge, Field, Node, Plane
from .lines import Floats, clouds, dichotomies, programme, separating_line, with_one

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])
CLOSE = 1e-9
BOX = (-0.25, 1.25)
GRID = 41

# The network of Goodfellow, Bengio and Courville (2016), section 6.1.
HIDDEN = np.array([[1.0, 1.0], [1.0, 1.0]])
BIAS = np.array([0.0, -1.0])
OUT = np.array([1.0, -2.0])


def measure() -> Measured:
    """Ask for a separating line, for the affine maps of least error, and what the network says at the corners."""
    affine = with_one(CORNERS)
    squared = np.linalg.lstsq(affine, XOR.astype(float), rcond=None)[0]
    return Measured(
        numbers={
            "separated": Number(
                separating_line(CORNERS, XOR) is not None, "lines that separate XOR, found: 1, none: 0"
            ),
            "affine_error": Number(least_largest_error(), "largest error of the affine map for which it is smallest"),
            "squares_error": Number(np.abs(affine @ squared - XOR).max(), "largest error of the least-squares map"),
            "network_error": Number(np.abs(network(CORNERS) - XOR).max(), "largest error of the two-layer network"),
            "lines": Number(2 * len(dichotomies(CORNERS)), "functions of two bits, of 16, that a line can compute"),
        },
        pictures=(_diagram(), _plane()),
    )


def least_largest_error() -> float:
    """Return how far off the best affine map is at its worst corner: the solution of a linear programme.

    >>> round(least_largest_error(), 6)
    0.5
    """
    # Variables w1, w2, b and the error e: minimise e with -e <= w.x + b - y <= e at each corner.
    affine, slack = with_one(CORNERS), np.ones((len(CORNERS), 1))
    above, below = np.hstack([affine, -slack]), np.hstack([-affine, -slack])
    return float(programme([0.0, 0.0, 0.0, 1.0], A_ub=np.vstack([above, below]), b_ub=np.concatenate([XOR, -XOR])).fun)


def network(points: Floats) -> Floats:
    """Return what the two-layer network with its written-down weights gives at each point, (points,).

    >>> network(np.array([[0.0, 1.0], [1.0, 1.0]])).tolist()
    [1.0, 0.0]
    """
    return np.asarray(evaluate(get("relu").formula, x=points @ HIDDEN + BIAS) @ OUT)


def _diagram() -> Diagram:
    names = ((0, "x1"), (0, "x2"), (0, "1"), (1, "relu h1"), (1, "relu h2"), (2, "y"))
    seen: dict[int, int] = {}
    nodes = []
    for layer, label in names:
        nodes.append(Node(layer, seen.setdefault(layer, 0), label))
        seen[layer] += 1
    inner = [Edge(start, 3 + unit, HIDDEN[start, unit]) for start in (0, 1) for unit in (0, 1)]
    biases = [Edge(2, 3 + unit, BIAS[unit]) for unit in (0, 1)]
    outer = [Edge(3 + unit, 5, OUT[unit]) for unit in (0, 1)]
    return Diagram("Two ReLU units compute XOR with these weights", tuple(nodes), (*inner, *biases, *outer))


def _plane() -> Plane:
    axis = np.linspace(*BOX, GRID)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    said = network(points).clip(0.0, 1.0).reshape(GRID, GRID).round(4)
    return Plane(
        "What the network says between the four corners: 1 along the ridge from (0, 1) to (1, 0)",
        x="x1",
        y="x2",
        field=Field(BOX, BOX, tuple(map(tuple, said.tolist()))),
        clouds=clouds(CORNERS, XOR),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    impossible = n["separated"] == 0 and n["affine_error"] >= 0.5 - CLOSE
    return HOLDS if impossible and n["network_error"] == 0 else FAILS


CLAIM = Claim(
    id="C33",
    group="boundary",
    articles=("A3",),
    title="No affine map computes XOR, but two layers with ReLU do",
    statement="No weights and bias turn two bits into their exclusive or by an affine map, while a network of two "
    "ReLU units and a linear output computes it with weights that can be written down.",
    how="At the four corners of the unit square: a linear programme for a separating line, another for the affine map "
    "whose largest error is smallest, least squares, and the network y = relu(x1 + x2) - 2 relu(x1 + x2 - 1).",
    criterion="It holds if no line separates the corners, every affine map is off by at least 1/2 (to within 1e-9) at "
    "some corner, and the network is exact at all four.",
    measure=measure,
    judge=judge,
    why="The two corners of each class have the same mean, (1/2, 1/2), and there an affine map has the mean of its "
    "values at either pair, which cannot be 0 and 1 at once. The first ReLU counts the ones; the second is on only "
    "where both are, and takes the count back to 0.",
    refuting={"network_error": 0.5},
)
