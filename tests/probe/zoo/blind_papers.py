"""Architectures written from their papers, small, trained as their fields do: all of them are healthy."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import mlp


def conv(a: int, b: int, size: int = 3, act: nn.Module | None = None, **more: int) -> nn.Sequential:
    layers = [nn.Conv2d(a, b, size, padding=size // 2, bias=False, **more), nn.BatchNorm2d(b)]
    return nn.Sequential(*layers, act if act is not None else nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Stacked(nn.Module):
    """Each layer's result is put beside its input, as in DenseNet."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class Beside(nn.Module):
    """Several paths side by side."""

    def __init__(self, *paths: nn.Module) -> None:
        super().__init__()
        self.paths = nn.ModuleList(paths)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([path(x) for path in self.paths], 1)


class Apply(nn.Module):
    def __init__(self, what: object) -> None:
        super().__init__()
        self.what = what

    def forward(self, x: Tensor) -> Tensor:
        return self.what(x)


def head(channels: int, classes: int = 3) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


def densenet() -> nn.Module:
    grown = [
        nn.Sequential(nn.BatchNorm2d(8 + 6 * i), nn.ReLU(), nn.Conv2d(8 + 6 * i, 6, 3, padding=1)) for i in range(3)
    ]
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), Stacked(*grown), nn.BatchNorm2d(26), nn.ReLU(), *head(26))


