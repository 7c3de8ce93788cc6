"""What determines a training: the experiment, and where its data come from."""

from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from ...catalogue.definition import Definition

Kind = Literal["classification", "regression"]
Optimizer = Literal["adam", "sgd", "momentum"]
Schedule = Literal["constant", "cosine", "linear"]
Part = Literal["test", "validation"]
Init = Literal["auto", "he", "xavier", "lecun", "default"]
OPTIMIZERS: tuple[str, ...] = get_args(Optimizer)
INITS: tuple[str, ...] = get_args(Init)
SCHEDULES: tuple[str, ...] = get_args(Schedule)
MODELS: tuple[str, ...] = ("mlp", "residual", "conv", "transformer")


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

    @property
    def shape(self) -> "Experiment":
        """What experiments must share to train together: all but activation, seed, learning rate and initialisation."""
        return replace(self, activation="", seed=0, lr=0.0, init="auto", defined=None)


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
    majority: float = nan
    """Share of the most frequent class among the test samples: what naming it always scores."""
