"""Runs: experiments in, everything that was measured out, the same numbers in any process and in any company."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from ..catalogue import Activation
from ..errors import missing_extra
from . import tasks
from .activations import activation_of
from .feeding import Part, batch_seed, parts
from .measuring import boundaries, fits, layer_states, plane, samples_for
from .models import Shape, losses, scores
from .models.building import alone, stack
from .optimizing import Steps
from .records import Boundary, Curve, Epoch, Experiment, LayerState, Progress, Run, Schedule, Snapshot

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ..nn import module

SNAPSHOTS = 5


def train(experiment: Experiment, progress: Progress | None = None) -> Run:
    """Return the run of an experiment.

    Data, initial weights and the order of batches depend on the seed alone, so that activations with one seed differ
    in nothing else; on one machine with one version of PyTorch, equal experiments give equal bits. PyTorch's random
    state, thread count and gradient mode are left as they were found. A run whose loss is no longer finite stops
    training; the epochs it still owes are recorded with a loss of nan.
    """
    return together([experiment], progress)[0]


def together(
    experiments: Sequence[Experiment],
    progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Run]:
    """Return the runs of experiments of one shape, trained as one program, in the order given.

    Each has the bits that `train` gives it; to rounding, where the width is no multiple of 16. `stopped` is asked
    before every step; once it says so, none is returned.
    """
    with quiet_torch(), _own_draws(experiments[0]):
        return _Course(experiments, progress or _ignore).run(stopped)


def snapshot_epochs(epochs: int) -> tuple[int, ...]:
    """Return the epochs at which layers are measured: the first, the last and some between.

    >>> snapshot_epochs(30), snapshot_epochs(2)
    ((0, 8, 15, 22, 30), (0, 1, 2))
    """
    return tuple(sorted({round(epochs * k / (SNAPSHOTS - 1)) for k in range(SNAPSHOTS)}))


def rate_factor(schedule: Schedule, epoch: int, epochs: int) -> float:
    """Return what the learning rate is multiplied with in an epoch, from 1: the whole of it in the first.

    >>> [round(rate_factor("cosine", epoch, 4), 3) for epoch in (1, 2, 3, 4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    done = (epoch - 1) / epochs
    return {"constant": 1.0, "linear": 1.0 - done, "cosine": 0.5 * (1.0 + math.cos(math.pi * done))}[schedule]


@dataclass(slots=True)
class _Network:
    """One network in training, and what has been recorded of it."""

    experiment: Experiment
    place: int
    """Where its run belongs among those asked for."""
    data: int
    """Which of the data sets is its own."""
    history: list[Epoch] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0
    best: float = math.inf
    """The smallest validation loss."""
    kept: int | None = None
    weights: Tensor | None = None
    """Those of the epoch `kept`, if training may stop early."""


class _Course:
    """The training of one stack: networks leave it when they diverge or have had enough, and the rest go on."""

    def __init__(self, experiments: Sequence[Experiment], progress: Progress) -> None:
        self.progress = progress
        first = self.common = experiments[0]
        task = tasks.task_of(first)
        self.kind = task.kind
        by_seed = {experiment.seed: experiment for experiment in experiments}
        self.train, self.test, self.held = parts([tasks.data_of(one) for one in by_seed.values()])
        self.orders = [torch.Generator().manual_seed(batch_seed(seed)) for seed in by_seed]
        self.in_plane = (task.inputs, task.classes) == (2, 2)
        self.on_line = (task.inputs, task.classes, task.outputs) == (1, 0, 1)
        self.measured_at = snapshot_epochs(first.epochs)
        # Networks of one activation, and among them those of one rate, lie side by side.
        names = list(dict.fromkeys(experiment.activation for experiment in experiments))
        order = sorted(enumerate(experiments), key=lambda one: (names.index(one[1].activation), one[1].lr))
        self.going = [_Network(one, place, list(by_seed).index(one.seed)) for place, one in order]
        self.finished: dict[int, Run] = {}
        shape = Shape(tuple(self.train.inputs.shape[1:]), task.outputs)
        self.stack = stack([network.experiment for network in self.going], shape)
        rates = [network.experiment.lr for network in self.going]
        self.steps = Steps(first.optimizer, self.stack.weights, self.stack.gradients, rates)
        for activation in {activation_of(experiment) for experiment in experiments}:
            _warm_up(activation)

    def run(self, stopped: Callable[[], bool]) -> list[Run]:
        """Return the runs in the order asked for; none if `stopped` says so before the end."""
        self._record(0, None)
        for epoch in range(1, self.common.epochs + 1):
            if self.going:
                before = self._learn(epoch, stopped)
                if stopped():
                    return []
                self._record(epoch, before)
        self._finish(range(len(self.going)))
        return [self.finished[place] for place in sorted(self.finished)]

    @property
    def seeds(self) -> Tensor:
        """Which data each network in training learns from."""
        return torch.tensor([network.data for network in self.going])

    def _learn(self, epoch: int, stopped: Callable[[], bool]) -> Tensor | None:
        """Pass over the data once; return the weights before the last step, if they will be measured."""
        orders = torch.stack([torch.randperm(self.train.samples, generator=one, device="cpu") for one in self.orders])
        seeds, before = self.seeds, None
        order = orders.index_select(0, seeds)
        factor = rate_factor(self.common.schedule, epoch, self.common.epochs)
        self.stack.learning(True)
        started = time.perf_counter()
        steps = -(-self.train.samples // self.common.batch_size)
        for number, batch in enumerate(self.train.batches(seeds, order, self.common.batch_size), start=1):
            if stopped():
                break
            self.stack.learn(*batch, self.kind)
            if number == steps and epoch in self.measured_at:
                before = self.stack.weights.clone()
            self.steps.step(factor)
        share = (time.perf_counter() - started) / len(self.going)
        self.stack.learning(False)
        for network in self.going:
            network.seconds += share
            network.steps += steps
        return before

    def _record(self, epoch: int, before: Tensor | None) -> None:
        """Write down where every network stands; those that diverged or have had enough leave."""
        train, test = self._judged(self.train), self._judged(self.test)
        held = self._judged(self.held) if self.held and self.common.patience else None
        leaving = []
        for row, (network, *numbers) in enumerate(zip(self.going, *train, *test, strict=True)):
            train_loss, train_score, test_loss, test_score = numbers
            network.history.append(Epoch(epoch, train_loss, test_loss, train_score, test_score))
            self.progress(network.experiment, network.history[-1])
            if not math.isfinite(train_loss) or (held and self._had_enough(row, epoch, held[0][row])):
                leaving.append(row)
        if epoch in self.measured_at or leaving:
            for row, states in enumerate(self._states(before)):
                if epoch in self.measured_at or row in leaving:
                    self.going[row].snapshots.append(Snapshot(epoch, states))
        self._finish(leaving)

    def _had_enough(self, row: int, epoch: int, loss: float) -> bool:
        """Return whether the validation loss has not fallen for `patience` epochs; keep the weights if it falls."""
        network = self.going[row]
        if loss < network.best:
            network.best, network.kept, network.weights = loss, epoch, self.stack.weights[row].clone()
        return epoch - (network.kept or 0) >= (self.common.patience or math.inf)

    def _judged(self, part: Part) -> tuple[list[float], list[float]]:
        """Return each network's loss and score on a part of the data."""
        with torch.no_grad():
            passes = part.passes(self.seeds, self.common.width)
            outputs, targets = zip(*((self.stack(inputs), targets) for inputs, targets in passes), strict=True)
            said, wanted = torch.cat(outputs, dim=1), torch.cat(targets, dim=1)
            return losses(said, wanted, self.kind).tolist(), scores(said, wanted, self.kind).tolist()

    def _states(self, before: Tensor | None) -> list[tuple[LayerState, ...]]:
        samples = min(self.train.samples, samples_for(self.train.inputs[0].numel()))
        order = torch.arange(samples).expand(len(self.going), -1)
        inputs, targets = next(self.train.batches(self.seeds, order, samples))
        return layer_states(self.stack, inputs, targets, self.kind, before)

    def _finish(self, rows: Iterable[int]) -> None:
        """Make runs of the networks in these rows, and go on without them."""
        leaving = list(rows)
        if not leaving:
            return
        ending = self.stack.only(leaving)
        for row, network in enumerate(self.going[row] for row in leaving):
            if network.weights is not None:
                ending.weights[row] = network.weights
        samples = [self._inputs_of(self.going[row]) for row in leaving]
        plain = boundaries(ending, [plane(inputs) for inputs in samples]) if self.in_plane else None
        fitted = fits(ending, [inputs[:, 0] for inputs in samples]) if self.on_line else None
        for number, network in enumerate(self.going[row] for row in leaving):
            pictures = (plain[number] if plain else None, fitted[number] if fitted else None)
            self.finished[network.place] = self._run(network, *pictures)
        staying = [row for row in range(len(self.going)) if row not in leaving]
        self.going = [self.going[row] for row in staying]
        if staying:
            self.stack = self.stack.only(staying)
            self.steps = self.steps.only(staying, self.stack.weights, self.stack.gradients)

    def _run(self, network: _Network, boundary: Boundary | None, fit: Curve | None) -> Run:
        last = network.history[-1]
        if not math.isfinite(last.train_loss):
            for epoch in range(last.epoch + 1, self.common.epochs + 1):
                network.history.append(Epoch(epoch, math.nan, math.nan, last.train_score, last.test_score))
                self.progress(network.experiment, network.history[-1])
        return Run(
            network.experiment,
            history=tuple(network.history),
            snapshots=tuple(network.snapshots),
            boundary=boundary,
            seconds=network.seconds,
            steps=network.steps,
            kept=network.kept,
            fit=fit,
        )

    def _inputs_of(self, network: _Network) -> Tensor:
        """Return all samples of a network's data."""
        parts = (self.train, self.test)
        return torch.cat([part.inputs[network.data * part.samples :][: part.samples] for part in parts])


@lru_cache(maxsize=256)
def _warm_up(activation: Activation) -> None:
    """Compile the kernels of an activation, so that nobody's training time holds it."""
    module(activation).eval()(torch.zeros(2, 2, requires_grad=True)).sum().backward()


# There is one generator for all threads of a process, which only one network at a time can have to itself.
_GENERATOR = threading.Lock()


@contextmanager
def _own_draws(experiment: Experiment) -> Iterator[None]:
    """Let a network that draws while it learns, as dropout does, draw by its seed; put the generator back."""
    if not alone(experiment):
        yield
        return
    with _GENERATOR, torch.random.fork_rng(devices=[]):
        torch.manual_seed(batch_seed(experiment.seed))
        yield


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
