"""Models of many kinds, each with the step by which people train it, and the functions that a probe finds in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

import actscope.nn

Step = Callable[[nn.Module, torch.optim.Optimizer, Tensor, Tensor], Tensor]


def plain(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> Tensor:
    loss = functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@dataclass(frozen=True)
class Loop:
    """How to make a model and train it on x of `shape` and classes 0, 1 and 2."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    sees: dict[str, str] = field(default_factory=dict)
    """The function at each place."""
    step: Step = plain

    def batch(self) -> tuple[Tensor, Tensor]:
        return torch.randn(self.shape), torch.randint(3, self.shape[:1])


LOOPS: dict[str, Loop] = {}


def loop(shape: tuple[int, ...], sees: dict[str, str], step: Step = plain):
    """Add the model that a function or class makes to LOOPS."""

    def add(make):
        LOOPS[make.__name__.lower().replace("_", " ")] = Loop(make, shape, sees, step)
        return make

    return add


@loop((8, 6), {"1": "relu", "3": "tanh"})
def mlp():
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3))


@loop((4, 3, 8, 8), {"2": "relu", "5": "relu6"})
def convolutions():
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(inplace=True)),
        *(nn.Conv2d(6, 6, 3), nn.BatchNorm2d(6), nn.ReLU6(inplace=True)),
        *(nn.Flatten(), nn.Dropout(0.5), nn.Linear(96, 3)),
    )


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.bn1, self.bn2, self.relu = nn.BatchNorm2d(4), nn.BatchNorm2d(4), nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x
        return self.relu(y)


@loop((4, 4, 8, 8), {"0.relu": "relu", "0.relu#2": "relu", "1.relu": "relu", "1.relu#2": "relu"})
def residual():
    return nn.Sequential(Block(), Block(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))


@loop((4, 5, 8), {"0.layers.0/gelu": "gelu", "0.layers.1/gelu": "gelu"})
def transformer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)
    return nn.Sequential(nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(40, 3))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inside, self.head = kind(6, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.head(functional.silu(self.inside(x)[0][:, -1]))


@loop((4, 5, 6), {"inside/sigmoid": "sigmoid", "inside/tanh": "tanh", "silu": "silu"})
def gru():
    return Recurrent(nn.GRU)


@loop((4, 5, 6), {"inside/sigmoid": "sigmoid", "inside/tanh": "tanh", "silu": "silu"})
def lstm():
    return Recurrent(nn.LSTM)


@loop((4, 5, 6), {"cell/sigmoid": "sigmoid", "cell/tanh": "tanh"})
class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(6, 8), nn.Linear(8, 3)

    def forward(self, x):
        h = x.new_zeros(len(x), 8)
        for step in x.unbind(1):
            h = self.cell(step, h)
        return self.head(h)


class OwnFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return gradient * s * (1 + x * (1 - s))


class Applied(nn.Module):
    def forward(self, x):
        return OwnFunction.apply(x)


@loop((8, 6), {"1": "Applied"})
def own_function():
    return nn.Sequential(nn.Linear(6, 16), Applied(), nn.Linear(16, 3))


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


@loop((8, 6), {"1": "Swish"})
def composite():
    return nn.Sequential(nn.Linear(6, 16), Swish(), nn.Linear(16, 3))


@loop((8, 6), {"act": "relu", "act#2": "relu"})
class Reused(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.third(self.act(self.second(self.act(self.first(x)))))


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.inside = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 6), nn.Tanh())
        self.head, self.reentrant = nn.Linear(6, 3), reentrant

    def forward(self, x):
        return self.head(checkpoint(self.inside, x.requires_grad_(), use_reentrant=self.reentrant))


@loop((8, 6), {"inside.1": "relu", "inside.4": "tanh"})
def checkpointed():
    return Checkpointed(False)


@loop((8, 6), {"inside.1": "relu", "inside.4": "tanh"})
def checkpointed_by_re_entering():
    return Checkpointed(True)


def in_half(model, optimizer, x, y):
    with torch.autocast("cpu", torch.bfloat16):
        loss = functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@loop((8, 6), {"1": "gelu", "3": "elu"}, in_half)
def autocast():
    return nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 16), nn.ELU(), nn.Linear(16, 3))


def scaled(model, optimizer, x, y):
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(x), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return loss


@loop((8, 6), {"1": "relu"}, scaled)
def scaler():
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))


def penalised(model, optimizer, x, y):
    x.requires_grad_()
    loss = functional.cross_entropy(model(x), y)
    (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
    total = loss + gradient.square().sum()
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    return total


@loop((8, 6), {"1": "softplus", "3": "tanh"}, penalised)
def gradient_penalty():
    return nn.Sequential(nn.Linear(6, 16), nn.Softplus(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3))


def twice(model, optimizer, x, y):
    loss = functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()
    return loss


@loop((8, 6), {"1": "leaky_relu"}, twice)
def retained():
    return nn.Sequential(nn.Linear(6, 16), nn.LeakyReLU(0.2), nn.Linear(16, 3))


def accumulated(model, optimizer, x, y):
    optimizer.zero_grad()
    for part, target in zip(x.chunk(4), y.chunk(4), strict=True):
        loss = functional.cross_entropy(model(part), target) / 4
        loss.backward()
    optimizer.step()
    return loss


@loop((8, 6), {"1": "hardswish"}, accumulated)
def accumulation():
    return nn.Sequential(nn.Linear(6, 16), nn.Hardswish(), nn.Linear(16, 3))


def two_losses(model, optimizer, x, y):
    out = model(x)
    optimizer.zero_grad()
    functional.cross_entropy(out, y).backward(retain_graph=True)
    second = out.square().mean()
    second.backward()
    optimizer.step()
    return second


@loop((8, 6), {"1": "mish"}, two_losses)
def several_losses():
    return nn.Sequential(nn.Linear(6, 16), nn.Mish(), nn.Linear(16, 3))


def in_channels_last(model, optimizer, x, y):
    return plain(model.to(memory_format=torch.channels_last), optimizer, x.to(memory_format=torch.channels_last), y)


@loop((4, 3, 8, 8), {"1": "silu"}, in_channels_last)
def channels_last():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU(inplace=True), nn.Flatten(), nn.Linear(144, 3))


@loop((8, 6), {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid"})
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.other.weight = self.one.weight

    def forward(self, x):
        return self.head(self.other(torch.tanh(self.one(functional.relu(self.one(x))))).sigmoid_())


@loop((4, 3, 8, 8), {"1": "relu"})
def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))


@loop((8, 6), {"1": "gelu", "3": "mish", "5": "silu"})
def ours():
    return nn.Sequential(
        *(nn.Linear(6, 16), actscope.nn.GELU(), nn.Linear(16, 16), actscope.nn.Mish()),
        *(nn.Linear(16, 16), actscope.nn.SiLU(), nn.Linear(16, 3)),
    )
