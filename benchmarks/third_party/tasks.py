"""Data that a network can learn within a hundred steps: what it is to say depends on what it is given."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

Pairs = Sequence[tuple[Tensor, Tensor]]


def images(steps: int, size: int = 32, channels: int = 3, classes: int = 4, batch: int = 16) -> Pairs:
    """Return images (batch, channels, size, size) of a pattern and noise, and the number of the pattern."""
    patterns = _smooth(torch.randn(classes, channels, 4, 4), size)
    drawn = []
    for _ in range(steps):
        y = torch.randint(classes, (batch,))
        drawn.append(((patterns[y] + torch.randn(batch, channels, size, size)) / math.sqrt(1.5), y))
    return drawn


def _smooth(coarse: Tensor, size: int) -> Tensor:
    return functional.interpolate(coarse, size=(size, size), mode="bilinear")


def pictures(steps: int, size: int = 32, channels: int = 3, batch: int = 8) -> Sequence[Tensor]:
    """Return smooth images (batch, channels, size, size) between -1 and 1."""
    return [torch.tanh(_smooth(torch.randn(batch, channels, 4, 4), size)) for _ in range(steps)]


def blobs(steps: int, size: int = 64, channels: int = 3, dimensions: int = 2, batch: int = 4) -> Pairs:
    """Return noise with a ball in it that is brighter, and a mask (batch, 1, size, ...) of the ball."""
    axis = torch.linspace(-1, 1, size)
    grid = torch.stack(torch.meshgrid(*[axis] * dimensions, indexing="ij"))
    drawn = []
    for _ in range(steps):
        middle = torch.rand(batch, dimensions, *[1] * dimensions) - 0.5
        mask = ((grid - middle).square().sum(1, keepdim=True) < 0.2).float()
        noise = torch.randn(batch, channels, *[size] * dimensions)
        drawn.append(((noise + 2 * mask - 0.3) / 1.3, mask))
    return drawn


def films(steps: int, size: int = 32, frames: int = 8, batch: int = 4) -> Pairs:
    """Return films (batch, 3, frames, size, size) of a moving pattern, and in which of 4 directions it moves."""
    moves = ((0, 2), (0, -2), (2, 0), (-2, 0))
    drawn = []
    for _ in range(steps):
        y = torch.randint(4, (batch,))
        first = _smooth(torch.randn(batch, 3, 6, 6), size)
        rolled = [[first[i].roll([f * m for m in moves[y[i]]], (1, 2)) for f in range(frames)] for i in range(batch)]
        x = torch.stack([torch.stack(one, 1) for one in rolled])
        drawn.append((x / x.std() + 0.2 * torch.randn_like(x), y))
    return drawn


def counting(steps: int, words: int = 40, length: int = 16, batch: int = 16) -> Sequence[Tensor]:
    """Return sequences (batch, length) in which each word is the one before plus a number between 1 and 4."""
    position = torch.arange(length)
    return [
        (torch.randint(words, (batch, 1)) + torch.randint(1, 5, (batch, 1)) * position) % words for _ in range(steps)
    ]


def topics(steps: int, words: int = 40, length: int = 16, classes: int = 3, batch: int = 16) -> Pairs:
    """Return sequences of words, half of them from the part of the words that a topic prefers, and the topic."""
    part = words // classes
    drawn = []
    for _ in range(steps):
        y = torch.randint(classes, (batch,))
        own = y[:, None] * part + torch.randint(part, (batch, length))
        drawn.append((torch.where(torch.rand(batch, length) < 0.5, own, torch.randint(words, (batch, length))), y))
    return drawn


def waves(steps: int, length: int = 64, channels: int = 1, batch: int = 16) -> Sequence[Tensor]:
    """Return sines (batch, length, channels) of size 1 with a random period and phase, and a little noise."""
    t = torch.arange(length)[None, :, None]
    drawn = []
    for _ in range(steps):
        period = 8 + 16 * torch.rand(batch, 1, channels)
        phase = 2 * math.pi * torch.rand(batch, 1, channels)
        wave = math.sqrt(2) * torch.sin(2 * math.pi * t / period + phase)
        drawn.append(wave + 0.1 * torch.randn(batch, length, channels))
    return drawn


def tones(steps: int, length: int = 2000, classes: int = 3, batch: int = 8) -> Pairs:
    """Return sounds (batch, length) of one of some pitches in noise, and which."""
    t = torch.arange(length) / length
    drawn = []
    for _ in range(steps):
        y = torch.randint(classes, (batch,))
        pitch = 20.0 * 2 ** y[:, None]
        wave = torch.sin(2 * math.pi * (pitch * t + torch.rand(batch, 1)))
        drawn.append((1.2 * wave + 0.5 * torch.randn(batch, length), y))
    return drawn


def smoothing(steps: int, size: int = 32, batch: int = 8) -> Pairs:
    """Return random fields (batch, 1, size, size), and each after some time of diffusion, scaled to size 1."""
    frequency = torch.fft.fftfreq(size) * size
    decay = torch.exp(-0.05 * (frequency[:, None] ** 2 + frequency[None] ** 2))
    drawn = []
    for _ in range(steps):
        x = torch.randn(batch, 1, size, size)
        y = torch.fft.ifft2(torch.fft.fft2(x) * decay).real
        drawn.append((x, y / y.std()))
    return drawn


def communities(nodes: int = 200, features: int = 16, classes: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """Return features (nodes, features), edges (2, edges) mostly within a class, and the class of each node."""
    y = torch.randint(classes, (nodes,))
    near = torch.where(y[:, None] == y[None], 0.06, 0.005)
    linked = torch.triu(torch.rand(nodes, nodes) < near, 1)
    x = torch.randn(nodes, features) + torch.randn(classes, features)[y] * 0.5
    return x, (linked | linked.T).nonzero().T.contiguous(), y
