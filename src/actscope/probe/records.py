"""What a probe has seen and what it concludes: frozen, free of torch; rows of statistics are NumPy arrays."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .rows import statistics
from .rows.statistics import Rows

Role = Literal["activation", "gate", "output"]
"""A gate of an LSTM or GRU saturates by design; an output stands behind the last layer with weights."""
Weight = Literal["finding", "hint"]
"""A hint is told and does not make a model sick."""
Graph = Literal["unseen", "read", "hidden"]
"""Hidden is one of which a part could not be read; a note says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an activation acts in a model."""

    name: str
    """The module's path and the function, such as "encoder.3/relu"; a second call there is "encoder.3/relu2"."""
    function: str
    """The catalogue's name; a user's own module has its class's name."""
    parameters: tuple[tuple[str, float], ...]
    role: Role
    order: int
    """From 1 at the place that acts first."""
    units: int
    """Channels of an image, features of everything else."""
    fires: tuple[tuple[float, float], ...] | None
    """The ranges of x in which the slope is at least `eps`; None where it is not known."""
    formula: bool = True
    """Whether the function is known as a formula; otherwise its slope was measured on a grid."""
    layer: str = ""
    """The last layer with weights before it, by the name of its module; "" if there is none."""


@dataclass(frozen=True)
class PlaceHistory:
    """A place and what was seen there in each bin of steps."""

    place: Place
    bins: Rows
    """(bins,) of dtype PLACE."""
    shown: NDArray[np.uint8]
    """(bins, units): what each unit has shown, as bits."""

    def pooled(self, of: slice = slice(None)) -> Rows:
        """Return the row of several bins taken together."""
        return statistics.pooled(self.bins[of])

    def silent(self, of: slice = slice(None), bit: int = statistics.FIRED) -> float:
        """Return the share of units that never showed `bit` in these bins; nan where nothing was seen."""
        if not self.bins["elements"][of].any():
            return float("nan")
        return float(statistics.silent(self.shown[of], bit).mean())


@dataclass(frozen=True)
class ParameterHistory:
    """A parameter and what was seen of it in each bin of steps."""

    name: str
    shape: tuple[int, ...]
    trained: bool
    """Whether it requires a gradient."""
    layer: str
    """The type of the module it belongs to, such as "Linear"."""
    bins: Rows
    """(bins,) of dtype PARAMETER."""
    as_made: bool = False
    """Whether it still is as PyTorch makes weights, and, where no optimiser steps it, has a gradient."""

    def pooled(self, of: slice = slice(None)) -> Rows:
        """Return the row of several bins taken together."""
        return statistics.pooled(self.bins[of])


@dataclass(frozen=True, slots=True)
class Optimizer:
    """The optimiser that was seen at work."""

    name: str
    lr: float


@dataclass(frozen=True, slots=True)
class Spacing:
    """Every how many steps something was measured at the end; set by what it costs."""

    forward: int
    gradients: int
    parameters: int


@dataclass(frozen=True, slots=True)
class FirstBad:
    """The first number that was not finite."""

    place: str
    """A place, "the input", "the loss", or "the gradient at ...", "the weights ..."."""
    step: int
    count: int
    cause: str = ""
    """A parameter that was no longer finite before, so that it made the rest."""
    seen: bool = True
    """Whether its step was looked at; otherwise only the loss of that step is known."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, with its evidence."""

    name: str
    """Which definition it meets: a key of `findings.DEFINITIONS`."""
    where: str
    """The place, parameter or module, the worst one if there are several; "" is the whole model."""
    measured: float
    threshold: float
    evidence: str
    """One or two sentences with the numbers."""
    advice: tuple[str, ...]
    """What to change; lines that begin with four spaces are code to type."""
    weight: Weight = "finding"
    also: tuple[str, ...] = ()
    """Other places with the same finding."""
    since: int | None = None
    """The step from which on it was seen; None where it does not depend on steps."""


@dataclass(frozen=True)
class Recording:
    """All that a probe has seen of a model."""

    model: str
    """The name of its class."""
    steps: int
    """Steps of training during which the probe was there."""
    bins: NDArray[np.int64]
    """(bins,): the last step of each bin, counted from 1; the first bin begins at step 1."""
    places: tuple[PlaceHistory, ...]
    parameters: tuple[ParameterHistory, ...]
    course: Rows
    """(bins,) of dtype COURSE."""
    static: tuple[Finding, ...] = ()
    """What the graph of the loss and the modules tell without training."""
    notes: tuple[str, ...] = ()
    """What could not be seen, and why."""
    optimizer: Optimizer | None = None
    spacing: Spacing = Spacing(1, 1, 1)
    first_bad: FirstBad | None = None
    eps: float = 0.01
    """A slope below this counts as small."""
    broken: str = ""
    """Why measuring stopped on the way; "" if it did not."""
    moved: bool = True
    """Whether weights changed since the first loss, whoever changed them."""
    cost: float = 0.0
    """The share of the time of the steps that was spent inside of measuring."""
    unseen: int = 0
    """Steps among these that nobody looked at; of ranks side by side, those of the one that looked most often."""
    differentiated: bool = False
    """Whether a loss was differentiated: without it nothing is known of training."""
    graph: Graph = "unseen"
    """What was seen of the graphs of the losses."""
    by_turns: bool = False
    """Whether optimisers of different weights stepped by turns, each after a loss of its own, as in a game."""

    @property
    def looked(self) -> int:
        """How many steps were looked at."""
        return self.steps - self.unseen

    def span(self, first: float, last: float) -> slice:
        """Return the bins of a share of the run, from `first` to `last` of 0 to 1."""
        return statistics.spans(self.bins.tolist(), first, last)


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a model, and what was measured."""

    recording: Recording
    findings: tuple[Finding, ...] = field(default=())
    """The cause before its consequences."""

    @property
    def judged(self) -> bool:
        """Whether there is something to judge by: a loss was differentiated or its graph read, and measuring went on.

        Forward passes alone, as of a model that is evaluated, say nothing of how it learns.
        """
        seen = self.recording
        return seen.steps > 0 and not seen.broken and (seen.differentiated or seen.graph == "read")

    @property
    def healthy(self) -> bool:
        """Whether nothing was found, and there was something to judge by; hints do not count."""
        return self.judged and not any(finding.weight == "finding" for finding in self.findings)
