"""Small networks, losses and data of programs that people asked about."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

mse = functional.mse_loss


def mlp(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU, end: nn.Module | None = None) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), act()]
        return nn.Sequential(*layers[:-1], *([end] if end else []))

    return build


def cnn(
    classes: int, end: nn.Module | None = None, between: Callable[[], nn.Module] = nn.ReLU
) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        features = [
            nn.Conv2d(1, 8, 3, padding=1),
            between(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            between(),
        ]
        head = [nn.Flatten(), nn.Linear(256, 32), between(), nn.Linear(32, classes)]
        return nn.Sequential(*features, *head, *([end] if end else []))

    return build


class Kept(nn.Module):
    """Layers in a plain list, which are not registered."""

    def __init__(self, registered: bool = False) -> None:
        super().__init__()
        self.first = nn.Linear(64, 64)
        layers = [nn.Linear(64, 64), nn.Linear(64, 64)]
        self.layers = nn.ModuleList(layers) if registered else layers
        self.last = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.first(x))
        for layer in self.layers:
            x = functional.relu(layer(x))
        return self.last(x)


class Broken(nn.Module):
    """Features that something stands in the way of."""

    def __init__(self, way: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32))
        self.head = nn.Linear(32, 10)
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.way(self.encoder(x)))


class Recurrent(nn.Module):
    def __init__(
        self, kind: Callable[..., nn.Module], inputs: int, classes: int, hidden: int = 24, **more: object
    ) -> None:
        super().__init__()
        self.rnn = kind(inputs, hidden, batch_first=True, **more)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


def unlucky() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 1), nn.Sigmoid())
    nn.init.uniform_(model[0].weight, -0.05, 0.0)
    nn.init.zeros_(model[0].bias)
    return model


def keras_bce(p: Tensor, y: Tensor) -> Tensor:
    """Keras does not look whether targets are between 0 and 1."""
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


def one_sided(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.clamp(1e-7, 1.0).log()).mean()


def one_hot(loss: Callable[[Tensor, Tensor], Tensor], classes: int) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda p, y: loss(p, functional.one_hot(y, classes).float())


def summed(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.clamp_min(1e-7).log()).sum(1).mean()


def rewarded(p: Tensor, y: Tensor) -> Tensor:
    """Policy gradient: the reward is 1 for the right of the actions and else 0."""
    return -(p.gather(1, y.unsqueeze(1)).clamp_min(1e-9).log()).mean()


def positive(x: Tensor) -> Tensor:
    return (x.sum(1, keepdim=True) > 1).float()


def xor() -> tuple[Tensor, Tensor]:
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]).repeat(64, 1)
    return x, (x.sum(1, keepdim=True) == 1).float()


def stocks() -> tuple[Tensor, Tensor]:
    """Prices and volumes of 20 days, and tomorrow's price in thousands."""
    price = 20000 + 300 * torch.randn(512, 21).cumsum(1)
    volume = 1e6 * torch.rand(512, 20)
    return torch.stack([price[:, :-1], volume], 2), price[:, -1:] / 1000


def initialised(model: nn.Module, how: Callable[[Tensor], object]) -> nn.Module:
    for parameter in model.parameters():
        how(parameter.data)
    return model
