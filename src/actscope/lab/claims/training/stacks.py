"""Networks of one shape, one for each seed, trained side by side: one batched product a layer serves them all."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ....catalogue import Activation
from ....errors import missing_extra

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ....nn import gain, module
from ...models import scores


@dataclass(frozen=True, slots=True)
class Stack:
    """Networks side by side, which share nothing but their shape and their activation."""

    activation: nn.Module
    weights: tuple[Tensor, ...]
    """One for each layer: (networks, fan-in, fan-out)."""
    biases: tuple[Tensor, ...]
    """One for each layer: (networks, 1, fan-out)."""

    @property
    def parameters(self) -> list[Tensor]:
        """All that is trained, the weights first."""
        return [*self.weights, *self.biases]

    @property
    def hidden(self) -> list[tuple[Tensor, Tensor]]:
        """Weights and biases of each hidden layer, from the input on."""
        return list(zip(self.weights, self.biases, strict=True))[:-1]


def stack(activation: str | Activation, sizes: Sequence[int], seeds: Iterable[int], **parameters: float) -> Stack:
    """Return a network of those layer sizes for each seed: weights normal with gain/sqrt(fan-in), biases 0.

    The draws depend on seed and sizes alone, so that networks of two activations differ by their gain only. The keyword
    arguments are the activation's parameters.

    >>> [tuple(weight.shape) for weight in stack("relu", (2, 8, 1), range(5)).weights]
    [(5, 2, 8), (5, 8, 1)]
    """
    randoms = [torch.Generator().manual_seed(seed) for seed in seeds]
    kept = gain(activation, **parameters)
    weights = []
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        draws = torch.stack([torch.randn(fan_in, fan_out, generator=random) for random in randoms])
        # A layer's gain makes good for the activation before it; the output has none after it and starts near 0.
        scale = kept if 0 < layer < len(sizes) - 2 else 1.0
        weights.append((draws * (scale / math.sqrt(fan_in))).requires_grad_())
    biases = tuple(torch.zeros(len(randoms), 1, size).requires_grad_() for size in sizes[1:])
    return Stack(module(activation, **parameters), tuple(weights), biases)


def forward(networks: Stack, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return the outputs, and of each hidden layer what goes into its activation, (networks, samples, units).

    `inputs` are (samples, features), the same for all, or (networks, samples, features).

    >>> outputs, before = forward(stack("relu", (2, 8, 1), range(5)), torch.zeros(3, 2))
    >>> tuple(outputs.shape), [tuple(layer.shape) for layer in before]
    ((5, 3, 1), [(5, 3, 8)])
    """
    signal = inputs.expand(len(networks.weights[0]), *inputs.shape[-2:])
    before: list[Tensor] = []
    for weight, bias in networks.hidden:
        before.append(torch.baddbmm(bias, signal, weight))
        signal = networks.activation(before[-1])
    return torch.baddbmm(networks.biases[-1], signal, networks.weights[-1]), before


def losses(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return each network's mean cross-entropy in nats, (networks,); one output is the logit of class 1.

    `labels` are (samples,), the same for all, or (networks, samples).

    >>> losses(torch.zeros(2, 3, 1), torch.tensor([0, 1, 1]))
    tensor([0.6931, 0.6931])
    """
    labels = labels.expand(outputs.shape[:2])
    if outputs.shape[2] == 1:
        each = nn.functional.binary_cross_entropy_with_logits(
            outputs[..., 0], labels.to(outputs.dtype), reduction="none"
        )
    else:
        each = nn.functional.cross_entropy(outputs.transpose(1, 2), labels, reduction="none")
    return each.mean(dim=1)


def take_steps(
    networks: Stack,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    labels: Tensor,
    steps: int,
    rates: Tensor | float = 1.0,
) -> None:
    """Take so many steps of the optimizer, each on all samples; `rates` scale each network's gradient, (networks,).

    Under plain gradient descent at learning rate 1 they are the learning rates.

    >>> networks = stack("relu", (2, 8, 1), range(5))
    >>> optimizer = torch.optim.SGD(networks.parameters, lr=0.1)
    >>> take_steps(networks, optimizer, torch.zeros(3, 2), torch.ones(3).long(), steps=2)
    >>> bool((networks.biases[-1] > 0).all())
    True
    """
    for _ in range(steps):
        optimizer.zero_grad()
        (rates * losses(forward(networks, inputs)[0], labels)).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def accuracies(outputs: Tensor, labels: Tensor) -> list[float]:
    """Return the share of samples whose class each network names.

    >>> accuracies(torch.ones(2, 3, 1), torch.tensor([0, 1, 1]))
    [0.6666666666666666, 0.6666666666666666]
    """
    found: list[float] = scores(outputs, labels.expand(outputs.shape[:2])).tolist()
    return found
