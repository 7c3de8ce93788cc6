"""`actscope compare TASK`: train, compare, write the report."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .. import report
from ..errors import SettingError
from ..lab import planning
from ..lab.records import Experiment, Run
from ..lab.tasks import TASKS, task_called
from ..report import words
from ..report.files import free_folder
from . import INTERRUPTED, naming


def command(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="xor, circles, moons, spirals, shapes or digits.")],
    activations: Annotated[
        str, typer.Option(metavar="A,B,C", help="Which activations; also formulas, such as 'relu,x*tanh(x)'.")
    ] = ",".join(planning.ACTIVATIONS),
    depth: Annotated[
        str,
        typer.Option(metavar="D[,D...]", help="Hidden layers; at 12 the slopes decide, at 2 hardly."),
    ] = "12",
    width: Annotated[int, typer.Option(help="Units per hidden layer.")] = 64,
    seeds: Annotated[int, typer.Option(help="Repetitions, each with its own data split, weights and batches.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the training data.")] = 30,
    optimizer: Annotated[str, typer.Option(metavar="adam|sgd|momentum", help="How to descend.")] = "adam",
    lr: Annotated[
        float | None, typer.Option(help="Learning rate.", show_default="0.003 adam, 0.1 sgd, 0.01 momentum")
    ] = None,
    init: Annotated[
        str,
        typer.Option(metavar="auto|he|xavier|lecun|default", help="Weights at the start; auto: gain of the formula."),
    ] = "auto",
    batch_size: Annotated[int, typer.Option(help="Samples per step.")] = 64,
    samples: Annotated[
        int | None,
        typer.Option(help="Size of the data, train and test together.", show_default="1000; all 1797 digits"),
    ] = None,
    noise: Annotated[
        float | None, typer.Option(help="Spread of the noise on the data.", show_default="the task's own")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write.", show_default="compare-TASK")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a report that DIR holds.")] = False,
) -> int:
    """Train the same network with different activations on the same data, and report which is best, and why."""
    if context.args:
        raise SettingError(_in_one_word(task, context.args, activations))
    experiments = planning.plan(
        task,
        naming.activations([activations]),
        depth=_depths(depth),
        width=width,
        seeds=seeds,
        epochs=epochs,
        optimizer=optimizer,
        lr=lr,
        init=init,
        batch_size=batch_size,
        samples=samples,
        noise=noise,
    )
    report.check_drawing()
    folder = free_folder(f"compare-{task}") if out is None else out
    report.check_writable(folder, overwrite=overwrite)
    console = Console(stderr=True)
    console.print(_announcement(experiments), highlight=False)
    finished: list[Run] = []
    interrupted = False
    try:
        _train(experiments, finished, console)
    except KeyboardInterrupt:
        interrupted = True
    if not finished:
        console.print("actscope: interrupted before the first network was trained; nothing to report", highlight=False)
        return INTERRUPTED
    from ..lab.comparison import summarise

    comparison = summarise(experiments, finished)
    results = Console()
    results.print(report.summary(comparison))
    with console.status("writing the report"):
        page = report.save(comparison, folder, overwrite=overwrite)
    print(f"report: {page}")
    return INTERRUPTED if interrupted else 0


def _train(experiments: tuple[Experiment, ...], finished: list[Run], console: Console) -> None:
    """Append each run to `finished` as it ends, so that an interruption keeps what there is."""
    with report.watched(experiments, console) as heard:
        from ..lab.comparison import runs

        for run in runs(experiments, heard.epoch):
            finished.append(run)
            heard.run(run)


def _announcement(experiments: tuple[Experiment, ...]) -> str:
    first = experiments[0]
    names = dict.fromkeys(e.activation for e in experiments)
    depths = dict.fromkeys(str(e.depth) for e in experiments)
    return (
        f"{first.task}: {', '.join(names)} at depth {', '.join(depths)}, "
        f"{words.counted(len(experiments), 'network')} of {words.counted(first.width, 'unit')} a layer, "
        f"trained for {words.counted(first.epochs, 'epoch')}"
    )


def _in_one_word(task: str, more: list[str], activations: str) -> str:
    """Return what to type instead of words after the task: mostly more activations, with spaces between them."""
    task_called(task)
    given = [] if activations == ",".join(planning.ACTIVATIONS) else naming.parts(activations)
    names = [*given, *(part for word in more for part in naming.parts(word))]
    if more[0] in TASKS:
        return f"one task is compared at a time, {task} or {more[0]}; which do you want?"
    listed = shlex.quote(",".join(dict.fromkeys(names)))
    return (
        f"the activations are one list with commas between them; type: actscope compare {task} --activations {listed}"
    )


def _depths(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise SettingError(
            f"--depth must be whole numbers separated by commas, such as 2,8, but got {text!r}"
        ) from None
