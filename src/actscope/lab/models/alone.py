"""A network by itself, of whatever layers: a user's own, or one whose activation learns or draws."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, cast

import torch
from torch import Tensor, nn

from ...nn.recognising import recognised
from ..records import Kind
from .judging import losses
from .together import Place, differentiate

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Alone:
    """One network that is called as a stack of one: (1, samples, ...) in, (1, samples, outputs) out."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        (self.model,) = models
        self.learning(False)
        model = self.model
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        size = sum(parameter.numel() for parameter in self.parameters)
        self.weights = torch.zeros(1, size, dtype=torch.float32, device="cpu")
        self.gradients = torch.zeros_like(self.weights)
        self._gradients: list[Tensor] = []
        start = 0
        for parameter in self.parameters:
            here = slice(start, start := start + parameter.numel())
            self.weights[0, here] = parameter.detach().flatten()
            parameter.data = self.weights[0, here].view(parameter.shape)
            self._gradients.append(self.gradients[0, here].view(parameter.shape))

    def __call__(self, x: Tensor, places: list[Place] | None = None) -> Tensor:
        """Return the outputs; append to `places` what each activation saw."""
        with ExitStack() as hooks:
            if places is not None:
                _watch(self.model, places, hooks)
            outputs: Tensor = self.model(x[0])
            return outputs.reshape(1, len(x[0]), -1)

    def learn(self, x: Tensor, targets: Tensor, kind: Kind) -> None:
        """Fill `gradients` with those of the network's loss on these samples."""
        differentiate(losses(self(x), targets, kind).sum(), self.parameters, self._gradients)

    def learning(self, on: bool) -> None:
        """Let layers such as dropout behave as they do while the network learns, or not."""
        self.model.train(on)

    def only(self, rows: Any) -> "Alone":
        """Return itself: there is no other."""
        del rows
        return self


def _watch(model: nn.Module, places: list[Place], hooks: ExitStack) -> None:
    """Have every activation of the model write down what it sees, until `hooks` closes."""
    last: list[tuple[nn.Parameter, int]] = []
    given: list[Tensor] = []

    def sees(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        # A copy, as of the output: the module itself or what comes after it may overwrite them.
        given.append(inputs[0].detach()[None].clone())

    def saw(layer: nn.Module, _: tuple[Any, ...], output: Any) -> None:
        weight, channels = last[-1] if last else (None, -1)
        places.append(Place(weight, given.pop(), output.detach()[None].clone(), channels, [(slice(None), layer)]))

    def passed(layer: nn.Module, *_: Any) -> None:
        last[:] = [(cast(nn.Parameter, layer.weight), 1 if isinstance(layer, _CONVOLUTIONS) else -1)]

    for layer in model.modules():
        if (known := recognised(layer)) is not None and known[0].pointwise:
            hooks.callback(layer.register_forward_pre_hook(sees).remove)
            hooks.callback(layer.register_forward_hook(saw).remove)
        elif isinstance(weight := getattr(layer, "weight", None), nn.Parameter) and weight.ndim > 1:
            hooks.callback(layer.register_forward_hook(passed).remove)
