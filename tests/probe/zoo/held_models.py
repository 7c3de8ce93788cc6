"""Modules of the held-out networks: pictures, sounds, sequences, sets and graphs."""

import itertools
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

Module = Callable[[], nn.Module]


def mlp(*widths: int, act: Module = nn.ReLU, norm: Callable[[int], nn.Module] | None = None) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths[:-1]):
        layers += [nn.Linear(inputs, outputs), *([norm(outputs)] if norm else []), act()]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:]))


def pooled(width: int, outputs: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, outputs)]


def normed(inputs: int, outputs: int, size: int = 3, **how: int) -> list[nn.Module]:
    layer = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, **how)
    return [layer, nn.BatchNorm2d(outputs)]


class Basic(nn.Module):
    """He et al. (2016), as torchvision writes it: one ReLU module serves twice."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.conv1, self.bn1 = normed(inputs, outputs, stride=stride)
        self.conv2, self.bn2 = normed(outputs, outputs)
        self.relu = act()
        kept = stride == 1 and inputs == outputs
        self.downsample = nn.Identity() if kept else nn.Sequential(*normed(inputs, outputs, 1, stride=stride))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return cast(Tensor, self.relu(self.bn2(self.conv2(y)) + self.downsample(x)))


class PreActivated(nn.Module):
    """He et al. (2016b): normalised and bent before each convolution."""

    def __init__(self, width: int, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.BatchNorm2d(width), act(), nn.Conv2d(width, width, 3, padding=1, bias=False)),
            *(nn.BatchNorm2d(width), act(), nn.Conv2d(width, width, 3, padding=1, bias=False)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.layers(x))


class Dense(nn.Module):
    """Huang et al. (2017): each layer hears all before it."""

    def __init__(self, width: int, growth: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(w), nn.ReLU(), nn.Conv2d(w, growth, 3, padding=1, bias=False))
            for w in range(width, width + growth * depth, growth)
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class Squeeze(nn.Module):
    """Hu et al. (2018): channels weighed by what they say together."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)
        self.act, self.gate = nn.SiLU(), nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * cast(Tensor, self.gate(self.expand(self.act(self.reduce(x.mean((2, 3), keepdim=True))))))


class Inverted(nn.Module):
    """Sandler et al. (2018), Tan and Le (2019): wide inside, no activation where it ends."""

    def __init__(self, inputs: int, outputs: int, stride: int, act: Module, squeeze: bool = False) -> None:
        super().__init__()
        wide = 4 * inputs
        layers = [*normed(inputs, wide, 1), act(), *normed(wide, wide, stride=stride, groups=wide), act()]
        layers += [Squeeze(wide)] if squeeze else []
        self.layers = nn.Sequential(*layers, *normed(wide, outputs, 1))
        self.skips = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = cast(Tensor, self.layers(x))
        return x + y if self.skips else y


