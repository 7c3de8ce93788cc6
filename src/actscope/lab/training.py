"""One run: an experiment in, everything that was measured out, the same numbers in any process."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from ..catalogue import Activation
from ..errors import missing_extra
from . import tasks
from .activations import activation_of
from .measuring import MOST_SAMPLES, boundary, layer_states, plane
from .models import accuracy, loss, mlp
from .records import Boundary, Epoch, Experiment, Optimizer, Progress, Run, Snapshot

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

SNAPSHOTS = 5

# The fused forms take one call a step; a small network spends more in Python than in arithmetic otherwise.
STEPS: Mapping[Optimizer, Callable[[list[nn.Parameter], float], torch.optim.Optimizer]] = MappingProxyType(
    {
        "adam": lambda weights, lr: torch.optim.Adam(weights, lr=lr, fused=True),
        "sgd": lambda weights, lr: torch.optim.SGD(weights, lr=lr, fused=True),
        "momentum": lambda weights, lr: torch.optim.SGD(weights, lr=lr, momentum=0.9, fused=True),
    }
)


def train(experiment: Experiment, progress: Progress | None = None) -> Run:
    """Return the run of an experiment.

    Data, initial weights and the order of batches depend on the seed alone, so that activations with one seed differ
    in nothing else; on one machine with one version of PyTorch, equal experiments give equal bits. PyTorch's random
    state, thread count and gradient mode are left as they were found. A run whose loss is no longer finite stops
    training; the epochs it still owes are recorded with a loss of nan.
    """
    with quiet_torch():
        return _train(experiment, progress or _ignore)


def snapshot_epochs(epochs: int) -> tuple[int, ...]:
    """Return the epochs at which layers are measured: the first, the last and some between.

    >>> snapshot_epochs(30), snapshot_epochs(2)
    ((0, 8, 15, 22, 30), (0, 1, 2))
    """
    return tuple(sorted({round(epochs * k / (SNAPSHOTS - 1)) for k in range(SNAPSHOTS)}))


def _train(experiment: Experiment, progress: Progress) -> Run:
    _warm_up(activation_of(experiment), experiment.optimizer)
    task = tasks.task_called(experiment.task)
    data = tasks.load(experiment.task, experiment.samples, experiment.noise, experiment.seed)
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_targets)
    test_inputs, test_targets = torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_targets)
    model = mlp(
        activation_of(experiment),
        inputs=task.inputs,
        classes=task.classes,
        depth=experiment.depth,
        width=experiment.width,
        init=experiment.init,
        seed=experiment.seed,
    )
    step = STEPS[experiment.optimizer](list(model.parameters()), experiment.lr)
    batches = torch.Generator().manual_seed(_seed_of_batches(experiment.seed))
    measured_at = snapshot_epochs(experiment.epochs)
    history: list[Epoch] = []
    snapshots: list[Snapshot] = []
    trained, seconds = 0, 0.0

    def record(epoch: int) -> bool:
        train_loss, train_score = _score(model, inputs, labels)
        test_loss, test_score = _score(model, test_inputs, test_targets)
        history.append(Epoch(epoch, train_loss, test_loss, train_score, test_score))
        finite = math.isfinite(train_loss)
        if epoch in measured_at or not finite:
            snapshots.append(Snapshot(epoch, layer_states(model, inputs[:MOST_SAMPLES], labels[:MOST_SAMPLES])))
        progress(experiment, history[-1])
        return finite

    alive = record(0)
    while alive and trained < experiment.epochs:
        order = torch.randperm(len(labels), generator=batches, device="cpu")
        started = time.perf_counter()
        _pass_over(model, step, inputs[order], labels[order], experiment.batch_size)
        seconds += time.perf_counter() - started
        trained += 1
        alive = record(trained)
    for epoch in range(trained + 1, experiment.epochs + 1):
        last = history[-1]
        history.append(Epoch(epoch, math.nan, math.nan, last.train_score, last.test_score))
        progress(experiment, history[-1])
    return Run(
        experiment,
        history=tuple(history),
        snapshots=tuple(snapshots),
        boundary=_boundary(model, torch.cat([inputs, test_inputs])) if task.inputs == 2 else None,
        seconds=seconds,
    )


@lru_cache(maxsize=256)
def _warm_up(activation: Activation, optimizer: Optimizer) -> None:
    """Take one step of a throwaway network, so that nobody's training time holds the compiling of its kernels."""
    model = mlp(activation, inputs=2, classes=2, depth=1, width=2, init="auto", seed=0)
    step = STEPS[optimizer](list(model.parameters()), 0.1)
    _pass_over(model, step, torch.zeros(2, 2), torch.tensor([0, 1]), batch_size=2)


def _pass_over(
    model: nn.Sequential, step: torch.optim.Optimizer, inputs: Tensor, labels: Tensor, batch_size: int
) -> None:
    for some, their_labels in zip(torch.split(inputs, batch_size), torch.split(labels, batch_size), strict=True):
        step.zero_grad()
        loss(model(some), their_labels).backward()  # type: ignore[no-untyped-call]
        step.step()


def _score(model: nn.Sequential, inputs: Tensor, labels: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        outputs = model(inputs)
        return float(loss(outputs, labels)), accuracy(outputs, labels)


def _boundary(model: nn.Sequential, inputs: Tensor) -> Boundary:
    return boundary(model, *plane(inputs))


def _seed_of_batches(seed: int) -> int:
    # Weights and batches must not be drawn from one sequence of numbers.
    return int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])


def _ignore(experiment: Experiment, epoch: Epoch, /) -> None:
    pass


@contextmanager
def quiet_torch() -> Iterator[None]:
    """Use one thread, on which sums have one order and so the same bits everywhere, and gradients; restore both."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)
