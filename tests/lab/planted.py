"""Runs made by hand, so that what is wrong with them is known."""

import math
from collections.abc import Sequence

from actscope.lab.records import Epoch, Experiment, LayerState, Run, Snapshot

EPOCHS = 10
STEPS = 130


def experiment(activation: str = "relu", *, seed: int = 0, depth: int = 4, task: str = "digits") -> Experiment:
    return Experiment(
        task=task,
        activation=activation,
        depth=depth,
        width=64,
        seed=seed,
        epochs=EPOCHS,
        optimizer="adam",
        lr=0.003,
        init="auto",
        batch_size=64,
        samples=1000,
        noise=0.0,
    )


def run(
    activation: str = "relu",
    *,
    seed: int = 0,
    depth: int = 4,
    task: str = "digits",
    test: float = 0.9,
    train: float = 1.0,
    losses: Sequence[float] = (2.3, *[0.01] * EPOCHS),
    test_loss: float = 0.3,
    ratio: float = 0.5,
    last_gradient: float = 0.01,
    silent: float = 0.0,
    saturated: float = 0.1,
    flat_at_start: float = 0.1,
    off_centre: float = 0.0,
    update: float = 0.002,
    learnt_at: int = 2,
) -> Run:
    """Return a healthy run, but for what is asked.

    `ratio` is the first layer's gradient over the last's, `off_centre` the outputs' mean over their root mean square,
    `update` a step over the weights; before the epoch `learnt_at` the test score is 0.
    """
    history = [
        Epoch(
            n, loss, loss if math.isnan(loss) else test_loss, train, test if n >= min(learnt_at, len(losses) - 1) else 0
        )
        for n, loss in enumerate(losses)
    ]
    steps = [ratio ** (1 - layer / (depth - 1)) if depth > 1 else 1.0 for layer in range(depth)]
    start = [LayerState(n + 1, last_gradient * step, 0.0, 1.0, flat_at_start, 0.0) for n, step in enumerate(steps)]
    spread = math.sqrt(1.0 - off_centre**2)
    end = [
        LayerState(n + 1, 0.01, off_centre, spread, saturated if n == 1 else 0.0, silent if n == 2 else 0.0, update)
        for n in range(depth)
    ]
    return Run(
        experiment(activation, seed=seed, depth=depth, task=task),
        tuple(history),
        (Snapshot(0, tuple(start)), Snapshot(EPOCHS, tuple(end))),
        None,
        1.0,
        steps=STEPS,
    )
