"""Modules as people write them: residual, gated, mixed, U-shaped, causal, generative."""

from collections.abc import Callable

import torch
from torch import nn


class Residual(nn.Module):
    """x + block(x), with a projection where the width changes."""

    def __init__(self, block: nn.Module, skip: nn.Module | None = None) -> None:
        super().__init__()
        self.block, self.skip = block, skip or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined: torch.Tensor = self.skip(x) + self.block(x)
        return joined


class Gated(nn.Module):
    """Dauphin et al. (2017), Shazeer (2020): one projection gates the other."""

    def __init__(self, inputs: int, width: int, gate: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.gate_by, self.value, self.out = (
            nn.Linear(inputs, width),
            nn.Linear(inputs, width),
            nn.Linear(width, inputs),
        )
        self.gate = gate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.out(self.gate(self.gate_by(x)) * self.value(x))
        return y


class Mixture(nn.Module):
    """Four experts, of which each sample hears two."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.router = nn.Linear(inputs, 4)
        made = [nn.Sequential(nn.Linear(inputs, 24), nn.ReLU(), nn.Linear(24, outputs)) for _ in range(4)]
        self.experts = nn.ModuleList(made)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores, chosen = self.router(x).topk(2)
        share = torch.zeros(len(x), 4).scatter(1, chosen, scores.softmax(-1))
        answers = torch.stack([expert(x) for expert in self.experts], 1)
        return (share[..., None] * answers).sum(1)


class UNet(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ReLU())
        self.deep = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.out = nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        high = self.down(x)
        mask: torch.Tensor = self.out(torch.cat([high, self.up(self.deep(high)).relu()], 1))
        return mask


class Causal(nn.Module):
    """A decoder that predicts each next token."""

    def __init__(self, tokens: int, width: int, length: int) -> None:
        super().__init__()
        self.embed, self.position = nn.Embedding(tokens, width), nn.Parameter(0.1 * torch.randn(length, width))
        make = nn.TransformerEncoderLayer
        self.layers = nn.ModuleList(
            [make(width, 4, 4 * width, 0.1, nn.GELU(), batch_first=True, norm_first=True) for _ in range(2)]
        )
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, tokens)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(x) + self.position
        for layer in self.layers:
            x = layer(x, src_mask=self.mask)
        scores: torch.Tensor = self.out(self.norm(x))
        return scores


class Variational(nn.Module):
    """Kingma and Welling (2014)."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 16))
        self.decode = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mean, log_variance = self.encode(x).chunk(2, -1)
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return self.decode(drawn), mean, log_variance


class TwoHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
        self.digit, self.ink = nn.Linear(48, 10), nn.Linear(48, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shared = self.trunk(x)
        return self.digit(shared), self.ink(shared)


class Sine(nn.Module):
    """Sitzmann et al. (2020): sin(30 x) first, sin(x) behind, with their initialisation."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(1, 48), nn.Linear(48, 48), nn.Linear(48, 1)])
        for number, layer in enumerate(self.layers):
            bound = 1 / layer.in_features if number == 0 else (6 / layer.in_features) ** 0.5
            nn.init.uniform_(layer.weight, -bound, bound)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.sin(10 * self.layers[0](x))
        answer: torch.Tensor = self.layers[2](torch.sin(self.layers[1](x)))
        return answer


def block(inputs: int, outputs: int) -> nn.Module:
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    layers += [nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)]
    skip = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1)
    return nn.Sequential(Residual(nn.Sequential(*layers), skip), nn.ReLU(inplace=True))


def depthwise(width: int) -> nn.Module:
    """Sandler et al. (2018): expand, convolve each channel, and project without an activation."""
    wide = 4 * width
    layers = [nn.Conv2d(width, wide, 1), nn.BatchNorm2d(wide), nn.ReLU6()]
    layers += [nn.Conv2d(wide, wide, 3, padding=1, groups=wide), nn.BatchNorm2d(wide), nn.ReLU6()]
    return Residual(nn.Sequential(*layers, nn.Conv2d(wide, width, 1), nn.BatchNorm2d(width)))
