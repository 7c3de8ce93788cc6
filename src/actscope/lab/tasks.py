"""The data that networks are trained on: small pictures of two classes, and handwritten digits. No download."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingError, UnknownTaskError, did_you_mean, missing_extra
from .records import Experiment, Kind, Points, TaskCard

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Draw = Callable[[int, float, np.random.Generator], tuple[NDArray[np.float64], NDArray[np.int64]]]

TEST_SHARE = 0.2
# Five of each class leave one of each to test on.
SAMPLES_PER_CLASS = 5


@dataclass(frozen=True, slots=True)
class Data:
    """Inputs, standardised by the mean and spread of the training part, and what is to be told of each.

    Inputs are (samples, *shape) in float32. Targets are classes, (samples,) in int64, or for a regression numbers
    standardised like the inputs, (samples, outputs) in float32.
    """

    train_inputs: Floats
    train_targets: Labels | Floats
    test_inputs: Floats
    test_targets: Labels | Floats
    validation_inputs: Floats | None = None
    """A stratified fifth that is held back from training, where an experiment needs it."""
    validation_targets: Labels | Floats | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of data, and how it is drawn."""

    name: str
    summary: str
    draw: Draw
    """From a number of samples, a noise and a source of randomness: raw inputs and classes."""
    inputs: int
    classes: int
    """Classes to tell apart; 0 for a regression."""
    noise: float
    """The default noise, in the units of `draw`."""
    shape: tuple[int, ...] = ()
    """The axes of a sample as (channels, height, width) or (length, features); () for plain numbers."""
    values: int = 1
    """Numbers to predict, for a regression."""
    noise_after: bool = False
    """Whether noise is added to the standardised inputs instead of by `draw`."""
    samples: int = 1000
    """The default size, train and test together."""
    most_samples: int | None = None
    """All there is, where the data are not generated."""

    @property
    def kind(self) -> Kind:
        """What is asked of a network."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """Outputs that a network needs: the logit of class 1, a logit for each class, or the numbers to predict."""
        return self.values if not self.classes else 1 if self.classes == 2 else self.classes

    @property
    def fewest_samples(self) -> int:
        """The smallest data set of which each class has a sample to test on."""
        return SAMPLES_PER_CLASS * self.classes


def xor(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return clusters around the corners of a square; corners that face each other diagonally share a class."""
    labels = _alternating(samples)
    side = np.where(random.random(samples) < 0.5, 1.0, -1.0)
    corners = np.stack([side, np.where(labels == 1, -side, side)], axis=1)
    return corners + noise * random.standard_normal(corners.shape), labels


