"""Training as it goes on: a bar on a terminal, elsewhere a line for each finished network."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..lab import tasks
from ..lab.records import Epoch, Experiment, Run
from ..lab.statistics import varying
from ..lab.store.records import Failure
from ..lab.sweep import Begun
from . import words

WIDEST = 34
"""Letters of what is told beside the bar; more are cut, so that the bar does not move to and fro."""
AN_OPTION = 9
"""Letters more for each option that varies, up to three."""
RECENT = 60.0
"""Seconds that the rate is taken over."""
SOON = 5.0
"""Seconds before which a rate would say more about the loading of PyTorch."""


class Pace:
    """How fast networks are finished, by those of the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = deque([clock()])

    def count(self) -> None:
        """Take notice of a finished network."""
        now = self._clock()
        self._ends.append(now)
        while len(self._ends) > 2 and self._ends[1] < now - RECENT:
            self._ends.popleft()

    def seconds_each(self) -> float | None:
        """Return how long a network takes, in the company that it has; None in the first seconds."""
        passed = self._clock() - self._ends[0]
        return passed / (len(self._ends) - 1) if passed > SOON and len(self._ends) > 1 else None


class Heard:
    """What has been heard of the training; `epoch` is a Progress of the lab, `outcome` is called after each network."""

    def __init__(self, experiments: Sequence[Experiment], console: Console) -> None:
        self.networks, self.console, self.done = len(experiments), console, 0
        self.known = 0
        """Networks that the store has, of which nothing has been told yet."""
        self.kind = tasks.task_of(experiments[0]).kind
        self.varied = varying(experiments)
        """Options that tell one network from another, beside the depth."""
        self.widest = WIDEST + AN_OPTION * min(3, len(self.varied))
        self.pace = Pace()
        self._epochs: Counter[Experiment] = Counter()
        told, cells, left = (
            TextColumn(f"{{task.{field}}}", markup=False) for field in ("description", "fields[cells]", "fields[left]")
        )
        self.bar = Progress(told, BarColumn(), cells, left, TimeElapsedColumn(), console=console, transient=True)
        # Epoch 0, the untrained network, is heard of too.
        total = sum(e.epochs + 1 for e in experiments)
        self.line = self.bar.add_task(words.LOADING, total=total, cells=self._cells(), left="")

    def begun(self, begun: Begun) -> None:
        """Take notice of what a sweep finds when it begins: the networks told of next are not trained now."""
        self.known = begun.recorded + begun.failed
        if self.known:
            self._print(before(begun))

    def epoch(self, experiment: Experiment, epoch: Epoch) -> None:
        """Take notice of a finished epoch."""
        self._epochs[experiment] += 1
        told = words.hearing(experiment, self.kind, epoch.test_score, self.varied)
        self.bar.update(self.line, advance=1, description=f"{told:<{self.widest}}"[: self.widest])

    def outcome(self, outcome: Run | Failure) -> None:
        """Take notice of what became of a network."""
        e = outcome.experiment
        if isinstance(outcome, Run):
            told = words.heard_of(e, self.kind, outcome.final.test_score, self.varied)
            self._finish(e, f"{told}, {outcome.seconds:.1f} s")
            return
        told = f"{words.network(e, self.varied)}: failed, {outcome.detail}"
        if self.console.is_terminal:
            self._print(told)
        self._finish(e, told)

    def _finish(self, experiment: Experiment, told: str) -> None:
        self.done += 1
        self.bar.update(self.line, advance=experiment.epochs + 1 - self._epochs.pop(experiment, 0))
        if self.known:
            self.known -= 1
            self.bar.update(self.line, cells=self._cells())
            return
        self.pace.count()
        each = self.pace.seconds_each()
        missing = self.networks - self.done
        left = f", {rate(each)}, {duration(missing * each)} left" if each and missing else ""
        self.bar.update(self.line, cells=self._cells(), left=left.removeprefix(", "))
        if not self.console.is_terminal:
            self._print(f"[{self.done}/{self.networks}] {told}{left}")

    def _cells(self) -> str:
        return f"{self.done}/{self.networks}"

    def _print(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)


def before(begun: Begun) -> str:
    """Return what a sweep has behind it when it begins.

    >>> before(Begun("xor-12345678", cells=200, recorded=120, failed=1, store=None))
    '120 of 200 networks were trained before and are in the store, 1 failed before (--retry tries it again)'
    """
    networks = words.counted(begun.cells, "network")
    told = []
    if begun.recorded:
        were = "was trained before and is" if begun.recorded == 1 else "were trained before and are"
        told.append(f"{begun.recorded} of {networks} {were} in the store")
    if begun.failed:
        of = "" if told else f" of {networks}"
        again = "it" if begun.failed == 1 else "them"
        told.append(f"{begun.failed}{of} failed before (--retry tries {again} again)")
    return ", ".join(told)


def rate(seconds: float) -> str:
    """Return how often something is done that takes so many seconds, in the first unit of which there is one.

    >>> rate(0.04), rate(2.5), rate(1200)
    ('25 a second', '24 a minute', '3 an hour')
    """
    for unit, size in (("a second", 1), ("a minute", 60)):
        if size / seconds >= 1:
            return f"{size / seconds:.3g} {unit}"
    return f"{3600 / seconds:.3g} an hour"


def duration(seconds: float) -> str:
    """Return a time as one reads it on a clock.

    >>> duration(7.2), duration(75), duration(3 * 3600 + 125)
    ('7 s', '1:15 min', '3:02 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"


@contextmanager
def watched(experiments: Sequence[Experiment], console: Console) -> Iterator[Heard]:
    """Yield what hears of the training of `experiments` and shows it on `console`; a bar is gone afterwards.

    with watched(experiments, Console(stderr=True)) as heard:
        for run in runs(experiments, heard.epoch):
            heard.outcome(run)
    """
    heard = Heard(experiments, console)
    if not console.is_terminal:
        yield heard
        return
    with heard.bar:
        yield heard
