"""C02: the share of a weight in the gradient."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from . import network

ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid")
SIZES = (3, 4, 4, 1)
SEEDS = 6
CLOSE = 1e-6


def measure() -> Measured:
    """Compare input times gradient to a central difference, with the gradient before and after the activation."""
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    layers: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for name in ACTIVATIONS:
        errors = []
        for seed in range(SEEDS):
            made = network.drawn(name, SIZES, seed)
            sample = np.random.default_rng(100 + seed).normal(size=SIZES[0])
            flow = network.passed(made, sample)
            deltas = network.deltas(made, flow, target=1.0)
            outputs = [w.T @ delta for w, delta in zip(made.weights[1:], deltas[1:], strict=True)]
            outputs.append(flow.given[-1] - 1.0)
            _, true = network.by_difference(made, sample, target=1.0)
            ours, printed = (
                [np.outer(gradient, given) for gradient, given in zip(gradients, flow.given, strict=False)]
                for gradients in (deltas, outputs)
            )
            errors.append((network.error(ours, true), network.error(printed, true)))
            if name == "sigmoid":
                # The last layer has no activation, so that before and after are the same there.
                layers += zip(true[:-1], ours[:-1], printed[:-1], strict=True)
        before[name], after[name] = (max(kind) for kind in zip(*errors, strict=True))
    measured, right, wrong = (np.concatenate([each.ravel() for each in one]) for one in zip(*layers, strict=True))
    factor = wrong / right
    return Measured(
        numbers={
            "error": Number(max(before.values()), "largest error of input times gradient before the activation"),
            "printed_error": Number(max(after.values()), "largest error of input times gradient after the activation"),
            "identity_error": Number(after["identity"], "the same in networks without an activation"),
            "least_factor": Number(factor.min(), "sigmoid: the printed share over the true one, at least"),
            "most_factor": Number(factor.max(), "sigmoid: the printed share over the true one, at most"),
        },
        pictures=(
            Chart(
                "Input times delta is the weight's gradient; taken after the sigmoid, delta makes it too large",
                x="gradient of the weight by a central difference",
                y="input times gradient at the neuron",
                lines=(
                    line("before the activation", measured, right, style="dots"),
                    line("after the activation, as printed", measured, wrong, style="dots"),
                ),
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["error"] >= CLOSE:
        return FAILS
    if n["printed_error"] < CLOSE:
        return HOLDS
    return Verdict(
        "holds when",
        "delta is the gradient before the neuron's activation; with the gradient after it, as A2 prints, a sigmoid "
        f"neuron's shares come out {n['least_factor']:.2g} to {n['most_factor']:.2g} times too large",
    )


CLAIM = Claim(
    id="C02",
    group="neuron",
    articles=("A2",),
    title="The share of a weight in the gradient is its input times the neuron's delta",
    statement="The loss's gradient with respect to a weight is the weight's input times the gradient at the neuron; A2 "
    "prints the gradient with respect to the neuron's output f.",
    how="Every weight of random networks 3-4-4-1 of four activations and 6 seeds, in float64: input times the gradient "
    "before the neuron's activation, and times the gradient after it, against a central difference of the loss.",
    criterion="It holds if both products are within 1e-6 of the largest gradient at every weight; if the one with the "
    "gradient before the activation is and the printed one is not, it holds for that alone.",
    measure=measure,
    judge=judge,
    why="A weight reaches the loss through what its neuron receives, which changes by the input for each unit of the "
    "weight. The way from there to the neuron's output multiplies by the slope of the activation, and the printed "
    "formula leaves this factor out.",
    refuting={"error": 0.1},
    instead="The share is not input times delta in these networks.",
)
