"""What several trainings tell of the activations that they differ in."""

from dataclasses import asdict, dataclass, field
from math import nan
from typing import Any, Literal

from .experiment import Experiment, TaskCard
from .run import Run

Value = str | int | float | bool | None
Trouble = Literal["error", "lost"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A point of the grid: what a comparison varies beside the activation and the seed."""

    depth: int
    """Hidden layers; always named, also where no other depth was asked for."""
    varied: tuple[tuple[str, Value], ...] = ()
    """The other options of which several values were asked for, by name, with the value that they have here."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % interval by Student's t; with one seed the interval is nan.

    The interval of a share may reach below 0 or above 1: then the seeds are too few or too different for Student's t.
    """

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How sure it is that the best of a condition is ahead of another: one difference of scores from each seed."""

    p: float
    """Of the paired t test, two-sided; nan with one seed."""
    corrected: float
    """The same corrected by Holm (1979) over all `pairs`, not only those with the best, which the data chose."""
    pairs: int
    """Pairs of activations in the condition."""
    effect: float
    """Mean over standard deviation of the differences, with Hedges's correction; nan with fewer than 3 seeds."""
    effect_low: float
    effect_high: float
    """Its 95 % interval, by the noncentral t distribution."""
    ahead: float
    """Share of the seeds in which the best is ahead; an equal score counts half."""
    shown: bool
    """Whether the difference is more than chance would give."""
    needed: int | None
    """Seeds with which a difference of this effect would be shown four times in five; None where that is unknown."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When the test score first reached a threshold."""

    threshold: float
    seeds: int
    """Seeds that trained."""
    epochs: Estimate | None
    """The first epoch at which it did, over the seeds that reached it alone, `epochs.seeds` of them; None if none."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What happened inside the networks of an activation: means over the seeds, geometric ones of ratios."""

    gradient_ratio: float
    """Before training: the first hidden layer's gradient over the last's."""
    silent: float
    """After training: share of silent units, all hidden layers together."""
    saturated: float
    """After training: share of saturated elements, all hidden layers together."""
    off_centre: float
    """After training: size of a layer's mean output over its root mean square, mean over the hidden layers."""
    update: float
    """Steps over weights where they were first measured after the start, over the hidden layers; nan if unmeasured."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one activation ended in one condition, over its seeds."""

    activation: str
    condition: Condition
    test_score: Estimate
    train_score: Estimate
    test_loss: Estimate
    behind: Estimate | None
    """Test score of the best in this condition minus this one's, paired by seed; None for the best itself."""
    seconds: float
    """Mean wall time of a training, each network's share where several train together."""
    difference: Difference | None = None
    """How sure `behind` is."""
    rank: float = nan
    """Mean over the seeds of the place by test score: 1 is best, equal scores share their places."""
    reached: Reached | None = None
    step_seconds: float = nan
    """Mean wall time of a step of the optimizer, a share like `seconds`."""
    inside: Inside | None = None


Cause = Literal[
    "diverged",
    "no slope",
    "linear",
    "vanishing",
    "exploding",
    "silent units",
    "saturated",
    "small updates",
    "large updates",
    "off centre",
    "slow",
    "overfitted",
    "no difference",
    "unexplained",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an activation that did not win did not, in measured terms."""

    activation: str
    condition: Condition
    cause: Cause
    measured: dict[str, float]
    """The numbers behind the sentence, by name; means over the seeds."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """All activations over all seeds and conditions: mean ranks, and how far apart they must be to differ."""

    activations: tuple[str, ...]
    """Best mean rank first."""
    ranks: tuple[float, ...]
    blocks: int
    """Seeds and conditions in which every activation was ranked."""
    statistic: float
    """Friedman's (1937) chi-squared; nan with too few blocks or activations."""
    p: float
    """Of its F form (Iman and Davenport 1980): how often equal activations would differ as much."""
    critical: float
    """Nemenyi's critical difference at 5 % (Demšar 2006): mean ranks closer than that cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Association:
    """Whether a quantity inside the networks goes with the outcome: Spearman's rank correlation across activations."""

    condition: Condition
    quantity: str
    """The name of a field of Inside."""
    correlation: Estimate
    """One correlation from each seed: 1 if the activations with more of the quantity end with a higher score."""
    activations: int


@dataclass(frozen=True, slots=True)
class Tuning:
    """The learning rate that was chosen for an activation in a condition, from a grid that is the same for all."""

    activation: str
    condition: Condition
    grid: tuple[float, ...]
    """The rates that were tried, in ascending order."""
    scores: tuple[Estimate, ...]
    """The score on validation data with each of them."""
    chosen: float

    @property
    def at_edge(self) -> bool:
        """Whether the chosen rate is the smallest or the largest that was tried, so that a better may lie beyond."""
        return self.chosen in (min(self.grid), max(self.grid))


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that could not be run."""

    experiment: Experiment
    kind: Trouble
    """An error that its code raised, or a worker that was lost each time the cell was tried."""
    detail: str
    """What was raised, or how the worker ended."""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several activations on one task: what was asked, what was run, how they stand and why."""

    task: TaskCard
    activations: tuple[str, ...]
    conditions: tuple[Condition, ...]
    settings: dict[str, Any]
    """The options as given or filled in: width, seeds, epochs, optimizer, lr, init, ...; a tuple where they vary."""
    saturation_slope: float
    runs: tuple[Run, ...]
    standings: tuple[Standing, ...]
    """By condition, then best mean test score first."""
    reasons: tuple[Reason, ...]
    answer: str
    """The result in a sentence or two, with its uncertainty."""
    planned: int
    """Runs that were asked for; more than are finished or failed if the comparison was interrupted."""
    notes: tuple[str, ...] = field(default=())
    """What the reader should know beside the numbers, such as that step cannot be trained by gradients."""
    ranking: Ranking | None = None
    """Over all conditions; None for a single activation."""
    associations: tuple[Association, ...] = ()
    tuned: tuple[Tuning, ...] = ()
    """How learning rates were chosen, where they were."""
    failed: tuple[Failure, ...] = ()
    threshold: float | None = None
    """The score that epochs are counted to, as it was given; None: for each condition its own."""

    @property
    def depths(self) -> tuple[int, ...]:
        """The depths among the conditions, each once."""
        return tuple(dict.fromkeys(condition.depth for condition in self.conditions))

    @property
    def interrupted(self) -> bool:
        """Whether fewer runs were finished or failed than asked for."""
        return len(self.runs) + len(self.failed) < self.planned

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings; tuples stay tuples, nan stays nan."""
        return asdict(self)
