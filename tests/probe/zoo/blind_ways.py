"""Ways to train that manuals and papers describe, and data for the healthy."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import mlp
from .blind_program import Data, table, texts
from .case import Patient, called


def inner_steps(patient: Patient) -> None:
    """Finn et al. (2017): one step of the inner loop, and the gradient through it."""
    for _ in range(100):
        patient.optimizer.zero_grad()
        for _ in range(4):
            height, x = 0.5 + torch.rand(1), 4 * torch.rand(20, 1) - 2
            weights = dict(patient.model.named_parameters())
            loss = functional.mse_loss(patient.model(x[:10]), height * x[:10].sin())
            slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {name: w - 0.05 * slope for (name, w), slope in zip(weights.items(), slopes, strict=True)}
            again = torch.func.functional_call(patient.model, weights, (x[10:],))
            (functional.mse_loss(again, height * x[10:].sin()) / 4).backward()
        patient.optimizer.step()


def distilling(patient: Patient) -> None:
    """Hinton et al. (2015): a larger net that was trained before tells its softened classes."""
    teacher = mlp(64, 128, 10)()
    rate = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    for x, y in patient.batches:
        rate.zero_grad()
        functional.cross_entropy(teacher(x), y).backward()
        rate.step()
    for x, y in patient.batches:
        with torch.no_grad():
            soft = (teacher(x) / 3).softmax(1)
        told = patient.model(x)
        patient.optimizer.zero_grad()
        apart = functional.kl_div((told / 3).log_softmax(1), soft, reduction="batchmean")
        (0.7 * 9 * apart + 0.3 * functional.cross_entropy(told, y)).backward()
        patient.optimizer.step()


class LowRank(nn.Module):
    """Hu et al. (2022): a frozen layer and a product of two small matrices, of which one begins as 0."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(8, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, 8))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + 2 * functional.linear(functional.linear(x, self.a), self.b)


def adapted() -> nn.Module:
    """A net that knows the digits 0 to 4, to be taught the rest."""
    model = mlp(64, 64, 64, 10)()
    x, y = table("digits")()
    rate = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        rate.zero_grad()
        functional.cross_entropy(model(x[y < 5]), y[y < 5]).backward()
        rate.step()
    return nn.Sequential(*(LowRank(layer) if isinstance(layer, nn.Linear) else layer for layer in model))


def halved(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = patient.loss_fn(called(patient.model, x), y)
        loss.backward()
        patient.optimizer.step()


def by_closure(patient: Patient) -> None:
    """LBFGS asks for the loss several times a step."""
    x, y = (torch.cat(parts) for parts in zip(*patient.batches[:20], strict=True))

    def loss() -> Tensor:
        patient.optimizer.zero_grad()
        value = patient.loss_fn(patient.model(x), y)
        value.backward()
        return value

    for _ in range(100):
        patient.optimizer.step(loss)


def gathered(patient: Patient) -> None:
    """Gradients of four small batches make a step."""
    for step, (x, y) in enumerate(patient.batches * 2):
        (patient.loss_fn(called(patient.model, x), y) / 4).backward()
        if step % 4 == 3:
            patient.optimizer.step()
            patient.optimizer.zero_grad()


def scheduled(patient: Patient) -> None:
    """A linear warm-up, then half a cosine."""
    rate = torch.optim.lr_scheduler.LambdaLR(
        patient.optimizer, lambda s: (s + 1) / 10 if s < 10 else 0.5 * (1 + math.cos(math.pi * (s - 10) / 90))
    )
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        patient.loss_fn(called(patient.model, x), y).backward()
        patient.optimizer.step()
        rate.step()


def sequence(y: Tensor, wanted: Tensor) -> Tensor:
    return functional.cross_entropy(y.flatten(0, 1), wanted.flatten())


def margins(y: Tensor, wanted: Tensor) -> Tensor:
    return functional.relu(1 - y * (2 * wanted - 1)).mean()


def graphs() -> Data:
    """Rings and stars of eight nodes, with the normalised adjacency; nodes know their degree and noise."""
    kind = torch.randint(2, (512,))
    ring = torch.eye(8).roll(1, 1) + torch.eye(8).roll(-1, 1)
    star = torch.zeros(8, 8)
    star[0, 1:] = star[1:, 0] = 1
    near = torch.stack([ring, star])[kind] + torch.eye(8)
    scale = near.sum(2, keepdim=True).rsqrt()
    nodes = torch.cat([near.sum(2, keepdim=True) / 4 - 0.5, torch.randn(512, 8, 3)], 2)
    return (nodes, near * scale * scale.transpose(1, 2)), kind


def clouds(last: bool = True) -> Data:
    """Points of a ball, a shell or a disc."""
    kind = torch.randint(3, (512,))
    x = functional.normalize(torch.randn(512, 24, 3), dim=2)
    x = torch.where((kind == 0)[:, None, None], x * torch.rand(512, 24, 1), x)
    x[kind == 2, :, 2] *= 0.05
    return (x.transpose(1, 2) if last else x), kind


def spirals() -> Data:
    kind, t = torch.randint(2, (512,)), 3 * torch.rand(512, 1).sqrt()
    angle = 1.5 * t + math.pi * kind.unsqueeze(1)
    return torch.cat([t * angle.cos(), t * angle.sin()], 1) / 1.5, kind


def masks() -> Data:
    """Noisy squares, and where they are."""
    mask = torch.zeros(256, 1, 16, 16)
    for one, (i, j) in zip(mask, torch.randint(1, 9, (256, 2)).tolist(), strict=True):
        one[0, i : i + 6, j : j + 6] = 1
    return (mask - 0.14) * 2 + 0.5 * torch.randn_like(mask), mask


def rays() -> Data:
    x = 2 * torch.rand(1024, 2) - 1
    return x, torch.stack([(3 * x[:, 0]).sin(), (4 * x[:, 1]).cos(), (3 * x.sum(1)).sin()], 1) / 2 + 0.5


def surface() -> Data:
    x = 2 * torch.rand(1024, 2) - 1
    return x, (6 * x[:, :1]).sin() * (5 * x[:, 1:]).cos()


def sounds() -> Data:
    """A wave, and its next value."""
    pitch = 0.2 + 0.4 * torch.rand(256, 1, 1)
    x = torch.sin(pitch * torch.arange(49) + 6.3 * torch.rand(256, 1, 1))
    return x[..., :-1], x[..., 1:]


def next_letters() -> Data:
    x, _ = texts(40, 13)
    return x[:, :-1], x[:, 1:]
