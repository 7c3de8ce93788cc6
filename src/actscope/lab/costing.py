"""About how long a network takes to train, so that nobody starts by mistake what takes a week."""

from functools import lru_cache

from . import tasks
from .records import Experiment

# Multiplications and additions a second, what each layer's call costs a network that trains with others, and what a
# network costs beside its training: within a factor of three on a processor of today.
RATE = 2.5e10
CALL_SECONDS = 5e-6
CELL_SECONDS = 4e-3
# Forward once, backward twice; a further third for the scores after each epoch.
PASSES = 4.0
SMALLEST_SIDE = 8


def expected_seconds(experiment: Experiment) -> float:
    """Return about how long the training of one network takes, in seconds, among others of its shape.

    >>> from actscope.lab.planning import plan
    >>> shallow, deep = (expected_seconds(plan("digits", ["relu"], depth=depth)[0]) for depth in (2, 20))
    >>> 0.01 < shallow < deep < 10
    True
    """
    task = tasks.task_of(experiment)
    inputs = tasks.axes_for(task, experiment.model)
    samples = min(experiment.samples, task.most_samples or experiment.samples)
    work = _multiplications(experiment.model, inputs, task.outputs, experiment.depth, experiment.width)
    steps = -(-samples // experiment.batch_size)
    an_epoch = PASSES * (2 * samples * work / RATE + steps * experiment.depth * CALL_SECONDS)
    return CELL_SECONDS + experiment.epochs * an_epoch


@lru_cache(maxsize=1024)
def _multiplications(model: str, inputs: tuple[int, ...], outputs: int, depth: int, width: int) -> float:
    """Return how often one sample is multiplied with a weight on its way through a network."""
    if model == "conv" and len(inputs) == 3:
        channels, *sides = inputs
        total = 0.0
        for _ in range(depth):
            sides = [-(-side // 2) for side in sides] if min(sides) > SMALLEST_SIDE else sides
            total += 9.0 * channels * width * sides[0] * sides[1]
            channels = width
        return total + width * outputs
    if model == "transformer" and len(inputs) == 2:
        length, features = inputs
        return length * (features * width + depth * (8.0 * width * width + 2.0 * length * width))
    numbers = 1
    for side in inputs:
        numbers *= side
    return numbers * width + (2.0 if model == "residual" else 1.0) * depth * width * width + width * outputs
