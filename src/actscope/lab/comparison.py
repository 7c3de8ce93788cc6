"""Several activations on one task: plan, train, summarise."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..catalogue import Activation
from ..errors import SettingError
from . import planning, tasks
from .activations import activation_of
from .answering import answer
from .asking import number
from .explaining import reasons
from .noting import notes
from .records import SATURATION_SLOPE, Comparison, Experiment, Failure, Kind, Progress, Run, TaskCard, Tuning
from .statistics import associations, condition_of, paired, ranking, standings, varying

# The options as a comparison tells of them, in this order.
SETTINGS = (
    "model",
    "width",
    "seeds",
    "epochs",
    "optimizer",
    "lr",
    "schedule",
    "init",
    "batch_size",
    "samples",
    "noise",
    "patience",
)


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


def summarise(
    experiments: Sequence[Experiment],
    finished: Sequence[Run],
    card: TaskCard | None = None,
    *,
    threshold: float | None = None,
    tuned: Sequence[Tuning] = (),
    failed: Sequence[Failure] = (),
) -> Comparison:
    """Return the comparison that the finished runs allow; they may be fewer than the experiments.

    The standings are over the seeds that all activations of a condition have finished, so that they stay paired.
    Epochs are counted until the test score reaches `threshold`; without one, until 95 % of the way from chance to the
    best mean score of the condition. `failed` are the experiments that could not be run. With a `card` the data
    themselves are not needed. Raises SettingError if no run was finished or the threshold is no score.
    """
    if not finished:
        failures = f", and {len(failed)} failed: {failed[0].detail}" if failed else ""
        raise SettingError(
            f"no run was finished, so there is nothing to compare{failures}; fewer epochs or samples finish sooner"
        )
    first = experiments[0]
    card = card or tasks.card_of(first)
    names = varying(experiments, tuned=bool(tuned))
    conditions = tuple(dict.fromkeys(condition_of(experiment, names) for experiment in experiments))
    activations = tuple(dict.fromkeys(experiment.activation for experiment in experiments))
    paired_runs = paired(finished, names)
    places = ((condition, activation) for condition in conditions for activation in activations)
    groups = {place: paired_runs[place] for place in places if place in paired_runs}
    placed = standings(groups, card, checked_threshold(threshold, card.kind))
    found = reasons(placed, groups, card, tuned=bool(tuned))
    return Comparison(
        task=card,
        activations=activations,
        conditions=conditions,
        settings=_settings(experiments, names, tuned=bool(tuned)),
        saturation_slope=SATURATION_SLOPE,
        runs=tuple(finished),
        standings=placed,
        reasons=found,
        answer=answer(card, placed, found),
        planned=len(experiments),
        notes=notes(
            card,
            placed,
            finished,
            planned=len(experiments),
            own={experiment.activation: activation_of(experiment) for experiment in experiments if experiment.defined},
            failed=failed,
            tuned=tuned,
        ),
        ranking=ranking(groups),
        associations=associations(groups),
        tuned=tuple(tuned),
        failed=tuple(failed),
        threshold=threshold,
    )


def checked_threshold(given: float | None, kind: Kind) -> float | None:
    """Return a threshold that a test score can reach, or raise SettingError.

    >>> checked_threshold(0.95, "classification"), checked_threshold(None, "regression")
    (0.95, None)
    """
    if given is None:
        return None
    threshold = number("threshold", given)
    if threshold > 1.0 or (kind == "classification" and threshold <= 0.0):
        share = "a share of right answers" if kind == "classification" else "an R²"
        raise SettingError(f"`threshold` must be {share} such as 0.95, at most 1, but got {given!r}")
    return threshold


def _settings(experiments: Sequence[Experiment], varying: Sequence[str], tuned: bool) -> dict[str, Any]:
    first = experiments[0]
    seeds = len({experiment.seed for experiment in experiments})
    values = {name: seeds if name == "seeds" else getattr(first, name) for name in SETTINGS}
    for name in varying:
        several = tuple(dict.fromkeys(getattr(one, name) for one in experiments))
        values[name] = several if len(several) > 1 else several[0]
    return values | ({"lr": "auto"} if tuned else {})
