"""Healthy trainings whose loop is more than one loss and one optimiser."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from .architectures import Recipe
from .case import Patient, train
from .nets import Own, table


class Adversaries(nn.Module):
    """Goodfellow et al. (2014): a generator and its judge."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
        leaky = partial(nn.LeakyReLU, 0.2)
        self.judge = nn.Sequential(nn.Linear(2, 32), leaky(), nn.Linear(32, 32), leaky(), nn.Linear(32, 1))

    def forward(self, noise: torch.Tensor) -> torch.Tensor:
        judged: torch.Tensor = self.judge(self.generator(noise))
        return judged


def _gan(seed: int) -> Patient:
    torch.manual_seed(seed)
    model, drawn = Adversaries(), table("moons", seed, 64)
    making = torch.optim.Adam(model.generator.parameters(), lr=1e-3, betas=(0.5, 0.9))
    judging = torch.optim.Adam(model.judge.parameters(), lr=1e-3, betas=(0.5, 0.9))
    loss = functional.binary_cross_entropy_with_logits

    def run() -> None:
        for real, _ in drawn:
            noise, ones, zeros = torch.randn(len(real), 8), torch.ones(len(real), 1), torch.zeros(len(real), 1)
            judging.zero_grad()
            fakes = model.generator(noise).detach()
            (loss(model.judge(real), ones) + loss(model.judge(fakes), zeros)).backward()
            judging.step()
            making.zero_grad()
            loss(model(noise), ones).backward()
            making.step()

    return Patient(model, loss, drawn, making, len(drawn), run)


def _accumulating(seed: int) -> Patient:
    """Four small batches to a step."""
    patient = Recipe("mlp", "digits", batch=16, steps=400).build(seed)

    def run() -> None:
        for step, (x, y) in enumerate(patient.batches):
            (patient.loss_fn(patient.model(x), y) / 4).backward()
            if step % 4 == 3:
                patient.optimizer.step()
                patient.optimizer.zero_grad()

    return Patient(patient.model, patient.loss_fn, patient.batches, patient.optimizer, 100, run)


def _warming_up(seed: int) -> Patient:
    """A rate that begins at nearly 0 and falls by a cosine in the end."""
    patient = Recipe("transformer", "majority", nn.GELU).build(seed)
    warm = torch.optim.lr_scheduler.LinearLR(patient.optimizer, 1e-4, 1.0, 40)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(patient.optimizer, 60)
    rate = torch.optim.lr_scheduler.SequentialLR(patient.optimizer, [warm, fall], [40])

    def run() -> None:
        for x, y in patient.batches:
            patient.optimizer.zero_grad()
            patient.loss_fn(patient.model(x), y).backward()
            patient.optimizer.step()
            rate.step()

    return Patient(patient.model, patient.loss_fn, patient.batches, patient.optimizer, patient.steps, run)


def _clipping(seed: int) -> Patient:
    patient = Recipe("recurrent", "adding", depth=1, optimizer=partial(torch.optim.SGD, lr=0.3)).build(seed)

    def run() -> None:
        for x, y in patient.batches:
            patient.optimizer.zero_grad()
            patient.loss_fn(patient.model(x), y).backward()
            nn.utils.clip_grad_norm_(patient.model.parameters(), 1.0)
            patient.optimizer.step()

    return Patient(patient.model, patient.loss_fn, patient.batches, patient.optimizer, patient.steps, run)


def _validating(seed: int) -> Patient:
    """Every tenth step is followed by a look at other data, without gradients and without dropout."""
    patient = Recipe("mlp", "blobs", lambda: nn.Sequential(nn.ReLU(), nn.Dropout(0.3)), width=48).build(seed)

    def run() -> None:
        for step, (x, y) in enumerate(patient.batches):
            patient.optimizer.zero_grad()
            patient.loss_fn(patient.model(x), y).backward()
            patient.optimizer.step()
            if step % 10 == 9:
                patient.model.eval()
                with torch.no_grad():
                    patient.model(patient.batches[0][0])
                patient.model.train()

    return Patient(patient.model, patient.loss_fn, patient.batches, patient.optimizer, patient.steps, run)


def _tuned_finely(seed: int) -> Patient:
    """A trained network goes on at a rate of 1e-5."""
    patient = Recipe("mlp", "digits", width=64).build(seed)
    train(patient)
    slow = torch.optim.Adam(patient.model.parameters(), lr=1e-5)
    return Patient(patient.model, patient.loss_fn, patient.batches, slow, patient.steps)


def _frozen(seed: int) -> Patient:
    """A trained backbone stays as it is; a new last layer learns which digits are even."""
    patient = Recipe("convolutional", "digit images", width=16).build(seed)
    train(patient)
    assert isinstance(patient.model, nn.Sequential)
    patient.model.requires_grad_(False)
    patient.model[-1] = nn.Linear(patient.model[-1].in_features, 2)
    drawn = [(x, y % 2) for x, y in patient.batches]
    return Patient(patient.model, patient.loss_fn, drawn, torch.optim.Adam(patient.model[-1].parameters(), lr=5e-3))


def _distilled(seed: int) -> Patient:
    """A student learns the softened answers of a trained teacher (Hinton et al., 2015)."""
    teacher = Recipe("mlp", "digits", width=64).build(seed)
    train(teacher)
    student = Recipe("mlp", "digits", depth=1, width=32).build(seed)

    def loss(y: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return functional.kl_div((y / 2).log_softmax(-1), wanted, reduction="batchmean")

    drawn = [(x, (teacher.model(x) / 2).softmax(-1).detach()) for x, _ in student.batches]
    return Patient(student.model, loss, drawn, student.optimizer)


def _named() -> Iterator[Own]:
    yield Own("gan", "mlp", "moons", _gan, "tuning")
    yield Own("accumulated gradients", "mlp", "digits", _accumulating, "tuning")
    yield Own("warm-up", "transformer", "majority", _warming_up, "tuning")
    yield Own("fine-tuning at 1e-5", "mlp", "digits", _tuned_finely, "tuning")
    yield Own("clipped gradients", "recurrent", "adding", _clipping, "fresh")
    yield Own("validation between", "mlp", "blobs", _validating, "fresh")
    yield Own("frozen backbone", "convolutional", "digit images", _frozen, "fresh")
    yield Own("distillation", "mlp", "digits", _distilled, "fresh")


LOOPS = tuple(_named())
