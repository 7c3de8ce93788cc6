"""C10: several perceptrons without activation."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...tasks import load
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Cloud, Diagram, Edge, Field, Node, Plane, line
from .perceptrons import Coefficients, Perceptrons, collected, drawn, output

NETWORKS, POINTS = 100, 20
ROUNDINGS = 32
"""Sums and products that each of the two ways rounds, generously; each is off by half a unit of float64 at most."""
REACH = 2.5


def measure() -> Measured:
    """Compare the network to the line of its collected coefficients: exactly, in float64, and with ReLU units."""
    exact, with_relu, roundings = [], [], []
    for seed in range(NETWORKS):
        network = drawn(seed)
        a, b, c = collected(network)
        for k1, k2 in np.random.default_rng(1000 + seed).integers(-20, 21, (POINTS, 2)):
            x1, x2 = Fraction(int(k1), 9), Fraction(int(k2), 9)
            straight = a * x1 + b * x2 + c
            exact.append(output(network, x1, x2, _identity) == straight)
            with_relu.append(output(network, x1, x2, _relu) == straight)
            roundings.append(_roundings(network, (a, b, c), float(x1), float(x2)))
    return Measured(
        numbers={
            "exact": Number(
                float(np.mean(exact)), f"share of {len(exact)} outputs that equal the collected line exactly"
            ),
            "rounding": Number(max(roundings), "largest difference in float64", "units of rounding of the terms' size"),
            "with_relu": Number(float(np.mean(with_relu)), "the same share with ReLU behind each unit"),
        },
        pictures=(_plane(drawn(4)), *_diagrams(drawn(4))),
    )


def _identity(z: Fraction) -> Fraction:
    return z


def _relu(z: Fraction) -> Fraction:
    return max(z, Fraction(0))


def _roundings(network: Perceptrons, line: Coefficients, x1: float, x2: float) -> float:
    terms = [float(w) * (float(a) * x1 + float(b) * x2 + float(c)) for w, (a, b, c) in _pairs(network)]
    size = sum(
        abs(float(w)) * (abs(float(a) * x1) + abs(float(b) * x2) + abs(float(c))) for w, (a, b, c) in _pairs(network)
    )
    straight = float(line[0]) * x1 + float(line[1]) * x2 + float(line[2])
    return abs(sum(terms) - straight) / size / float(np.finfo(np.float64).eps / 2)


def _pairs(network: Perceptrons) -> Sequence[tuple[Fraction, Coefficients]]:
    return list(zip(network.weights, network.units, strict=True))


def _plane(network: Perceptrons) -> Plane:
    data = load("shapes", 150)
    a, b, c = (float(each) for each in collected(network))
    axis = np.linspace(-REACH, REACH, 41)
    rows = [[1.0 if output(network, Fraction(x1), Fraction(x2), _identity) > 0 else 0.0 for x1 in axis] for x2 in axis]
    clouds = []
    for label in (0, 1):
        x, y = data.train_inputs[data.train_targets == label].T.round(3).tolist()
        clouds.append(Cloud(label, tuple(x), tuple(y)))
    # Two points of the line a x1 + b x2 + c = 0, from its point nearest to 0 to both sides.
    along = np.array([-2 * REACH, 2 * REACH]) / np.hypot(a, b)
    x, y = -c * a / (a * a + b * b) + b * along, -c * b / (a * a + b * b) - a * along
    return Plane(
        "Three perceptrons without activation: one straight line",
        x="x1",
        y="x2",
        field=Field((-REACH, REACH), (-REACH, REACH), tuple(tuple(row) for row in rows)),
        kind="region",
        clouds=tuple(clouds),
        lines=(line("line of the collected coefficients", x, y),),
    )


def _diagrams(network: Perceptrons) -> tuple[Diagram, Diagram]:
    inputs = (Node(0, 0, "x1"), Node(0, 1, "x2"), Node(0, 2, "1"))
    units = tuple(Node(1, place, "") for place in range(3))
    edges = [Edge(k, 3 + place, float(unit[k])) for place, unit in enumerate(network.units) for k in range(3)]
    edges += [Edge(3 + place, 6, float(weight)) for place, weight in enumerate(network.weights)]
    return (
        Diagram("Three perceptrons and their sum", (*inputs, *units, Node(2, 0, "y")), tuple(edges)),
        Diagram(
            "The same after collecting terms",
            (*inputs, Node(1, 0, "y")),
            tuple(Edge(k, 3, float(each)) for k, each in enumerate(collected(network))),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["exact"] == 1 and n["rounding"] <= ROUNDINGS else FAILS


CLAIM = Claim(
    id="C10",
    group="depth",
    articles=("A1", "A3"),
    title="Several perceptrons without activation are still one linear classifier",
    statement="A network of three perceptrons without activation, added up by a fourth, becomes one linear expression "
    "when like terms are collected, with the coefficients that A1 prints.",
    how=f"{NETWORKS} random networks of A1's shape at {POINTS} points each: their output against the line of the "
    "collected coefficients, exactly in fractions and in float64; for comparison with ReLU behind each unit.",
    criterion="It holds if all outputs are equal in fractions, and in float64 to 32 roundings of the terms' size.",
    measure=measure,
    judge=judge,
    why="A weighted sum of weighted sums of x1 and x2 has no other terms than x1, x2 and a constant. An activation "
    "between the two sums is what keeps the terms from being collected.",
    refuting={"exact": 0.5},
    instead="The network differs from the line of its collected coefficients.",
)
