"""Reports that an interruption cut short: which of them the same command may replace, and how they are made again."""

import itertools
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import RecordError, StoreError
from ..lab.identity import cell_id, sweep_name
from ..lab.records import Comparison, Experiment
from ..lab.records_json import comparison_from_json
from ..lab.statistics import condition_of, varying
from ..lab.store import Store, path_of
from ..lab.store.results import recorded
from ..report.saving import COMPARISON


def goes_on(
    folder: Path, experiments: Sequence[Experiment], store: Path | None, *, threshold: float | None, tuned: bool
) -> bool:
    """Return whether `folder` holds the report of an interruption of these experiments, and the store its runs.

    Nothing is lost then if a report of the same experiments takes its place. Rates that are to be `tuned` may be any.
    """
    found = _interrupted(folder)
    if found is None or store is None or not store.is_file():
        return False
    names = varying(experiments, tuned=tuned)
    same = (
        found.planned == len(experiments)
        and found.threshold == threshold
        and bool(found.tuned) == tuned
        and found.activations == tuple(dict.fromkeys(one.activation for one in experiments))
        and found.conditions == tuple(dict.fromkeys(condition_of(one, names) for one in experiments))
    )
    runs = [run.experiment for run in found.runs]
    if not same or not _cells(runs, tuned) <= _cells(experiments, tuned):
        return False
    try:
        with Store(store, writing=False) as opened:
            cells = _cells(runs)
            return recorded(opened, cells) == cells
    except StoreError:
        return False


def folder_for(
    name: str, experiments: Sequence[Experiment], store: Path | None, *, threshold: float | None, tuned: bool
) -> Path:
    """Return the first of name, name-2, ... that does not exist or `goes_on` with; the report of yesterday stays."""
    places = (Path(name if n == 1 else f"{name}-{n}") for n in itertools.count(1))
    return next(
        path
        for path in places
        if not path.exists() or goes_on(path, experiments, store, threshold=threshold, tuned=tuned)
    )


def making_again(experiments: Sequence[Experiment], folder: Path, store: Path | None, overwrite: bool) -> str:
    """Return what is said where the writing of a report is interrupted: the command that writes it.

    >>> from actscope.lab.planning import plan
    >>> told = making_again(plan("xor", ["relu"]), Path("my out"), Path("a.sqlite"), False)
    >>> print(told.partition("recorded: ")[2])  # doctest: +ELLIPSIS
    actscope results --report 'my out' --sweep xor-... --store ...a.sqlite makes it
    """
    if store is None:
        return "interrupted while the report was written; nothing was recorded, since --no-store was given"
    command = ["actscope", "results", "--report", str(folder), "--sweep", sweep_name(experiments)]
    command += ["--overwrite"] if overwrite else []
    command += ["--store", str(store)] if store != path_of("auto") else []
    return f"interrupted while the report was written; every result is recorded: {shlex.join(command)} makes it"


def _interrupted(folder: Path) -> Comparison | None:
    """Return the comparison of the report in `folder` if it was interrupted."""
    try:
        written = (folder / COMPARISON.numbers).read_bytes()
        # What was not interrupted is told by a look, and need not be read through.
        found = comparison_from_json(written) if b'"interrupted": true' in written[:1000] else None
    except (OSError, RecordError):
        return None
    return found if found and found.interrupted else None


def _cells(experiments: Sequence[Experiment], tuned: bool = False) -> set[str]:
    """Return the cells of the experiments; where rates are to be tuned, as if all had one."""
    return {cell_id(replace(one, lr=1.0) if tuned else one) for one in experiments}
