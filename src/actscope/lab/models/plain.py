"""The networks of the lab as ordinary modules: which layers, in which order, with which weights at the start."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from ...catalogue import Activation
from ...errors import missing_extra
from ..records import Init

try:
    from torch import nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ...nn import module
from .drawing import Draw
from .layers import Attention, Places, Residual, Rows, TokenMean

# Convolutions halve an image until it is this small, which keeps their cost in hand.
SMALLEST_SIDE = 8
HEAD_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """What a network must fit: the axes of a sample, and the numbers that it has to give for each."""

    sample: tuple[int, ...]
    outputs: int

    @property
    def inputs(self) -> int:
        """Numbers per sample."""
        return math.prod(self.sample)


def mlp(
    activation: str | Activation,
    *,
    inputs: int,
    outputs: int,
    depth: int,
    width: int,
    init: Init = "auto",
    seed: int = 0,
) -> nn.Sequential:
    """Return `depth` hidden layers, each a Linear and its activation, and a Linear on top.

    Networks of one shape and seed start from the same draws, whatever the activation: `init` only scales them.

    >>> len(mlp("relu", inputs=2, outputs=1, depth=3, width=8))
    7
    """
    draw = Draw(activation, init, seed)
    layers: list[nn.Module] = []
    before = 1.0
    for fan_in in (inputs, *[width] * (depth - 1)):
        layers += [draw.linear(fan_in, width, before), module(activation)]
        before = draw.gain
    # Gain 1 at the output, where nothing follows, lets every network start with small logits, near guessing.
    layers.append(draw.linear(width, outputs))
    return nn.Sequential(*layers)


def hidden_layers(model: nn.Sequential) -> list[tuple[nn.Linear, nn.Module]]:
    """Return the Linear and the activation of each hidden layer of an MLP, from the input on."""
    layers = list(model)
    return [(cast(nn.Linear, linear), act) for linear, act in zip(layers[0:-1:2], layers[1::2], strict=True)]


def _mlp(activation: Activation, shape: Shape, depth: int, width: int, init: Init, seed: int) -> nn.Module:
    return mlp(activation, inputs=shape.inputs, outputs=shape.outputs, depth=depth, width=width, init=init, seed=seed)


def _residual(activation: Activation, shape: Shape, depth: int, width: int, init: Init, seed: int) -> nn.Module:
    """Return blocks that each add to what they are given, f between two Linears, after a normalisation.

    He et al. (2016), identity mappings, with the layer normalisation of today's networks. What a block adds is drawn
    small enough for the sum of all to double the variance, whatever the depth (Zhang et al. 2019).
    """
    draw = Draw(activation, init, seed)
    blocks = [
        Residual(
            nn.LayerNorm(width),
            draw.linear(width, width),
            module(activation),
            draw.linear(width, width, draw.gain / math.sqrt(depth)),
        )
        for _ in range(depth)
    ]
    head = (nn.LayerNorm(width), draw.linear(width, shape.outputs))
    return nn.Sequential(draw.linear(shape.inputs, width), *blocks, *head)


def _conv(activation: Activation, shape: Shape, depth: int, width: int, init: Init, seed: int) -> nn.Module:
    """Return convolutions of 3 by 3, the first of which halve the image, a mean over places and a Linear on top.

    Springenberg et al. (2015), all convolutional: a stride takes the place of pooling.
    """
    draw = Draw(activation, init, seed)
    layers: list[nn.Module] = []
    before, channels, side = 1.0, shape.sample[0], min(shape.sample[1:])
    for _ in range(depth):
        stride = 2 if side > SMALLEST_SIDE else 1
        layers += [draw.convolution(channels, width, stride, before), module(activation)]
        before, channels, side = draw.gain, width, -(-side // stride)
    return nn.Sequential(*layers, Rows(), TokenMean(), draw.linear(width, shape.outputs))


def _transformer(activation: Activation, shape: Shape, depth: int, width: int, init: Init, seed: int) -> nn.Module:
    """Return an encoder of `depth` blocks: attention, then two Linears with f between, each after a normalisation.

    Vaswani et al. (2017), normalised before rather than after each part (Xiong et al. 2020).
    """
    draw = Draw(activation, init, seed)
    length, features = shape.sample
    heads = next(heads for heads in range(max(1, width // HEAD_WIDTH), 0, -1) if width % heads == 0)
    blocks: list[nn.Module] = []
    for _ in range(depth):
        attention = [draw.linear(width, 3 * width), draw.linear(width, width, 1 / math.sqrt(2 * depth))]
        blocks.append(Residual(nn.LayerNorm(width), Attention(*attention, heads=heads)))
        up = draw.linear(width, 2 * width)
        down = draw.linear(2 * width, width, draw.gain / math.sqrt(2 * depth))
        blocks.append(Residual(nn.LayerNorm(width), up, module(activation), down))
    head = (nn.LayerNorm(width), TokenMean(), draw.linear(width, shape.outputs))
    return nn.Sequential(draw.linear(features, width), Places(draw.normal(length, width, std=0.1)), *blocks, *head)


Build = Callable[[Activation, Shape, int, int, Init, int], nn.Module]
ARCHITECTURES: Mapping[str, Build] = MappingProxyType(
    {"mlp": _mlp, "residual": _residual, "conv": _conv, "transformer": _transformer}
)
"""From activation, shape, depth, width, initialisation and seed to a network, by the names of MODELS."""
