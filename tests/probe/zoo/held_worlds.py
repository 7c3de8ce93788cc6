"""What the held-out networks learn of points, graphs, places, motions and choices."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from .held_data import Drawn


def sets() -> Drawn:
    """Twelve points of a ring, a blob or a line."""
    kind, turn = torch.randint(3, (1200,)), 2 * math.pi * torch.rand(1200, 12)
    ring = torch.stack([turn.cos(), turn.sin()], -1)
    line = torch.randn(1200, 12, 1) * functional.normalize(torch.randn(1200, 1, 2), dim=-1)
    made = torch.stack([ring, 0.7 * torch.randn(1200, 12, 2), line], 1)
    return made[torch.arange(1200), kind] + 0.1 * torch.randn(1200, 12, 2), kind


def networks() -> Drawn:
    """((features of ten nodes, who knows whom by shares), whose camp each node is in)."""
    camp = torch.randint(2, (700, 10))
    known = torch.rand(700, 10, 10) < torch.where(camp[:, :, None] == camp[:, None], 0.8, 0.15)
    known = (known | known.mT | torch.eye(10, dtype=torch.bool)).float()
    features = torch.randn(700, 10, 6) + 0.7 * (2.0 * camp[..., None] - 1) * torch.tensor([1, -1, 0, 0, 0, 1.0])
    return (features, known / known.sum(-1, keepdim=True)), camp


def picture() -> Drawn:
    """Where in a picture, from -1 to 1 each way; wanted is how bright it is there."""
    x = 2 * torch.rand(2000, 2) - 1
    return x, (torch.sin(6 * x[:, :1]) * torch.cos(4 * x[:, 1:]) + (x.norm(dim=1, keepdim=True) < 0.5)) * 0.8


def rings() -> Drawn:
    """Points of two rings, of which both coordinates are told twice with noise; nothing is wanted."""
    turn, radius = 2 * math.pi * torch.rand(1500), 1.0 + torch.randint(2, (1500,))
    x = torch.stack([turn.cos(), turn.sin()], 1) * radius[:, None]
    return torch.cat([x, x], 1) + 0.2 * torch.randn(1500, 4), torch.zeros(1500)


def pendulum() -> Drawn:
    """((angle, speed), the change of both in a second)."""
    x = torch.randn(1500, 2) * torch.tensor([1.5, 1.0])
    now = x
    for _ in range(20):
        now = now + 0.05 * torch.stack([now[:, 1], -4 * now[:, 0].sin()], 1)
    return x, now - x


def triplets() -> Drawn:
    """An anchor, one of its class and one of another, side by side."""
    centres = torch.randn(5, 16)
    kind = torch.randint(5, (1500,))
    other = (kind + torch.randint(1, 5, (1500,))) % 5
    return centres[torch.stack([kind, kind, other], 1)] + 0.9 * torch.randn(1500, 3, 16), kind


def pairs() -> Drawn:
    """Two offers, of which the first is wanted with 1."""
    x = torch.randn(1500, 2, 7)
    worth = x[..., 0] - x[..., 1].abs() + 0.5 * x[..., 2] * x[..., 3]
    return x, (worth[:, :1] > worth[:, 1:]).float()


def moves() -> Drawn:
    """(a state, (action taken, reward, the next state)) of a walk to the origin."""
    x, action = torch.randn(2000, 4), torch.randint(3, (2000, 1))
    following = x + 0.5 * functional.pad(action - 1.0, (0, 3)) + 0.05 * torch.randn(2000, 4)
    return x, torch.cat([action.float(), 1 - following.abs().mean(1, keepdim=True), following], 1)


def transitions() -> Drawn:
    """((a state, the next state), (action taken, reward))."""
    x, told = moves()
    assert isinstance(x, Tensor)
    return (x, told[:, 2:]), told[:, :2]
