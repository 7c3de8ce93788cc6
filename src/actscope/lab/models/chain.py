"""The chain rule by hand, for stacks of MLPs: no graph is recorded, and each slope is one pass of its kernel."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ...nn.curves import Curve
from ...nn.modules import ActivationModule
from ..records import Kind
from .judging import pulls
from .together import Stack, alike, joined, product

Curves = list[tuple[slice, Curve]]
"""The ranges of networks that share an activation, each with its curve."""


class Chain(Stack):
    """A stack of MLPs: Linear and activation in turn, and a Linear on top."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__(models)
        layers = list(zip(*(cast(nn.Sequential, model) for model in models), strict=True))
        self._curves: list[Curves] = [
            [(part, cast(Curve, layer.curve)) for part, layer in alike(cast(Sequence[ActivationModule], same))]
            for same in layers[1::2]
        ]
        # Views are made once: each costs as much as some operations on a small network.
        self._weights = [weight.detach() for weight in self.parameters[0::2]]
        self._transposed = [weight.transpose(1, 2) for weight in self._weights]
        self._biases = [bias.detach().unsqueeze(1) for bias in self.parameters[1::2]]

    @torch.no_grad()
    def learn(self, x: Tensor, targets: Tensor, kind: Kind) -> None:
        """Fill `gradients` with those of each network's loss on these samples."""
        arguments: list[Tensor] = []
        inputs = [x]
        for weight, bias, curves in zip(self._transposed[:-1], self._biases[:-1], self._curves, strict=True):
            arguments.append(product(inputs[-1], weight, bias))
            inputs.append(_values(curves, arguments[-1]))
        delta = pulls(product(inputs[-1], self._transposed[-1], self._biases[-1]), targets, kind)
        for layer in reversed(range(len(inputs))):
            # A weight's share is its input times the delta of its unit, summed over the samples.
            self._gradients[2 * layer].copy_(_shares(delta, inputs[layer]))
            torch.sum(delta, 1, out=self._gradients[2 * layer + 1])
            if layer:
                arrived = product(delta, self._weights[layer])
                delta = _gradients(self._curves[layer - 1], arguments[layer - 1], arrived)


def _values(curves: Curves, z: Tensor) -> Tensor:
    """Return each network's f(z)."""
    if len(curves) == 1:
        return curves[0][1].value(z)
    return joined([curve.value(z[part]) for part, curve in curves])


def _gradients(curves: Curves, z: Tensor, arrived: Tensor) -> Tensor:
    """Return what arrives times each network's f'(z)."""
    if len(curves) == 1:
        return curves[0][1].gradient(z, arrived)
    return joined([curve.gradient(z[part], arrived[part]) for part, curve in curves])


def _shares(delta: Tensor, inputs: Tensor) -> Tensor:
    """Return delta^T inputs for each network, (networks, outputs, inputs)."""
    # A product with few columns takes as long as one with many; the other way round it has few rows.
    if inputs.shape[2] < delta.shape[2]:
        return product(inputs.transpose(1, 2), delta).transpose(1, 2)
    return product(delta.transpose(1, 2), inputs)
