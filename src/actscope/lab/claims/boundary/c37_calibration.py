"""C37: sigmoid outputs read as probabilities, on samples that were not trained on."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ...training import quiet_torch
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from ..training.averages import averaged_share
from ..training.stacks import forward, stack, take_steps
from .calibrating import Floats, calibration_error, reliability

INPUTS = 5
SIZES = (125, 500, 2000, 4000)
SEEDS = 4
HELD_OUT = 5000
STEPS = 300
CLOSE = 0.03
SHOWN = (("unit", 500), ("network", 125), ("network", 4000))
MODELS = {"unit": (INPUTS, 1), "network": (INPUTS, 16, 1)}


def measure() -> Measured:
    """Train a sigmoid unit and a network with a sigmoid output on ever more samples, and check what they say."""
    numbers: dict[str, Number] = {}
    curves: list[Line] = []
    with quiet_torch():
        fresh, classes = _samples(HELD_OUT, start=SEEDS)
        for model, sizes in MODELS.items():
            for samples in SIZES:
                said = _trained(sizes, samples, fresh)
                numbers[f"{model}_{samples}"] = averaged_share(
                    [calibration_error(*pair) for pair in zip(said, classes.numpy(), strict=True)],
                    f"expected calibration error of the {model}, {samples} samples",
                )
                if (model, samples) in SHOWN:
                    outputs, shares, _ = reliability(said.ravel(), classes.numpy().ravel())
                    curves.append(line(f"{model}, {samples} samples", outputs, shares))
    return Measured(
        numbers,
        pictures=(
            Chart(
                "What happens where a model says 10, 20, ... 90 %",
                x="output",
                y="share of class 1",
                lines=(line("as it should be", (0.0, 1.0), (0.0, 1.0), style="dashed"), *curves),
            ),
            Chart(
                "With more samples the outputs come close to probabilities",
                x="samples trained on",
                y="expected calibration error",
                lines=tuple(_by_size(model, numbers) for model in MODELS),
                rules=(Rule(CLOSE, "y", "3 points"),),
                log_x=True,
            ),
        ),
    )


def _samples(count: int, start: int) -> tuple[Tensor, Tensor]:
    inputs, labels = [], []
    for seed in range(start, start + SEEDS):
        random = np.random.default_rng(seed)
        drawn = random.standard_normal((count, INPUTS))
        # The logit of class 1 is linear in the inputs, twice a standard normal number: a unit can tell it exactly.
        logit = drawn.sum(axis=1) * 2 / np.sqrt(INPUTS)
        inputs.append(drawn)
        labels.append(random.logistic(size=count) < logit)
    return torch.from_numpy(np.stack(inputs)).float(), torch.from_numpy(np.stack(labels)).long()


def _trained(sizes: tuple[int, ...], samples: int, fresh: Tensor) -> Floats:
    """Return what the trained models say of the fresh samples, (seeds, samples)."""
    inputs, labels = _samples(samples, start=0)
    networks = stack("tanh", sizes, range(SEEDS))
    take_steps(networks, torch.optim.Adam(networks.parameters, lr=0.03, fused=True), inputs, labels, STEPS)
    with torch.no_grad():
        said: Floats = forward(networks, fresh)[0][..., 0].double().sigmoid().numpy()
    return said


def _by_size(model: str, numbers: Mapping[str, Number]) -> Line:
    found = [numbers[f"{model}_{samples}"] for samples in SIZES]
    return line(model, SIZES, [n.value for n in found], low=[n.low for n in found], high=[n.high for n in found])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    enough = {
        model: [size for size in SIZES if all(n[f"{model}_{more}"] <= CLOSE for more in SIZES if more >= size)]
        for model in MODELS
    }
    if not all(enough.values()):
        return FAILS
    first = {model: sizes[0] for model, sizes in enough.items()}
    if set(first.values()) == {SIZES[0]}:
        return HOLDS
    return Verdict(
        "holds when",
        f"the model does not overfit: from {first['unit']} samples on for a single unit, which has the right form, and "
        f"from {first['network']} for a network of 16 hidden units (with {SIZES[0]} its outputs are "
        f"{n[f'network_{SIZES[0]}']:.2f} off on average)",
    )


CLAIM = Claim(
    id="C37",
    group="boundary",
    articles=("A1", "A3"),
    title="Sigmoid outputs can be read as probabilities",
    statement="A sigmoid at the output gives a number between 0 and 1 that can be read as the probability of a class: "
    "of the samples that get 0.8, 80 % are of class 1.",
    how=f"{INPUTS} normal inputs whose class is drawn with a probability that a sigmoid unit can express; a unit and a "
    f"network of 16 tanh units below it, {STEPS} steps of Adam at 0.03 on all of 125 to 4000 samples, {SEEDS} seeds; "
    f"{HELD_OUT} held-out samples in ten bins by output.",
    criterion="Outputs count as probabilities if the expected calibration error is at most 0.03, so that a stated 80 "
    "% means 77 to 83 % on average. It holds if unit and network reach it from 125 samples on, and holds when there "
    "are enough samples if both reach it from some size on.",
    measure=measure,
    judge=judge,
    why="Cross-entropy is smallest for the true probabilities, so a model that has the right form and enough data "
    "comes to them. A network with room to spare learns its few samples by heart, for which it must say nearly 0 or "
    "1, and says so of fresh samples too.",
    refuting={"network_4000": 0.2},
)
