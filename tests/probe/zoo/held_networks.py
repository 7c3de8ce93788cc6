"""How the held-out networks are put together."""

from functools import partial

import torch
from torch import nn, optim
from torch.nn import functional

from . import held_data as data
from .architectures import Function
from .held_blocks import (
    Llama,
    LoRA,
    Mixer,
    Patches,
    Words,
)
from .held_learners import TwoViews
from .held_models import (
    Basic,
    ConvNeXt,
    Inverted,
    Sequence,
    Temporal,
    mlp,
    normed,
    pooled,
)

CE = functional.cross_entropy
GRU, LSTM = partial(nn.GRU, batch_first=True), partial(nn.LSTM, batch_first=True)


def picture(*layers: nn.Module, width: int, outputs: int = 10, inputs: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), *layers, *pooled(width, outputs)
    )


def plain(depth: int, width: int = 12) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, *pooled(width, 10))


def basic() -> nn.Module:
    return nn.Sequential(*normed(1, 8), nn.ReLU(), Basic(8, 8), Basic(8, 16, 2), *pooled(16, 10))


def mobile() -> nn.Module:
    six = nn.ReLU6
    return nn.Sequential(
        *normed(1, 8, stride=2), six(), Inverted(8, 8, 1, six), Inverted(8, 12, 2, six), *pooled(12, 4)
    )


def efficient() -> nn.Module:
    made = [Inverted(8, 8, 1, nn.SiLU, True), Inverted(8, 12, 2, nn.SiLU, True)]
    return nn.Sequential(*normed(1, 8), nn.SiLU(), *made, *normed(12, 24, 1), nn.SiLU(), *pooled(24, 10))


def convnext() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 16, 2, stride=2), ConvNeXt(16), ConvNeXt(16), *pooled(16, 10))


def prelu() -> nn.Module:
    layers = [nn.Conv2d(1, 12, 3, stride=2), nn.PReLU(12), nn.Conv2d(12, 24, 3, stride=2), nn.PReLU(24)]
    return nn.Sequential(*layers, *pooled(24, 10))


def ear(act: partial[nn.Module] | type[nn.Module] = nn.ReLU) -> nn.Module:
    layers = [nn.Conv1d(1, 8, 9, stride=4), act(), nn.Conv1d(8, 16, 5, stride=2), act(), nn.Conv1d(16, 16, 3), act()]
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(16, 4))


def gated_ear() -> nn.Module:
    layers = [nn.Conv1d(1, 16, 9, stride=4), nn.GLU(1), nn.Conv1d(8, 32, 5, stride=2), nn.GLU(1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(16, 4))


def denoiser() -> nn.Module:
    layers = [nn.Conv2d(1, 12, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(12, 16, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(16, 12, 2, stride=2), nn.ReLU(), nn.Conv2d(12, 1, 3, padding=1))


class Turned(nn.Module):
    """Steps first for layers that want channels first."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        turned: torch.Tensor = self.layers(x.mT)
        return turned.mT


def temporal() -> nn.Module:
    return Turned(Temporal(1, 16, 1), Temporal(16, 16, 2), Temporal(16, 16, 4), nn.Conv1d(16, 1, 1))


def language(tokens: int, length: int) -> nn.Module:
    return nn.Sequential(
        Words(tokens, length, 32), Llama(32), Llama(32), nn.RMSNorm(32), nn.Linear(32, tokens, bias=False)
    )


def bracket_reader() -> nn.Module:
    made = nn.TransformerEncoderLayer(32, 4, 64, 0.1, batch_first=True)
    return nn.Sequential(
        Words(2, 12, 32), nn.TransformerEncoder(made, 2, enable_nested_tensor=False), nn.Flatten(), nn.Linear(384, 1)
    )


def mixer() -> nn.Module:
    return nn.Sequential(
        Patches(2, 24), Mixer(16, 24), Mixer(16, 24), nn.LayerNorm(24), Function(lambda x: x.mean(1)), nn.Linear(24, 10)
    )


def rows(cell: nn.RNNBase, width: int) -> nn.Module:
    return Sequence(cell, nn.Linear(width, 10))


def tagger() -> nn.Module:
    return Sequence(LSTM(12, 16, bidirectional=True), nn.Linear(32, 4), nn.Embedding(10, 12), last=False)


def adapted() -> nn.Module:
    """A network that knew how to tell groups gets new tasks by thin ways around its frozen layers."""
    found = mlp(20, 64, 64, 4)
    x, y = data.groups()
    optimizer = optim.Adam(found.parameters(), lr=3e-3)
    for rows in torch.randint(len(y), (60, 64)):
        optimizer.zero_grad()
        CE(found(x[rows]), y[rows]).backward()
        optimizer.step()
    return nn.Sequential(LoRA(found[0]), nn.ReLU(), LoRA(found[2]), nn.ReLU(), nn.Linear(64, 4))


def byol() -> TwoViews:
    return TwoViews(mlp(20, 48, 16, norm=nn.BatchNorm1d), mlp(16, 32, 16, norm=nn.BatchNorm1d))


def adversaries() -> nn.Module:
    return nn.Sequential(mlp(6, 32, 32, 2), mlp(2, 32, 32, 1, act=partial(nn.LeakyReLU, 0.2)))


def alpha() -> nn.Module:
    return nn.Sequential(nn.SELU(), nn.AlphaDropout(0.05))


def squared() -> nn.Module:
    return Function(lambda x: functional.relu(x).square())
