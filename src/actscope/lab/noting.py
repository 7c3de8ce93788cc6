"""What a reader should know beside the numbers of a comparison."""

import math
from collections.abc import Iterator, Mapping, Sequence

from ..catalogue import Activation, get
from ..formula import Const
from .explaining.rules import ADVICE, ADVICE_TUNED
from .records import Condition, Estimate, Experiment, Failure, Run, Standing, TaskCard, Tuning
from .statistics import condition_of, varying
from .wording import ENOUGH_SEEDS, listed, too_few, where

# A note names this many things of a kind; of more it says how many.
MOST_NAMED = 3


def notes(
    task: TaskCard,
    placed: Sequence[Standing],
    runs: Sequence[Run],
    planned: int,
    own: Mapping[str, Activation] | None = None,
    *,
    failed: Sequence[Failure] = (),
    tuned: Sequence[Tuning] = (),
) -> tuple[str, ...]:
    """Return what a reader should know beside the numbers; `own` are the activations that are not of the catalogue."""
    return (
        *_unfinished(placed, len(runs), planned, failed),
        *_left_out(placed, runs),
        *_tuned(tuned),
        *_stopped(runs),
        *_beyond(task, placed),
        *_diverged(placed, tuned),
        *_formulas(placed, own or {}),
    )


def _unfinished(placed: Sequence[Standing], finished: int, planned: int, failed: Sequence[Failure]) -> Iterator[str]:
    seeds = sorted({standing.test_score.seeds for standing in placed})
    used = " to ".join(str(number) for number in dict.fromkeys((seeds[0], seeds[-1])))
    if finished + len(failed) < planned:
        yield (
            f"interrupted after {finished + len(failed)} of {planned} runs; the standings use the {used} "
            f"{'seed' if seeds[-1] == 1 else 'seeds'} that all activations of a condition finished"
        )
    if failed:
        named = [
            f"{cell.activation} {where(_plain(cell))} with seed {cell.seed} failed: {failure.detail}"
            for failure in failed[:MOST_NAMED]
            for cell in [failure.experiment]
        ]
        more = f" and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
        networks = "network" if len(failed) == 1 else "networks"
        yield f"{len(failed)} {networks} could not be trained: {listed(named)}{more}"
    if seeds[0] == 1:
        yield "no interval can be given from one seed; with 3 or more, differences can be judged"


def _plain(cell: Experiment) -> Condition:
    return condition_of(cell, varying([cell]))


def _left_out(placed: Sequence[Standing], runs: Sequence[Run]) -> Iterator[str]:
    names = tuple(name for name, _ in placed[0].condition.varied)
    stands = {(standing.condition, standing.activation) for standing in placed}
    out: dict[str, list[Condition]] = {}
    for run in runs:
        at = condition_of(run.experiment, names)
        if (at, run.experiment.activation) not in stands and at not in out.setdefault(run.experiment.activation, []):
            out[run.experiment.activation].append(at)
    for name, conditions in out.items():
        places = _few([where(at) for at in conditions], f"in {len(conditions)} conditions")
        yield f"{name} is left out of the standings {places}, because few or none of its seeds are the others' too"


def _tuned(tuned: Sequence[Tuning]) -> Iterator[str]:
    if not tuned:
        return
    grids = dict.fromkeys(found.grid for found in tuned)
    rates = "; or ".join(", ".join(f"{rate:g}" for rate in grid) for grid in grids)
    seeds = max(score.seeds for found in tuned for score in found.scores)
    yield (
        f"the learning rate of each activation was tuned, for all from the same rates ({rates}), by the mean score on "
        f"validation data over {seeds} {'seed' if seeds == 1 else 'seeds'}; no test data were used"
    )
    yield f"tuned: {'; '.join(_chosen(tuned))}"
    if edge := [found for found in tuned if found.at_edge]:
        named = [f"{found.activation} {where(found.condition)} ({found.chosen:g})" for found in edge]
        whose = _few(named, f"{len(named)} of {len(tuned)} choices")
        yield f"the chosen rate lies at the edge of the grid for {whose}: a better one may lie beyond it"


def _chosen(tuned: Sequence[Tuning]) -> list[str]:
    """Return the rate of each activation, or over many conditions the smallest and the largest."""
    rates: dict[str, list[float]] = {}
    for found in tuned:
        rates.setdefault(found.activation, []).append(found.chosen)
    return [f"{name} {_range([f'{rate:g}' for rate in sorted(chosen)])}" for name, chosen in rates.items()]


def _stopped(runs: Sequence[Run]) -> Iterator[str]:
    """Return how many networks stopped before their last epoch, and when."""
    judged = [run for run in runs if run.kept is not None]
    if not judged:
        return
    early = sorted(run.history[-1].epoch for run in judged if run.history[-1].epoch < run.experiment.epochs)
    kept = "each is judged with the weights of its smallest validation loss"
    if not early:
        yield f"no network stopped early; {kept}"
        return
    after = f"epoch{'s' if early[0] < early[-1] else ''} {_range([str(epoch) for epoch in early])}"
    yield f"{len(early)} of {len(runs)} networks stopped early, after {after}; {kept}"


def _range(told: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys((told[0], told[-1])))


def _beyond(task: TaskCard, placed: Sequence[Standing]) -> Iterator[str]:
    least = 0.0 if task.kind == "classification" else -math.inf

    def leaves(score: Estimate) -> bool:
        return not math.isnan(score.low) and (score.low < least or score.high > 1.0)

    if beyond := [standing for standing in placed if leaves(standing.test_score)]:
        seeds = max(standing.test_score.seeds for standing in beyond)
        names = _few(list(dict.fromkeys(standing.activation for standing in beyond)), "several")
        limit = "below 0 or above 100 %" if task.kind == "classification" else "above an R² of 1"
        remedy = too_few(seeds) if seeds < ENOUGH_SEEDS else "more seeds narrow it"
        yield f"the interval of {names} reaches {limit}, as Student's t allows; {remedy}"


def _diverged(placed: Sequence[Standing], tuned: Sequence[Tuning]) -> Iterator[str]:
    advice = ADVICE_TUNED if tuned else ADVICE
    for best in placed:
        if best.behind is None and math.isnan(best.test_loss.mean):
            yield (
                f"even {best.activation}, the best {where(best.condition)}, diverged with some seed{advice['smaller']}"
            )


def _formulas(placed: Sequence[Standing], own: Mapping[str, Activation]) -> Iterator[str]:
    for name in dict.fromkeys(standing.activation for standing in placed):
        activation = own.get(name) or get(name)
        if activation.written:
            yield f"{name} is {activation.written}"
        if activation.properties.largest_slope == 0.0:
            yield (
                f"the slope of {name} is 0 everywhere, so by the chain rule the gradient of every weight before it is "
                "0: only the output layer learns, on top of hidden layers that stay as they were drawn"
            )
        elif isinstance(activation.slope_formula, Const):
            yield f"{name} is linear, so all its layers together are one linear layer, at any depth"


def _few(names: Sequence[str], many: str) -> str:
    return listed(names) if len(names) <= MOST_NAMED else many
