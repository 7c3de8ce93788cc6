"""`actscope compare TASK`: train, compare, write the report."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console

from .. import report
from ..errors import ActscopeError, EngineError, SettingError, StoreError
from ..lab import planning, sweep, tuning
from ..lab.comparison import checked_threshold
from ..lab.concluding import concluded, from_store
from ..lab.engines import Engine
from ..lab.engines.choosing import ANSWER_SECONDS, engine_of
from ..lab.records import Comparison, Experiment, Kind, Run, Tuning
from ..lab.store import Failure, path_of
from ..lab.sweep import Begun
from ..lab.tasks import TASKS, namesake, task_of
from ..report import words
from . import FAILED, INTERRUPTED, announcing, extras, naming, options, resuming

AUTO = "auto"
DATA, NETWORK, TRAINING, RUNNING, WRITING = "Data", "Networks", "Training", "Running", "Report"


def _in(panel: str, help: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


def command(
    context: typer.Context,
    task: Annotated[
        str,
        typer.Argument(
            help="A task such as xor or digits, curve:FORMULA, sklearn:NAME, or a file or folder of yours.",
            show_default=False,
        ),
    ] = "",
    activations: Annotated[
        str, typer.Option(metavar="A,B,C", help="Which activations; also formulas, such as 'relu,x*tanh(x)'.")
    ] = ",".join(planning.ACTIVATIONS),
    target: Annotated[str | None, _in(DATA, "The column of a table to predict.", metavar="COLUMN")] = None,
    kind: Annotated[
        str | None, _in(DATA, "What to do with data of yours.", metavar="classification|regression")
    ] = None,
    size: Annotated[str | None, _in(DATA, "What images are brought to.", metavar="SIDE|HEIGHTxWIDTH")] = None,
    samples: Annotated[
        str | None,
        _in(
            DATA, "Size of the data, train and test together.", metavar="N[,N...]", show_default="1000; all 1797 digits"
        ),
    ] = None,
    noise: Annotated[
        str | None, _in(DATA, "Spread of the noise on the data.", metavar="X[,X...]", show_default="the task's own")
    ] = None,
    model: Annotated[
        str,
        _in(NETWORK, "Kind of network, or module:factory of yours.", metavar="mlp|residual|conv|transformer|M:F[,...]"),
    ] = "mlp",
    depth: Annotated[
        str, _in(NETWORK, "Hidden layers; at 12 the slopes decide, at 2 hardly.", metavar="D[,D...]")
    ] = "12",
    width: Annotated[str, _in(NETWORK, "Units per hidden layer.", metavar="W[,W...]")] = "64",
    init: Annotated[
        str,
        _in(NETWORK, "Weights at the start; auto: gain of the formula.", metavar="auto|he|xavier|lecun|default[,...]"),
    ] = "auto",
    seeds: Annotated[
        str, _in(TRAINING, "Repetitions, each with its own data split, weights and batches.", metavar="N")
    ] = "3",
    epochs: Annotated[str, _in(TRAINING, "Passes over the training data.", metavar="N[,N...]")] = "30",
    optimizer: Annotated[str, _in(TRAINING, "How to descend.", metavar="adam|sgd|momentum[,...]")] = "adam",
    lr: Annotated[
        str | None,
        _in(
            TRAINING,
            "Learning rate; auto: each activation's best of seven, found on validation data.",
            metavar="auto|X[,X...]",
            show_default="0.003 adam, 0.1 sgd, 0.01 momentum",
        ),
    ] = None,
    schedule: Annotated[
        str, _in(TRAINING, "Learning rate over the epochs.", metavar="constant|cosine|linear[,...]")
    ] = "constant",
    patience: Annotated[
        str,
        _in(TRAINING, "Epochs without a smaller validation loss before training stops.", metavar="none|N[,...]"),
    ] = "none",
    batch_size: Annotated[str, _in(TRAINING, "Samples per step.", metavar="N[,N...]")] = "64",
    threshold: Annotated[
        float | None,
        _in(
            TRAINING,
            "Test score from 0 to 1 whose first epoch is told.",
            metavar="X",
            show_default="95 % of the way from chance to the best",
        ),
    ] = None,
    most_cells: Annotated[
        str, _in(RUNNING, "Networks that are trained without asking whether so many are meant.", metavar="N")
    ] = str(planning.MOST_CELLS),
    store: Annotated[
        str,
        _in(
            RUNNING,
            "Where results are kept; what is there is not trained again.",
            metavar="FILE",
            show_default="your own",
        ),
    ] = "auto",
    no_store: Annotated[bool, _in(RUNNING, "Keep nothing, and train everything.", "--no-store")] = False,
    retry: Annotated[bool, _in(RUNNING, "Try again what failed before.", "--retry")] = False,
    workers: Annotated[str | None, _in(RUNNING, "Processes of this machine to train in.", metavar="N")] = None,
    scheduler: Annotated[
        str | None, _in(RUNNING, "A Dask cluster to train on, such as tcp://10.0.0.5:8786.", metavar="ADDRESS")
    ] = None,
    scheduler_timeout: Annotated[
        float, _in(RUNNING, "How long it may take to answer, and to find a worker.", metavar="SECONDS")
    ] = ANSWER_SECONDS,
    out: Annotated[Path | None, _in(WRITING, "Where to write.", metavar="DIR", show_default="compare-TASK")] = None,
    overwrite: Annotated[bool, _in(WRITING, "Replace a report that DIR holds.", "--overwrite")] = False,
) -> int:
    """Train the same network with different activations on the same data, and report which is best, and why.

    Options that show commas take several values, and each is tried with each.

    Every network is recorded when it is done; the same command goes on where an interruption stopped it.
    """
    if not task:
        raise SettingError(
            f"which task? for example: actscope compare xor --activations relu,tanh; there are {', '.join(TASKS)}, and "
            "data of your own; `actscope compare -h` tells the options"
        )
    extras.check(cluster=workers is not None or scheduler is not None)
    if context.args:
        raise SettingError(announcing.in_one_word(task, context.args, activations))
    most = options.one_whole("--most-cells", most_cells)
    processes = None if workers is None else options.one_whole("--workers", workers)
    experiments = planning.plan(
        task,
        naming.activations([activations]),
        target=target,
        kind=cast(Kind | None, kind),
        size=size,
        model=options.words(model),
        depth=options.whole("--depth", depth) or (),
        width=options.whole("--width", width) or (),
        seeds=options.one_whole("--seeds", seeds),
        epochs=options.whole("--epochs", epochs) or (),
        optimizer=options.words(optimizer),
        lr=_rates(lr),
        init=options.words(init),
        schedule=options.words(schedule),
        patience=options.epochs_or_none("--patience", patience),
        batch_size=options.whole("--batch-size", batch_size) or (),
        samples=options.whole("--samples", samples),
        noise=options.numbers("--noise", noise),
        most_cells=most,
    )
    checked_threshold(threshold, task_of(experiments[0]).kind)
    report.check_drawing()
    place = None if no_store else path_of(store)
    asked: dict[str, Any] = {"threshold": threshold, "tuned": lr == AUTO}
    if out is None:
        folder = resuming.folder_for(f"compare-{announcing.readable(experiments[0].task)}", experiments, place, **asked)
    else:
        folder = out.expanduser()
    overwrite = overwrite or resuming.goes_on(folder, experiments, place, **asked)
    report.check_writable(folder, overwrite=overwrite)
    engine = engine_of(processes, scheduler, scheduler_timeout)
    console = Console(stderr=True)
    if told := namesake(task):
        console.print(f"actscope: {told}", highlight=False, markup=False, soft_wrap=True)
    console.print(announcing.announcement(experiments), highlight=False, soft_wrap=True)
    outcomes: list[Run | Failure] = []
    remarks: list[str] = []
    rates: tuple[Tuning, ...] = ()
    ended: BaseException | None = None
    try:
        if lr == AUTO:
            trials = tuning.trials(experiments, most)
            console.print(words.tuning(len(trials), 2 * tuning.REACH + 1), highlight=False, soft_wrap=True)
            tried: list[Run | Failure] = []
            _train(trials, place, engine, retry, tried, [], console)
            experiments, rates = tuning.tuned(experiments, [one for one in tried if isinstance(one, Run)])
        _train(experiments, place, engine, retry, outcomes, remarks, console, rates, threshold)
    except (KeyboardInterrupt, StoreError, EngineError) as problem:
        ended = problem
    if not outcomes:
        if isinstance(ended, ActscopeError):
            raise ended
        console.print("actscope: interrupted before the first network was trained; nothing to report", highlight=False)
        return INTERRUPTED
    try:
        found = concluded(experiments, outcomes, remarks=remarks, threshold=threshold, tuned=rates)
        _report(found, folder, overwrite, console)
    except KeyboardInterrupt:
        told = resuming.making_again(experiments, folder, place, overwrite)
        console.print(f"actscope: {told}", highlight=False, markup=False, soft_wrap=True)
        return INTERRUPTED
    if isinstance(ended, ActscopeError):
        raise ended
    if ended and place is not None:
        console.print("actscope: interrupted; the same command goes on from here", highlight=False)
    failed = any(isinstance(one, Failure) for one in outcomes)
    return INTERRUPTED if ended else FAILED if failed else 0


def _train(
    experiments: tuple[Experiment, ...],
    store: Path | None,
    engine: Engine,
    retry: bool,
    outcomes: list[Run | Failure],
    remarks: list[str],
    console: Console,
    tuned: Sequence[Tuning] = (),
    threshold: float | None = None,
) -> None:
    """Append what becomes of each network as it ends, so that an interruption keeps what there is."""
    with report.watched(experiments, console) as heard:

        def begun(found: Begun) -> None:
            heard.begun(found)
            if found.recorded:
                remarks.append(from_store(found.recorded, found.cells, found.store))

        found = sweep.run(experiments, store, engine, heard.epoch, begun, retry=retry, tuned=tuned, threshold=threshold)
        # Closed, and with it all processes and the store, before anything is made of what an interruption left.
        with closing(found):
            for outcome in found:
                outcomes.append(outcome)
                heard.outcome(outcome)


def _report(comparison: Comparison, folder: Path, overwrite: bool, console: Console) -> None:
    Console().print(report.summary(comparison))
    with console.status("writing the report"):
        page = report.save(comparison, folder, overwrite=overwrite)
    print(f"report: {page}")


def _rates(lr: str | None) -> list[float] | None:
    """Return the rates that are typed; None where none are, or where they are to be found."""
    others = [word for word in options.words(lr or "") if word != AUTO]
    if lr is not None and lr != AUTO and len(others) < len(options.words(lr)):
        raise SettingError(
            f"--lr auto stands alone, since it finds each activation's own rate; type --lr auto, or --lr "
            f"{','.join(others) or '0.001,0.01'}"
        )
    return None if lr == AUTO else options.numbers("--lr", lr)
