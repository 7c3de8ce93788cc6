"""C22: back-propagation through step units."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...tasks import load
from ...training import quiet_torch
from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Line, line
from .averages import averaged_share
from .stacks import Stack, accuracies, forward, losses, stack, take_steps

SEEDS = 5
SAMPLES = 500
STEPS = 120
ACTIVATIONS = {"step": "step", "relu": "ReLU"}
LAYERS = (1, 3)
PIXEL, FEW = 20, 8
MOVED = np.linspace(-1.0, 1.0, 201)


@dataclass(frozen=True, slots=True)
class Trained:
    """Networks of one activation and depth, after training."""

    gradient: float
    """Largest size of a hidden weight's gradient at the start."""
    moved: float
    """Share of the hidden weights that are not the bits they were."""
    scores: list[float]
    """Accuracy on fresh digits, of each seed."""


def measure() -> Measured:
    """Train networks of step and of ReLU units on digits, and see which of their layers move."""
    with quiet_torch():
        inputs, labels, fresh, their_labels = digits()
        numbers: dict[str, Number] = {}
        for activation, title in ACTIVATIONS.items():
            for layers in LAYERS:
                found = trained(activation, layers, inputs, labels, fresh, their_labels)
                after = f"{title}, {layers} hidden layer{'s' * (layers > 1)}"
                numbers |= {
                    f"{activation}_moved_{layers}": Number(found.moved, f"share of hidden weights that move, {after}"),
                    f"{activation}_gradient_{layers}": Number(found.gradient, f"largest hidden gradient, {after}"),
                    f"{activation}_score_{layers}": averaged_share(found.scores, f"accuracy on fresh digits, {after}"),
                }
        staircase = tuple(_along_a_weight(activation, inputs, labels) for activation in ACTIVATIONS)
    bars = tuple(
        Bar(
            f"{title}, {layers}", (score := numbers[f"{activation}_score_{layers}"]).value, score.low, score.high, title
        )
        for activation, title in ACTIVATIONS.items()
        for layers in LAYERS
    )
    return Measured(
        numbers,
        pictures=(
            Chart(
                "Along one hidden weight the loss of a few digits is a staircase for step units",
                x="change of the weight",
                y="change of the loss (nats)",
                lines=staircase,
            ),
            Bars(
                "The output layer alone still learns, from features that stay random", "accuracy on fresh digits", bars
            ),
        ),
    )


def digits() -> tuple[Tensor, ...]:
    """Return training inputs and classes, test inputs and classes, each with one set for each seed in front."""
    data = [load("digits", SAMPLES, seed=seed) for seed in range(SEEDS)]
    parts = ("train_inputs", "train_targets", "test_inputs", "test_targets")
    return tuple(torch.from_numpy(np.stack([getattr(one, part) for one in data])) for part in parts)


def trained(
    activation: str, layers: int, inputs: Tensor, labels: Tensor, fresh: Tensor, their_labels: Tensor
) -> Trained:
    """Return what training does to networks of that activation: which of their hidden weights move, and the scores."""
    networks = networks_of(activation, layers)
    gradients = torch.autograd.grad(losses(forward(networks, inputs)[0], labels).sum(), networks.weights[:-1])
    before = [weight.detach().clone() for weight in networks.weights[:-1]]
    take_steps(networks, torch.optim.Adam(networks.parameters, lr=0.01, fused=True), inputs, labels, STEPS)
    moved = torch.cat([(now != then).flatten() for now, then in zip(networks.weights, before, strict=False)])
    return Trained(
        gradient=max(float(gradient.abs().max()) for gradient in gradients),
        moved=float(moved.double().mean()),
        scores=accuracies(forward(networks, fresh)[0], their_labels),
    )


def networks_of(activation: str, layers: int) -> Stack:
    """Return untrained networks for digits with so many hidden layers, one for each seed.

    >>> len(networks_of("step", 3).hidden)
    3
    """
    return stack(activation, (64, *[32] * layers, 10), range(SEEDS))


def _along_a_weight(activation: str, inputs: Tensor, labels: Tensor) -> Line:
    networks = networks_of(activation, layers=1)
    found = []
    with torch.no_grad():
        (weights,) = (weight for weight, _ in networks.hidden)
        start = weights[0, PIXEL, 0].clone()
        for change in MOVED:
            weights[0, PIXEL, 0] = start + float(change)
            found.append(float(losses(forward(networks, inputs[:, :FEW])[0], labels[:, :FEW])[0]))
    lost = np.array(found) - found[len(MOVED) // 2]
    return line(ACTIVATIONS[activation], MOVED, lost.round(5), style="steps" if activation == "step" else "solid")


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    stuck = {
        name: max(n[f"{name}_{what}_{layers}"] for what in ("gradient", "moved") for layers in LAYERS) == 0
        for name in ACTIVATIONS
    }
    if not stuck["step"]:
        return FAILS
    if stuck["relu"]:
        return HOLDS
    condition = written(
        "the slope is 0 wherever it exists, as the step's is. Then no hidden weight ever moves. The output layer still "
        "learns ({step_score_1:.0%} of fresh digits over one hidden layer that stays random, {step_score_3:.0%} over "
        "three). A single point without a derivative does no harm: ReLU has one at 0, and all its layers learn "
        "({relu_score_1:.0%} with one hidden layer)",
        **n,
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C22",
    group="training",
    articles=("A1",),
    title="A non-differentiable (step) activation cannot be trained by back-propagation",
    statement="Back-propagation needs differentiable activations, so that a network of step units cannot be trained "
    "by it.",
    how=f"Networks of 32 units in one or three hidden layers on handwritten digits, {SEEDS} seeds, {STEPS} steps of "
    "Adam at 0.01 on all samples. Neither step nor ReLU has a derivative at 0. The gradients of the hidden weights, "
    "which of them change a bit in training, and the accuracy on fresh digits.",
    criterion="It holds if for step and for ReLU every hidden weight has gradient exactly 0 and keeps its bits. It "
    "holds when the slope is 0 wherever it exists if that is so for step and not for ReLU.",
    measure=measure,
    judge=judge,
    why="A product along the chain that holds the slope of a step is 0, so nothing below a step unit ever hears of "
    "the loss, and only the weights above the last one do. A single point without a derivative, as ReLU has, does no "
    "such harm: an input is hardly ever exactly there, and either slope beside it will do.",
    refuting={"step_gradient_1": 0.5, "step_moved_1": 1.0},
)
