"""What a look at the flow through depth returns: frozen, JSON-ready records, free of torch and of drawing."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..records import Estimate, Init

if TYPE_CHECKING:
    from ...catalogue.definition import Definition

Verdict = Literal["vanishing", "exploding", "level", "none"]
Cause = Literal["gradient underflows", "gradient overflows", "signal underflows", "signal overflows"]

LEVEL = 10.0
"""A gradient that grows or shrinks by less than this factor from the last layer to the first counts as level."""
SMALLEST, LARGEST = 2.0**-149, (2.0 - 2.0**-23) * 2.0**127
"""The smallest and the largest positive float32 number; beyond them there are only 0 and infinity."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Root mean squares at one layer, predicted for infinite width."""

    layer: int
    """1 is the layer next to the input."""
    signal: float
    """Of what the activation receives."""
    gradient: float
    """Of the derivative, with respect to what the activation receives, of the output times a normal vector."""


@dataclass(frozen=True, slots=True)
class OverSeeds:
    """A positive size in several networks: the geometric mean, the lowest, the highest; 0 or nan as they come."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Root mean squares at one layer of real networks, over units and samples."""

    layer: int
    signal: OverSeeds
    gradient: OverSeeds


@dataclass(frozen=True, slots=True)
class End:
    """Where float32 gives up: in a network of this depth the size at the far end is 0 or infinite."""

    depth: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Line:
    """One activation through the depth."""

    activation: str
    weight_scale: float
    """Standard deviation of a weight, times the root of its fan-in."""
    first_scale: float
    """The same in the first layer, whose input no activation has shrunk."""
    bias_scale: float
    """Standard deviation of a bias."""
    predicted: tuple[Sizes, ...]
    """Layer 1 to the last."""
    measured: tuple[Measured, ...]
    """The same layers in float64, where neither size ends."""
    single: tuple[Measured, ...]
    """The same networks in float32."""
    predicted_rate: float
    """Factor by which the gradient changes from a layer to the one before it, the geometric mean over the layers."""
    measured_rate: Estimate
    """The same measured in float64, with its 95 % interval over the seeds."""
    deviation_growth: float
    """Factor from layer to layer of a small deviation of the signal's mean square; above 1 real networks leave the
    prediction behind."""
    verdict: Verdict
    """Of the measured gradient from the last layer to the first; "none" where no gradient passes at all."""
    predicted_end: End | None
    """None where no depth up to `deepest` is too much for float32, and where no gradient passes in any precision."""
    measured_ends: tuple[End, ...]
    """For each seed whose float32 network got there."""
    defined: "Definition | None" = None
    """What the activation is, if it is not of the catalogue."""

    @property
    def ratio(self) -> float:
        """The measured gradient of the first layer over the last's."""
        first, last = self.measured[0].gradient.mean, self.measured[-1].gradient.mean
        return first / last if last else math.nan


@dataclass(frozen=True, slots=True)
class Flow:
    """Size of signal and gradient through the depth, predicted from the formulas and measured in random networks."""

    depth: int
    """Hidden layers."""
    width: int
    """Units of each layer, and of the input."""
    init: Init
    seeds: int
    samples: int
    """Inputs drawn from N(0, 1), and as many vectors that pull at the output."""
    deepest: int
    """How deep the prediction looks for the end of float32."""
    lines: tuple[Line, ...]
    answer: str
    """What becomes of each gradient, in a sentence or two."""

    @property
    def activations(self) -> tuple[str, ...]:
        """The names, as asked for."""
        return tuple(line.activation for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings; tuples stay tuples, nan stays nan."""
        return asdict(self)
