"""How large signal and gradient are at each layer of a real network, in float32 and in float64."""

from dataclasses import dataclass

import numpy as np

from ...catalogue import Activation
from ...errors import missing_extra
from ..measuring import root_mean_squares
from ..models import hidden_layers, mlp
from ..records import Init

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "measuring a network") from error


@dataclass(frozen=True, slots=True)
class Sample:
    """Root mean squares at the layers of one network, the layer next to the input first."""

    signal: tuple[float, ...]
    gradient: tuple[float, ...]


def sampled(
    activation: str | Activation, *, depth: int, width: int, init: Init, seed: int, samples: int, dtype: torch.dtype
) -> Sample:
    """Return the sizes in one random network, computed in `dtype`.

    Inputs are normal, and so is the vector that the output is multiplied with before it is differentiated. Weights,
    inputs and vectors are drawn once, in float32, and are the same numbers in every dtype and for every activation.
    """
    model = mlp(activation, inputs=width, outputs=1, depth=depth, width=width, init=init, seed=seed).to(dtype).eval()
    for weight in model.parameters():
        weight.requires_grad_(False)
    random = torch.Generator().manual_seed(_seed_of_inputs(seed))
    flow = torch.randn(samples, width, generator=random).to(dtype).requires_grad_()
    pull = torch.randn(samples, width, generator=random).to(dtype)
    received: list[Tensor] = []
    with torch.enable_grad():
        for linear, activate in hidden_layers(model):
            received.append(linear(flow))
            flow = activate(received[-1])
        gradients = torch.autograd.grad(flow, received, pull, allow_unused=True)
    return Sample(tuple(map(_size, received)), tuple(0.0 if g is None else _size(g) for g in gradients))


def _size(tensor: Tensor) -> float:
    # The squares of sizes that float32 or float64 still holds can be beyond both.
    wide = tensor.detach().double()
    largest = float(wide.abs().max())
    return largest * float(root_mean_squares((wide / largest)[None])[0]) if 0.0 < largest < float("inf") else largest


def _seed_of_inputs(seed: int) -> int:
    # Weights and inputs must not be drawn from one sequence of numbers.
    return int(np.random.SeedSequence([seed, 2]).generate_state(1)[0])
