"""A small network in float64, whose gradients are computed by hand: one sample in, one number out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....catalogue import Activation, get
from ....formula import evaluate

Numbers = NDArray[np.float64]
STEP = 1e-5
"""Of a central difference: its error goes with the square of the step, that of rounding with 1 over it."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers of neurons that share an activation, which the last layer lacks; weights are one row for each neuron."""

    activation: Activation
    weights: tuple[Numbers, ...]
    biases: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """What went through a network, layer by layer."""

    received: tuple[Numbers, ...]
    """Before the activation: weights times input plus bias."""
    given: tuple[Numbers, ...]
    """After it; the sample itself comes first, and the network's output last."""
    slopes: tuple[Numbers, ...]
    """Of the activation, at what each layer receives."""


def drawn(activation: str, sizes: tuple[int, ...], seed: int) -> Network:
    """Return a random network with so many inputs and so many neurons in each layer.

    >>> [weights.shape for weights in drawn("tanh", (3, 4, 1), seed=0).weights]
    [(4, 3), (1, 4)]
    """
    random = np.random.default_rng(seed)
    shapes = list(zip(sizes[1:], sizes, strict=False))
    weights = tuple(random.normal(0.0, fan_in**-0.5, (fan_out, fan_in)) for fan_out, fan_in in shapes)
    return Network(get(activation), weights, tuple(random.normal(0.0, 0.3, fan_out) for fan_out, _ in shapes))


def passed(network: Network, sample: Numbers) -> Passed:
    """Return what each layer receives and gives.

    >>> network = Network(get("relu"), (np.array([[1.0], [-1.0]]), np.ones((1, 2))), (np.zeros(2), np.ones(1)))
    >>> [given.tolist() for given in passed(network, np.array([2.0])).given]
    [[2.0], [2.0, 0.0], [3.0]]
    """
    received: list[Numbers] = []
    given = [sample]
    slopes: list[Numbers] = []
    activations = [network.activation] * (len(network.weights) - 1) + [get("identity")]
    for activation, weights, biases in zip(activations, network.weights, network.biases, strict=True):
        received.append(weights @ given[-1] + biases)
        given.append(value(activation, received[-1]))
        slopes.append(slope(activation, received[-1]))
    return Passed(tuple(received), tuple(given), tuple(slopes))


def loss(network: Network, sample: Numbers, target: float) -> float:
    """Return half the squared distance of the output from the target.

    >>> loss(Network(get("identity"), (np.array([[3.0]]),), (np.zeros(1),)), np.array([1.0]), target=5.0)
    2.0
    """
    return float(0.5 * np.sum((passed(network, sample).given[-1] - target) ** 2))


def deltas(network: Network, flow: Passed, target: float) -> list[Numbers]:
    """Return the loss's gradient with respect to what each neuron receives, layer by layer, by the chain rule.

    From the loss back, each layer multiplies by the partial derivatives between what it receives and what the layer
    before it received: weight times slope, added up over the neurons that a neuron leads to.

    >>> network = Network(get("identity"), (np.array([[3.0]]), np.array([[2.0]])), (np.zeros(1), np.zeros(1)))
    >>> [float(delta[0]) for delta in deltas(network, passed(network, np.array([1.0])), target=5.0)]
    [2.0, 1.0]
    """
    behind = flow.given[-1] - target
    found: list[Numbers] = []
    for weights, slopes in zip(reversed(network.weights), reversed(flow.slopes), strict=True):
        found.append(behind * slopes)
        behind = weights.T @ found[-1]
    return found[::-1]


def by_difference(network: Network, sample: Numbers, target: float) -> tuple[list[Numbers], list[Numbers]]:
    """Return the loss's gradients with respect to every bias and every weight, layer by layer, by central differences.

    What is added to a bias is added to what the neuron receives, so that the first are the neurons' deltas.

    >>> network = Network(get("identity"), (np.array([[3.0]]),), (np.zeros(1),))
    >>> of_biases, of_weights = by_difference(network, np.array([2.0]), target=5.0)
    >>> round(of_biases[0].item(), 6), round(of_weights[0].item(), 6)
    (1.0, 2.0)
    """
    of_biases = [
        _differences(network, "biases", layer, biases, sample, target) for layer, biases in enumerate(network.biases)
    ]
    of_weights = [
        _differences(network, "weights", layer, weights, sample, target)
        for layer, weights in enumerate(network.weights)
    ]
    return of_biases, of_weights


def error(found: list[Numbers], true: list[Numbers]) -> float:
    """Return the largest difference over all layers, as a share of the largest true gradient unless all are 0.

    >>> error([np.array([1.0, 4.0])], [np.array([1.0, 5.0])])
    0.2
    """
    largest = max(float(np.abs(layer).max()) for layer in true)
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in zip(found, true, strict=True)) / (largest or 1.0)


def value(activation: Activation, x: Numbers) -> Numbers:
    """Return f(x) by the catalogue's formula.

    >>> value(get("relu"), np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    given: dict[str, Any] = dict(activation.defaults)
    found: Numbers = np.asarray(evaluate(activation.formula, x=x, **given), dtype=np.float64)
    return found


def slope(activation: Activation, x: Numbers) -> Numbers:
    """Return f'(x) by the catalogue's formula, in the shape of x also where it is the same everywhere.

    >>> slope(get("identity"), np.array([-1.0, 2.0])).tolist()
    [1.0, 1.0]
    """
    given: dict[str, Any] = dict(activation.defaults)
    return np.broadcast_to(np.asarray(evaluate(activation.slope_formula, x=x, **given), dtype=np.float64), x.shape)


def _differences(network: Network, kind: str, layer: int, values: Numbers, sample: Numbers, target: float) -> Numbers:
    found = np.empty_like(values)
    for place in np.ndindex(*values.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = values.copy()
            moved[place] += step
            layers: tuple[Numbers, ...] = getattr(network, kind)
            changed: Any = {kind: (*layers[:layer], moved, *layers[layer + 1 :])}
            ends.append(loss(replace(network, **changed), sample, target))
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found
