"""What a task is, and the data of one seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records import Kind

Array = NDArray[Any]
Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Draw = Callable[[int, float, np.random.Generator], tuple[Array, Array]]

# Five of each class leave one of each to test on, and one to validate on.
SAMPLES_PER_CLASS = 5
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Data:
    """The data of one seed: inputs scaled by the mean and spread of the training part, and what is to be told of each.

    Inputs are (samples, *axes) in float32, with the axes that the model takes (`axes_for`). Targets are classes,
    (samples,) in int64, or for a regression numbers scaled like the inputs, (samples, outputs) in float32.
    """

    train_inputs: Floats
    train_targets: Labels | Floats
    test_inputs: Floats
    """What the score is measured on: the test part, or the validation part where an experiment is judged on that.
    Nobody has the test part then."""
    test_targets: Labels | Floats
    validation_inputs: Floats | None = None
    """A stratified fifth of all samples that is held back from training, where an experiment needs it."""
    validation_targets: Labels | Floats | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of data, and how it is drawn."""

    name: str
    summary: str
    draw: Draw
    """From a number of samples, a noise and a source of randomness: raw inputs (samples, inputs), and classes
    (samples,) or numbers (samples, values). Data that are not generated come whole."""
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
    rarest: int | None = None
    """Members of the smallest class, where classes are not equally many."""
    apart: int = 0
    """How many samples, the last ones, are to test on where the data come split; 0: the seed splits them."""
    together: bool = False
    """Whether all pixels of a channel, or all places of a feature, are scaled by one mean and spread."""

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
        if self.rarest is not None and self.most_samples is not None:
            return math.ceil(SAMPLES_PER_CLASS * self.most_samples / self.rarest)
        return max(FEWEST, SAMPLES_PER_CLASS * self.classes)


@dataclass(frozen=True, slots=True)
class Raw:
    """Data of a user's own as they were read, before any split or scaling."""

    inputs: Array
    """(samples, *axes) of numbers."""
    targets: Array
    """Classes, (samples,) in int64, or numbers, (samples, values) in float64."""
    labels: tuple[str, ...]
    """What the classes are called; () for a regression."""
    told: str
    """What the data are, in a few words."""
    apart: int = 0
    """How many samples, the last ones, came as a test part."""
    images: bool = False
    """Whether a sample is an image, (channels, height, width)."""
