"""Healthy networks of images, text and tables, each small and written as its paper or its users write it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .later_parts import Skip, Wired, dense


def vgg() -> nn.Module:
    def block(a: int, b: int) -> list[nn.Module]:
        convs = (nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))
        return [*convs, nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True), nn.MaxPool2d(2)]

    end = (nn.Flatten(), nn.Linear(144, 32), nn.ReLU(inplace=True), nn.Dropout(0.3), nn.Linear(32, 3))
    return nn.Sequential(*block(1, 8), *block(8, 16), *end)


def preactivated() -> nn.Module:
    """He et al. (2016), with group normalisation."""
    layers = [nn.GroupNorm(4, 16), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1)]
    blocks = (Skip(*layers, nn.GroupNorm(4, 16), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1)) for _ in range(3))
    end = (nn.GroupNorm(4, 16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3))
    return nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), *blocks, *end)


def conv_mixer() -> nn.Module:
    """Trockman and Kolter (2022)."""
    layers: list[nn.Module] = [nn.Conv2d(1, 24, 3, 3), nn.GELU(), nn.BatchNorm2d(24)]
    for _ in range(3):
        layers += [Skip(nn.Conv2d(24, 24, 3, padding=1, groups=24), nn.GELU(), nn.BatchNorm2d(24))]
        layers += [nn.Conv2d(24, 24, 1), nn.GELU(), nn.BatchNorm2d(24)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 3))


def efficient() -> nn.Module:
    """Tan and Le (2019): an inverted bottleneck whose channels are weighed."""

    def weigh(m: Any, x: Tensor) -> Tensor:
        wide = m.deep(x)
        return x + m.narrow(wide * m.weight(wide.mean((2, 3), keepdim=True)))

    def block() -> nn.Module:
        deep = nn.Sequential(
            *(nn.Conv2d(12, 36, 1), nn.BatchNorm2d(36), nn.SiLU()),
            *(nn.Conv2d(36, 36, 3, padding=1, groups=36), nn.BatchNorm2d(36), nn.SiLU()),
        )
        weight = nn.Sequential(nn.Conv2d(36, 6, 1), nn.SiLU(), nn.Conv2d(6, 36, 1), nn.Sigmoid())
        return Wired(weigh, deep=deep, weight=weight, narrow=nn.Sequential(nn.Conv2d(36, 12, 1), nn.BatchNorm2d(12)))

    start = (nn.Conv2d(1, 12, 3, 2, 1), nn.BatchNorm2d(12), nn.SiLU())
    return nn.Sequential(*start, block(), block(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 3))


def mobile() -> nn.Module:
    """Howard et al. (2019), in hard swishes."""
    layers = [nn.Conv2d(1, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.Hardswish()]
    for _ in range(2):
        layers += [nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.BatchNorm2d(16), nn.Hardswish()]
        layers += [nn.Conv2d(16, 16, 1), nn.BatchNorm2d(16), nn.Hardswish()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3))


def sharper() -> nn.Module:
    """Shi et al. (2016): more pixels from fewer, in tanh."""
    convs = (nn.Conv2d(1, 24, 5, padding=2), nn.Tanh(), nn.Conv2d(24, 16, 3, padding=1), nn.Tanh())
    return nn.Sequential(*convs, nn.Conv2d(16, 4, 3, padding=1), nn.PixelShuffle(2))


def detector() -> nn.Module:
    def how(m: Any, x: Tensor) -> Tensor:
        x = m.body(x)
        return torch.cat([m.kind(x), m.box(x)], 1)

    body = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 2, 1), nn.ReLU())
    return Wired(how, body=body, kind=nn.Conv2d(16, 1, 1), box=nn.Conv2d(16, 2, 1))


def turned() -> nn.Module:
    """Jaderberg et al. (2015): a net turns its image before another reads it."""

    def how(m: Any, x: Tensor) -> Tensor:
        grid = functional.affine_grid(m.where(x).view(-1, 2, 3), list(x.shape), align_corners=False)
        return m.read(functional.grid_sample(x, grid, align_corners=False))

    where = nn.Sequential(nn.Conv2d(1, 8, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(200, 6))
    nn.init.zeros_(where[-1].weight)
    where[-1].bias.data = torch.tensor([1.0, 0, 0, 0, 1, 0])
    read = [
        nn.Conv2d(1, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(144, 3),
    ]
    return Wired(how, where=where, read=nn.Sequential(*read))


def patches(act: Callable[[], nn.Module]) -> nn.Module:
    """A vision transformer whose feed-forward layers are the user's own."""

    def block() -> nn.Module:
        attention = nn.MultiheadAttention(24, 3, batch_first=True)
        attend = Wired(lambda m, x: m.attention(x, x, x, need_weights=False)[0], attention=attention)
        feed = (nn.LayerNorm(24), nn.Linear(24, 48), act(), nn.Linear(48, 24))
        return nn.Sequential(Skip(nn.LayerNorm(24), attend), Skip(*feed))

    def how(m: Any, x: Tensor) -> Tensor:
        x = m.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([m.first.expand(len(x), -1, -1), x], 1) + m.at
        return m.head(m.blocks(x)[:, 0])

    first, at = nn.Parameter(0.02 * torch.randn(1, 1, 24)), nn.Parameter(0.02 * torch.randn(1, 17, 24))
    head = nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 3))
    return Wired(how, cut=nn.Conv2d(1, 24, 3, 3), blocks=nn.Sequential(block(), block()), first=first, at=at, head=head)


def speaker() -> nn.Module:
    """A decoder of tokens as one writes it from scratch: norms first, tied weights."""

    def how(m: Any, x: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        x = m.blocks(m.embedding(x) + m.at[: x.shape[1]], mask=mask, is_causal=True)
        return m.norm(x) @ m.embedding.weight.T

    layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, "gelu", batch_first=True, norm_first=True)
    blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    embedding = nn.Embedding(20, 32)
    nn.init.normal_(embedding.weight, std=0.1)
    return Wired(
        how, embedding=embedding, blocks=blocks, norm=nn.LayerNorm(32), at=nn.Parameter(0.1 * torch.randn(10, 32))
    )


def highway() -> nn.Module:
    """Srivastava et al. (2015): gates that begin nearly shut."""

    def how(m: Any, x: Tensor) -> Tensor:
        gate = torch.sigmoid(m.gate(x))
        return gate * torch.relu(m.change(x)) + (1 - gate) * x

    def layer() -> nn.Module:
        gate = nn.Linear(32, 32)
        nn.init.constant_(gate.bias, -1.0)
        return Wired(how, gate=gate, change=nn.Linear(32, 32))

    return nn.Sequential(nn.Linear(10, 32), *(layer() for _ in range(5)), nn.Linear(32, 3))


def read_by_attention() -> nn.Module:
    """Yang et al. (2016): a GRU whose steps are weighed by attention in tanh."""

    def how(m: Any, x: Tensor) -> Tensor:
        states, _ = m.gru(m.embedding(x))
        weights = m.score(torch.tanh(m.key(states))).softmax(1)
        return m.out((weights * states).sum(1))

    gru = nn.GRU(16, 16, batch_first=True, bidirectional=True)
    parts = {"key": nn.Linear(32, 16), "score": nn.Linear(16, 1, bias=False), "out": nn.Linear(32, 3)}
    return Wired(how, embedding=nn.Embedding(30, 16), gru=gru, **parts)


def wide_and_deep() -> nn.Module:
    return Wired(lambda m, x: m.wide(x) + m.deep(x), wide=nn.Linear(6, 1), deep=dense(6, 32, 16, 1))


def crossed() -> nn.Module:
    """Wang et al. (2017): products of the inputs beside a deep net."""

    def how(m: Any, x: Tensor) -> Tensor:
        y = x
        for cross in m.crosses:
            y = x * cross(y) + y
        return m.out(torch.cat([y, m.deep(x)], 1))

    crosses = nn.ModuleList(nn.Linear(6, 6) for _ in range(2))
    return Wired(how, crosses=crosses, deep=dense(6, 32, 16, end=nn.ReLU()), out=nn.Linear(22, 1))


def columns() -> nn.Module:
    """Gorishniy et al. (2021): each number of a table is a token."""

    def how(m: Any, x: Tensor) -> Tensor:
        x = x.unsqueeze(-1) * m.scale + m.shift
        x = torch.cat([m.first.expand(len(x), -1, -1), x], 1)
        return m.out(m.blocks(x)[:, 0])

    layer = nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True, norm_first=True)
    given = {name: nn.Parameter(0.3 * torch.randn(n, 16)) for name, n in (("scale", 6), ("shift", 6), ("first", 1))}
    out = nn.Sequential(nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 1))
    return Wired(how, blocks=nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), out=out, **given)


class Squared(nn.Module):
    """So et al. (2021)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x) ** 2
