"""`actscope diagnose TARGET`: what is wrong inside a user's own model, found by training a copy of it for a while."""

import inspect
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .. import report
from ..errors import ActscopeError, ReportError, SettingError, did_you_mean
from ..lab import importing
from ..probe.raised import is_lost_worker, line_of, remedy
from ..probe.records import Diagnosis
from ..report.claims.words import no_browser
from ..report.files import free_folder
from ..report.probe import labels, rows, verdicts
from ..report.probe.page import DIAGNOSIS, save
from ..report.probe.text import summary
from . import FAILED, USER_ERROR

HOW = "type path/to/file.py:function or package.module:function, as `actscope diagnose --help` says"
RETURNS = (
    "write it as `def setup(): return model, loss_fn, batches`; a fourth may be the optimizer, and a dict with these "
    "names does as well"
)
NAMES = ("model", "loss_fn", "batches", "optimizer")


def command(
    target: Annotated[str, typer.Argument(help=labels.TARGET_HELP, metavar="TARGET")],
    steps: Annotated[int, typer.Option(help="Steps that a copy of the model is trained.")] = 100,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write report.html, diagnosis.json and figures.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser; without --out it is in diagnosis.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a diagnosis that DIR holds.")] = False,
) -> int:
    """Say what is wrong inside your own PyTorch model: which layer, since when, on what evidence, what to change.

    Exit code 0: healthy; 1: something was found; 2: it could not be run or judged.
    """
    console = Console(stderr=True)
    folder = free_folder("diagnosis") if show and out is None else out
    try:
        if folder is not None:
            report.check_drawing()
            report.check_writable(folder, overwrite, DIAGNOSIS)
        diagnosis = _diagnosed(target, steps, console)
        Console().print(summary(diagnosis), crop=False)
        if folder is not None:
            with console.status(labels.WRITING):
                page = save(diagnosis, folder, overwrite=overwrite)
            print(f"report: {page}")
            if show and not webbrowser.open(page.resolve().as_uri()):
                console.print(no_browser(str(page)), highlight=False, markup=False)
    except ReportError as error:
        # 1 would say that something is wrong with the model.
        console.print(f"actscope: {error}", highlight=False, markup=False, soft_wrap=True)
        return USER_ERROR
    if why := verdicts.why_unjudged(diagnosis):
        console.print(f"actscope: {labels.UNJUDGED}; {why}", highlight=False, markup=False, soft_wrap=True)
        return FAILED if rows.counts(diagnosis)[0] else USER_ERROR
    return 0 if diagnosis.healthy else FAILED


def _diagnosed(target: str, steps: int, console: Console) -> Diagnosis:
    """Return the diagnosis, with a bar on a terminal while the copy is trained."""
    with console.status(labels.LOADING):
        # Before a file of the user's can hide what it needs.
        from ..probe.diagnosing import diagnose
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    place = target.rpartition(":")[0]
    with importing.running(place):
        with console.status(labels.LOADING):
            given = setup(target)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            shown = bar.add_task(labels.WATCHING, total=steps)
            try:
                return diagnose(
                    given["model"],
                    given["loss_fn"],
                    given["batches"],
                    optimizer=given["optimizer"],
                    steps=steps,
                    progress=lambda step, _: bar.update(shown, completed=step),
                )
            except ActscopeError:
                raise
            except (Exception, SystemExit) as problem:
                # What was raised in no line of the user's is a fault of ours.
                theirs = importing.hides(place) or line_of(problem) or is_lost_worker(problem)
                if isinstance(problem, Exception) and not theirs:
                    raise
                told = f"{importing.failure(place, problem)}{remedy(problem)}"
                raise SettingError(f"the training of what `TARGET` {target!r} returned failed with {told}") from problem


def setup(target: str) -> dict[str, Any]:
    """Return what the function that `target` names gives, by the names of NAMES; what is not given is None.

    Raises SettingError if there is no such function, if it fails, or returns something else.
    """
    made = importing.function(target, "`TARGET`", "function", HOW)
    if needed := _needed(made):
        raise SettingError(f"`TARGET` {target!r} needs {', '.join(needed)}, but is called with nothing; {RETURNS}")
    place = target.rpartition(":")[0]
    with importing.running(place):
        try:
            given = made()
        except ActscopeError:
            raise
        except ModuleNotFoundError as problem:
            raise SettingError(f"`TARGET` {target!r} {importing.unfound(place, problem)}") from problem
        except (Exception, SystemExit) as problem:
            raise SettingError(f"`TARGET` {target!r} failed with {importing.failure(place, problem)}") from problem
    if isinstance(given, dict):
        return _named(target, given)
    if not isinstance(given, tuple | list) or not 3 <= len(given) <= 4:
        kind = f"{type(given).__name__} of {len(given)}" if isinstance(given, tuple | list) else type(given).__name__
        raise SettingError(f"`TARGET` {target!r} returned {kind} instead of three or four things; {RETURNS}")
    return dict(zip(NAMES, (*given, None), strict=False))


def _named(target: str, given: dict[Any, Any]) -> dict[str, Any]:
    for name in given:
        if name not in NAMES:
            near = did_you_mean(str(name), NAMES)
            may = ", ".join(NAMES)
            raise SettingError(f"`TARGET` {target!r} returned a dict with {name!r}{near}; it may have {may}")
    missing = [name for name in ("model", "batches") if name not in given]
    if missing:
        raise SettingError(f"`TARGET` {target!r} returned a dict without {' and '.join(map(repr, missing))}; {RETURNS}")
    return {name: given.get(name) for name in NAMES}


def _needed(made: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that a function cannot be called without."""
    try:
        parameters = list(inspect.signature(made).parameters.values())
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
