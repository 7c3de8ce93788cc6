"""Several activations on one task: plan, train, summarise."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..catalogue import Activation
from ..errors import SettingError
from . import planning, tasks
from .activations import activation_of
from .answering import answer, notes
from .explaining import reasons
from .records import SATURATION_SLOPE, Comparison, Experiment, Progress, Run, TaskCard
from .statistics import paired, standings


def compare(
    task: str,
    activations: Sequence[str | Activation] = planning.ACTIVATIONS,
    *,
    progress: Progress | None = None,
    **options: Any,
) -> Comparison:
    """Return how networks that differ in their activation alone do on a task, with intervals and reasons.

    The options are those of `plan`; everything is checked before the first training. Ctrl-C raises KeyboardInterrupt
    as anywhere else, so that a script around it stops too; to keep what was finished by then, drive the parts yourself:

        experiments = plan("digits", ["relu", "gelu"], depth=8)
        finished = []
        try:
            for run in runs(experiments):
                finished.append(run)
        except KeyboardInterrupt:
            pass
        comparison = summarise(experiments, finished)

    >>> print(compare("xor", ["identity", "relu"], depth=2, seeds=2).answer)  # doctest: +ELLIPSIS
    On xor at depth 2, relu reaches ...
    """
    experiments = planning.plan(task, activations, **options)
    return summarise(experiments, list(runs(experiments, progress)))


def runs(experiments: Sequence[Experiment], progress: Progress | None = None) -> Iterator[Run]:
    """Yield the run of each experiment as it is finished; `progress` hears of every epoch."""
    from . import batching

    yield from batching.runs(experiments, progress)


def summarise(experiments: Sequence[Experiment], finished: Sequence[Run], card: TaskCard | None = None) -> Comparison:
    """Return the comparison that the finished runs allow; they may be fewer than the experiments.

    The standings are over the seeds that all activations of a depth have finished, so that they stay paired. With a
    `card` the data themselves are not needed.
    """
    if not finished:
        raise SettingError("no run was finished, so there is nothing to compare; fewer epochs or samples finish sooner")
    first = experiments[0]
    card = card or tasks.card_of(first)
    groups = paired(finished)
    placed = standings(groups)
    found = reasons(placed, groups, test_samples=card.test)
    return Comparison(
        task=card,
        activations=tuple(dict.fromkeys(experiment.activation for experiment in experiments)),
        depths=tuple(dict.fromkeys(experiment.depth for experiment in experiments)),
        settings=_settings(experiments),
        saturation_slope=SATURATION_SLOPE,
        runs=tuple(finished),
        standings=placed,
        reasons=found,
        answer=answer(card, placed, found),
        planned=len(experiments),
        notes=notes(
            placed,
            finished=len(finished),
            planned=len(experiments),
            own={experiment.activation: activation_of(experiment) for experiment in experiments if experiment.defined},
        ),
    )


def _settings(experiments: Sequence[Experiment]) -> dict[str, Any]:
    first = experiments[0]
    return {
        "width": first.width,
        "seeds": len({experiment.seed for experiment in experiments}),
        "epochs": first.epochs,
        "optimizer": first.optimizer,
        "lr": first.lr,
        "init": first.init,
        "batch_size": first.batch_size,
        "samples": first.samples,
        "noise": first.noise,
    }
