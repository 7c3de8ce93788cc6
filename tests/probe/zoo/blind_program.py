"""The record of a program that other people wrote, and the data that such programs are tried on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sklearn.datasets
import torch
from torch import Tensor, nn
from torch.nn import functional

from .case import Case, Group, Patient, called

Data = tuple[Any, Tensor]
Loss = Callable[[Any, Any], Tensor]
Loop = Callable[[Patient], None]


def adam(lr: float = 1e-3, **more: Any) -> Callable[..., torch.optim.Optimizer]:
    return partial(torch.optim.Adam, lr=lr, **more)


def sgd(lr: float = 0.01, **more: Any) -> Callable[..., torch.optim.Optimizer]:
    return partial(torch.optim.SGD, lr=lr, **more)


_ADAM = adam()


@dataclass(frozen=True)
class Written:
    name: str
    source: str
    """Where it was published: a question, an issue, a paper, a package."""
    data: Callable[[], Data]
    model: Callable[[], nn.Module]
    loss: Loss = functional.cross_entropy
    optimizer: Callable[..., torch.optim.Optimizer] = _ADAM
    fault: str = ""
    """"" is healthy."""
    names: str = ""
    """Findings that an expert would accept, apart by blanks."""
    batch: int = 32
    loop: Loop | None = None

    def build(self, seed: int) -> Patient:
        torch.manual_seed(seed)
        x, y = self.data()
        model = self.model()
        order = torch.cat([torch.randperm(len(y)) for _ in range(-(-100 * self.batch // len(y)))])
        drawn = [
            (tuple(part[rows] for part in x) if isinstance(x, tuple) else x[rows], y[rows])
            for rows in order[: 100 * self.batch].split(self.batch)
        ]
        trained = [p for p in model.parameters() if p.requires_grad]
        patient = Patient(model, self.loss, drawn, self.optimizer(trained))
        return replace(patient, run=partial(self.loop, patient)) if self.loop else patient

    def case(self, group: Group) -> Case:
        return Case(
            name=f"{group}-{self.name}",
            disease=self.fault,
            names=frozenset(self.names.split()),
            architecture=self.name,
            task=self.source,
            build=self.build,
            group=group,
        )


def loop(
    before: Callable[[Patient, int], None] | None = None,
    after: Callable[[Patient, Tensor], None] | None = None,
) -> Loop:
    """The usual loop with something done before each batch, or between the gradient and the step."""

    def run(patient: Patient) -> None:
        patient.model.train()
        for step, (x, y) in enumerate(patient.batches):
            if before:
                before(patient, step)
            patient.optimizer.zero_grad()
            loss = patient.loss_fn(called(patient.model, x), y)
            loss.backward()
            if after:
                after(patient, loss)
            patient.optimizer.step()

    return run


def _scaled(x: Tensor) -> Tensor:
    return (x - x.mean(0)) / (x.std(0) + 1e-6)


def _table(name: str, raw: bool = False) -> Data:
    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    inputs, targets = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    return (inputs if raw else _scaled(inputs)), targets


def table(name: str, raw: bool = False, shape: tuple[int, ...] = ()) -> Callable[[], Data]:
    """Return one of scikit-learn's tables, its columns standardised unless raw, with classes as targets."""

    def read() -> Data:
        x, y = _table(name, raw)
        return (x.reshape(-1, *shape) if shape else x), y

    return read


def real(name: str, raw: bool = False) -> Callable[[], Data]:
    """Return a table with its target as one column of numbers, standardised unless raw."""

    def read() -> Data:
        x, y = _table(name, raw)
        target = y.float().unsqueeze(1)
        return x, (target if raw or len(y.unique()) < 3 else _scaled(target))

    return read


def pixels(low: float = 0.0, high: float = 1.0, shape: tuple[int, ...] = (64,)) -> Callable[[], Data]:
    """Return the digits with pixels between two numbers."""

    def read() -> Data:
        x, y = _table("digits", raw=True)
        return (low + (high - low) * x / 16).reshape(-1, *shape), y

    return read


def itself(data: Callable[[], Data]) -> Callable[[], Data]:
    """Return the inputs as targets, for what rebuilds them."""

    def read() -> Data:
        x = data()[0]
        return x, x.clone()

    return read


def curve(low: float, high: float, of: Callable[[Tensor], Tensor], columns: int = 1) -> Callable[[], Data]:
    """Return a function of numbers drawn between two."""

    def read() -> Data:
        x = low + (high - low) * torch.rand(512, columns)
        return x, of(x)

    return read


def texts(vocabulary: int = 40, length: int = 12) -> Data:
    """Sequences that count on in steps of 1 to 3; the class is the step. 0 to 2 are left to what marks an end."""
    step = torch.randint(1, 4, (512, 1))
    counted = torch.randint(vocabulary - 3, (512, 1)) + step * torch.arange(length)
    return 3 + counted % (vocabulary - 3), step[:, 0] - 1


def topics(length: int = 12) -> Data:
    """Texts whose words are half of one of three topics, half any of 36."""
    kind = torch.randint(3, (512,))
    any_word, of_topic = torch.randint(36, (512, length)), torch.randint(12, (512, length)) + 12 * kind.unsqueeze(1)
    return 3 + torch.where(torch.rand(512, length) < 0.5, of_topic, any_word), kind


def following(vocabulary: int = 40, length: int = 12) -> Data:
    """Such sequences, and at each place what comes next."""
    tokens, _ = texts(vocabulary, length + 1)
    return tokens[:, :-1], tokens[:, 1:]


def stripes(size: int = 32, channels: int = 3) -> Data:
    """Images of stripes, with noise, standardised; the class is their direction."""
    kind = torch.randint(3, (256,))
    i, j = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    waves = torch.stack([torch.sin(i * 1.0), torch.sin(j * 1.0), torch.sin((i + j) * 0.7)])
    images = waves[kind].unsqueeze(1) + 0.5 * torch.randn(256, channels, size, size)
    return images / images.std(), kind


def tones(length: int = 400, dim: int = 0) -> Data:
    """Waves, with noise, of one of three pitches."""
    kind = torch.randint(3, (256,))
    pitch = torch.tensor([0.1, 0.3, 0.7])[kind].unsqueeze(1)
    x = torch.sin(pitch * torch.arange(length) + 6.3 * torch.rand(256, 1)) + 0.2 * torch.randn(256, length)
    return (x.unsqueeze(dim) if dim else x), kind


def first_of(length: int) -> Callable[[], Data]:
    """Sequences of noise whose class is the sign of the first number."""

    def read() -> Data:
        x = torch.randn(512, length, 1)
        return x, (x[:, 0, 0] > 0).long()

    return read
