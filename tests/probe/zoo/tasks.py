"""What the networks of the zoo learn: small real tables and generated images, sequences and tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn import datasets

Drawn = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Task:
    name: str
    form: Literal["table", "image", "sequence", "tokens"]
    goal: Literal["classes", "binary", "numbers"]
    features: int
    """Columns, channels, numbers a step, or size of the vocabulary."""
    outputs: int
    draw: Callable[[np.random.Generator], Drawn]
    length: int = 0
    """Side of an image, steps of a sequence."""


def batches(
    task: Task, seed: int, size: int, steps: int, change: Callable[[torch.Tensor], torch.Tensor]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return one batch a step, shuffled anew each time round, with `change` applied to all inputs first."""
    rng = np.random.default_rng(seed)
    x, y = task.draw(rng)
    inputs = torch.as_tensor(x, dtype=torch.long if task.form == "tokens" else torch.float32)
    targets = torch.as_tensor(y, dtype=torch.long if task.goal == "classes" else torch.float32)
    inputs = change(inputs)
    if task.goal != "classes":
        targets = targets.reshape(len(targets), -1)
    rounds = -(-steps * size // len(inputs))
    order = np.concatenate([rng.permutation(len(inputs)) for _ in range(rounds)])
    chosen = [order[step * size : (step + 1) * size] for step in range(steps)]
    return [(inputs[rows], targets[rows]) for rows in chosen]


def standardised(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return columns of mean 0 and spread 1; a constant column stays 0."""
    return (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)


@lru_cache(maxsize=8)
def _table(name: str) -> Drawn:
    found = getattr(datasets, f"load_{name}")(return_X_y=True)
    return np.asarray(found[0], float), np.asarray(found[1], float)


def _standardised(name: str) -> Drawn:
    x, y = _table(name)
    return standardised(x), y


def _digit_images(_: np.random.Generator) -> Drawn:
    x, y = _table("digits")
    return (x.reshape(-1, 1, 8, 8) - 4.9) / 6.0, y


def _diabetes(_: np.random.Generator) -> Drawn:
    x, y = _table("diabetes")
    return standardised(x), standardised(y)


def _moons(rng: np.random.Generator) -> Drawn:
    return datasets.make_moons(1000, noise=0.15, random_state=int(rng.integers(2**31)))


def _circles(rng: np.random.Generator) -> Drawn:
    return datasets.make_circles(1000, noise=0.08, factor=0.5, random_state=int(rng.integers(2**31)))


def _blobs(rng: np.random.Generator) -> Drawn:
    x, y = datasets.make_blobs(1200, 6, centers=5, cluster_std=2.0, random_state=int(rng.integers(2**31)))
    return standardised(x), y


def _friedman(rng: np.random.Generator) -> Drawn:
    x, y = datasets.make_friedman1(1500, 10, noise=0.5, random_state=int(rng.integers(2**31)))
    return standardised(x), standardised(y)


def _sine(rng: np.random.Generator) -> Drawn:
    x = rng.uniform(-2, 2, (1500, 1))
    return x, np.sin(3 * x) + 0.05 * rng.standard_normal(x.shape)


def _plane(rng: np.random.Generator) -> Drawn:
    x = rng.standard_normal((1500, 8))
    y = x @ np.linspace(-1, 1, 8) + np.maximum(x[:, 0], 0) * x[:, 1]
    return x, standardised(y)


def _gratings(rng: np.random.Generator) -> Drawn:
    kind = rng.integers(0, 4, 1000)
    angle = np.pi * kind / 4 + 0.1 * rng.standard_normal(1000)
    phase = rng.uniform(0, 2 * np.pi, 1000)
    row, column = np.mgrid[0:16, 0:16]
    along = np.cos(angle)[:, None, None] * row + np.sin(angle)[:, None, None] * column
    x = np.sin(along + phase[:, None, None]) + 0.5 * rng.standard_normal((1000, 16, 16))
    return x[:, None], kind.astype(float)


def _spots(rng: np.random.Generator) -> Drawn:
    """A bright spot in noise; wanted is where it is, from -1 to 1 each way."""
    at = rng.uniform(-1, 1, (1000, 2))
    row, column = np.mgrid[-1.0:1.0:12j, -1.0:1.0:12j]
    distance = (row - at[:, :1, None]) ** 2 + (column - at[:, 1:, None]) ** 2
    return (3 * np.exp(-8 * distance) - 0.5 + 0.2 * rng.standard_normal(distance.shape))[:, None], at


def _waves(rng: np.random.Generator) -> Drawn:
    kind = rng.integers(0, 3, 1000)
    speed = 0.3 * (1 + kind) + 0.05 * rng.standard_normal(1000)
    time = np.arange(24)
    x = np.sin(speed[:, None] * time + rng.uniform(0, 2 * np.pi, (1000, 1)))
    return (1.4 * x + 0.3 * rng.standard_normal(x.shape))[..., None], kind.astype(float)


def _adding(rng: np.random.Generator) -> Drawn:
    """Hochreiter and Schmidhuber (1997): the sum of the two numbers that are marked."""
    numbers = rng.uniform(-1, 1, (1200, 16))
    marks = np.zeros((1200, 16))
    marks[np.arange(1200), rng.integers(0, 8, 1200)] = 1
    marks[np.arange(1200), rng.integers(8, 16, 1200)] = 1
    return np.stack([numbers, marks], -1), (numbers * marks).sum(1)


def _forecast(rng: np.random.Generator) -> Drawn:
    """The next value of a mixture of two oscillations."""
    time = np.arange(21)
    first, second = (np.sin(s * time + rng.uniform(0, 2 * np.pi, (1000, 1))) for s in (0.4, 0.9))
    x = first + second
    return x[:, :20, None], x[:, 20]


def _recall(rng: np.random.Generator) -> Drawn:
    """What was said first, after forty steps of noise."""
    first = rng.uniform(-1.5, 1.5, (1000, 1))
    return np.concatenate([first, 0.1 * rng.standard_normal((1000, 39))], 1)[..., None], first


def _recall_sign(rng: np.random.Generator) -> Drawn:
    x, first = _recall(rng)
    return x, (first[:, 0] > 0).astype(float)


def _recall_sum(rng: np.random.Generator) -> Drawn:
    x = np.concatenate([rng.uniform(-1, 1, (1000, 3)), 0.1 * rng.standard_normal((1000, 27))], 1)
    return x[..., None], x[:, :3].sum(1)


def _majority(rng: np.random.Generator) -> Drawn:
    kind = rng.integers(0, 4, 1000)
    x = rng.integers(0, 8, (1000, 16))
    x = np.where(rng.random(x.shape) < 0.4, kind[:, None], x)
    return x.astype(float), kind.astype(float)


def _mentions(rng: np.random.Generator) -> Drawn:
    """Whether token 1 comes before token 2."""
    x = rng.integers(3, 12, (1200, 12))
    first, second = rng.permuted(np.tile(np.arange(12), (1200, 1)), axis=1)[:, :2].T
    x[np.arange(1200), first], x[np.arange(1200), second] = 1, 2
    return x.astype(float), (first < second).astype(float)


def _sums(rng: np.random.Generator) -> Drawn:
    x = rng.integers(0, 10, (1200, 12))
    return x.astype(float), (x.sum(1) - 54) / 10


_ROWS = (
    Task("digits", "table", "classes", 64, 10, lambda _: _standardised("digits")),
    Task("wine", "table", "classes", 13, 3, lambda _: _standardised("wine")),
    Task("blobs", "table", "classes", 6, 5, _blobs),
    Task("raw wine", "table", "classes", 13, 3, lambda _: _table("wine")),
    Task("raw cancer", "table", "binary", 30, 1, lambda _: _table("breast_cancer")),
    Task("moons", "table", "classes", 2, 2, _moons),
    Task("circles", "table", "binary", 2, 1, _circles),
    Task("cancer", "table", "binary", 30, 1, lambda _: _standardised("breast_cancer")),
    Task("sine", "table", "numbers", 1, 1, _sine),
    Task("friedman", "table", "numbers", 10, 1, _friedman),
    Task("plane", "table", "numbers", 8, 1, _plane),
    Task("diabetes", "table", "numbers", 10, 1, _diabetes),
    Task("digit images", "image", "classes", 1, 10, _digit_images, 8),
    Task("gratings", "image", "classes", 1, 4, _gratings, 16),
    Task("spots", "image", "numbers", 1, 2, _spots, 12),
    Task("waves", "sequence", "classes", 1, 3, _waves, 24),
    Task("adding", "sequence", "numbers", 2, 1, _adding, 16),
    Task("forecast", "sequence", "numbers", 1, 1, _forecast, 20),
    Task("recall", "sequence", "numbers", 1, 1, _recall, 40),
    Task("recall sign", "sequence", "classes", 1, 2, _recall_sign, 40),
    Task("recall sum", "sequence", "numbers", 1, 1, _recall_sum, 30),
    Task("majority", "tokens", "classes", 8, 4, _majority, 16),
    Task("mentions", "tokens", "binary", 12, 1, _mentions, 12),
    Task("sums", "tokens", "numbers", 10, 1, _sums, 12),
)

TASKS = {row.name: row for row in _ROWS}
