"""What the lab returns: frozen, JSON-ready records, free of torch and of drawing.

Whoever reads them (the report, the command line, a test) reads every number from here.
`nan` and infinities are allowed in the records and become null in JSON.
"""

from dataclasses import asdict, dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

if TYPE_CHECKING:
    from ..catalogue.definition import Definition

Kind = Literal["classification", "regression"]
Optimizer = Literal["adam", "sgd", "momentum"]
Schedule = Literal["constant", "cosine", "linear"]
Part = Literal["test", "validation"]
Init = Literal["auto", "he", "xavier", "lecun", "default"]
OPTIMIZERS: tuple[str, ...] = get_args(Optimizer)
INITS: tuple[str, ...] = get_args(Init)
SCHEDULES: tuple[str, ...] = get_args(Schedule)
MODELS: tuple[str, ...] = ("mlp", "residual", "conv", "transformer")

# A slope of 0.01 lets 1 % of the gradient through: tanh has it at |x| = 3.0, sigmoid at |x| = 4.6.
SATURATION_SLOPE = 0.01


@dataclass(frozen=True, slots=True)
class Source:
    """Data of a user's own: where they lie, how they are read, and what they hold."""

    path: str
    """An absolute path of a file or folder, or "sklearn:NAME"."""
    digest: str
    """SHA-256 of the content, in hexadecimal: other content is other data, whatever the path."""
    target: str = ""
    """The column to predict, for a table."""
    kind: Kind = "classification"
    size: tuple[int, int] | None = None
    """Height and width that images are brought to."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """All that determines the numbers of one run; equal experiments give equal runs, in any process."""

    task: str
    """The name of a task; of a user's data the name of the file or folder, which `source` says more of."""
    activation: str
    depth: int
    """Hidden layers."""
    width: int
    """Units per hidden layer."""
    seed: int
    epochs: int
    optimizer: Optimizer
    lr: float
    init: Init
    batch_size: int
    samples: int
    """Size of a generated data set, train and test together; real data keep their own size if it is smaller."""
    noise: float
    defined: "Definition | None" = None
    """What the activation is, if it is not of the catalogue."""
    model: str = "mlp"
    """One of MODELS, or "package.module:factory" of a user's own."""
    model_digest: str = ""
    """SHA-256 of the file that a user's factory is written in; "" for MODELS."""
    schedule: Schedule = "constant"
    """The learning rate over the epochs: constant, or from `lr` down to 0 along a line or half a cosine."""
    patience: int | None = None
    """Epochs without a smaller validation loss after which training stops; the weights of the best epoch are kept."""
    judged_on: Part = "test"
    """What `test_score` and `test_loss` are measured on: while learning rates are tuned, validation data."""
    source: Source | None = None
    """A user's own data; None for a task of the lab."""


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


@dataclass(frozen=True, slots=True)
class Points:
    """Points in the plane with their class, to draw under a decision boundary; of a curve all have the label 0."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    label: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What a reader must know of the data."""

    name: str
    summary: str
    train: int
    """Samples to train on (seed 0)."""
    test: int
    """Samples to test on (seed 0)."""
    inputs: int
    """Numbers per sample."""
    classes: int
    points: Points | None
    """The test points of the first seed: of two inputs and two classes, or an input and the number to predict."""
    kind: Kind = "classification"


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
class Standing:
    """Where one activation at one depth ended, over its seeds."""

    activation: str
    depth: int
    test_score: Estimate
    train_score: Estimate
    test_loss: Estimate
    behind: Estimate | None
    """Test accuracy of the best at this depth minus this one's, paired by seed; None for the best itself."""
    seconds: float
    """Mean wall time of a training."""


Cause = Literal[
    "diverged",
    "no slope",
    "linear",
    "vanishing",
    "exploding",
    "silent units",
    "saturated",
    "slow",
    "overfitted",
    "no difference",
    "unexplained",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an activation that did not win did not, in measured terms."""

    activation: str
    depth: int
    cause: Cause
    measured: dict[str, float]
    """The numbers behind the sentence, by name; means over the seeds."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several activations on one task: what was asked, what was run, how they stand and why."""

    task: TaskCard
    activations: tuple[str, ...]
    depths: tuple[int, ...]
    settings: dict[str, Any]
    """The options as given or filled in: width, seeds, epochs, optimizer, lr, init, batch_size, samples, noise."""
    saturation_slope: float
    runs: tuple[Run, ...]
    standings: tuple[Standing, ...]
    """By depth, then best test accuracy first."""
    reasons: tuple[Reason, ...]
    answer: str
    """The result in a sentence or two, with its uncertainty."""
    planned: int
    """Runs that were asked for; more than len(runs) if the comparison was interrupted."""
    notes: tuple[str, ...] = field(default=())
    """What the reader should know beside the numbers, such as that step cannot be trained by gradients."""

    @property
    def interrupted(self) -> bool:
        """Whether fewer runs were finished than asked for."""
        return len(self.runs) < self.planned

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings; tuples stay tuples, nan stays nan."""
        return asdict(self)


class Progress(Protocol):
    """Told about each finished epoch of each run, epoch 0 (untrained) included: `epochs + 1` calls a run."""

    def __call__(self, experiment: Experiment, epoch: Epoch, /) -> None:
        """Take notice; what it raises stops the training."""
