"""A published program, written anew: its data, model, loss and optimiser."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from .case import Patient


@dataclass(frozen=True)
class Program:
    name: str
    bug: str
    """"" is repaired."""
    names: str
    """Findings that are right, apart by blanks."""
    data: Callable[[], tuple[torch.Tensor, torch.Tensor]]
    model: Callable[[], nn.Module]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam
    batch: int = 32
    architecture: str = "mlp"

    def build(self, seed: int) -> Patient:
        torch.manual_seed(seed)
        x, y = self.data()
        model = self.model()
        order = torch.cat([torch.randperm(len(x)) for _ in range(-(-100 * self.batch // len(x)))])
        drawn = [(x[rows], y[rows]) for rows in order[: 100 * self.batch].split(self.batch)]
        return Patient(model, self.loss, drawn, self.optimizer(model.parameters()))


def sgd(lr: float, momentum: float = 0.0) -> Callable[..., torch.optim.Optimizer]:
    return partial(torch.optim.SGD, lr=lr, momentum=momentum)
