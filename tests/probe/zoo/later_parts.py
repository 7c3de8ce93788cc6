"""What the later programs are made of: a module written as its user would write it, small parts, losses and loops."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_program import Written
from .case import Patient

mse = functional.mse_loss
bce = functional.binary_cross_entropy
with_logits = functional.binary_cross_entropy_with_logits
nll = functional.nll_loss


class Wired(nn.Module):
    """Parts by their names, and the forward pass as a function of the module and its inputs."""

    def __init__(self, how: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.how = how
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *x: Any) -> Any:
        return self.how(self, *x)


class View(nn.Module):
    """A function between layers."""

    def __init__(self, of: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.of = of

    def forward(self, x: Tensor) -> Tensor:
        return self.of(x)


class Skip(nn.Module):
    """x + f(x)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Last(nn.Module):
    """The last step of what a recurrent layer gives."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0][:, -1]


class Whole(Last):
    """All steps of it."""

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0]


def dense(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU, end: nn.Module | None = None) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1], *([end] if end else []))


def pictures(act: Callable[[], nn.Module] = nn.ReLU, end: nn.Module | None = None) -> nn.Sequential:
    """Two convolutions, pooled, and two layers: for images of 12 by 12 pixels and three classes."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), act(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), act()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(144, 32), act(), nn.Linear(32, 3), *([end] if end else [])),
    )


def masker(*end: nn.Module) -> nn.Sequential:
    """Convolutions that keep the image's size: a mask's logits."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=2, dilation=2), nn.ReLU()),
        *(nn.Conv2d(8, 1, 1), *end),
    )


def started(
    model: nn.Module, how: Callable[[Tensor], Any], kinds: tuple[type, ...] = (nn.Linear, nn.Conv2d)
) -> nn.Module:
    """Give the weights of layers a start of the user's own."""
    for layer in model.modules():
        if isinstance(layer, kinds):
            how(layer.weight)
    return model


def each_token(loss: Callable[[Tensor, Tensor], Tensor], y: Tensor, wanted: Tensor) -> Tensor:
    return loss(y.flatten(0, 1), wanted.flatten())


tokens = partial(each_token, functional.cross_entropy)


def dice(y: Tensor, mask: Tensor) -> Tensor:
    p = torch.sigmoid(y)
    return 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


def slope(y: Tensor, x: Tensor) -> Tensor:
    """Return dy/dx as one can differentiate it again."""
    return torch.autograd.grad(y.sum(), x, create_graph=True)[0]


def poisson_equation(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """What is left of u'' = -pi^2 sin(pi x), and u at both ends."""
    x = x.clone().requires_grad_()
    bent = slope(slope(m.net(x), x), x)
    return bent + torch.pi**2 * torch.sin(torch.pi * x), m.net(torch.tensor([[0.0], [1.0]]))


def left_over(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return y[0].square().mean() / 100 + y[1].square().mean()


def vae(m: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mean, log_variance = m.encoder(x).chunk(2, 1)
    return m.decoder(mean + (log_variance / 2).exp() * torch.randn_like(mean)), mean, log_variance


def evidence(y: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    rebuilt, mean, log_variance = y
    return mse(rebuilt, x) + 0.01 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def adversaries(
    real: Callable[[Tensor], Tensor],
    fake: Callable[[Tensor], Tensor],
    fool: Callable[[Tensor], Tensor],
    clears: tuple[str, str] = ("d", "g"),
    lr: float = 2e-3,
) -> Callable[[Patient], None]:
    """A game between m.d and m.g; `clears` names whose gradients are set to 0 in the first step and in the second."""

    def run(patient: Patient) -> None:
        model: Any = patient.model
        model.train()
        by = {name: torch.optim.Adam(getattr(model, name).parameters(), lr, betas=(0.5, 0.999)) for name in "dg"}
        for x, _ in patient.batches:
            made = model.g(torch.randn(len(x), 4))
            by[clears[0]].zero_grad()
            (real(model.d(x)) + fake(model.d(made.detach()))).backward()
            by["d"].step()
            by[clears[1]].zero_grad()
            fool(model.d(made)).backward()
            by["g"].step()

    return run


def logistic(sign: float) -> Callable[[Tensor], Tensor]:
    return lambda y: functional.softplus(-sign * y).mean()


def never_cleared(patient: Patient) -> None:
    patient.model.train()
    for x, y in patient.batches:
        patient.loss_fn(patient.model(x), y).backward()
        patient.optimizer.step()


def halved(patient: Patient, step: int) -> None:
    if step:
        for group in patient.optimizer.param_groups:
            group["lr"] /= 2


def written(told: Iterable[tuple[str, str, str, str]], recipes: dict[str, tuple[Any, ...]]) -> list[Written]:
    """Put together what is said of programs and how each is made: data, model, loss, optimiser, loop."""
    return [
        Written(name, source, fault=fault, names=names, **dict(zip(_PARTS, recipes[name], strict=False)))
        for name, source, fault, names in told
    ]


_PARTS = ("data", "model", "loss", "optimizer", "loop")
