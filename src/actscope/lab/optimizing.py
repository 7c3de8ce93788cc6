"""Steps downhill for many networks at once, each with its own learning rate and its own memory."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from .records import Optimizer

BETAS = (0.9, 0.999)
EPSILON = 1e-8
MOMENTUM = 0.9


class Steps:
    """The optimizer of a stack: PyTorch's own steps, on the rows of all networks that share a learning rate."""

    def __init__(self, optimizer: Optimizer, weights: Tensor, gradients: Tensor, rates: Sequence[float]) -> None:
        self.optimizer: Optimizer = optimizer
        self.rates = tuple(rates)
        self.first, self.second = torch.zeros_like(weights), torch.zeros_like(weights)
        """What the optimizer remembers: means of the gradients, and of their squares."""
        self.taken = torch.tensor(0.0)
        starts = [k for k, rate in enumerate(self.rates) if k == 0 or rate != self.rates[k - 1]]
        self._parts = [
            (self.rates[start], [[one[start:end]] for one in (weights, gradients, self.first, self.second)])
            for start, end in itertools.pairwise([*starts, len(self.rates)])
        ]

    def step(self, factor: float = 1.0) -> None:
        """Take a step along the gradients, each network with its own rate times `factor`."""
        for rate, (weights, gradients, first, second) in self._parts:
            if self.optimizer == "adam":
                adam(
                    weights,
                    gradients,
                    first,
                    second,
                    [],
                    [self.taken.clone()],
                    fused=True,
                    amsgrad=False,
                    beta1=BETAS[0],
                    beta2=BETAS[1],
                    lr=factor * rate,
                    weight_decay=0.0,
                    eps=EPSILON,
                    maximize=False,
                )
            else:
                remembers = self.optimizer == "momentum"
                # Without a memory the first step begins one; with zeros for it the numbers are the same.
                memory: list[Tensor | None] = [*first] if remembers else [None]
                sgd(
                    weights,
                    gradients,
                    memory,
                    fused=True,
                    weight_decay=0.0,
                    momentum=MOMENTUM if remembers else 0.0,
                    lr=factor * rate,
                    dampening=0.0,
                    nesterov=False,
                    maximize=False,
                )
        self.taken += 1.0

    def only(self, rows: list[int], weights: Tensor, gradients: Tensor) -> "Steps":
        """Return the steps of these networks alone, whose weights now lie elsewhere."""
        fewer = Steps(self.optimizer, weights, gradients, [self.rates[row] for row in rows])
        fewer.first.copy_(self.first[rows])
        fewer.second.copy_(self.second[rows])
        fewer.taken = self.taken
        return fewer
