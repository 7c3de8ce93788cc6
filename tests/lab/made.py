"""Experiments and runs for tests of what keeps and runs them, made without any training."""

import math
from dataclasses import replace

from actscope.lab.identity import cell_id
from actscope.lab.planning import plan
from actscope.lab.records import Epoch, Experiment, LayerState, Run, Snapshot

SMALL = {"width": 4, "epochs": 2, "samples": 60}


def experiments(seeds: int = 2, **options) -> tuple[Experiment, ...]:
    """A small plan: relu and tanh on xor."""
    return plan("xor", ["relu", "tanh"], **{"depth": 1, "seeds": seeds, **SMALL, **options})


def made(experiment: Experiment) -> Run:
    """A run whose numbers follow from the experiment, a diverged one among them for every seed of 7."""
    start = int(cell_id(experiment)[:6], 16) / 0xFFFFFF
    losses = [start, start / 3, math.nan if experiment.seed % 8 == 7 else start / 7]
    history = tuple(Epoch(epoch, loss, loss * 1.1, 0.5, 0.25) for epoch, loss in enumerate(losses))
    layer = LayerState(1, gradient=start, mean=0.1, spread=1 / 3, saturated=0.0, silent=0.0)
    return Run(experiment, history, (Snapshot(0, (layer,)), Snapshot(2, (layer,))), None, seconds=0.5, steps=2)


def same(run: Run) -> Run:
    """A run without the time that it took, which may differ."""
    return replace(run, seconds=0.0)


def told(runs) -> dict[Experiment, str]:
    """All that runs say, by experiment; nan compares equal here, as it does nowhere else."""
    return {run.experiment: repr(same(run)) for run in runs}
