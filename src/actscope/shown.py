"""What the lab finds, for users: records that show themselves in a terminal, a notebook, a file."""

import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Literal

from .catalogue import Activation
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
