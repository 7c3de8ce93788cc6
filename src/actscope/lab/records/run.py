"""What was measured while a network trained."""

from dataclasses import dataclass
from math import hypot, nan
from typing import Protocol

from ...probe.bound import EPS
from .experiment import Experiment

SATURATION_SLOPE = EPS
"""The probe's."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """Loss and score after `epoch` passes over the data; 0: untrained.

    Classification: mean cross-entropy in nats, and accuracy from 0 to 1. Regression: mean squared error in units of
    the targets' variance on the training data, and R² (1 is perfect, 0 is what their mean gives, negative is worse).
    """

    epoch: int
    train_loss: float
    test_loss: float
    train_score: float
    test_score: float


@dataclass(frozen=True, slots=True)
class LayerState:
    """One hidden layer, measured on fixed training samples."""

    layer: int
    """1 is the layer next to the input."""
    gradient: float
    """Root mean square of the loss's gradient with respect to the layer's weights."""
    mean: float
    """Mean of the layer's output over samples and units."""
    spread: float
    """Standard deviation of the layer's output over samples and units."""
    saturated: float
    """Share of elements whose slope is below `saturation_slope` in size."""
    silent: float
    """Share of units whose slope is below `saturation_slope` in size on every sample: they never fire."""
    update: float = nan
    """Last step before this moment over the weights, both as root mean squares; nan at the start."""

    @property
    def off_centre(self) -> float:
        """Size of the mean output over the outputs' root mean square: 0 is centred on zero, 1 a constant; nan for 0."""
        size = hypot(self.mean, self.spread)
        return abs(self.mean) / size if size else nan


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All hidden layers after `epoch` passes over the data; 0 is the start."""

    epoch: int
    layers: tuple[LayerState, ...]


@dataclass(frozen=True, slots=True)
class Boundary:
    """What a trained network says over the plane: probability of class 1, rows from low y to high y."""

    x: tuple[float, float]
    y: tuple[float, float]
    probability: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """What a trained network answers along the input of a one-dimensional regression."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One trained network: its experiment and everything that was measured."""

    experiment: Experiment
    history: tuple[Epoch, ...]
    """Epoch 0 (untrained) to the last."""
    snapshots: tuple[Snapshot, ...]
    """At the start, during training, and at the end."""
    boundary: Boundary | None
    """For two-dimensional tasks."""
    seconds: float
    """Wall time of the passes over the data, a network's share of it where several train together.

    With `step_seconds` the one number that may differ between two equal runs.
    """
    steps: int = 0
    """Steps of the optimizer that were taken."""
    kept: int | None = None
    """The epoch whose weights were kept when training stopped early; None if it went to the end."""
    fit: Curve | None = None
    """For one-dimensional regressions."""

    @property
    def final(self) -> Epoch:
        """The epoch whose weights the network ended with."""
        return self.history[-1 if self.kept is None else self.kept]

    @property
    def step_seconds(self) -> float:
        """Mean wall time of a step; nan if none was taken."""
        return self.seconds / self.steps if self.steps else nan

    @property
    def start(self) -> Snapshot:
        """The layers before training."""
        return self.snapshots[0]

    @property
    def end(self) -> Snapshot:
        """The layers after training."""
        return self.snapshots[-1]


class Progress(Protocol):
    """Told about each finished epoch of each run, epoch 0 (untrained) included: `epochs + 1` calls a run."""

    def __call__(self, experiment: Experiment, epoch: Epoch, /) -> None:
        """Take notice; what it raises stops the training."""
