"""Further modules of the held-out networks: attention, waves, gates and mixtures."""

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .architectures import Function
from .held_models import Module, mlp


class Mixer(nn.Module):
    """Tolstikhin et al. (2021): over patches, then over channels."""

    def __init__(self, patches: int, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.tokens, self.channels = (mlp(n, 2 * n, n, act=nn.GELU) for n in (patches, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.tokens(self.norm1(x).mT).mT
        return x + cast(Tensor, self.channels(self.norm2(x)))


class Patches(nn.Module):
    """Pictures as rows of patches."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.cut = nn.Conv2d(1, width, size, stride=size)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.cut(x)).flatten(2).mT


class ViT(nn.Module):
    """Dosovitskiy et al. (2021): a class token reads the patches."""

    def __init__(self, patch: int, patches: int, width: int, outputs: int, depth: int = 2) -> None:
        super().__init__()
        self.patches, self.cls = Patches(patch, width), nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(0.02 * torch.randn(patches + 1, width))
        make = nn.TransformerEncoderLayer
        self.blocks = nn.Sequential(
            *(make(width, 4, 4 * width, 0.0, nn.GELU(), batch_first=True, norm_first=True) for _ in range(depth))
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.cls.expand(len(x), -1, -1), self.patches(x)], 1) + self.position
        return cast(Tensor, self.head(self.norm(self.blocks(x))[:, 0]))


class Llama(nn.Module):
    """A layer of Touvron et al. (2023): RMSNorm, causal attention, SwiGLU."""

    def __init__(self, width: int, act: Module = nn.SiLU) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.gate, self.up = (nn.Linear(width, 2 * width, bias=False) for _ in range(2))
        self.down, self.act = nn.Linear(2 * width, width, bias=False), act()

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, 4, -1)).permute(2, 0, 3, 1, 4)
        heard = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heard.transpose(1, 2).flatten(2))
        y = self.norm2(x)
        return x + cast(Tensor, self.down(self.act(self.gate(y)) * self.up(y)))


class Words(nn.Module):
    """A token's embedding and its place's."""

    def __init__(self, tokens: int, length: int, width: int) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(tokens, width), nn.Parameter(0.1 * torch.randn(length, width))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.token(x)) + self.place


class Siren(nn.Module):
    """Sitzmann et al. (2020), in two dimensions and three layers."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.ModuleList([nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 1)])
        for number, layer in enumerate(self.net):
            bound = 1 / layer.in_features if number == 0 else math.sqrt(6 / layer.in_features)
            nn.init.uniform_(layer.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        x = (6 * self.net[0](x)).sin()
        for layer in self.net[1:-1]:
            x = layer(x).sin()
        return cast(Tensor, self.net[-1](x))


class Fourier(nn.Module):
    """Tancik et al. (2020): fixed waves in front of an MLP."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("waves", torch.randn(2, 24))

    def forward(self, x: Tensor) -> Tensor:
        angles = 2 * x @ self.waves
        return torch.cat([angles.sin(), angles.cos()], -1)


class Radial(nn.Module):
    """Gaussian bumps around centres that are learnt."""

    def __init__(self, columns: int, units: int) -> None:
        super().__init__()
        self.centres, self.sharpness = nn.Parameter(torch.randn(units, columns)), nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        return (-self.sharpness.exp() * (x[:, None] - self.centres).square().mean(-1)).exp()


class Highway(nn.Module):
    """Srivastava et al. (2015), closed to begin with."""

    def __init__(self, width: int, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.value, self.carry, self.act, self.gate = (
            nn.Linear(width, width),
            nn.Linear(width, width),
            act(),
            nn.Sigmoid(),
        )
        nn.init.constant_(self.carry.bias, -1.0)

    def forward(self, x: Tensor) -> Tensor:
        share = self.gate(self.carry(x))
        return cast(Tensor, share * self.act(self.value(x)) + (1 - share) * x)


def maxout(inputs: int, outputs: int) -> nn.Module:
    """Goodfellow et al. (2013): the largest of three."""
    return nn.Sequential(nn.Linear(inputs, 3 * outputs), Function(lambda x: x.unflatten(-1, (3, -1)).amax(-2)))


class Hyper(nn.Module):
    """Ha et al. (2017): a network writes the weights with which each input is read."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns, self.writer = columns, mlp(columns, 32, 8 * columns + 8)

    def forward(self, x: Tensor) -> Tensor:
        weights, out = self.writer(x).split([8 * self.columns, 8], -1)
        y = torch.tanh((weights.unflatten(-1, (8, self.columns)) @ x[..., None])[..., 0] / math.sqrt(self.columns))
        return (y * out).sum(-1, keepdim=True)


class Experts(nn.Module):
    """Jacobs et al. (1991): all experts answer, the gate weighs them."""

    def __init__(self, columns: int, outputs: int, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.gate = nn.Linear(columns, 3)
        self.experts = nn.ModuleList(mlp(columns, 24, outputs, act=act) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        answers = torch.stack([expert(x) for expert in self.experts], -1)
        return (answers * self.gate(x).softmax(-1)[:, None]).sum(-1)


class LoRA(nn.Module):
    """Hu et al. (2022): a frozen layer and a thin way around it, closed to begin with."""

    def __init__(self, base: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.base(x)) + 2 * x @ self.lora_a.T @ self.lora_b.T
