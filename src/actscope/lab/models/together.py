"""Many networks of one shape as one: each layer computes for all of them at once.

A small network spends more time between its operations than in them. Here one operation serves every network. Where
widths are multiples of 16 a network's numbers are the same bits whatever else is in the stack, alone as well. Products
depend on where their numbers lie in memory, so that with other widths they are the same to rounding.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...nn.modules import ActivationModule
from ..records import Kind
from .judging import losses
from .layers import Attention, Places, Residual, Rows, TokenMean, attended

# Rows of weights are padded to full vectors, so that a step of the optimizer treats all of a network's weights alike.
VECTOR = 64


@dataclass(frozen=True, slots=True)
class Place:
    """What went through one activation of all networks of a stack."""

    weight: nn.Parameter | None
    """Of the last layer with weights before it; None if there is none."""
    before: Tensor
    """(networks, samples, ...)."""
    after: Tensor
    channels: int
    """The axis of the units in a network's (samples, ...)."""
    parts: Sequence[tuple[slice, nn.Module]]
    """The ranges of networks that have one activation, with it."""


@dataclass(slots=True)
class Flow:
    """What goes through a stack: the values, and if wanted what each activation saw."""

    x: Tensor
    places: list[Place] | None = None
    weight: nn.Parameter | None = None
    """Of the last layer with weights."""
    channels: int = -1
    """The axis of that layer's units in a network's (samples, ...)."""


Step = Callable[[Flow], None]
Own = Callable[[Tensor], nn.Parameter]
"""From a parameter of the first network to that of all networks, (networks, ...)."""


class Stack:
    """Networks of one shape, whose parameters are the rows of one matrix."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self.models = tuple(models)
        each = [list(model.parameters()) for model in models]
        size = sum(parameter.numel() for parameter in each[0])
        self.weights = torch.zeros(len(models), -(-size // VECTOR) * VECTOR, dtype=torch.float32, device="cpu")
        """(networks, parameters): a row holds a network's, in the order in which its modules have them."""
        self.gradients = torch.zeros_like(self.weights)
        self._gradients: list[Tensor] = []
        stacked: dict[Tensor, nn.Parameter] = {}
        start = 0
        for parameters in zip(*each, strict=True):
            here = slice(start, start := start + parameters[0].numel())
            shape = (len(models), *parameters[0].shape)
            self.weights[:, here] = torch.stack([parameter.detach() for parameter in parameters]).flatten(1)
            stacked[parameters[0]] = nn.Parameter(self.weights[:, here].view(shape))
            self._gradients.append(self.gradients[:, here].view(shape))
        self.parameters = list(stacked.values())
        """The columns of the weights, from left to right, as the layers have them: (networks, ...)."""
        self._step = _twin(self.models, stacked.__getitem__)

    def __call__(self, x: Tensor, places: list[Place] | None = None) -> Tensor:
        """Return the outputs, (networks, samples, outputs), for x (networks, samples, ...); append to `places`."""
        flow = Flow(x, places)
        self._step(flow)
        return flow.x

    def learn(self, x: Tensor, targets: Tensor, kind: Kind) -> None:
        """Fill `gradients` with those of each network's loss on these samples."""
        differentiate(losses(self(x), targets, kind).sum(), self.parameters, self._gradients)

    def learning(self, on: bool) -> None:
        """Change nothing: no layer of a stack behaves otherwise while it learns."""

    def only(self, rows: Sequence[int]) -> Self:
        """Return the stack of these networks alone, with the weights that they have now."""
        fewer = type(self)([self.models[row] for row in rows])
        fewer.weights.copy_(self.weights[list(rows)])
        return fewer


def differentiate(loss: Tensor, parameters: Sequence[Tensor], into: Sequence[Tensor]) -> None:
    """Write the loss's gradient with respect to each parameter into its place; 0 where none leads there."""
    found = torch.autograd.grad(loss, list(parameters), materialize_grads=True)
    for place, gradient in zip(into, found, strict=True):
        place.copy_(gradient)


def _twin(layers: Sequence[nn.Module], own: Own) -> Step:
    """Return what one layer of every network does to what flows through all of them."""
    for kind, made in TWINS.items():
        if isinstance(layers[0], kind):
            return made(layers, own)
    raise TypeError(f"{type(layers[0]).__name__} has no twin that computes for many networks; write one in TWINS")


def _sequence(layers: Sequence[Any], own: Own) -> Step:
    steps = [_twin(same, own) for same in zip(*layers, strict=True)]

    def step(flow: Flow) -> None:
        for one in steps:
            one(flow)

    return step


