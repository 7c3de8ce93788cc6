"""Training as it goes on: a bar on a terminal, elsewhere a line for each finished network."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..lab.records import Epoch, Experiment, Run
from . import words

WIDEST = 34
"""Letters of what is told beside the bar; more are cut, so that the bar does not move to and fro."""


class Heard:
    """What has been heard of the training; `epoch` is a Progress of the lab, `run` is called after each network."""

    def __init__(self, experiments: Sequence[Experiment], console: Console) -> None:
        self.networks, self.console, self.done = len(experiments), console, 0
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        self.bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True)
        # Epoch 0, the untrained network, is heard of too.
        self.line = self.bar.add_task(words.LOADING, total=sum(e.epochs + 1 for e in experiments))

    def epoch(self, experiment: Experiment, epoch: Epoch) -> None:
        """Take notice of a finished epoch."""
        told = words.hearing(experiment.activation, experiment.depth, experiment.seed, epoch.test_score)
        self.bar.update(self.line, advance=1, description=f"{told:<{WIDEST}}"[:WIDEST])

    def run(self, run: Run) -> None:
        """Take notice of a finished network."""
        self.done += 1
        if not self.console.is_terminal:
            e = run.experiment
            told = words.heard_of(e.activation, e.depth, e.seed, run.final.test_score)
            line = words.finished(self.done, self.networks, told, run.seconds)
            self.console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def watched(experiments: Sequence[Experiment], console: Console) -> Iterator[Heard]:
    """Yield what hears of the training of `experiments` and shows it on `console`; a bar is gone afterwards.

    with watched(experiments, Console(stderr=True)) as heard:
        for run in runs(experiments, heard.epoch):
            heard.run(run)
    """
    heard = Heard(experiments, console)
    if not console.is_terminal:
        yield heard
        return
    with heard.bar:
        yield heard
