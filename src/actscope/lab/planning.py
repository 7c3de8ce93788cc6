"""From what a user asks to the experiments that answer it; whatever is wrong is said here, before any training."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

from ..catalogue import CATALOGUE, Activation, get
from ..errors import SettingError
from .activations import own_definition
from .asking import choice, count, number
from .records import INITS, OPTIMIZERS, Experiment, Init, Optimizer
from .tasks import task_called

ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu")

# Of 0.001, 0.003, 0.01, ... the largest at which relu, gelu and tanh of 12 layers learn digits with each of 3 seeds.
LEARNING_RATES: Mapping[str, float] = MappingProxyType({"adam": 0.003, "sgd": 0.1, "momentum": 0.01})


def plan(
    task: str,
    activations: Sequence[str | Activation] = ACTIVATIONS,
    *,
    depth: int | Sequence[int] = 12,
    width: int = 64,
    seeds: int = 3,
    epochs: int = 30,
    optimizer: str = "adam",
    lr: float | None = None,
    init: str = "auto",
    batch_size: int = 64,
    samples: int | None = None,
    noise: float | None = None,
) -> tuple[Experiment, ...]:
    """Return the experiments of a comparison, all activations and depths of one seed before the next seed.

    In this order a comparison that is cut short still has pairs. `lr` has a default of the optimizer, `samples` and
    `noise` have defaults of the task.

    >>> [f"{e.activation} {e.seed}" for e in plan("xor", ["logistic", "relu"], seeds=2)]
    ['sigmoid 0', 'relu 0', 'sigmoid 1', 'relu 1']
    """
    about = task_called(task)
    found = _activations(activations)
    depths = _depths(depth)
    width = count("width", width)
    number_of_seeds = count("seeds", seeds)
    epochs = count("epochs", epochs)
    batch_size = count("batch_size", batch_size)
    samples = about.samples if samples is None else samples
    samples = count("samples", samples, least=about.fewest_samples, why=f" for {task}, five of each class")
    if about.most_samples is not None and samples > about.most_samples:
        raise SettingError(
            f"`samples` must be at most {about.most_samples} for {task}, all there are, but got {samples}"
        )
    optimizer = choice("optimizer", optimizer, OPTIMIZERS)
    init = choice("init", init, INITS)
    lr = LEARNING_RATES[optimizer] if lr is None else number("lr", lr)
    if lr <= 0:
        raise SettingError(f"`lr` must be > 0, but got {lr!r}; leave it out for {LEARNING_RATES[optimizer]:g}")
    noise = about.noise if noise is None else number("noise", noise)
    if noise < 0:
        raise SettingError(f"`noise` must be >= 0, but got {noise!r}; leave it out for {about.noise:g}")
    return tuple(
        Experiment(
            task=task,
            activation=activation.name,
            depth=layers,
            width=width,
            seed=seed,
            epochs=epochs,
            optimizer=cast(Optimizer, optimizer),
            lr=lr,
            init=cast(Init, init),
            batch_size=batch_size,
            samples=samples,
            noise=noise,
            defined=own_definition(activation),
        )
        for seed in range(number_of_seeds)
        for layers in depths
        for activation in found
    )


def _activations(given: Sequence[str | Activation]) -> list[Activation]:
    if isinstance(given, str | Activation):
        name = given if isinstance(given, str) else given.name
        raise SettingError(f"`activations` must be a list of names, but got {name!r}; write [{name!r}]")
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


def _depths(given: object) -> tuple[int, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (count("depth", given),)
    depths = [count("depth", one) for one in given]
    if not depths:
        raise SettingError("`depth` must have at least one number of hidden layers, such as 4")
    for one in depths:
        if depths.count(one) > 1:
            raise SettingError(f"`depth` holds {one} more than once; name it once")
    return tuple(sorted(depths))
