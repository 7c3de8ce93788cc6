"""The tasks by name, and whatever else a user may mean by one."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ...errors import SettingError, UnknownTaskError, did_you_mean
from ..records import Experiment, Kind, Source
from . import curves, generated
from .bundled import NAMES, PREFIX, digits
from .keeping import is_frame, kept_arrays, kept_frame
from .sources import own_task, source_of
from .tables import SUFFIXES
from .task import Task

TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.name: task
        for task in (
            Task("xor", "four clusters, the class is the exclusive or of their signs", generated.xor, 2, 2, noise=0.3),
            Task("circles", "a ring inside a ring", generated.circles, 2, 2, noise=0.1),
            Task("moons", "two half rings that reach into each other", generated.moons, 2, 2, noise=0.2),
            Task("spirals", "two arms that wind around each other", generated.spirals, 2, 2, noise=0.03),
            Task("shapes", "circles that take three lines to cut out of triangles", generated.shapes, 2, 2, noise=0.03),
            Task("checkerboard", "a board of 4 x 4 squares in two colours", generated.checkerboard, 2, 2, noise=0.02),
            Task(
                "digits",
                "handwritten digits of 8 x 8 pixels",
                digits,
                64,
                10,
                noise=0.0,
                shape=(1, 8, 8),
                noise_after=True,
                samples=1797,
                most_samples=1797,
            ),
            Task(
                "sequences",
                "sequences of 8 symbols, the class is whether the first comes once more",
                generated.sequences,
                generated.LENGTH * generated.SYMBOLS,
                2,
                noise=0.1,
                shape=(generated.LENGTH, generated.SYMBOLS),
                together=True,
            ),
            curves.curve(curves.SINE, "sine"),
            curves.curve(curves.STEP, "step"),
            curves.curve(curves.ABS, "abs"),
        )
    }
)


def find(
    given: object, *, target: str | None = None, kind: Kind | None = None, size: object = None
) -> tuple[Task, Source | None]:
    """Return the task that a user means, and of data of their own the source that an experiment records.

    `given` is a name of TASKS, "curve:FORMULA", "sklearn:NAME", the path of a CSV, Parquet or NPZ file or of a folder
    of images by class, a pair of arrays (X, y), or a frame of pandas, polars or Arrow. `target`, `kind` and `size` are
    those of `source_of`. Everything is checked here; raises UnknownTaskError, FormulaError, SettingError or DataError.

    >>> find("moons")[0].classes, find("sklearn:wine")[0].inputs
    (2, 13)
    """
    if isinstance(given, str) and (given in TASKS or given.startswith(curves.PREFIX)):
        if not (target is kind is size is None):
            told = namesake(given) or f"{given} is a task; leave them out"
            raise SettingError(f"`target`, `kind` and `size` are for data of your own, but {told}")
        return task_called(given), None
    if isinstance(given, tuple | list) and len(given) == 2:
        x, y = given
        given = kept_arrays(x, y, kind)
    elif is_frame(given):
        given = kept_frame(given, target, kind)
    if not isinstance(given, str | os.PathLike):
        raise SettingError(
            "the data must be the name of a task, a path, a pair of arrays (X, y) or a frame, but got "
            f"{type(given).__name__}"
        )
    if not _is_path(os.fspath(given)):
        raise UnknownTaskError(_unknown(os.fspath(given)))
    source = source_of(given, target, kind, size)
    return own_task(source), source


def namesake(name: str) -> str:
    """Return how to name the file or folder here that is called like a task; "" if there is none.

    >>> namesake("moons")
    ''
    """
    if name not in TASKS or not Path(name).exists():
        return ""
    what = "folder" if Path(name).is_dir() else "file"
    return f"{name} is the task of that name; for the {what} here write ./{name}"


def task_called(name: str) -> Task:
    """Return the task of that name.

    >>> task_called("moons").classes
    2
    """
    if isinstance(name, str) and name in TASKS:
        return TASKS[name]
    if isinstance(name, str) and name.startswith(curves.PREFIX):
        return curves.curve_called(name)
    if isinstance(name, str) and name.startswith(PREFIX):
        return own_task(source_of(name))
    raise UnknownTaskError(_unknown(str(name)))


def task_of(experiment: Experiment) -> Task:
    """Return the task that an experiment is on; raises DataError if its data are gone or have changed.

    >>> from actscope.lab.planning import plan
    >>> task_of(plan("xor", ["relu"])[0]).inputs
    2
    """
    return task_called(experiment.task) if experiment.source is None else own_task(experiment.source)


def _is_path(text: str) -> bool:
    if "://" in text:
        raise SettingError(f"actscope downloads nothing; fetch {text} yourself and give the path of the file")
    known = text.lower().endswith((*SUFFIXES, ".npz"))
    return known or text.startswith((PREFIX, "~")) or any(sign in text for sign in "/\\") or Path(text).exists()


def _unknown(name: str) -> str:
    bundled = name.removeprefix("load_")
    near = f", did you mean '{PREFIX}{bundled}'?" if bundled in NAMES else did_you_mean(name, TASKS) or ";"
    return (
        f"no task is called {name!r}{near} there are {', '.join(TASKS)}, {curves.PREFIX}FORMULA, {PREFIX}NAME, and the "
        "path of a file or folder of your own"
    )
