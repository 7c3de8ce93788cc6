"""Networks for two half rings that differ in their output unit, and in the loss that goes with it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from ....nn.functional import apply
from ...tasks import load
from ...training import quiet_torch
from .stacks import forward, stack

SEEDS = 8
POINTS = 500
STEPS = 300
CLIPPED = 1e-6
Floats = NDArray[np.float64]


def cross_entropy(said: Floats, happened: NDArray[np.int64]) -> float:
    """Return the mean surprise in nats at what happened, with outputs moved into 1e-6 to 1 - 1e-6 first.

    >>> round(cross_entropy(np.array([0.5, 0.5]), np.array([0, 1])), 4)
    0.6931
    """
    kept = np.clip(said, CLIPPED, 1 - CLIPPED)
    return float(-np.log(np.where(happened == 1, kept, 1 - kept)).mean())


def answers(output: str) -> tuple[Floats, NDArray[np.int64]]:
    """Return what networks with that output unit say of fresh points, and their classes, (seeds, points).

    Sigmoid is trained with cross-entropy; tanh, moved to 0 to 1, and identity with squared error.
    """
    data = [load("moons", POINTS, seed=seed) for seed in range(SEEDS)]
    inputs, fresh, happened = (
        torch.from_numpy(np.stack([getattr(one, part) for one in data]))
        for part in ("train_inputs", "test_inputs", "train_targets")
    )
    classes = np.stack([one.test_targets for one in data]).astype(np.int64)
    with quiet_torch():
        networks = stack("tanh", (2, 16, 1), range(SEEDS))
        optimizer = torch.optim.Adam(networks.parameters, lr=0.03, fused=True)
        for _ in range(STEPS):
            optimizer.zero_grad()
            logits = forward(networks, inputs)[0][..., 0]
            if output == "sigmoid":
                losses = binary_cross_entropy_with_logits(logits, happened.float(), reduction="none")
            else:
                losses = (_says(output, logits) - happened) ** 2
            losses.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            return _says(output, forward(networks, fresh)[0][..., 0]).double().numpy(), classes


def _says(output: str, received: torch.Tensor) -> torch.Tensor:
    said = apply(output, received)
    return (1 + said) / 2 if output == "tanh" else said
