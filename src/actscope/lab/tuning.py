"""Learning rates found fairly: every activation tries the same grid, and validation data decide.

A comparison at one rate favours whatever that rate suits. Here each activation is given its own, under each condition
by itself; no test sample is touched before all rates are chosen.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import SettingError
from .planning import LEARNING_RATES, MOST_CELLS
from .records import Condition, Experiment, Run, Tuning
from .statistics import condition_of, estimate, varying

REACH = 3
"""Rates that are tried on each side of the optimizer's default, each three times the one before."""
MOST_SEEDS = 3
"""Seeds that each rate is tried with, if the comparison has as many."""


def rates(optimizer: str) -> tuple[float, ...]:
    """Return the rates that are tried, in ascending order.

    >>> rates("adam")
    (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
    """
    middle = round(2 * math.log10(LEARNING_RATES[optimizer]))
    steps = range(middle - REACH, middle + REACH + 1)
    return tuple(float(f"{(1, 3)[step % 2]}e{step // 2}") for step in steps)


def trials(experiments: Iterable[Experiment], most_cells: int = MOST_CELLS) -> tuple[Experiment, ...]:
    """Return the experiments that find the rates of these: each rate of the grid, judged on validation data.

    Raises SettingError if they are more than `most_cells`.

    >>> from actscope.lab.planning import plan
    >>> tried = trials(plan("xor", ["relu", "tanh"], seeds=5))
    >>> len(tried), tried[0].lr, tried[0].judged_on
    (42, 0.0001, 'validation')
    """
    found = tuple(
        replace(experiment, lr=rate, judged_on="validation")
        for experiment in experiments
        if experiment.seed < MOST_SEEDS
        for rate in rates(experiment.optimizer)
    )
    if len(found) > most_cells:
        raise SettingError(
            f"to tune the learning rates takes {len(found):,} networks more; at most {most_cells:,} are trained unless "
            f"you allow more: --most-cells {len(found)} (in Python most_cells={len(found)})"
        )
    return found


def tuned(experiments: Sequence[Experiment], tried: Iterable[Run]) -> tuple[tuple[Experiment, ...], tuple[Tuning, ...]]:
    """Return the experiments with the rates that were best in the trials, and how each rate was found.

    The best rate has the highest mean score on validation data; of equals the one with the smaller loss. A rate at
    which any seed diverged comes after all at which none did. An activation of which no trial was finished keeps the
    optimizer's default, and has no Tuning.
    """
    options = varying(experiments, tuned=True)
    found: dict[tuple[Condition, str], dict[float, list[Run]]] = {}
    for run in tried:
        of = run.experiment
        by_rate = found.setdefault((condition_of(of, options), of.activation), {})
        by_rate.setdefault(of.lr, []).append(run)
    chosen = {which: _chosen(*which, by_rate) for which, by_rate in found.items()}
    settled, told = [], {}
    for experiment in experiments:
        which = condition_of(experiment, options), experiment.activation
        tuning = chosen.get(which)
        settled.append(replace(experiment, lr=tuning.chosen) if tuning else experiment)
        if tuning:
            # In the order of the experiments: trials end in any.
            told[which] = tuning
    return tuple(settled), tuple(told.values())


def _chosen(condition: Condition, activation: str, by_rate: Mapping[float, Sequence[Run]]) -> Tuning:
    grid = tuple(sorted(by_rate))
    scores = tuple(estimate([run.final.test_score for run in by_rate[rate]]) for rate in grid)
    best = max(zip(grid, scores, strict=True), key=lambda one: (*_merit(by_rate[one[0]]), -one[0]))
    return Tuning(activation, condition, grid, scores, chosen=best[0])


def _merit(runs: Sequence[Run]) -> tuple[bool, float, float]:
    losses = [run.final.test_loss for run in runs]
    scores = [run.final.test_score for run in runs]
    stayed = all(math.isfinite(run.final.train_loss) for run in runs)
    return stayed, sum(scores) / len(scores), -sum(losses) / len(losses) if stayed else -math.inf