def _residual(layers: Sequence[Any], own: Own) -> Step:
    inside = _sequence(layers, own)

    def step(flow: Flow) -> None:
        x = flow.x
        inside(flow)
        flow.x = x + flow.x

    return step


def _linear(layers: Sequence[Any], own: Own) -> Step:
    weight, bias = own(layers[0].weight), own(layers[0].bias)

    def step(flow: Flow) -> None:
        flow.x = affine(flow.x, weight, bias)
        flow.weight, flow.channels = weight, -1

    return step


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return weight x + bias for each network: (networks, ..., outputs) from x (networks, ..., inputs)."""
    flat = x.flatten(1, -2)
    found = product(flat, weight.transpose(1, 2), bias.unsqueeze(1))
    return found.view(*x.shape[:-1], -1)


def product(left: Tensor, right: Tensor, added: Tensor | None = None) -> Tensor:
    """Return left right + added for each network: (networks, a, c) from (networks, a, b) and (networks, b, c)."""
    if len(left) == 1:
        # One product alone is computed in another order than one of many, and by several threads in yet another: it is
        # taken twice.
        pair = [None if one is None else one.expand(2, -1, -1) for one in (left, right, added)]
        return product(*pair)[:1]  # type: ignore[arg-type]
    return torch.bmm(left, right) if added is None else torch.baddbmm(added, left, right)


def _convolution(layers: Sequence[Any], own: Own) -> Step:
    weight, bias = own(layers[0].weight), own(layers[0].bias)
    stride, padding = layers[0].stride, layers[0].padding

    def step(flow: Flow) -> None:
        # One by one: a convolution has enough to compute, and one over groups of channels gives other bits.
        each = zip(flow.x, weight, bias, strict=True)
        flow.x = torch.stack([F.conv2d(x, w, b, stride=stride, padding=padding) for x, w, b in each])
        flow.weight, flow.channels = weight, 1

    return step


def _norm(layers: Sequence[Any], own: Own) -> Step:
    weight, bias, epsilon = own(layers[0].weight), own(layers[0].bias), layers[0].eps

    def step(flow: Flow) -> None:
        shape = (len(flow.x), *[1] * (flow.x.ndim - 2), -1)
        even = F.layer_norm(flow.x, flow.x.shape[-1:], eps=epsilon)
        flow.x = torch.addcmul(bias.view(shape), even, weight.view(shape))

    return step


def _activation(layers: Sequence[Any], own: Own) -> Step:
    del own  # what learns has other weights than its neighbours, and comes alone
    parts = alike(layers)

    def step(flow: Flow) -> None:
        before = flow.x
        flow.x = joined([layer(before[part]) for part, layer in parts])
        if flow.places is not None:
            flow.places.append(Place(flow.weight, before, flow.x, flow.channels, parts))

    return step


def alike(layers: Sequence[ActivationModule]) -> list[tuple[slice, ActivationModule]]:
    """Return the ranges of networks that have one activation, with it."""
    starts = [k for k, layer in enumerate(layers) if k == 0 or layer.activation != layers[k - 1].activation]
    return [(slice(*ends), layers[ends[0]]) for ends in itertools.pairwise([*starts, len(layers)])]


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Return the parts as one, without a copy where there is only one."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def _places(layers: Sequence[Any], own: Own) -> Step:
    weight = own(layers[0].weight)

    def step(flow: Flow) -> None:
        flow.x = flow.x + weight.unsqueeze(1)

    return step


def _attention(layers: Sequence[Any], own: Own) -> Step:
    mix, out = (_linear([getattr(layer, name) for layer in layers], own) for name in ("mix", "out"))

    def step(flow: Flow) -> None:
        mix(flow)
        flow.x = attended(flow.x, layers[0].heads)
        out(flow)

    return step


def _bare(layers: Sequence[Any], own: Own) -> Step:
    """Return what a layer without weights does, which treats all networks alike."""
    del own

    def step(flow: Flow) -> None:
        flow.x = layers[0](flow.x)

    return step


TWINS: Mapping[type[nn.Module], Callable[[Sequence[Any], Own], Step]] = MappingProxyType(
    {
        Residual: _residual,
        nn.Sequential: _sequence,
        nn.Linear: _linear,
        nn.Conv2d: _convolution,
        nn.LayerNorm: _norm,
        ActivationModule: _activation,
        Places: _places,
        Attention: _attention,
        Rows: _bare,
        TokenMean: _bare,
    }
)
