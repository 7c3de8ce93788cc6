"""C39: images of 100 x 100 pixels in red, green and blue as vectors of 30,000 numbers."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...training import quiet_torch
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Image, Images, Rule, line
from ..training.averages import averaged_share
from ..training.stacks import Stack, accuracies, forward, losses, stack
from .pixels import INPUTS, Pixels, images

TRAINED, HELD_OUT = 400, 300
SHIFTS = (0, 10, 20)
EPOCHS = 8
SEEDS = 3
BATCH = 50
GOOD = 0.9


def measure() -> Measured:
    """Draw triangles and circles that lie ever further off the centre, and train networks on their pixels."""
    with quiet_torch():
        found = {
            shift: averaged_share(
                _accuracies(*images(TRAINED + HELD_OUT, shift, np.random.default_rng(shift))),
                f"accuracy on fresh images, up to {shift} pixels off the centre",
            )
            for shift in SHIFTS
        }
    shares, lows, highs = zip(*((n.value, n.low, n.high) for n in found.values()), strict=True)
    return Measured(
        numbers={
            "inputs": Number(INPUTS, "inputs of each network"),
            **{f"shift_{shift}": number for shift, number in found.items()},
        },
        pictures=(
            _examples(),
            Chart(
                "How many are told, the further the shapes may lie off the centre",
                x="furthest from the centre (pixels)",
                y="accuracy on fresh images",
                lines=(line("network", SHIFTS, shares, low=lows, high=highs),),
                rules=(Rule(GOOD, "y", "90 %"), Rule(0.5, "y", "guessing")),
            ),
        ),
    )


def _accuracies(pixels: Pixels, labels: NDArray[np.int64]) -> list[float]:
    inputs = torch.from_numpy(pixels).reshape(len(pixels), INPUTS).float().div_(128)
    # Uncentred, the grey that all images share reaches every unit, and may silence it at the start.
    inputs -= inputs[:TRAINED].mean(dim=0)
    classes = torch.from_numpy(labels)
    networks = stack("relu", (INPUTS, 32, 1), range(SEEDS))
    _train(networks, inputs[:TRAINED], classes[:TRAINED])
    with torch.no_grad():
        return accuracies(forward(networks, inputs[TRAINED:])[0], classes[TRAINED:])


def _train(networks: Stack, inputs: Tensor, labels: Tensor) -> None:
    optimizer = torch.optim.Adam(networks.parameters, lr=0.001, fused=True)
    random = torch.Generator().manual_seed(0)
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(labels), generator=random), BATCH):
            optimizer.zero_grad()
            losses(forward(networks, inputs[batch])[0], labels[batch]).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def _examples() -> Images:
    shown = []
    for shift in (SHIFTS[0], SHIFTS[-1]):
        pixels, _ = images(2, shift, np.random.default_rng([1, shift]))
        for name, image in zip(("triangle", "circle"), pixels[:, ::2, ::2], strict=True):
            rows = tuple(tuple((int(r), int(g), int(b)) for r, g, b in row) for row in image)
            shown.append(Image(f"{name}, up to {shift} pixels off the centre", rows))
    return Images("Triangles and circles of any colour and size (every second pixel)", tuple(shown))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    told = [shift for shift in SHIFTS if all(n[f"shift_{less}"] >= GOOD for less in SHIFTS if less <= shift)]
    if not told:
        return FAILS
    if told[-1] == SHIFTS[-1]:
        return HOLDS
    return Verdict(
        "holds when",
        f"the shapes lie within {told[-1]} pixels of the centre ({n[f'shift_{told[-1]}']:.0%} of fresh images; with up "
        f"to {SHIFTS[-1]} pixels {n[f'shift_{SHIFTS[-1]}']:.0%}), for a plain network and {TRAINED} images",
    )


CLAIM = Claim(
    id="C39",
    group="boundary",
    articles=("A3",),
    title="An image of 100 x 100 RGB pixels is a vector of 30,000 inputs that a network can classify",
    statement="Each pixel is three numbers, so that an image of 100 x 100 pixels goes into 30,000 input neurons, and "
    "a network on them tells which of two kinds of picture it is.",
    how="Drawn triangles and circles of equal area, random in colour and size, at most 0, 10 or 20 pixels off the "
    f"centre. Networks of 32 ReLU units on the {INPUTS:,} numbers, {SEEDS} seeds, learn from {TRAINED} images, "
    f"{EPOCHS} epochs of Adam at 0.001, and are tested on {HELD_OUT} fresh ones.",
    criterion="It holds if at least 90 % of the fresh images are told at every distance from the centre; it holds "
    "when the shapes are near the centre if that is so up to some distance.",
    measure=measure,
    judge=judge,
    why="A plain network has one weight for each pixel and unit, and what it learns of a shape at one place says "
    "little of the same shape elsewhere. Convolutional networks, which the article names for images, share their "
    "weights between places for this reason.",
    refuting={"shift_0": 0.5},
)
