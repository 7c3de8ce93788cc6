"""Networks, losses, data and loops with the faults that surveys of broken programs list."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import Recurrent, initialised, mlp
from .blind_program import Data, curve, pixels, real
from .case import Patient, called

bce = functional.binary_cross_entropy_with_logits


class Relapsed(nn.Module):
    """An LSTM's classifier that ends with ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 24)
        self.lstm = nn.LSTM(24, 24, batch_first=True)
        self.fc = nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.fc(self.lstm(self.embedding(x))[0][:, -1]) - 1)


class Twins(nn.Module):
    """The distance of two embeddings, as a root that has no slope at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return (self.net(a) - self.net(b)).square().sum(1).sqrt()


class Safe(Twins):
    """With a root that has a slope everywhere."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return functional.pairwise_distance(self.net(a), self.net(b))


class Attending(nn.Module):
    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.encoder(self.embedding(x)).mean(1))


class NoGrad(nn.Module):
    """A backbone that is run without gradients, though it is to be trained."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            features = self.backbone(x)
        return self.head(features)


class Binary(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x > 0).float()


class Sign(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(13, 32), nn.Linear(32, 16), nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(torch.sign(self.b(torch.sign(self.a(x)))))


def narrow(sizes: tuple[int, ...], spread: float) -> nn.Module:
    model = mlp(*sizes)()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, spread) if parameter.dim() > 1 else nn.init.zeros_(parameter)
    return model


def lowered(bias: float) -> nn.Module:
    model = mlp(64, 64, 64, 10)()
    nn.init.constant_(model[2].bias, bias)
    return model


def wide() -> nn.Module:
    model = mlp(64, 200, 200, 10, act=nn.Tanh)()
    return initialised(model, partial(nn.init.normal_, mean=0.0, std=1.0))


def unstable(**more: object) -> nn.Module:
    model = Recurrent(nn.RNN, 1, 2, 32, nonlinearity="relu", **more)
    nn.init.eye_(model.rnn.weight_hh_l0)
    model.rnn.weight_hh_l0.data.mul_(1.4)
    return model


def written_out(p: Tensor, y: Tensor) -> Tensor:
    p = torch.sigmoid(p)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


def twins() -> Data:
    x, y = pixels(0, 1)()
    other = torch.randperm(len(x))
    other[:200] = torch.arange(200)
    return (x, x[other]), (y != y[other]).float()


def logged() -> Data:
    x, y = pixels(0, 1)()
    return x.log(), y


def missing() -> Data:
    x, y = real("diabetes")()
    x[7, 2] = float("nan")
    return x, y


def stamped() -> Data:
    """Unix time beside features that are standardised."""
    x, y = real("breast_cancer")()
    return torch.cat([x, 1.7e9 + 1e7 * torch.rand(len(x), 1)], 1), y


def counted(low: float, high: float) -> Callable[[], Data]:
    return curve(-2, 2, lambda x: low + (high - low) * torch.sigmoid(x.sum(1, keepdim=True)), 4)


def contrasted(distance: Tensor, apart: Tensor) -> Tensor:
    return ((1 - apart) * distance**2 + apart * functional.relu(1 - distance) ** 2).mean()


def divergence(p: Tensor, y: Tensor) -> Tensor:
    return functional.kl_div(p, functional.one_hot(y, 10).float(), reduction="batchmean")


def never_cleared(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.loss_fn(called(patient.model, x), y).backward()
        patient.optimizer.step()


def cleared_too_late(patient: Patient) -> None:
    for x, y in patient.batches:
        loss = patient.loss_fn(called(patient.model, x), y)
        loss.backward()
        patient.optimizer.zero_grad(set_to_none=False)
        patient.optimizer.step()


def wrapped_again(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        torch.tensor(float(patient.loss_fn(called(patient.model, x), y)), requires_grad=True).backward()
        patient.optimizer.step()


def head_only(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters[-2:], lr=1e-3)
