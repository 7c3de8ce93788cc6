"""Weights at the start: drawn once for a seed, scaled by the initialisation."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ...catalogue import Activation
from ...errors import missing_extra
from ..records import Init

try:
    import torch
    from torch import nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ...nn import gain

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


class Draw:
    """Layers whose weights come one after the other from the draws of a seed.

    Networks of one shape and seed start from the same draws, whatever the activation: `init` only scales them.
    """

    def __init__(self, activation: str | Activation, init: Init, seed: int) -> None:
        self.init: Init = init
        self.gain = gain(activation)
        """What makes good for the activation before a layer; standardised inputs and sums have none before them."""
        self.random = torch.Generator().manual_seed(seed)

    def linear(self, inputs: int, outputs: int, gain: float = 1.0) -> nn.Linear:
        """Return a Linear."""
        # The constructor of a layer draws from the global generator; skip_init leaves it alone.
        layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs, device="cpu", dtype=torch.float32)  # type: ignore[no-untyped-call]
        self._fill(layer, inputs, outputs, gain)
        return layer

    def convolution(self, inputs: int, outputs: int, stride: int, gain: float = 1.0) -> nn.Conv2d:
        """Return a convolution of 3 by 3 that keeps the size, or with a stride of 2 halves it."""
        settings = {"kernel_size": 3, "padding": 1, "stride": stride, "device": "cpu", "dtype": torch.float32}
        layer: nn.Conv2d = nn.utils.skip_init(nn.Conv2d, inputs, outputs, **settings)  # type: ignore[no-untyped-call]
        self._fill(layer, 9 * inputs, 9 * outputs, gain)
        return layer

    def normal(self, *shape: int, std: float) -> nn.Parameter:
        """Return normal numbers, such as those that tell places apart."""
        drawn = torch.empty(shape, dtype=torch.float32, device="cpu")
        return nn.Parameter(drawn.normal_(0.0, std, generator=self.random))

    @torch.no_grad()
    def _fill(self, layer: nn.Linear | nn.Conv2d, fan_in: int, fan_out: int, gain: float) -> None:
        assert layer.bias is not None
        if self.init == "default":
            # What PyTorch does: both uniform within 1/sqrt(fan_in).
            bound = 1.0 / math.sqrt(fan_in)
            layer.weight.uniform_(-bound, bound, generator=self.random)
            layer.bias.uniform_(-bound, bound, generator=self.random)
        else:
            layer.weight.normal_(0.0, 1.0, generator=self.random).mul_(SCALES[self.init](gain, fan_in, fan_out))
            layer.bias.zero_()


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