def squeezenet() -> nn.Module:
    def fire(a: int, s: int, b: int) -> nn.Module:
        wide = [nn.Sequential(nn.Conv2d(s, b, k, padding=k // 2), nn.ReLU()) for k in (1, 3)]
        return nn.Sequential(nn.Conv2d(a, s, 1), nn.ReLU(), Beside(*wide))

    last = [nn.Conv2d(32, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 2), nn.ReLU(), nn.MaxPool2d(2), fire(16, 6, 12), fire(24, 8, 16), *last)


def mobilenet() -> nn.Module:
    def block(c: int) -> nn.Module:
        wide = [conv(c, 4 * c, 1, nn.ReLU6()), conv(4 * c, 4 * c, 3, nn.ReLU6(), groups=4 * c)]
        return Residual(*wide, nn.Conv2d(4 * c, c, 1, bias=False), nn.BatchNorm2d(c))

    return nn.Sequential(conv(3, 8, 3, nn.ReLU6(), stride=2), block(8), block(8), conv(8, 24, 1, nn.ReLU6()), *head(24))


def shufflenet() -> nn.Module:
    shuffle = Apply(lambda x: x.unflatten(1, (2, -1)).transpose(1, 2).flatten(1, 2))
    inner = [conv(16, 16, 1, groups=2), shuffle, conv(16, 16, 3, nn.Identity(), groups=16), nn.Conv2d(16, 16, 1)]
    return nn.Sequential(conv(3, 16, stride=2), Residual(*inner), nn.ReLU(), *head(16))


def inception() -> nn.Module:
    paths = [conv(12, 8, k) for k in (1, 3, 5)]
    return nn.Sequential(conv(3, 12, stride=2), Beside(*paths, nn.MaxPool2d(3, 1, 1)), nn.Dropout(0.2), *head(36))


def senet() -> nn.Module:
    class Squeeze(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Sequential(nn.Linear(12, 4), nn.ReLU(), nn.Linear(4, 12), nn.Sigmoid())

        def forward(self, x: Tensor) -> Tensor:
            return x * self.fc(x.mean((2, 3)))[:, :, None, None]

    return nn.Sequential(
        conv(3, 12, stride=2), Residual(conv(12, 12), conv(12, 12, 3, nn.Identity()), Squeeze()), *head(12)
    )


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = conv(1, 8), conv(8, 16), conv(16, 16)
        self.up = nn.ConvTranspose2d(16, 8, 2, 2)
        self.d, self.out = conv(16, 8), nn.Conv2d(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        b = self.c(self.b(functional.max_pool2d(a, 2)))
        return self.out(self.d(torch.cat([a, self.up(b)], 1)))


class Waves(nn.Module):
    """WaveNet: causal, dilated, gated by tanh and sigmoid, with skips."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(1, 12, 1)
        self.gated = nn.ModuleList(nn.Conv1d(12, 24, 2, dilation=2**i) for i in range(4))
        self.skip = nn.ModuleList(nn.Conv1d(12, 12, 1) for _ in range(4))
        self.end = nn.Sequential(nn.ReLU(), nn.Conv1d(12, 12, 1), nn.ReLU(), nn.Conv1d(12, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x, kept = self.first(x), torch.zeros(())
        for i, (gated, skip) in enumerate(zip(self.gated, self.skip, strict=True)):
            a, b = gated(functional.pad(x, (2**i, 0))).chunk(2, 1)
            z = skip(torch.tanh(a) * torch.sigmoid(b))
            x, kept = x + z, kept + z
        return self.end(kept)


def tcn() -> nn.Module:
    def block(a: int, step: int) -> nn.Module:
        causal = nn.utils.parametrizations.weight_norm(nn.Conv1d(a, a, 3, dilation=step, padding=2 * step))
        return Residual(causal, Apply(lambda x: x[..., : -2 * step]), nn.ReLU(), nn.Dropout(0.1))

    return nn.Sequential(
        nn.Conv1d(1, 16, 1), block(16, 1), block(16, 2), block(16, 4), Apply(lambda x: x.mean(2)), nn.Linear(16, 3)
    )


class Swap(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x.transpose(1, 2)).transpose(1, 2)


def mixer() -> nn.Module:
    def block() -> list[nn.Module]:
        tokens, channels = mlp(8, 16, 8, act=nn.GELU)(), mlp(8, 32, 8, act=nn.GELU)()
        return [Residual(nn.LayerNorm(8), Swap(tokens)), Residual(nn.LayerNorm(8), channels)]

    return nn.Sequential(*block(), *block(), nn.LayerNorm(8), nn.Flatten(), nn.Linear(64, 10))


class Spatial(nn.Module):
    """gMLP's gate along the sequence, which begins as 1."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.mix = nn.LayerNorm(16), nn.Linear(8, 8)
        nn.init.normal_(self.mix.weight, std=1e-3)
        nn.init.ones_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        u, v = x.chunk(2, -1)
        return u * self.mix(self.norm(v).transpose(1, 2)).transpose(1, 2)


def gmlp() -> nn.Module:
    blocks = [Residual(nn.LayerNorm(16), nn.Linear(16, 32), nn.GELU(), Spatial(), nn.Linear(16, 16)) for _ in range(3)]
    return nn.Sequential(nn.Linear(8, 16), *blocks, Apply(lambda x: x.mean(1)), nn.Linear(16, 10))


def nerf() -> nn.Module:
    waves = 2.0 ** torch.arange(5) * math.pi
    encode = Apply(lambda x: torch.cat([f(x.unsqueeze(-1) * waves).flatten(1) for f in (torch.sin, torch.cos)], 1))
    return nn.Sequential(encode, *mlp(20, 64, 64, 64, 3)(), nn.Sigmoid())


class Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(30 * x)


def siren() -> nn.Module:
    model = mlp(2, 48, 48, 1, act=Sine)()
    for i, layer in enumerate(module for module in model if isinstance(module, nn.Linear)):
        bound = 1 / 2 if i == 0 else math.sqrt(6 / 48) / 30
        nn.init.uniform_(layer.weight, -bound, bound)
    return model


def pointnet() -> nn.Module:
    each = [nn.Conv1d(3, 32, 1), nn.BatchNorm1d(32), nn.ReLU(), nn.Conv1d(32, 64, 1), nn.BatchNorm1d(64)]
    return nn.Sequential(
        *each, Apply(lambda x: x.amax(2)), nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3)
    )


def deep_sets() -> nn.Module:
    return nn.Sequential(mlp(3, 32, 32, act=nn.ELU)(), Apply(lambda x: x.mean(1)), mlp(32, 32, 3, act=nn.ELU)())


class Graph(nn.Module):
    """Kipf and Welling (2017): nodes' numbers and their normalised adjacency."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.out = nn.Linear(4, 24), nn.Linear(24, 24), nn.Linear(24, 2)

    def forward(self, x: Tensor, near: Tensor) -> Tensor:
        x = functional.relu(near @ self.a(x))
        return self.out(functional.relu(near @ self.b(functional.dropout(x, 0.2, self.training))).mean(1))


class GraphAttention(nn.Module):
    """Veličković et al. (2018), one head a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.ModuleList([nn.Linear(4, 16, bias=False), nn.Linear(16, 16, bias=False)])
        self.a = nn.ModuleList(nn.Linear(16, 2, bias=False) for _ in range(2))
        self.out = nn.Linear(16, 2)

    def forward(self, x: Tensor, near: Tensor) -> Tensor:
        for w, a in zip(self.w, self.a, strict=True):
            x = w(x)
            to, of = a(x).unbind(-1)
            score = functional.leaky_relu(to.unsqueeze(2) + of.unsqueeze(1), 0.2)
            x = functional.elu(score.masked_fill(near == 0, -1e9).softmax(-1) @ x)
        return self.out(x.mean(1))
