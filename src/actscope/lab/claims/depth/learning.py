"""Small networks that learn two half moons: how far they come, and how soon, each at the best of several rates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ....catalogue import Activation
from ...comparison import runs
from ...planning import plan
from ...records import Experiment, Run

GUESSING = math.log(2)
"""The loss of who gives both classes one half, in nats."""
HALF = GUESSING / 2
SETTING: Mapping[str, Any] = {"width": 16, "samples": 125}
"""A fifth of the samples is held back, so that 100 are trained on."""
Groups = dict[tuple[int, str, str, str], list[Run]]
"""Runs by depth, activation, initialisation and optimizer."""


def planned(
    activations: Sequence[str | Activation], *, rates: Sequence[float], inits: Sequence[str] = ("auto",), **options: Any
) -> list[Experiment]:
    """Return the experiments for each rate and initialisation; the options are those of `plan`.

    >>> len(planned(["tanh", "relu"], rates=[0.1, 1.0], depth=2, seeds=3, epochs=1))
    12
    """
    settings = {**SETTING, **options}
    return [
        experiment
        for init in inits
        for rate in rates
        for experiment in plan("moons", activations, init=init, lr=rate, **settings)
    ]


def trained(experiments: Sequence[Experiment]) -> Groups:
    """Return the runs of the experiments, by what they have in common beside seed and rate.

    >>> groups = trained(planned(["tanh"], rates=[0.1, 1.0], depth=1, seeds=2, epochs=1))
    >>> {key: len(group) for key, group in groups.items()}
    {(1, 'tanh', 'auto', 'adam'): 4}
    """
    groups: Groups = {}
    for run in runs(experiments):
        of = run.experiment
        groups.setdefault((of.depth, of.activation, of.init, of.optimizer), []).append(run)
    return groups


def best_losses(group: Iterable[Run]) -> list[float]:
    """Return the training loss at the end, one for each seed in their order, at the rate with the lowest mean."""
    by_rate = _by_rate(group, lambda run: run.final.train_loss)
    return min(by_rate, key=lambda losses: math.inf if math.isnan(np.mean(losses)) else np.mean(losses))


def fewest_epochs(group: Iterable[Run]) -> list[float]:
    """Return the epochs until the training loss is half that of guessing, one for each seed in their order, at the
    rate with the fewest (the geometric mean).

    With full batches these are steps. Who does not get there counts one epoch more than there were.
    """
    return min(_by_rate(group, epochs_to_half), key=lambda epochs: np.mean(np.log(epochs)))


def epochs_to_half(run: Run) -> float:
    """Return the first epoch after which the training loss is half that of guessing, or one more than there were."""
    there = (epoch.epoch for epoch in run.history[1:] if epoch.train_loss <= HALF)
    return float(next(there, run.experiment.epochs + 1))


def _by_rate(group: Iterable[Run], number: Any) -> list[list[float]]:
    found: dict[float, dict[int, float]] = {}
    for run in group:
        found.setdefault(run.experiment.lr, {})[run.experiment.seed] = number(run)
    return [[seeds[seed] for seed in sorted(seeds)] for seeds in found.values()]
