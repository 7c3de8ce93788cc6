"""Healthy sequence models, densities and nets within nets, written from their papers."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import mlp
from .blind_program import Data


class Translator(nn.Module):
    """Bahdanau et al. (2015): a GRU that looks back at another, fed the right words."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(12, 24)
        self.encoder, self.decoder = nn.GRU(24, 32, batch_first=True), nn.GRU(24, 32, batch_first=True)
        self.score, self.out = nn.Linear(64, 32), nn.Linear(64, 12)
        self.vector = nn.Linear(32, 1, bias=False)

    def forward(self, x: Tensor, shown: Tensor) -> Tensor:
        keys, state = self.encoder(self.embedding(x))
        asks, _ = self.decoder(self.embedding(shown), state)
        both = torch.cat([asks.unsqueeze(2).expand(-1, -1, 6, -1), keys.unsqueeze(1).expand(-1, 6, -1, -1)], -1)
        weights = self.vector(torch.tanh(self.score(both)))[..., 0].softmax(-1)
        return self.out(torch.cat([asks, weights @ keys], -1))


class Words(nn.Module):
    """An LSTM language model with tied weights and dropout."""

    def __init__(self, kind: type[nn.Module] = nn.LSTM) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 32)
        self.rnn = kind(32, 32, 2, batch_first=True, dropout=0.1)
        self.out = nn.Linear(32, 40)
        self.out.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(self.embedding(x))[0])


class Tagger(nn.Module):
    """BiLSTM and a conditional random field: gives the loss of a batch of tags."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 16)
        self.lstm = nn.LSTM(16, 16, batch_first=True, bidirectional=True)
        self.emit, self.step = nn.Linear(32, 4), nn.Parameter(0.1 * torch.randn(4, 4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.emit(self.lstm(self.embedding(x))[0]), self.step


def crf(told: tuple[Tensor, Tensor], tags: Tensor) -> Tensor:
    emitted, step = told
    way = emitted.gather(2, tags.unsqueeze(2)).sum((1, 2)) + step[tags[:, :-1], tags[:, 1:]].sum(1)
    total = emitted[:, 0]
    for at in emitted[:, 1:].unbind(1):
        total = (total.unsqueeze(2) + step).logsumexp(1) + at
    return (total.logsumexp(1) - way).mean()


def tagged() -> Data:
    x = torch.randint(40, (512, 10))
    return x, (x // 10 + x.roll(1, 1) // 20) % 4


class Letters(nn.Module):
    """Kim (2014): convolutions of several widths over embeddings, the largest of each."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 16)
        self.convs = nn.ModuleList(nn.Conv1d(16, 16, k) for k in (2, 3, 4))
        self.out = nn.Linear(48, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x).transpose(1, 2)
        return self.out(functional.dropout(torch.cat([functional.relu(c(x)).amax(2) for c in self.convs], 1), 0.3))


class Coupling(nn.Module):
    """Dinh et al. (2017): affine couplings; gives what has become of x and the volume's logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(mlp(1, 32, 2)() for _ in range(4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        volume = torch.zeros(len(x))
        for net in self.nets:
            a, b = x.chunk(2, 1)
            scale, shift = net(a).chunk(2, 1)
            x = torch.cat([b * torch.tanh(scale).exp() + shift, a], 1)
            volume = volume + torch.tanh(scale)[:, 0]
        return x, volume


def likely(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return (y[0].square().sum(1) / 2 + math.log(2 * math.pi) - y[1]).mean()


def bent() -> Data:
    x = torch.randn(1024, 1)
    return torch.cat([x, 0.5 * x.square() - 0.5 + 0.3 * torch.randn(1024, 1)], 1), x


def mixed(y: Tensor, wanted: Tensor) -> Tensor:
    """Bishop (1994): three Gaussians a sample."""
    chance, mean, log_scale = y.chunk(3, 1)
    each = -((wanted - mean) / log_scale.exp()).square() / 2 - log_scale
    return -(each + chance.log_softmax(1)).logsumexp(1).mean()


def forked() -> Data:
    x = 2 * torch.rand(1024, 1) - 1
    return x, x * (2 * torch.randint(2, (1024, 1)) - 1) + 0.1 * torch.randn(1024, 1)


def quantile(y: Tensor, wanted: Tensor) -> Tensor:
    apart, q = wanted - y, torch.tensor([0.1, 0.5, 0.9])
    return torch.maximum(q * apart, (q - 1) * apart).mean()


class Edges(nn.Module):
    """Liu et al. (2024): a learnt function on each edge, here SiLU and Gaussian bumps."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.base, self.bumps = nn.Linear(a, b, bias=False), nn.Linear(6 * a, b)
        self.at = nn.Buffer(torch.linspace(-2, 2, 6))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(functional.silu(x)) + self.bumps((-((x.unsqueeze(-1) - self.at) ** 2)).exp().flatten(1))


class Flowing(nn.Module):
    """Chen et al. (2018), by Euler's steps."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.slope, self.out = nn.Linear(2, 16), mlp(16, 32, 16, act=nn.Tanh)(), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.into(x)
        for _ in range(8):
            x = x + self.slope(x) / 8
        return self.out(x)


class Hyper(nn.Module):
    """Ha et al. (2017): a net gives another's weights, from what it is to do."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp(2, 32, 33)()

    def forward(self, x: Tensor) -> Tensor:
        a, b, c = self.net(x[:, :2]).split([16, 16, 1], 1)
        return (torch.relu(a * x[:, 2:3] + 0.5) * b).sum(1, keepdim=True) / 4 + c


def tasks() -> Data:
    x = torch.cat([torch.randn(1024, 2), 2 * torch.rand(1024, 1) - 1], 1)
    return x, x[:, :1] * x[:, 2:] + x[:, 1:2]
