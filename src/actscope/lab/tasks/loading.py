"""The data of one seed, split and scaled, and what a report tells of them."""

import math

import numpy as np

from ...errors import SettingError
from ..records import Experiment, Points, TaskCard
from .collection import task_called, task_of
from .fitting import arranged, axes_for
from .splitting import Indices, groups_of, parted, scale_of, some_of
from .task import Data, Floats, Labels, Task

# The validation part is drawn by numbers of its own, so that the others are as they are without it.
_VALIDATION = 2


def data_of(experiment: Experiment) -> Data:
    """Return the data of an experiment, with the axes that its model takes.

    80 % of the samples are to train on and 20 % to test on. Where the experiment stops early or is judged on validation
    data it is 60 %, 20 % to validate on and the same 20 % to test on. Judged on validation data, it gets them in the
    place of the test part too, and no test sample at all.

    >>> from actscope.lab.planning import plan
    >>> data_of(plan("digits", ["relu"])[0]).train_inputs.shape
    (1438, 64)
    """
    judged = experiment.judged_on == "validation"
    return _data(
        task_of(experiment),
        experiment.samples,
        experiment.noise,
        experiment.seed,
        model=experiment.model,
        validation=judged or experiment.patience is not None,
        tested=not judged,
    )


def load(name: str, samples: int | None = None, noise: float | None = None, seed: int = 0) -> Data:
    """Return the task's data for a seed, split 80 to 20 with the classes in equal shares on both sides.

    The same arguments give the same numbers in any process; `samples` and `noise` have defaults of the task. A sample
    is a vector.

    >>> data = load("moons", samples=100)
    >>> data.train_inputs.shape, data.test_inputs.shape
    ((80, 2), (20, 2))
    """
    task = task_called(name)
    return _data(task, task.samples if samples is None else samples, task.noise if noise is None else noise, seed)


def card_of(experiment: Experiment) -> TaskCard:
    """Return what a reader must know of an experiment's data."""
    return _card(task_of(experiment), experiment.samples, experiment.noise, experiment.patience is not None)


def card(name: str, samples: int | None = None, noise: float | None = None) -> TaskCard:
    """Return what a reader must know of the data, with the test points of seed 0 if they lie in a plane.

    For a curve the points are its input and its value, scaled as a network sees them, and their labels are 0.

    >>> card("digits", samples=5000).train
    1438
    """
    task = task_called(name)
    return _card(task, task.samples if samples is None else samples, task.noise if noise is None else noise)


def _data(
    task: Task,
    samples: int,
    noise: float,
    seed: int,
    *,
    model: str = "mlp",
    validation: bool = False,
    tested: bool = True,
) -> Data:
    if samples < task.fewest_samples:
        why = ", five of each class" if task.classes else ""
        raise SettingError(f"`samples` must be at least {task.fewest_samples} for {task.name}{why}, but got {samples}")
    random = np.random.default_rng(seed)
    inputs, targets = task.draw(samples, noise, random)
    apart = task.apart
    if task.most_samples is not None and samples < len(targets):
        chosen, apart = some_of(groups_of(targets), apart, samples, random)
        inputs, targets = inputs[chosen], targets[chosen]
    held = np.random.default_rng([seed, _VALIDATION]) if validation else None
    parts = parted(groups_of(targets), apart, random, held)
    if task.together:
        inputs = inputs.reshape(-1, *task.shape)
    # Channels come first and features last; what is beside them shares their scale.
    beside = () if not task.together else (2, 3) if len(task.shape) == 3 else (1,)
    scale, outputs = scale_of(inputs, parts.train, beside), None if task.classes else scale_of(targets, parts.train)
    disturbed = noise * random.standard_normal(inputs.shape) if task.noise_after and noise else None

    def taken(part: Indices) -> tuple[Floats, Labels | Floats]:
        found = scale(inputs, part)
        if disturbed is not None:
            found = found + disturbed[part]
        shaped = arranged(found, task, model).astype(np.float32, copy=False).reshape(len(part), *axes_for(task, model))
        return shaped, targets[part] if outputs is None else outputs(targets, part).astype(np.float32)

    return Data(
        *taken(parts.train),
        *taken(parts.test if tested else parts.validation),
        *(taken(parts.validation) if validation else (None, None)),
    )


def _card(task: Task, samples: int, noise: float, validation: bool = False) -> TaskCard:
    data = _data(task, samples, noise, 0, validation=validation)
    points = None
    if task.inputs == 2 and task.classes == 2:
        x, y = (tuple(column.tolist()) for column in data.test_inputs.T)
        points = Points(x, y, tuple(data.test_targets.tolist()))
    if task.inputs == task.values == 1 and not task.classes:
        x, y = (tuple(column[:, 0].tolist()) for column in (data.test_inputs, data.test_targets))
        points = Points(x, y, (0,) * len(x))
    return TaskCard(
        task.name,
        task.summary,
        len(data.train_targets),
        len(data.test_targets),
        task.inputs,
        task.classes,
        points=points,
        kind=task.kind,
        majority=float(np.bincount(data.test_targets).max() / len(data.test_targets)) if task.classes else math.nan,
    )