def circles(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a ring of class 1 inside a ring of class 0."""
    labels = _alternating(samples)
    angle = random.uniform(0.0, 2 * np.pi, samples)
    points = np.where(labels == 1, 0.5, 1.0)[:, None] * _direction(angle)
    return points + noise * random.standard_normal(points.shape), labels


def moons(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return two half rings that reach into each other."""
    labels = _alternating(samples)
    upper = _direction(random.uniform(0.0, np.pi, samples))
    points = np.where(labels[:, None] == 1, np.array([1.0, 0.5]) - upper, upper)
    return points + noise * random.standard_normal(points.shape), labels


def spirals(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return two arms that wind around each other one and a half times."""
    labels = _alternating(samples)
    # The square root spreads the points evenly along the arm, whose length grows with the square of the angle.
    turned = np.sqrt(random.uniform(0.02, 1.0, samples))
    points = turned[:, None] * _direction(3 * np.pi * turned + np.pi * labels)
    return points + noise * random.standard_normal(points.shape), labels


def shapes(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return circles (class 1) in a triangular region with triangles (class 0) on its three sides.

    No line separates them and no two lines do: three lines cut the region out.
    """
    labels = _alternating(samples)
    corners = _direction(np.pi / 2 + 2 * np.pi / 3 * np.arange(4))
    edge = random.integers(0, 3, samples)
    along = random.random((samples, 1))
    rim = (1 - along) * corners[edge] + along * corners[edge + 1]
    # Areas grow with the square of the size, so even filling is uniform in the square.
    smallest, largest = np.where(labels == 1, 0.0, 1.1), np.where(labels == 1, 0.9, 1.6)
    size = np.sqrt(random.uniform(smallest**2, largest**2))
    points = size[:, None] * rim
    return points + noise * random.standard_normal(points.shape), labels


def digits(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return handwritten digits of 8 x 8 pixels, or a stratified part of them."""
    del noise  # pixels are disturbed after standardising, where one size of noise fits all of them
    images, labels = _handwriting()
    if samples >= len(labels):
        return images, labels
    chosen = stratified(labels, samples, random)
    return images[chosen], labels[chosen]


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.name: task
        for task in (
            Task("xor", "four clusters, the class is the exclusive or of their signs", xor, 2, 2, noise=0.3),
            Task("circles", "a ring inside a ring", circles, 2, 2, noise=0.1),
            Task("moons", "two half rings that reach into each other", moons, 2, 2, noise=0.2),
            Task("spirals", "two arms that wind around each other", spirals, 2, 2, noise=0.03),
            Task("shapes", "circles that take three lines to cut out of triangles", shapes, 2, 2, noise=0.03),
            Task(
                "digits",
                "handwritten digits of 8 x 8 pixels",
                digits,
                64,
                10,
                noise=0.0,
                noise_after=True,
                samples=1797,
                most_samples=1797,
            ),
        )
    }
)


def task_called(name: str) -> Task:
    """Return the task of that name.

    >>> task_called("moons").classes
    2
    """
    if not isinstance(name, str) or name not in TASKS:
        near = did_you_mean(str(name), TASKS) or ";"
        raise UnknownTaskError(f"no task is called {name!r}{near} there are {', '.join(TASKS)}")
    return TASKS[name]


def load(name: str, samples: int | None = None, noise: float | None = None, seed: int = 0) -> Data:
    """Return the task's data for a seed, split 80 to 20 with the classes in equal shares on both sides.

    The same arguments give the same numbers in any process; `samples` and `noise` have defaults of the task.

    >>> data = load("moons", samples=100)
    >>> data.train_inputs.shape, data.test_inputs.shape
    ((80, 2), (20, 2))
    """
    task = task_called(name)
    samples = task.samples if samples is None else samples
    if samples < task.fewest_samples:
        raise SettingError(
            f"`samples` must be at least {task.fewest_samples} for {name}, five of each class, but got {samples}"
        )
    noise = task.noise if noise is None else noise
    random = np.random.default_rng(seed)
    inputs, labels = task.draw(samples, noise, random)
    test = stratified(labels, round(TEST_SHARE * len(labels)), random)
    train = random.permutation(np.setdiff1d(np.arange(len(labels)), test))
    centre, spread = inputs[train].mean(axis=0), inputs[train].std(axis=0)
    # A pixel that is white in every training image has no spread; its centred value is kept.
    inputs = (inputs - centre) / np.where(spread > 0, spread, 1.0)
    if task.noise_after:
        inputs = inputs + noise * random.standard_normal(inputs.shape)
    narrow = inputs.astype(np.float32)
    return Data(narrow[train], labels[train], narrow[test], labels[test])


def task_of(experiment: Experiment) -> Task:
    """Return the task that an experiment is on."""
    return task_called(experiment.task)


def data_of(experiment: Experiment) -> Data:
    """Return the data of an experiment, with a validation part where it stops early or is judged on one."""
    return load(experiment.task, experiment.samples, experiment.noise, experiment.seed)


def card(name: str, samples: int | None = None, noise: float | None = None) -> TaskCard:
    """Return what a reader must know of the data, with the test points of seed 0 if they lie in a plane.

    >>> card("digits", samples=5000).train
    1438
    """
    task, data = task_called(name), load(name, samples, noise)
    points = None
    if task.inputs == 2:
        x, y = (tuple(column.tolist()) for column in data.test_inputs.T)
        points = Points(x, y, tuple(data.test_targets.tolist()))
    return TaskCard(
        name, task.summary, len(data.train_targets), len(data.test_targets), task.inputs, task.classes, points=points
    )


def stratified(labels: NDArray[np.int64], size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return `size` random indices in which each class has its share of `labels`, to within one sample.

    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> np.bincount(labels[stratified(labels, 3, np.random.default_rng(0))])
    array([2, 1])
    """
    members = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    shares = np.array([size * len(group) / len(labels) for group in members])
    quota = np.floor(shares).astype(np.int64)
    # What rounding down left over goes to the largest remainders; a stable sort settles ties the same way everywhere.
    quota[np.argsort(quota - shares, kind="stable")[: size - quota.sum()]] += 1
    return random.permutation(np.concatenate([group[:count] for group, count in zip(members, quota, strict=True)]))


def _alternating(samples: int) -> NDArray[np.int64]:
    return np.arange(samples, dtype=np.int64) % 2


def _direction(angle: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


@lru_cache(maxsize=1)
def _handwriting() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise missing_extra("lab", "the task 'digits'") from error
    found: Any = load_digits()
    images, labels = np.asarray(found.data, dtype=np.float64), np.asarray(found.target, dtype=np.int64)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels
