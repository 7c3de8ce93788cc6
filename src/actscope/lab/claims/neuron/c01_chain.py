"""C01: the gradient at each neuron, by the chain rule."""

import numpy as np

from ....catalogue import get
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Diagram, Edge, Node, line
from . import network
from .network import Network

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu")
SIZES = (3, 4, 4, 1)
SEEDS = 6
CLOSE = 1e-6


def measure() -> Measured:
    """Compare the chain rule to central differences: in random networks, and where a neuron sits on a kink."""
    errors, lines = [], []
    for name in ACTIVATIONS:
        by_chain, by_difference = [], []
        for seed in range(SEEDS):
            made = network.drawn(name, SIZES, seed)
            sample = np.random.default_rng(100 + seed).normal(size=SIZES[0])
            found = network.deltas(made, network.passed(made, sample), target=1.0)
            true, _ = network.by_difference(made, sample, target=1.0)
            errors.append(network.error(found, true))
            by_chain.append(np.concatenate(found))
            by_difference.append(np.concatenate(true))
        if name in ("sigmoid", "tanh", "relu"):
            lines.append(line(name, np.concatenate(by_difference), np.concatenate(by_chain), style="dots"))
    chain_at_kink, difference_at_kink = _on_a_kink()
    neurons = len(ACTIVATIONS) * SEEDS * sum(SIZES[1:])
    return Measured(
        numbers={
            "error": Number(max(errors), f"largest error at {neurons} neurons, as a share of the largest gradient"),
            "chain_at_kink": Number(chain_at_kink, "slope of ReLU that the chain rule takes where it receives 0"),
            "difference_at_kink": Number(difference_at_kink, "slope of ReLU that a central difference finds there"),
        },
        pictures=(
            _diagram(),
            Chart(
                "Multiplied layer by layer or measured by a finite difference: the same gradient at every neuron",
                x="gradient by a central difference",
                y="gradient by the chain rule",
                lines=tuple(lines),
            ),
        ),
    )


def _on_a_kink() -> tuple[float, float]:
    """Return the gradient at a ReLU neuron that receives exactly 0, by both ways, over the gradient right behind it."""
    one = np.ones((1, 1))
    made = Network(get("relu"), (one, one), (-one[0], one[0]))
    sample, target = one[0], 0.0
    chain = network.deltas(made, network.passed(made, sample), target)
    difference, _ = network.by_difference(made, sample, target)
    behind = chain[1][0]
    return float(chain[0][0] / behind), float(difference[0][0] / behind)


def _diagram() -> Diagram:
    made = network.drawn("tanh", (2, 2, 2, 1), seed=2)
    flow = network.passed(made, np.array([1.0, -0.5]))
    gradients = network.deltas(made, flow, target=1.0)
    layers = [made.weights[0].T @ gradients[0], *gradients]
    nodes = [Node(layer, place, f"{g:.3f}") for layer, row in enumerate(layers) for place, g in enumerate(row)]
    index = {(node.layer, node.place): number for number, node in enumerate(nodes)}
    edges = []
    for layer, weights in enumerate(made.weights):
        partial = weights if layer == 0 else weights * flow.slopes[layer - 1]
        edges += [
            Edge(index[layer, start], index[layer + 1, end], float(partial[end, start]))
            for end, start in np.ndindex(*partial.shape)
        ]
    return Diagram(
        "The loss's gradient at each neuron: over its edges to the right, the sum of partial derivative times gradient",
        tuple(nodes),
        tuple(edges),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["error"] >= CLOSE:
        return FAILS
    if abs(n["chain_at_kink"] - n["difference_at_kink"]) < CLOSE:
        return HOLDS
    return Verdict(
        "holds when",
        "no neuron sits exactly on a kink of its activation (where ReLU receives 0, the chain rule takes "
        f"{n['chain_at_kink']:g} for its slope and a finite difference finds {n['difference_at_kink']:.2g})",
    )


CLAIM = Claim(
    id="C01",
    group="neuron",
    articles=("A0", "A2"),
    title="The gradient at each neuron is the product of partial derivatives along the chain",
    statement="What a neuron has to do with the loss is found by going back from the loss layer by layer and "
    "multiplying the partial derivatives on the way.",
    how="Random networks 3-4-4-1 of six activations and 6 seeds, in float64: at each neuron the product by hand, with "
    "the slope formulas of the catalogue, against a central difference of the loss. Then a ReLU neuron whose input is "
    "exactly 0.",
    criterion="It holds if the two differ by less than 1e-6 of the largest gradient at every neuron, also at one that "
    "receives exactly 0; if they differ there alone, it holds off the kinks.",
    measure=measure,
    judge=judge,
    why="A small change passes through each layer as a multiple of itself, so the multiples along a path are "
    "multiplied, and where several paths lead to the loss their products are added. At a kink there is no such "
    "multiple, and frameworks choose one by convention.",
    refuting={"error": 0.1},
    instead="The gradient is not what the chain rule gives in these networks.",
)
