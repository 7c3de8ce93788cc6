"""Networks of the published programs."""

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import nn

from .architectures import Function

Module = Callable[[], nn.Module]


def stack(widths: Sequence[int], activation: Module, last: Module | None = None, dropout: float = 0.0) -> nn.Sequential:
    """Affine layers of these widths with an activation between, perhaps another behind."""
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        if number:
            layers += [activation(), *([nn.Dropout(dropout)] if dropout else [])]
        layers.append(nn.Linear(inputs, outputs))
    return nn.Sequential(*layers, *([last()] if last else []))


def softmax() -> nn.Module:
    return nn.Softmax(-1)


def exponential() -> nn.Module:
    return Function(torch.exp)


def normal(std: float, model: nn.Module) -> nn.Module:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=std)
            nn.init.zeros_(layer.bias)
    return model


def uniform(model: nn.Module) -> nn.Module:
    """Keras's "uniform": within 0.05."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.weight, -0.05, 0.05)
            nn.init.zeros_(layer.bias)
    return model


def he_uniform(model: nn.Module) -> nn.Module:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return model


def convolutional(last: nn.Module | None, outputs: int = 10) -> nn.Module:
    layers = [nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5, padding=2), nn.ReLU()]
    layers += [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, outputs)]
    return nn.Sequential(*layers, *([last] if last else []))


def le_net(act: Callable[[], nn.Module]) -> nn.Module:
    layers = [nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 3, padding=1), nn.ReLU()]
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(256, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, 10)
    )


def volumetric() -> nn.Module:
    layers = [nn.Conv3d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv3d(6, 6, 3, padding=1), nn.ReLU(), nn.Conv3d(6, 3, 1)]
    return nn.Sequential(*layers, nn.Softmax(1))


class CharRnn(nn.Module):
    """A network that spells words: what it remembers and what it says are affine in what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.to_state, self.to_answer = nn.Linear(26 + 32, 32), nn.Linear(26 + 32, 26)
        self.between = nn.Linear(32 + 26, 26)
        self.dropout, self.softmax = nn.Dropout(0.1), nn.LogSoftmax(-1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = x.new_zeros(len(x), 32)
        said = []
        for letter in x.unbind(1):
            heard = torch.cat([letter, state], 1)
            state, answer = self.to_state(heard), self.to_answer(heard)
            said.append(self.softmax(self.dropout(self.between(torch.cat([state, answer], 1)))))
        return torch.stack(said, 1)


class Tagger(nn.Module):
    """Reads words both ways and names each."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        self.read = nn.LSTM(16, 16, bidirectional=True, batch_first=True)
        self.hidden, self.out = nn.Linear(32, 32), nn.Linear(32, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        named: torch.Tensor = self.out(self.hidden(self.read(self.embed(x))[0]))
        return named
