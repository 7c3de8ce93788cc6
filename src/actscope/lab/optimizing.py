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
        self.weights, self.gradients, self.rates = weights, gradients, tuple(rates)
        self.first, self.second = torch.zeros_like(weights), torch.zeros_like(weights)
        self.taken = 0.0
        starts = [k for k, rate in enumerate(self.rates) if k == 0 or rate != self.rates[k - 1]]
        self._parts = [slice(*ends) for ends in itertools.pairwise([*starts, len(self.rates)])]

    def step(self, factor: float = 1.0) -> None:
        """Take a step along the gradients, each network with its own rate times `factor`."""
        for part in self._parts:
            self._take(part, factor * self.rates[part.start])
        self.taken += 1.0

    def only(self, rows: list[int], weights: Tensor, gradients: Tensor) -> "Steps":
        """Return the steps of these networks alone, whose weights now lie elsewhere."""
        fewer = Steps(self.optimizer, weights, gradients, [self.rates[row] for row in rows])
        fewer.first, fewer.second, fewer.taken = self.first[rows], self.second[rows], self.taken
        return fewer

    def _take(self, part: slice, rate: float) -> None:
        weights, gradients = [self.weights[part]], [self.gradients[part]]
        if self.optimizer == "adam":
            adam(
                weights,
                gradients,
                [self.first[part]],
                [self.second[part]],
                [],
                [torch.tensor(self.taken)],
                fused=True,
                amsgrad=False,
                beta1=BETAS[0],
                beta2=BETAS[1],
                lr=rate,
                weight_decay=0.0,
                eps=EPSILON,
                maximize=False,
            )
        else:
            momentum = MOMENTUM if self.optimizer == "momentum" else 0.0
            memory: list[Tensor | None] = [self.first[part] if momentum and self.taken else None]
            sgd(
                weights,
                gradients,
                memory,
                fused=True,
                weight_decay=0.0,
                momentum=momentum,
                lr=rate,
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )
            if momentum and memory[0] is not None:
                self.first[part] = memory[0]
