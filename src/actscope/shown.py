"""What the lab finds, for users: records that show themselves in a terminal, a notebook, a file."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import fields
from pathlib import Path
from typing import Literal

from .catalogue import Activation
from .errors import UnknownClaimError
from .lab.claims import Finding, Findings
from .lab.flow.records import Flow
from .lab.planning import MOST_CELLS, Several
from .lab.records import Comparison, Experiment, Failure, Init, Kind, Progress, Run, Tuning


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
    task: object,
    activations: Sequence[str | Activation] = ("sigmoid", "tanh", "relu", "gelu"),
    *,
    target: str | None = None,
    kind: Kind | None = None,
    size: object = None,
    samples: Several[int] | None = None,
    noise: Several[float] | None = None,
    model: Several[str] = "mlp",
    depth: Several[int] = 12,
    width: Several[int] = 64,
    init: Several[str] = "auto",
    seeds: int = 3,
    epochs: Several[int] = 30,
    optimizer: Several[str] = "adam",
    lr: Several[float] | Literal["auto"] | None = None,
    schedule: Several[str] = "constant",
    patience: Several[int | None] = None,
    batch_size: Several[int] = 64,
    threshold: float | None = None,
    most_cells: int = MOST_CELLS,
    store: str | Path | None = "auto",
    retry: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    scheduler_timeout: float = 5.0,
    progress: Progress | None = None,
) -> ShownComparison:
    """Return how the activations compare on a task: trained on the same seeds, data and batches, measured, explained.

    `activations` are names or callables such as `act.gelu`. Options marked with * may be lists: each value is tried
    with each of the others'.

    | option | default | what it is |
    |---|---|---|
    | task | | a name such as "xor", "curve:FORMULA", "sklearn:NAME", a path, a pair of arrays (X, y) or a frame |
    | target, kind, size | | of one's own data: the column to predict, "classification" or "regression", images' size |
    | samples *, noise * | the task's | size of the data, train and test together; spread of the noise |
    | model * | "mlp" | also "residual", "conv", "transformer", or "module:factory" of one's own |
    | depth *, width * | 12, 64 | hidden layers, and units in each |
    | init * | "auto" | weights at the start; also "he", "xavier", "lecun", "default" |
    | seeds | 3 | repetitions, each with its own data split, weights and batches |
    | epochs *, batch_size * | 30, 64 | passes over the training data; samples per step |
    | optimizer * | "adam" | also "sgd", "momentum" |
    | lr * | the optimizer's | learning rate, 0.003 adam, 0.1 sgd, 0.01 momentum; "auto" tunes it for each activation |
    | schedule * | "constant" | the learning rate over the epochs; also "cosine", "linear" |
    | patience * | None | epochs without a smaller validation loss before training stops |
    | threshold | None | test score whose first epoch is told; else 95 % of the way from chance to the best |
    | most_cells | 10,000 | networks that are trained without asking whether so many are meant |
    | store | "auto" | the file of results; "auto" is the user's own, None keeps nothing |
    | retry | False | whether to try again what failed before |
    | workers | None | processes of this machine to train in |
    | scheduler, scheduler_timeout | None, 5.0 | the address of a Dask cluster; seconds that it has to answer |
    | progress | a bar | called as `progress(experiment, epoch)` after each epoch, where this process trains |

    What the store has is not trained again, and the notes of the comparison say so. An interruption loses what was in
    training: the same call goes on from there. With `workers` or `scheduler` a script needs no guard around the call.

    Raises SettingError and what belongs to data and names before any training, StoreError, SweepBusyError if another
    process is at work on the same sweep, and EngineError if a scheduler does not answer.

    >>> comparison = compare("xor", ["identity", "relu"], depth=2, seeds=2, epochs=5)
    >>> [standing.activation for standing in comparison.standings]
    ['relu', 'identity']
    """
    from .lab import planning, sweep, tasks, tuning
    from .lab.comparison import checked_threshold
    from .lab.concluding import concluded, from_store
    from .lab.engines.choosing import engine_of
    from .lab.store import path_of

    experiments = planning.plan(
        task,
        activations,
        target=target,
        kind=kind,
        size=size,
        samples=samples,
        noise=noise,
        model=model,
        depth=depth,
        width=width,
        init=init,
        seeds=seeds,
        epochs=epochs,
        optimizer=optimizer,
        lr=None if isinstance(lr, str) and lr == "auto" else lr,
        schedule=schedule,
        patience=patience,
        batch_size=batch_size,
        most_cells=most_cells,
    )
    checked_threshold(threshold, tasks.task_of(experiments[0]).kind)
    engine, place = engine_of(workers, scheduler, scheduler_timeout), path_of(store)
    remarks: list[str] = []

    def swept(cells: Sequence[Experiment], tuned: Sequence[Tuning] = ()) -> list[Run | Failure]:
        """Return what became of the cells, with a bar on a terminal."""
        remarks.clear()
        outcomes = []
        with ExitStack() as shown:
            heard = None
            if progress is None and sys.stderr.isatty():
                from rich.console import Console

                from . import report

                heard = shown.enter_context(report.watched(cells, Console(stderr=True)))

            def begun(found: sweep.Begun) -> None:
                if found.recorded:
                    remarks.append(from_store(found.recorded, found.cells, found.store))
                if heard is not None:
                    heard.begun(found)

            epochs = heard.epoch if heard else progress
            found = sweep.run(cells, place, engine, epochs, begun, retry=retry, tuned=tuned, threshold=threshold)
            for outcome in shown.enter_context(closing(found)):
                outcomes.append(outcome)
                if heard is not None:
                    heard.outcome(outcome)
        return outcomes

    rates: tuple[Tuning, ...] = ()
    if isinstance(lr, str) and lr == "auto":
        tried = swept(tuning.trials(experiments, most_cells))
        experiments, rates = tuning.tuned(experiments, [one for one in tried if isinstance(one, Run)])
    found = concluded(experiments, swept(experiments, rates), remarks=remarks, threshold=threshold, tuned=rates)
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
