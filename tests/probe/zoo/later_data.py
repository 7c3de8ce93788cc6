"""The data of the later programs: small worlds of many fields, each standardised as its field does."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Data = tuple[Any, Tensor]


def groups(columns: int = 10, kinds: int = 3, apart: float = 1.5, count: int = 512) -> Callable[[], Data]:
    """Return clouds of points around one centre a class."""

    def read() -> Data:
        kind = torch.randint(kinds, (count,))
        return apart * torch.randn(kinds, columns)[kind] + torch.randn(count, columns), kind

    return read


def changed(data: Callable[[], Data], x: Callable[[Any], Any] | None = None, y: Any = None) -> Callable[[], Data]:
    """Return data with its inputs or targets put through a function."""

    def read() -> Data:
        inputs, targets = data()
        return (x(inputs) if x else inputs), (y(targets) if y else targets)

    return read


def shapes(channels: int = 1, size: int = 12) -> Data:
    """Images of a bar that stands, a bar that lies or a square, at any place, with noise."""
    kind = torch.randint(3, (384,))
    image = 0.3 * torch.randn(384, channels, size, size)
    for row, what in enumerate(kind.tolist()):
        i, j = torch.randint(1, size - 4, (2,)).tolist()
        if what == 0:
            image[row, :, 1:-1, j : j + 2] += 2
        elif what == 1:
            image[row, :, i : i + 2, 1:-1] += 2
        else:
            image[row, :, i : i + 4, j : j + 4] += 2
    return (image - image.mean()) / image.std(), kind


def photographs() -> Data:
    """The same with pixels from 0 to 255."""
    image, kind = shapes()
    return (255 * (image - image.min()) / (image.max() - image.min())).round(), kind


def disks(size: int = 16) -> Data:
    """Images of a disk in noise, and where it is."""
    at = torch.arange(size).float()
    centre, radius = 4 + (size - 8) * torch.rand(256, 2, 1, 1), 2 + 2 * torch.rand(256, 1, 1)
    mask = ((at.view(1, -1, 1) - centre[:, 0]) ** 2 + (at - centre[:, 1]) ** 2 < radius**2).float().unsqueeze(1)
    image = mask + 0.4 * torch.randn(256, 1, size, size)
    return (image - image.mean()) / image.std(), mask


def bent(columns: int = 6, count: int = 512) -> Data:
    """A table of standard normal columns and a bent function of them, standardised, as one column."""
    x = torch.randn(count, columns)
    y = x[:, :1] * x[:, 1:2] + torch.sin(2 * x[:, 2:3]) + x[:, 3:4] + 0.1 * torch.randn(count, 1)
    return x, (y - y.mean()) / y.std()


def flat(data: Callable[[], Data]) -> Callable[[], Data]:
    """Return data whose targets have lost their column."""
    return changed(data, y=lambda y: y.squeeze(1))


def waves(length: int = 24, ahead: int = 1) -> Data:
    """Pieces of two waves added, with noise, and what follows."""
    t = 200 * torch.rand(512, 1) + torch.arange(length + ahead)
    x = torch.sin(0.4 * t) + 0.5 * torch.sin(1.1 * t) + 0.05 * torch.randn(512, length + ahead)
    return x[:, :length].unsqueeze(-1), x[:, length:]


def sounds(length: int = 512) -> Data:
    """Sounds between -1 and 1 of a low tone, a high tone or noise."""
    kind = torch.randint(3, (256,))
    t = torch.arange(length) + 300 * torch.rand(256, 1)
    all_kinds = torch.stack([torch.sin(0.05 * t), torch.sin(0.6 * t), torch.randn(256, length).clamp(-3, 3) / 2])
    x = 0.7 * all_kinds[kind, torch.arange(256)] + 0.05 * torch.randn(256, length)
    return x.clamp(-1, 1).unsqueeze(1), kind


def graphs(nodes: int = 20, scaled: bool = True) -> Data:
    """Graphs of two communities with weak marks on the nodes; ((marks, adjacency), community of each node)."""
    kind = torch.randint(2, (96, nodes))
    same = kind.unsqueeze(1) == kind.unsqueeze(2)
    edge = torch.rand(96, nodes, nodes) < torch.where(same, 0.6, 0.1)
    edge = (edge | edge.transpose(1, 2) | torch.eye(nodes).bool()).float()
    marks = torch.randn(96, nodes, 8)
    marks[..., 0] += 2.0 * kind - 1
    if scaled:
        degree = edge.sum(2)
        edge = edge / (degree.unsqueeze(1) * degree.unsqueeze(2)).sqrt()
    return (marks, edge), kind


def molecules(nodes: int = 10) -> Data:
    """Graphs of one mark, sparse or dense; the class is which."""
    kind = torch.randint(2, (256,))
    edge = torch.rand(256, nodes, nodes) < (0.15 + 0.25 * kind).view(-1, 1, 1)
    edge = (edge | edge.transpose(1, 2)).float()
    return (torch.randn(256, nodes, 4), edge), kind


def ratings(low: float = 1.0, high: float = 5.0) -> Data:
    """Pairs of one of 40 users and one of 30 films, and stars."""
    pair = torch.stack([torch.randint(40, (2048,)), torch.randint(30, (2048,))], 1)
    taste, kind = torch.randn(40, 3), torch.randn(30, 3)
    liking = (taste[pair[:, 0]] * kind[pair[:, 1]]).sum(1)
    return pair, (low + (high - low) * torch.sigmoid(liking)).round().unsqueeze(1)


def clicks() -> Data:
    """The same pairs, and whether a film was seen."""
    pair, stars = ratings()
    return pair, (stars > 3).float()


def tags(columns: int = 16) -> Data:
    """A table and five marks of each row that are on or off."""
    x = torch.randn(512, columns)
    return x, (x @ torch.randn(columns, 5) + 0.3 * torch.randn(512, 5) > 0).float()


def words(length: int = 10, vocabulary: int = 30) -> Data:
    """Texts whose class is which of three words stands in them."""
    kind = torch.randint(3, (512,))
    text = torch.randint(3, vocabulary, (512, length))
    text[torch.arange(512), torch.randint(length, (512,))] = kind
    return text, kind


def sentences(length: int = 10) -> Data:
    """Numbers that count on by one or by two, and at each place what comes next."""
    first, step = torch.randint(20, (512, 1)), torch.randint(1, 3, (512, 1))
    text = (first + step * torch.arange(length + 1)) % 20
    return text[:, :-1], text[:, 1:]


def tagged(length: int = 10) -> Data:
    """Texts with a tag of each word: its own kind, changed by the word before."""
    text = torch.randint(24, (512, length))
    return text, (text // 8 + (text.roll(1, 1) % 2)) % 3


def points() -> Data:
    """Places in the unit interval, for what learns from an equation instead of targets."""
    x = torch.rand(512, 1)
    return x, torch.zeros(512, 1)


def oscillator() -> Data:
    """Place and momentum of a pendulum, and how they change."""
    state = torch.cat([3 * torch.rand(512, 1) - 1.5, 2 * torch.rand(512, 1) - 1], 1)
    return state, torch.stack([state[:, 1], -torch.sin(state[:, 0])], 1)


def operators() -> Data:
    """A function at 16 places and a place; its integral up to there."""
    t = torch.linspace(0, 1, 16)
    a, b, at = torch.randn(512, 1), torch.randn(512, 1), torch.rand(512, 1)
    wave = a * torch.sin(math.pi * t) + b * torch.cos(math.pi * t)
    return (wave, at), (a * (1 - torch.cos(math.pi * at)) + b * torch.sin(math.pi * at)) / math.pi


def heat(length: int = 32) -> Data:
    """Curves on a ring, and what diffusion makes of them."""
    k = torch.fft.rfftfreq(length, 1 / length)
    spectrum = torch.randn(256, len(k), dtype=torch.complex64) * torch.exp(-0.3 * k)
    start, end = (torch.fft.irfft(spectrum * torch.exp(-c * k**2), length) for c in (0.0, 0.05))
    return (start / start.std()).unsqueeze(1), (end / start.std()).unsqueeze(1)


def states() -> Data:
    """A state of four numbers; (action, what it paid, the state after it) as one row."""
    state, action = torch.randn(1024, 4), torch.randint(3, (1024,))
    after = 0.9 * state + 0.1 * torch.randn(1024, 4)
    paid = torch.stack([state[:, 0], state[:, 1] * state[:, 2], -state[:, 0]], 1).gather(1, action.unsqueeze(1))
    return state, torch.cat([action.unsqueeze(1).float(), paid, after], 1)


def ring() -> Data:
    """Points of a noisy ring, for densities and games; targets are the points."""
    angle = 2 * math.pi * torch.rand(1024)
    x = torch.stack([angle.cos(), angle.sin()], 1) + 0.1 * torch.randn(1024, 2)
    return x, x.clone()


def lifetimes() -> Data:
    """A table, and (how long, whether the end was seen) as two columns."""
    x = torch.randn(512, 6)
    length = torch.distributions.Exponential((x[:, 0] - 0.7 * x[:, 1] ** 2).exp()).sample()
    return x, torch.stack([length.clamp(max=3.0), (length < 3).float()], 1)


def counts() -> Data:
    """A table and counts."""
    x = torch.randn(512, 6)
    return x, torch.poisson((0.8 * x[:, :1] + 0.5 * x[:, 1:2].abs()).exp())


def liked() -> Data:
    """Users and films they liked: the film is what is to be told."""
    pair, stars = ratings()
    pair = pair[stars[:, 0] > 3]
    return pair, pair[:, 1]
