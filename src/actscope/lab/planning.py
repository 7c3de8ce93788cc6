"""From what a user asks to the experiments that answer it; whatever is wrong is said here, before any training."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from ..bench.machine import available
from ..catalogue import CATALOGUE, Activation, get
from ..errors import SettingError, did_you_mean
from .activations import own_definition
from .asking import choice, count, number, several
from .costing import expected_seconds
from .records import INITS, MODELS, OPTIMIZERS, SCHEDULES, Experiment, Kind
from .tasks import Task, find, suits

ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu")

# Of 0.001, 0.003, 0.01, ... the largest at which relu, gelu and tanh of 12 layers learn digits with each of 3 seeds.
LEARNING_RATES: Mapping[str, float] = MappingProxyType({"adam": 0.003, "sgd": 0.1, "momentum": 0.01})

MOST_CELLS = 10_000
"""Networks that a comparison trains without being told that so many are meant."""

Value = TypeVar("Value")
Several: TypeAlias = Value | Sequence[Value]
"""A value, or several, of which each is tried with each of the other options'."""


def plan(
    task: object,
    activations: Sequence[str | Activation] = ACTIVATIONS,
    *,
    depth: Several[int] = 12,
    width: Several[int] = 64,
    seeds: int = 3,
    epochs: Several[int] = 30,
    optimizer: Several[str] = "adam",
    lr: Several[float] | None = None,
    init: Several[str] = "auto",
    batch_size: Several[int] = 64,
    samples: Several[int] | None = None,
    noise: Several[float] | None = None,
    model: Several[str] = "mlp",
    schedule: Several[str] = "constant",
    patience: Several[int | None] = None,
    target: str | None = None,
    kind: Kind | None = None,
    size: object = None,
    most_cells: int = MOST_CELLS,
) -> tuple[Experiment, ...]:
    """Return the experiments of a comparison: each activation under each combination of the options, with each seed.

    All of one seed come before the next seed, all activations of a combination before the next: a plan that is cut
    short still has pairs. `task`, `target`, `kind` and `size` are those of `tasks.find`, `lr` has a default of the
    optimizer, `samples` and `noise` have defaults of the task.

    Raises SettingError for whatever cannot be, and for more than `most_cells` experiments.

    >>> [f"{e.activation} {e.seed}" for e in plan("xor", ["logistic", "relu"], seeds=2)]
    ['sigmoid 0', 'relu 0', 'sigmoid 1', 'relu 1']
    >>> [(e.depth, e.lr) for e in plan("xor", ["relu"], depth=[2, 8], lr=[0.001, 0.01], seeds=1)]
    [(2, 0.001), (2, 0.01), (8, 0.001), (8, 0.01)]
    """
    about, source = find(task, target=target, kind=kind, size=size)
    found = _activations(activations)
    seeds = count("seeds", seeds)
    models = several("model", model, _model)
    options = {
        "model": models,
        "depth": tuple(sorted(several("depth", depth, _counts("depth")))),
        "width": several("width", width, _counts("width")),
        "optimizer": several("optimizer", optimizer, _choices("optimizer", OPTIMIZERS)),
        "lr": several("lr", lr, _rate),
        "init": several("init", init, _choices("init", INITS)),
        "schedule": several("schedule", schedule, _choices("schedule", SCHEDULES)),
        "batch_size": several("batch_size", batch_size, _counts("batch_size")),
        "epochs": several("epochs", epochs, _counts("epochs")),
        "patience": several("patience", patience, lambda one: None if one is None else count("patience", one)),
        "samples": several("samples", samples, lambda one: _samples(about, one)),
        "noise": several("noise", noise, lambda one: _noise(about, one)),
    }
    for one in models:
        suits(about, one)
        _check_own(one, options)
    digests = {one: _digest(one) for one in models}

    def conditions() -> Iterator[Experiment]:
        for values in itertools.product(*options.values()):
            chosen: dict[str, Any] = dict(zip(options, values, strict=True))
            chosen["lr"] = LEARNING_RATES[chosen["optimizer"]] if chosen["lr"] is None else chosen["lr"]
            digest = digests[chosen["model"]]
            yield Experiment(about.name, found[0].name, seed=0, source=source, model_digest=digest, **chosen)

    _check_size(options, len(found), seeds, count("most_cells", most_cells), conditions())
    grid = list(conditions())
    own = {activation.name: own_definition(activation) for activation in found}
    return tuple(
        replace(condition, activation=name, defined=defined, seed=seed)
        for seed in range(seeds)
        for condition in grid
        for name, defined in own.items()
    )


