"""The record of a held-out network: what it learns, how it is made and how it is trained."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .architectures import as_it_is
from .case import Patient
from .held_data import Drawn
from .held_models import Module

Loss = Callable[[Any, Any], Tensor]
Change = Callable[["Study"], "Study"]


def adam(lr: float, **more: Any) -> partial[Optimizer]:
    return partial(torch.optim.Adam, lr=lr, **more)


_ADAM = adam(3e-3)


@dataclass(frozen=True)
class Study:
    architecture: str
    data: Callable[[], Drawn]
    model: Module
    loss: Loss = functional.mse_loss
    optimizer: Callable[..., Optimizer] = _ADAM
    batch: int = 32
    prepare: Callable[[nn.Module], Any] = as_it_is
    inputs: Callable[[Tensor], Tensor] = as_it_is
    targets: Callable[[Tensor], Tensor] = as_it_is
    rate: Callable[[Optimizer], torch.optim.lr_scheduler.LRScheduler] | None = None
    after: Callable[[Any], None] | None = None
    """What is done to the model after each step."""
    double: bool = False
    loop: Callable[[Patient], None] | None = None

    def build(self, seed: int) -> Patient:
        torch.manual_seed(seed)
        x, y = self.data()
        model = self.model()
        self.prepare(model)
        parts, y = list(x if isinstance(x, tuple) else (x,)), self.targets(y)
        parts[0] = self.inputs(parts[0])
        if self.double:
            model.double()
            *parts, y = (part.double() if part.is_floating_point() else part for part in (*parts, y))
        order = torch.cat([torch.randperm(len(y)) for _ in range(-(-100 * self.batch // len(y)))])
        drawn = [
            (tuple(part[rows] for part in parts) if isinstance(x, tuple) else parts[0][rows], y[rows])
            for rows in order[: 100 * self.batch].split(self.batch)
        ]
        optimizer = self.optimizer([p for p in model.parameters() if p.requires_grad])
        self._follow(model, optimizer)
        patient = Patient(model, self.loss, drawn, optimizer)
        return replace(patient, run=partial(self.loop, patient)) if self.loop else patient

    def _follow(self, model: nn.Module, optimizer: Optimizer) -> None:
        """Have the rate and the slow copies move on with every step, whoever makes it."""
        if self.rate:
            rate = self.rate(optimizer)
            optimizer.register_step_post_hook(lambda *_: rate.step())
        if after := self.after:
            optimizer.register_step_post_hook(lambda *_: after(model))


def each(y: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy at each place of a sequence."""
    return functional.cross_entropy(y.flatten(0, -2), wanted.flatten())


def poisson(y: Tensor, wanted: Tensor) -> Tensor:
    """Of a rate that is above 0."""
    return (y - wanted * y.log()).mean()


def survived(y: Tensor, wanted: Tensor) -> Tensor:
    """Of the logarithm of a hazard, with ends that were seen or not."""
    time, seen = wanted[:, :1], wanted[:, 1:]
    return (y.exp() * time - seen * y).mean()


def triplet(y: Tensor, _: Tensor) -> Tensor:
    return functional.triplet_margin_loss(y[:, 0], y[:, 1], y[:, 2])


def ranked(y: Tensor, first: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(y[:, 0] - y[:, 1], first)


def flowing(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return (y[0].square().sum(1) / 2 - y[1]).mean()


def foreseen(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return 2 - 2 * functional.cosine_similarity(*y).mean()


def evident(y: tuple[Tensor, Tensor, Tensor], wanted: Tensor) -> Tensor:
    """The evidence's bound, told per number."""
    mean, spread = y[1:]
    apart = (mean.square() + spread.square() - 2 * spread.log() - 1).sum(1).mean()
    return functional.mse_loss(y[0], wanted.flatten(1)) + 0.005 * apart


def advantage(y: tuple[Tensor, Tensor], wanted: Tensor) -> Tensor:
    """Policy gradient with a learnt value, and some entropy."""
    chances, reward = y[0].log_softmax(-1), wanted[:, 1:2]
    better = (reward - y[1]).detach()
    chosen = chances.gather(1, wanted[:, :1].long())
    return functional.mse_loss(y[1], reward) - 0.1 * (chosen * better).mean() + 0.01 * (chances.exp() * chances).mean()


def bellman(y: tuple[Tensor, Tensor], wanted: Tensor) -> Tensor:
    taken = y[0].gather(1, wanted[:, :1].long())
    return functional.huber_loss(taken, wanted[:, 1:] + 0.8 * y[1].amax(1, keepdim=True))


def spread(y: Tensor, wanted: Tensor) -> Tensor:
    """Of a mean and the logarithm of a variance."""
    return functional.gaussian_nll_loss(y[:, :1], wanted, y[:, 1:].exp())


def adversarial(patient: Patient) -> None:
    """Goodfellow et al. (2014), with the hinge of Lim and Ye (2017)."""
    generator, judge = patient.model
    judging = torch.optim.RMSprop(judge.parameters(), lr=1e-3)
    for real, _ in patient.batches:
        noise = torch.randn(len(real), 6)
        judging.zero_grad()
        (functional.relu(1 - judge(real)) + functional.relu(1 + judge(generator(noise).detach()))).mean().backward()
        judging.step()
        patient.optimizer.zero_grad()
        (-judge(generator(noise)).mean()).backward()
        patient.optimizer.step()


def clipped(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.optimizer.zero_grad(set_to_none=False)
        patient.loss_fn(patient.model(x), y).backward()
        nn.utils.clip_grad_value_(patient.model.parameters(), 0.5)
        patient.optimizer.step()
