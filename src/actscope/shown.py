"""What the lab finds, for users: records that show themselves in a terminal, a notebook, a file."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Literal

from .catalogue import Activation
from .errors import UnknownClaimError
from .lab.claims import Finding, Findings
from .lab.flow.records import Flow
from .lab.records import Comparison, Init, Optimizer, Progress


class ShownComparison(Comparison):
    """A Comparison that shows itself: `print` gives the table, a notebook the figures, `save` the report."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = ", ".join(self.activations)
        return f"<comparison of {names} on {self.task.name}: {len(self.runs)} of {self.planned} networks trained>"

    def __str__(self) -> str:
        from . import report

        return report.text(self)

    def _repr_html_(self) -> str:
        from . import report

        return report.notebook_html(self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write report.html, comparison.json and the figures into `folder`; return the path of report.html.

        Raises ReportError if the folder cannot be written, or holds a report and `overwrite` is false.
        """
        from . import report

        return report.save(self, folder, overwrite=overwrite)


def compare(
    task: str,
    activations: Sequence[str | Activation] = ("sigmoid", "tanh", "relu", "gelu"),
    *,
    depth: int | Sequence[int] = 12,
    width: int = 64,
    seeds: int = 3,
    epochs: int = 30,
    optimizer: Optimizer = "adam",
    lr: float | None = None,
    init: Init = "auto",
    batch_size: int = 64,
    samples: int | None = None,
    noise: float | None = None,
    progress: Progress | None = None,
) -> ShownComparison:
    """Return how the activations compare on a task: trained on the same seeds, data and batches, measured, explained.

    The options are those of `actscope compare`; `activations` are names or callables such as `act.gelu`, `lr`,
    `samples` and `noise` have defaults of the optimizer and the task. Raises SettingError, UnknownTaskError or
    UnknownActivationError before any training. `progress(experiment, epoch)` is called after each epoch;
    without it a terminal shows a bar.

    >>> comparison = compare("xor", ["identity", "relu"], depth=2, seeds=2, epochs=5)
    >>> [standing.activation for standing in comparison.standings]
    ['relu', 'identity']
    """
    from .lab import comparison, planning

    experiments = planning.plan(
        task,
        activations,
        depth=depth,
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
    if progress is None and sys.stderr.isatty():
        from rich.console import Console

        from . import report

        with report.watched(experiments, Console(stderr=True)) as heard:
            finished = list(comparison.runs(experiments, heard.epoch))
    else:
        finished = list(comparison.runs(experiments, progress))
    found = comparison.summarise(experiments, finished)
    return ShownComparison(**{field.name: getattr(found, field.name) for field in fields(Comparison)})


class ShownFlow(Flow):
    """A Flow that shows itself: `print` gives the table, a notebook the figure, `save` a picture, page or numbers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<flow of {', '.join(self.activations)} through {self.depth} layers>"

    def __str__(self) -> str:
        from .report.flow.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from .report.flow.page import notebook

        return notebook(self)

    def save(self, path: str | Path, *, theme: Literal["light", "dark"] = "light") -> Path:
        """Write .html, .png, .svg or .json, as `path` ends, and return the path; raises ReportError if it cannot."""
        from .report.flow.page import save

        return save(self, path, theme)


def flow(
    activations: Sequence[str | Activation] = ("sigmoid", "tanh", "relu"),
    *,
    depth: int = 50,
    width: int = 256,
    init: Init = "auto",
    seeds: int = 3,
    samples: int = 64,
) -> ShownFlow:
    """Return how large signal and gradient are at every layer: predicted from the formulas, measured in real networks.

    The networks are random, `seeds` of them for each activation; `activations` are names or callables of one number.
    Raises SettingError or UnknownActivationError before anything is computed.

    >>> found = flow(["sigmoid", "relu"], depth=20, width=64, seeds=2)
    >>> [(line.activation, line.verdict) for line in found.lines]
    [('sigmoid', 'vanishing'), ('relu', 'level')]
    """
    from .lab.flow import ask, look

    found = look(ask(activations, depth=depth, width=width, init=init, seeds=seeds, samples=samples))
    return ShownFlow(**{field.name: getattr(found, field.name) for field in fields(Flow)})


class ShownClaims(Findings):
    """Findings that show themselves: `print` gives the table, a notebook the sections, `save` the page.

    It goes through the findings in a loop, and `found["C05"]` is the one of that id.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<claims {', '.join(finding.id for finding in self)}: {len(self)} of {self.planned} measured>"

    def __str__(self) -> str:
        from .report.claims.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from .report.claims.page import notebook

        return notebook(self)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, id: str) -> Finding:
        for finding in self.findings:
            if finding.id == id.upper():
                return finding
        raise UnknownClaimError(f"{id!r} was not measured here; there are {', '.join(found.id for found in self)}")

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write claims.html, claims.json and the figures into `folder`; return the path of claims.html.

        Raises ReportError if the folder cannot be written, or holds claims and `overwrite` is false.
        """
        from .report.claims.page import save

        return save(self, folder, overwrite=overwrite)


def claims(*ids: str, progress: Callable[[Finding], None] | None = None) -> ShownClaims:
    """Return what becomes of the articles' claims when they are measured: verdicts, numbers, pictures.

    `ids` are ids such as "C05" or groups (function, neuron, depth, boundary, training, cost); all 49 claims without
    any, which takes minutes. Raises UnknownClaimError and SettingError before anything is measured.
    `progress(finding)` is called after each claim; without it a terminal shows a bar.

    >>> found = claims("C25", "C26")
    >>> [(finding.id, str(finding.verdict)) for finding in found]
    [('C25', 'does not hold'), ('C26', 'holds')]
    >>> round(found["C25"].numbers["printed_error"].value, 3)
    0.25
    """
    from .lab.claims import chosen, measured

    planned = chosen(ids)
    found: list[Finding] = []
    if progress is None and sys.stderr.isatty():
        from rich.console import Console

        from .report.claims.watching import watched

        with watched(planned, Console(stderr=True)) as heard:
            for finding in measured(heard.claims()):
                found.append(finding)
                heard.finding(finding)
    else:
        for finding in measured(planned):
            found.append(finding)
            if progress is not None:
                progress(finding)
    return ShownClaims(tuple(found), len(planned))
