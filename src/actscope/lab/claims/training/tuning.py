"""Sigmoid, tanh and ReLU on handwritten digits, each at the learning rate that suits it best."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from ...comparison import runs
from ...planning import plan
from ...records import Experiment, Run

ACTIVATIONS = ("sigmoid", "tanh", "relu")
RATES: Mapping[str, tuple[float, ...]] = {"adam": (0.003, 0.01, 0.03, 0.1, 0.3), "sgd": (0.1, 0.3, 1.0, 3.0, 10.0)}
TUNED, REPORTED = 2, 5
EPOCHS = 12
SAMPLES = 1000
WIDTH = 32


@dataclass(frozen=True, slots=True)
class Tuned:
    """Runs of one activation at one depth, at the rate that was chosen for them on other seeds."""

    rate: float
    runs: tuple[Run, ...]

    @property
    def scores(self) -> list[float]:
        """Accuracy on test digits in the end, of each seed."""
        return [run.final.test_score for run in self.runs]

    def epochs_to(self, loss: float) -> list[float]:
        """Epochs until the training loss is that small, of each seed: between two epochs along the loss's logarithm.

        A run that never gets there counts with all its epochs, which is less than it would need.
        """
        return [_crossing([epoch.train_loss for epoch in run.history], loss) for run in self.runs]

    def leads(self, other: "Tuned") -> list[float]:
        """By how much the accuracy is above another's, of each seed: same data, same batches, same draws of weights."""
        return [ours - theirs for ours, theirs in zip(self.scores, other.scores, strict=True)]


@lru_cache(maxsize=4)
def tuned(optimizer: str, depths: tuple[int, ...]) -> Mapping[tuple[int, str], Tuned]:
    """Return the runs by depth and activation.

    All have the same five rates to choose from. The rate with the smallest training loss, mean over the epochs and
    over two seeds, trains the five other seeds, which are what is reported.
    """
    asked = [e for rate in RATES[optimizer] for e in _experiments(optimizer, depths, rate) if e.seed < TUNED]
    tried = sorted(runs(asked), key=lambda run: _setting(run.experiment))
    losses: dict[tuple[int, str], dict[float, float]] = {}
    for (depth, activation, rate), group in groupby(tried, key=lambda run: _setting(run.experiment)):
        losses.setdefault((depth, activation), {})[rate] = sum(_mean_loss(run) for run in group)
    rates = {cell: min(by_rate, key=lambda rate: by_rate[rate]) for cell, by_rate in losses.items()}
    chosen = [
        e
        for rate in RATES[optimizer]
        for e in _experiments(optimizer, depths, rate)
        if e.seed >= TUNED and rates[e.depth, e.activation] == rate
    ]
    reported = sorted(runs(chosen), key=lambda run: (*_setting(run.experiment), run.experiment.seed))
    groups = groupby(reported, key=lambda run: (run.experiment.depth, run.experiment.activation))
    return {cell: Tuned(rates[cell], tuple(group)) for cell, group in groups}


def _experiments(optimizer: str, depths: tuple[int, ...], rate: float) -> tuple[Experiment, ...]:
    return plan(
        "digits",
        ACTIVATIONS,
        depth=depths,
        width=WIDTH,
        seeds=TUNED + REPORTED,
        epochs=EPOCHS,
        optimizer=optimizer,
        lr=rate,
        samples=SAMPLES,
    )


def _setting(experiment: Experiment) -> tuple[int, str, float]:
    return experiment.depth, experiment.activation, experiment.lr


def _crossing(losses: Sequence[float], wanted: float) -> float:
    for epoch, (before, after) in enumerate(pairwise(losses)):
        if after <= wanted:
            return epoch + math.log(before / wanted) / math.log(before / after)
    return float(len(losses) - 1)


def _mean_loss(run: Run) -> float:
    # What diverges has a loss of nan, and must not win.
    losses = [epoch.train_loss for epoch in run.history[1:]]
    return sum(math.inf if math.isnan(loss) else loss for loss in losses) / len(losses)