def _activations(given: Sequence[str | Activation]) -> list[Activation]:
    if isinstance(given, str | Activation):
        name = given if isinstance(given, str) else given.name
        # The commas of a formula are no commas of a list.
        names = [name] if "(" in name else [part.strip() for part in name.split(",")]
        raise SettingError(f"`activations` must be a list of names, but got {name!r}; write {names!r}")
    found = [get(one) for one in given]
    if not found:
        raise SettingError(f"`activations` must name at least one activation, such as {', '.join(ACTIVATIONS)}")
    for activation in found:
        if activation.name in CATALOGUE and own_definition(activation):
            raise SettingError(
                f"{activation.name} is not the catalogue's, but is called as one; define it as my_{activation.name}"
            )
        if not activation.pointwise:
            mixes = "mixes the units of a layer" if activation.rowwise else "takes two inputs"
            raise SettingError(f"{activation.name} {mixes}, so it cannot stand in a hidden layer; leave it out")
    names = [activation.name for activation in found]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"`activations` names {name} more than once; name it once")
    return found


def _model(given: object) -> str:
    if isinstance(given, str) and (given in MODELS or ":" in given):
        return given
    near = did_you_mean(str(given), MODELS)
    raise SettingError(
        f"`model` must be one of {', '.join(MODELS)}, or a factory of your own as package.module:factory or "
        f"path/to/file.py:factory, but got {given!r}{near}"
    )


def _digest(model: str) -> str:
    if model in MODELS:
        return ""
    from .models.own import digest

    return digest(model)


def _check_own(model: str, options: Mapping[str, Sequence[object]]) -> None:
    """Raise SettingError if a user's own model is to be varied in what it alone decides."""
    for name in ("depth", "width", "init"):
        if model not in MODELS and len(options[name]) > 1:
            raise SettingError(
                f"`{name}` has {len(options[name])} values, but {model} is a model of your own and decides that by "
                "itself; give one value, or make a factory for each"
            )


def _rate(given: object) -> float | None:
    if given is None:
        return None
    if given == "auto":
        raise SettingError(
            "`lr` auto stands alone, in `compare`, which finds the rates; a list, or a plan, takes numbers"
        )
    lr = number("lr", given)
    if lr <= 0:
        told = ", ".join(f"{rate:g} with {name}" for name, rate in LEARNING_RATES.items())
        raise SettingError(f"`lr` must be > 0, but got {lr!r}; left out it is {told}")
    return lr


def _samples(task: Task, given: object) -> int:
    why = f" for {task.name}, five of each class" if task.classes else f" for {task.name}"
    samples = count("samples", task.samples if given is None else given, least=task.fewest_samples, why=why)
    if task.most_samples is not None and samples > task.most_samples:
        raise SettingError(
            f"`samples` must be at most {task.most_samples} for {task.name}, all there are, but got {samples}"
        )
    return samples


def _noise(task: Task, given: object) -> float:
    noise = task.noise if given is None else number("noise", given)
    if noise < 0:
        raise SettingError(f"`noise` must be >= 0, but got {noise!r}; leave it out for {task.noise:g}")
    return noise


def _counts(name: str) -> Callable[[object], int]:
    return lambda given: count(name, given)


def _choices(name: str, known: tuple[str, ...]) -> Callable[[object], str]:
    return lambda given: choice(name, given, known)


def _check_size(
    options: Mapping[str, Sequence[object]], activations: int, seeds: int, most: int, conditions: Iterator[Experiment]
) -> None:
    """Raise SettingError, with the time that it would take, if the grid is larger than its maker may know."""
    sizes = {"activations": activations, "seeds": seeds, **{name: len(values) for name, values in options.items()}}
    total = math.prod(sizes.values())
    if total <= most:
        return
    some = [expected_seconds(condition) for condition in itertools.islice(conditions, 1000)]
    told = " x ".join(f"{size} {name}" for name, size in sizes.items() if size > 1)
    duration = _duration(total * sum(some) / len(some) / available())
    raise SettingError(
        f"the grid has {total:,} networks ({told}), {duration} of training by a rough guess; at most "
        f"{most:,} are trained unless you allow more: --most-cells {total} (in Python most_cells={total})"
    )


def _duration(seconds: float) -> str:
    """Return a time in the largest unit of which there are two, for `seconds` of more than a few.

    >>> _duration(90), _duration(10_000), _duration(4e6)
    ('2 minutes', '3 hours', '46 days')
    """
    for unit, size in (("years", 31_557_600), ("days", 86_400), ("hours", 3600)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{max(2, seconds / 60):.0f} minutes"
