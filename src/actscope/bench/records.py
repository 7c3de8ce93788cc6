"""What a bench measures: records free of every measured library, ready for a table or for JSON."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Progress = Callable[[str, int, int], None]
"""Told what is being measured, how much is done, and of how much."""


def unheard(_what: str, _done: int, _total: int) -> None:
    """Take no notice of progress."""


Library = Literal["actscope", "PyTorch", "torch.compile", "JAX", "SciPy"]
Rival = Literal["pytorch", "compile", "jax", "scipy"]
"""What is timed beside ours, by the name on the command line."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where it was measured."""

    processor: str
    processors: int
    """How many of them this process may use."""
    system: str
    python: str
    libraries: dict[str, str]
    """The version of each library."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest error met, and where."""

    ulp: float
    """In units in the last place of the true result; infinite where a result is infinite or nan and should not be."""
    at: tuple[float, ...] = ()
    """The input, or the two of a gated activation."""
    got: float = 0.0
    true: float = 0.0


@dataclass(frozen=True, slots=True)
class Errors:
    """What was found on a number of inputs."""

    inputs: int = 0
    misrounded: int = 0
    """Results that are not the nearest number to the true one. Where there is none, no error exceeds half an ulp."""
    beyond: int = 0
    """Results further off than the contract allows, not finite ones included."""
    worst: Worst = Worst(0.0)
    """Among the finite results."""
    worst_normal: Worst = Worst(0.0)
    """Among those where input and true result have all their digits: neither is subnormal."""
    broken: int = 0
    """Results that are infinite or nan and should not be, or should be and are not."""
    broken_worst: Worst | None = None
    """The first of these."""
    nan_lost: int = 0
    """Of all bit patterns of nan, those that gave a number; counted where every pattern is tried."""

    @property
    def kept(self) -> bool:
        """Whether every result is within the contract."""
        return not self.beyond


def errors_of(told: Mapping[str, Any]) -> Errors:
    """Return the record that `asdict` made a dictionary of.

    >>> found = Errors(9, 1, 1, Worst(3.0, (2.0,)), Worst(3.0, (2.0,)), 1, Worst(math.inf, (4.0,)))
    >>> errors_of(asdict(found)) == found
    True
    """

    def worst(each: Mapping[str, Any]) -> Worst:
        return Worst(**{**each, "at": tuple(each["at"])})

    places = {name: worst(told[name]) for name in ("worst", "worst_normal", "broken_worst") if told[name] is not None}
    return Errors(**{**told, **places})


def joined(a: Errors, b: Errors) -> Errors:
    """Return what was found on the inputs of both.

    >>> joined(Errors(10, worst=Worst(0.5, (1.0,))), Errors(5, 1, 1, Worst(3.0, (2.0,)))).worst.at
    (2.0,)
    """
    return Errors(
        a.inputs + b.inputs,
        a.misrounded + b.misrounded,
        a.beyond + b.beyond,
        b.worst if b.worst.ulp > a.worst.ulp else a.worst,
        b.worst_normal if b.worst_normal.ulp > a.worst_normal.ulp else a.worst_normal,
        a.broken + b.broken,
        a.broken_worst or b.broken_worst,
        a.nan_lost + b.nan_lost,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """The errors of one library's function."""

    activation: str
    kind: str
    """value, slope, or a partial derivative such as d/dbeta."""
    library: Library
    errors: Errors
    exhaustive: bool = False
    """Whether every number of the format was tried."""
    limits_missed: tuple[Worst, ...] = ()
    """Infinite or nan inputs whose result is not the limit, or not nan."""


@dataclass(frozen=True, slots=True)
class TruthCheck:
    """How far the float64 results that errors are measured from lie from 60-digit ones."""

    activation: str
    kind: str
    points: int
    worst: Worst
    """In units in the last place of the format that is judged."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The errors of every function in every library."""

    dtype: str
    limit: float
    """The contract for it, in ulp: an error above it is counted."""
    scores: tuple[Score, ...]
    truths: tuple[TruthCheck, ...]
    """Empty where mpmath is not installed."""
    environment: Environment
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers as plain dictionaries and lists."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Load:
    """How much of the processors other processes took while this one measured."""

    others: float | None
    """Processors' worth of time; None where the system does not tell."""
    measurements: int
    repeated: int
    """Those that were made again because others were at work."""
    disturbed: int
    """Those that others disturbed each time; 0 unless it was told to go on all the same."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What one call costs one library: the median over interleaved rounds."""

    library: Library
    seconds: float
    ratio: float
    """Its time by ours, the median over rounds: above 1 where ours is faster; 1 for ours."""


Table = Literal["functions", "gated", "bias", "rows"]
"""Functions of one number, of two, with a bias that is added first, of rows."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One function timed on one amount of data."""

    table: Table
    function: str
    work: str
    """forward, or forward and backward."""
    shape: tuple[int, ...]
    threads: int
    copy: float
    """Seconds that a plain copy of the data takes in the same rounds."""
    timings: tuple[Timing, ...]

    @property
    def elements(self) -> int:
        """How many numbers are in the data."""
        return math.prod(self.shape)

    def of(self, library: Library) -> Timing | None:
        """Return the timing of a library, if it was timed."""
        return next((timing for timing in self.timings if timing.library == library), None)


@dataclass(frozen=True, slots=True)
class Saved:
    """Bytes an element that a function keeps from forward for backward."""

    function: str
    ours: float
    theirs: float
    """PyTorch's."""


@dataclass(frozen=True, slots=True)
class Speed:
    """All timings of one run."""

    cells: tuple[Cell, ...]
    starts: dict[str, float]
    """Seconds, each in new processes: the first call, a further function's first call."""
    saved: tuple[Saved, ...]
    load: Load
    environment: Environment
    seconds: float
    notes: tuple[str, ...] = field(default=())
    """What was left out, and why."""

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers as plain dictionaries and lists."""
        return asdict(self)
