"""Claims as they are measured: a bar on a terminal, elsewhere a line for each that is finished."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ...lab.claims import Claim, Finding
from . import words


class Heard:
    """What has been heard of the measuring; the lab takes `claims`, and `finding` is called with what it found."""

    def __init__(self, planned: Sequence[Claim], console: Console) -> None:
        self.planned, self.console, self.done = planned, console, 0
        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn())
        self.bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        self.line = self.bar.add_task(words.LOADING, total=len(planned))

    def claims(self) -> Iterator[Claim]:
        """Yield the claims, each when it is its turn, and tell of it."""
        for claim in self.planned:
            told = words.measuring(claim.id, claim.title)
            self.bar.update(self.line, description=f"{told:<{words.WIDEST}}")
            yield claim

    def finding(self, finding: Finding) -> None:
        """Take notice of a claim that was measured."""
        self.done += 1
        self.bar.update(self.line, completed=self.done)
        if not self.console.is_terminal:
            line = words.finished(self.done, len(self.planned), finding)
            self.console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def watched(planned: Sequence[Claim], console: Console) -> Iterator[Heard]:
    """Yield what hears of the measuring of the claims `planned` and shows it on `console`; a bar is gone afterwards.

    with watched(planned, Console(stderr=True)) as heard:
        for finding in measured(heard.claims()):
            heard.finding(finding)
    """
    heard = Heard(planned, console)
    if not console.is_terminal:
        yield heard
        return
    with heard.bar:
        yield heard