class ConvNeXt(nn.Module):
    """Liu et al. (2022), with a small scale on what each block adds."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv, self.norm = nn.Conv2d(width, width, 7, padding=3, groups=width), nn.LayerNorm(width)
        self.pwconv1, self.act, self.pwconv2 = nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.pwconv2(self.act(self.pwconv1(self.norm(self.dwconv(x).permute(0, 2, 3, 1)))))
        return x + cast(Tensor, self.gamma * y).permute(0, 3, 1, 2)


class Hourglass(nn.Module):
    """Ronneberger et al. (2015), with two steps down and upsampling on the way back."""

    def __init__(self, width: int, outputs: int, act: Module = nn.ReLU) -> None:
        super().__init__()

        def pair(a: int, b: int) -> nn.Module:
            return nn.Sequential(*normed(a, b), act(), *normed(b, b), act())

        self.first, self.second, self.bottom = pair(1, width), pair(width, 2 * width), pair(2 * width, 2 * width)
        self.back, self.last = pair(4 * width, width), pair(2 * width, width)
        self.pool, self.up, self.head = nn.MaxPool2d(2), nn.Upsample(scale_factor=2), nn.Conv2d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        high = self.first(x)
        low = self.second(self.pool(high))
        y = self.back(torch.cat([low, self.up(self.bottom(self.pool(low)))], 1))
        return cast(Tensor, self.head(self.last(torch.cat([high, self.up(y)], 1))))


class WaveNet(nn.Module):
    """Van den Oord et al. (2016): tanh times sigmoid of what was before, and all blocks heard in the end."""

    def __init__(self, inputs: int, outputs: int, width: int = 16, depth: int = 4) -> None:
        super().__init__()
        self.enter = nn.Conv1d(inputs, width, 1)
        self.inside = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=2**i) for i in range(depth))
        self.outside = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(depth))
        self.filter, self.gate = nn.Tanh(), nn.Sigmoid()
        self.leave = nn.Sequential(nn.ReLU(), nn.Conv1d(width, width, 1), nn.ReLU(), nn.Conv1d(width, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        x, heard = self.enter(x.mT), torch.zeros(())
        for inside, outside in zip(self.inside, self.outside, strict=True):
            value, gate = inside(functional.pad(x, (inside.dilation[0], 0))).chunk(2, 1)
            y = outside(self.filter(value) * self.gate(gate))
            x, heard = x + y, heard + y
        return cast(Tensor, self.leave(heard)).mT


class Temporal(nn.Module):
    """Bai et al. (2018): causal, dilated, normed by weight."""

    def __init__(self, inputs: int, outputs: int, dilation: int, act: Module = nn.ReLU) -> None:
        super().__init__()
        norm = nn.utils.parametrizations.weight_norm
        self.pad = nn.ConstantPad1d((2 * dilation, 0), 0.0)
        self.conv1 = norm(nn.Conv1d(inputs, outputs, 3, dilation=dilation))
        self.conv2 = norm(nn.Conv1d(outputs, outputs, 3, dilation=dilation))
        self.act1, self.act2, self.join = act(), act(), act()
        self.skip = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act2(self.conv2(self.pad(self.act1(self.conv1(self.pad(x))))))
        return cast(Tensor, self.join(self.skip(x) + y))


class Sequence(nn.Module):
    """Recurrent layers and what is read from them: from each step, or from the last."""

    def __init__(self, cell: nn.RNNBase, head: nn.Module, embed: nn.Module | None = None, last: bool = True) -> None:
        super().__init__()
        self.embed, self.cell, self.head, self.last = embed or nn.Identity(), cell, head, last

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cell(self.embed(x))
        return cast(Tensor, self.head(states[:, -1] if self.last else states))


class Translator(nn.Module):
    """Sutskever et al. (2014) with GRUs; the answer so far is given."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens + 1, width)
        self.encoder, self.decoder = (nn.GRU(width, width, batch_first=True) for _ in range(2))
        self.head = nn.Linear(width, tokens)

    def forward(self, source: Tensor, so_far: Tensor) -> Tensor:
        _, thought = self.encoder(self.embed(source))
        return cast(Tensor, self.head(self.decoder(self.embed(so_far), thought)[0]))


class DeepSets(nn.Module):
    """Zaheer et al. (2017)."""

    def __init__(self, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.each = nn.Sequential(nn.Linear(2, 48), act(), nn.Linear(48, 48), act())
        self.all = nn.Sequential(nn.Linear(48, 32), act(), nn.Linear(32, 3))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.all(self.each(x).mean(1)))


class GraphNet(nn.Module):
    """Kipf and Welling (2017), on a dense matrix of shares."""

    def __init__(self, act: Module = nn.ReLU) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 32), nn.Linear(32, 32), nn.Linear(32, 2)
        self.act1, self.act2 = act(), act()

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        x = self.act1(known @ self.first(x))
        return cast(Tensor, self.last(self.act2(known @ self.second(x))))
