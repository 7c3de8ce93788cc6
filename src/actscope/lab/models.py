"""Plain multi-layer perceptrons and their initialisation."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from ..catalogue import Activation
from ..errors import missing_extra
from .records import Init

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ..nn import gain, module

# Standard deviation of a weight from the activation's gain, the fan-in and the fan-out.
Scale = Callable[[float, int, int], float]
SCALES: Mapping[Init, Scale] = MappingProxyType(
    {
        "auto": lambda gain, fan_in, _: gain / math.sqrt(fan_in),
        "he": lambda _, fan_in, __: math.sqrt(2.0 / fan_in),
        "xavier": lambda _, fan_in, fan_out: math.sqrt(2.0 / (fan_in + fan_out)),
        "lecun": lambda _, fan_in, __: 1.0 / math.sqrt(fan_in),
    }
)


def mlp(
    activation: str | Activation,
    *,
    inputs: int,
    classes: int,
    depth: int,
    width: int,
    init: Init = "auto",
    seed: int = 0,
) -> nn.Sequential:
    """Return `depth` hidden layers, each a Linear and its activation, and a Linear on top.

    Two classes get one output, the logit of class 1; more classes get one output each. Networks of one shape and seed
    start from the same draws, whatever the activation: `init` only scales them.

    >>> len(mlp("relu", inputs=2, classes=2, depth=3, width=8))
    7
    """
    random = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    # A layer's gain makes good for the activation before it; standardised inputs have none before them.
    before = 1.0
    for fan_in in (inputs, *[width] * (depth - 1)):
        layers += [_linear(fan_in, width, init, before, random), module(activation)]
        before = gain(activation)
    # Gain 1 at the output, where nothing follows, lets every network start with small logits, near guessing.
    layers.append(_linear(width, 1 if classes == 2 else classes, init, 1.0, random))
    return nn.Sequential(*layers)


def scales_of(activation: str | Activation, init: Init, width: int) -> tuple[float, float, float]:
    """Return the standard deviations in hidden layers of `width`: of a weight in the first layer and in those after
    it, both times the root of the fan-in, and of a bias.

    >>> [round(scale, 4) for scale in scales_of("relu", "auto", 256)]
    [1.0, 1.4142, 0.0]
    """
    if init == "default":
        # A uniform number within 1/sqrt(fan_in) has a third of that squared as variance.
        return math.sqrt(1 / 3), math.sqrt(1 / 3), math.sqrt(1 / (3 * width))
    first, after = (SCALES[init](before, width, width) * math.sqrt(width) for before in (1.0, gain(activation)))
    return first, after, 0.0


def hidden_layers(model: nn.Sequential) -> list[tuple[nn.Linear, nn.Module]]:
    """Return the Linear and the activation of each hidden layer, from the input on."""
    layers = list(model)
    return [(cast(nn.Linear, linear), act) for linear, act in zip(layers[0:-1:2], layers[1::2], strict=True)]


def loss(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats; one output is the logit of class 1."""
    if outputs.shape[1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], labels.to(outputs.dtype))
    return nn.functional.cross_entropy(outputs, labels)


def accuracy(outputs: Tensor, labels: Tensor) -> float:
    """Return the share of samples whose class the outputs name."""
    said = (outputs[:, 0] > 0).long() if outputs.shape[1] == 1 else outputs.argmax(dim=1)
    return float((said == labels).double().mean())


def _linear(fan_in: int, fan_out: int, init: Init, gain: float, random: torch.Generator) -> nn.Linear:
    # The constructor of Linear draws from the global generator; skip_init leaves it alone.
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, fan_in, fan_out, device="cpu", dtype=torch.float32)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        if init == "default":
            # What nn.Linear does: both uniform within 1/sqrt(fan_in).
            bound = 1.0 / math.sqrt(fan_in)
            layer.weight.uniform_(-bound, bound, generator=random)
            layer.bias.uniform_(-bound, bound, generator=random)
        else:
            layer.weight.normal_(0.0, 1.0, generator=random).mul_(SCALES[init](gain, fan_in, fan_out))
            layer.bias.zero_()
    return layer
