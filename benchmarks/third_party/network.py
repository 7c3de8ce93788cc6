"""The record of a network of another package, and how it is trained: as people train it, for some steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Optimizer = Callable[..., torch.optim.Optimizer]


def adamw(rate: float = 1e-3) -> Optimizer:
    return partial(torch.optim.AdamW, lr=rate)


def sgd(rate: float = 0.05) -> Optimizer:
    return partial(torch.optim.SGD, lr=rate, momentum=0.9, weight_decay=1e-4)


_ADAMW = adamw()


def classified(model: nn.Module, batch: Any) -> Tensor:
    """Return the cross-entropy of what the model makes of a batch (inputs, classes)."""
    inputs, classes = batch
    return functional.cross_entropy(model(inputs), classes)


def own_loss(model: nn.Module, batch: Any) -> Tensor:
    """Return the loss that a model computes by itself, as those of transformers do."""
    return model(**batch).loss


@dataclass(frozen=True)
class Network:
    package: str
    """As pip names it."""
    name: str
    build: Callable[[], nn.Module]
    data: Callable[[int], Sequence[Any]]
    """By the number of steps: the batch of each."""
    loss: Callable[[nn.Module, Any], Tensor] = classified
    optimizer: Optimizer = _ADAMW
    warm_up: int = 0
    """Steps over which the rate grows to its full size."""


def trained(network: Network, model: nn.Module, batches: Sequence[Any]) -> list[float]:
    """Train a model as its network says, a step for each batch, and return the losses."""
    optimizer = network.optimizer([p for p in model.parameters() if p.requires_grad])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / (network.warm_up + 1)))
    model.train()
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        loss = network.loss(model, batch)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return losses
