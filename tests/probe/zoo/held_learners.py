"""Held-out networks that learn by more than one answer: flows, variations, slow copies, actors."""

import copy

import torch
from torch import Tensor, nn

from .held_models import Module, mlp


class Coupling(nn.Module):
    """Dinh et al. (2017): (z, log-determinant) of three couplings that take turns."""

    def __init__(self, columns: int, act: Module = nn.Tanh) -> None:
        super().__init__()
        self.half = columns // 2
        self.nets = nn.ModuleList(mlp(self.half, 32, 2 * (columns - self.half), act=act) for _ in range(4))
        self.bound = nn.Tanh()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        total = torch.zeros(len(x))
        for net in self.nets:
            kept, moved = x[:, : self.half], x[:, self.half :]
            scale, shift = net(kept).chunk(2, -1)
            scale = self.bound(scale)
            x, total = torch.cat([moved * scale.exp() + shift, kept], 1), total + scale.sum(1)
        return x, total


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module) -> None:
    for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
        slow.lerp_(fast, 0.02)


class TwoViews(nn.Module):
    """Grill et al. (2020): what is online foresees what a slow copy of it says of another view."""

    def __init__(self, online: nn.Module, predictor: nn.Module) -> None:
        super().__init__()
        self.online, self.predictor, self.target = online, predictor, copy.deepcopy(online).requires_grad_(False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        said = self.predictor(self.online(x + 0.3 * torch.randn_like(x)))
        with torch.no_grad():
            wanted = self.target(x + 0.3 * torch.randn_like(x))
        return said, wanted

    def follow(self) -> None:
        follow(self.target, self.online)


class Values(nn.Module):
    """Mnih et al. (2015): (worth of each action now, and next as a slow copy sees it)."""

    def __init__(self, online: nn.Module) -> None:
        super().__init__()
        self.online, self.target = online, copy.deepcopy(online).requires_grad_(False)

    def forward(self, x: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            later = self.target(following)
        return self.online(x), later

    def follow(self) -> None:
        follow(self.target, self.online)


class ActorCritic(nn.Module):
    def __init__(self, act: Module = nn.Tanh) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 48), act(), nn.Linear(48, 48), act())
        self.policy, self.value = nn.Linear(48, 3), nn.Linear(48, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.body(x)
        return self.policy(seen), self.value(seen)


class Variation(nn.Module):
    """Kingma and Welling (2014), with a spread by softplus: (picture, mean, spread)."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.spread = mlp(64, 48, 12, act=nn.ELU), nn.Softplus()
        self.decode = mlp(6, 48, 64, act=nn.ELU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, raw = self.encode(x.flatten(1)).chunk(2, -1)
        spread = self.spread(raw) + 1e-3
        return self.decode(mean + spread * torch.randn_like(spread)), mean, spread
