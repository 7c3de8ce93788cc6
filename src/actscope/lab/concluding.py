"""From what became of the cells of a sweep to the comparison that they allow."""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import SettingError
from .comparison import summarise
from .identity import cell_id
from .records import Comparison, Experiment, Run, TaskCard, Tuning
from .records_json import record
from .store.file import Store
from .store.records import About, Failure
from .store.results import differing, runs_of
from .store.sweeps import about, all_failures, experiments_of


def concluded(
    experiments: Sequence[Experiment],
    outcomes: Sequence[Run | Failure],
    *,
    card: TaskCard | None = None,
    remarks: Sequence[str] = (),
    threshold: float | None = None,
    tuned: Sequence[Tuning] = (),
) -> Comparison:
    """Return the comparison of the runs, which names those that failed; `threshold` and `tuned` are `summarise`'s.

    Raises SettingError if there is no run at all.
    """
    runs = [one for one in outcomes if isinstance(one, Run)]
    failures = [one for one in outcomes if isinstance(one, Failure)]
    if failures and not runs:
        raise SettingError(f"no network could be trained; {_named(failures[0])}")
    # Networks that train together end in any order; the comparison has the plan's.
    places = {experiment: place for place, experiment in enumerate(experiments)}
    runs.sort(key=lambda run: places[run.experiment])
    found = summarise(experiments, runs, card, threshold=threshold, tuned=tuned, failed=failures)
    return replace(found, notes=(*found.notes, *remarks))


def comparison_of(store: Store, sweep: str) -> Comparison:
    """Return the comparison that the recorded runs of a sweep allow, from the store alone.

    Raises SettingError if there is no such sweep, or none of its runs is recorded.
    """
    experiments = experiments_of(store, sweep)
    cells = {cell_id(experiment): experiment for experiment in experiments}
    found = dict(runs_of(store, cells))
    # Two names of one formula are one cell.
    runs = [replace(found[cell], experiment=one) for one in experiments if (cell := cell_id(one)) in found]
    kept = record(About, about(store, sweep))
    return concluded(
        experiments,
        [*runs, *all_failures(store, sweep)],
        card=kept.card,
        remarks=_differing(store, list(cells)),
        threshold=kept.threshold,
        tuned=kept.tuned,
    )


def from_store(recorded: int, cells: int, store: object) -> str:
    """Return the remark that results were not made now.

    >>> from_store(3, 12, "results.sqlite")
    '3 of 12 runs were recorded before, in results.sqlite; their times are of then'
    """
    return f"{recorded} of {cells} runs were recorded before, in {store}; their times are of then"


def _named(failure: Failure) -> str:
    cell = failure.experiment
    return f"{cell.activation} at depth {cell.depth} with seed {cell.seed} failed: {failure.detail}"


def _differing(store: Store, cells: Sequence[str]) -> tuple[str, ...]:
    count = differing(store, cells)
    again = f"{count} of the runs gave other numbers when they were made again, on another machine or by other versions"
    return (again,) if count else ()
