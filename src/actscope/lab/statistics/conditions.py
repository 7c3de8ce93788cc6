"""The points of a grid, and which runs of each can be compared."""

from collections.abc import Iterable, Mapping, Sequence

from ..records import MODELS, Comparison, Condition, Experiment, Run

Groups = Mapping[tuple[Condition, str], tuple[Run, ...]]

OPTIONS = (
    "model",
    "width",
    "optimizer",
    "lr",
    "schedule",
    "init",
    "batch_size",
    "epochs",
    "samples",
    "noise",
    "patience",
)
"""What a comparison may vary beside the depth, in the order in which conditions name it."""


def varying(experiments: Iterable[Experiment], tuned: bool = False) -> tuple[str, ...]:
    """Return the options, beside the depth, of which the experiments have several values.

    Rates that were `tuned` differ from activation to activation: they are no point of a grid. A user's own model is
    always named, also as the only one, because its depth says nothing.

    >>> from actscope.lab.planning import plan
    >>> varying(plan("xor", depth=[2, 4])), varying(plan("xor", lr=0.1) + plan("xor", lr=0.01))
    ((), ('lr',))
    """
    seen = list(experiments)
    names = (name for name in OPTIONS if not (tuned and name == "lr"))
    own = any(one.model not in MODELS for one in seen)
    return tuple(name for name in names if len({getattr(one, name) for one in seen}) > 1 or (own and name == "model"))


def condition_of(experiment: Experiment, varying: Sequence[str] = ()) -> Condition:
    """Return the condition that an experiment is of, where `varying` options have several values.

    >>> from actscope.lab.planning import plan
    >>> condition_of(plan("xor", depth=3)[0], ("lr",))
    Condition(depth=3, varied=(('lr', 0.003),))
    """
    return Condition(experiment.depth, tuple((name, getattr(experiment, name)) for name in varying))


def varied_in(comparison: Comparison) -> tuple[str, ...]:
    """Return the options, beside the depth, that a comparison varies."""
    return tuple(name for name, _ in comparison.conditions[0].varied)


def by_condition(comparison: Comparison) -> dict[Condition, list[Run]]:
    """Return the finished runs of each condition that has some, in the order of the comparison."""
    names = varied_in(comparison)
    found: dict[Condition, list[Run]] = {condition: [] for condition in comparison.conditions}
    for run in comparison.runs:
        found[condition_of(run.experiment, names)].append(run)
    return {condition: runs for condition, runs in found.items() if runs}


def paired(runs: Iterable[Run], varying: Sequence[str] = ()) -> dict[tuple[Condition, str], tuple[Run, ...]]:
    """Return the runs by condition and activation, and only those of seeds that all activations of a condition have.

    Seeds differ in their data; a mean over other seeds would compare data, not activations. An activation that has
    finished on less than half as many seeds as another, or on none that the others have, is left out, so that it does
    not take the others' seeds away.
    """
    here: dict[Condition, dict[str, dict[int, Run]]] = {}
    for run in runs:
        of = run.experiment
        here.setdefault(condition_of(of, varying), {}).setdefault(of.activation, {})[of.seed] = run
    found: dict[tuple[Condition, str], tuple[Run, ...]] = {}
    for condition, names in here.items():
        seeds, kept = _shared({name: set(by_seed) for name, by_seed in names.items()})
        found |= {(condition, name): tuple(names[name][seed] for seed in sorted(seeds)) for name in kept}
    return found


def _shared(seeds_of: Mapping[str, set[int]]) -> tuple[set[int], list[str]]:
    """Return the seeds that the activations which stay have in common, and those activations in their order."""
    most = max(map(len, seeds_of.values()))
    shared: set[int] = set()
    kept: set[str] = set()
    for name, seeds in sorted(seeds_of.items(), key=lambda item: -len(item[1])):
        if 2 * len(seeds) >= most and (not kept or shared & seeds):
            shared, kept = (shared & seeds if kept else set(seeds)), kept | {name}
    return shared, [name for name in seeds_of if name in kept]
