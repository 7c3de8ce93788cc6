"""A diagnosis for users: one that shows itself in a terminal, a notebook, a file, and goes to other tools."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .errors import missing_extra
from .probe.governor import BUDGET
from .probe.records import Diagnosis

try:
    from torch import nn
    from torch.optim import Optimizer
except ImportError as error:
    raise missing_extra("torch", "looking into a model") from error

from .probe import diagnosing
from .probe.diagnosing import LossOf, Progress
from .probe.watching import Probe


class ShownDiagnosis(Diagnosis):
    """A Diagnosis that shows itself: `print` gives the table, a notebook the figures, `save` the report."""

    def __repr__(self) -> str:
        from .report.probe import verdicts
        from .report.words import counted

        return f"<diagnosis of {verdicts.head(self)}, {counted(self.recording.steps, 'step')} seen>"

    def __str__(self) -> str:
        from .report.probe.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from .report.probe.page import notebook

        return notebook(self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write report.html, diagnosis.json and the figures into `folder`; return the path of report.html.

        Raises ReportError if the folder cannot be written, or holds a diagnosis and `overwrite` is false.
        """
        from .report.probe.page import save

        return save(self, folder, overwrite=overwrite)

    def series(self) -> dict[str, list[tuple[int, float]]]:
        """Return every series as pairs of step and value, by names such as "place/encoder.3/relu/silent"."""
        from .report.probe.series import series

        return series(self)

    def scalars(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yield for each step a flat dict of all values.

        for step, values in diagnosis.scalars():
            wandb.log(values, step=step)        # or mlflow.log_metrics(values, step=step)
        """
        from .report.probe.series import scalars

        return scalars(self)

    def to_tensorboard(self, folder: str | Path) -> Path:
        """Write an event file with every series and the histograms into `folder`, and return it.

        Raises MissingExtraError without TensorBoard, ReportError where the folder cannot be written.
        """
        from .report.probe.exporting import to_tensorboard

        return to_tensorboard(self, folder)


def shown(diagnosis: Diagnosis) -> ShownDiagnosis:
    """Return the diagnosis as one that shows itself."""
    return ShownDiagnosis(diagnosis.recording, diagnosis.findings)


class ShownProbe(Probe):
    """A Probe whose diagnosis shows itself."""

    def diagnosis(self) -> ShownDiagnosis:
        """Return what is wrong as far as was seen; it may be asked at any time, and again later."""
        return shown(super().diagnosis())


def watch(model: nn.Module, *, budget: float | None = BUDGET) -> ShownProbe:
    """Return a probe that sees what happens inside `model` while it trains; the training loop stays as it is.

    Use it as a context, or call `.close()` at the end; `.diagnosis()` may be asked at any time. `budget` is the share
    of the time of a step that measuring may take, 0.02 for 2 %: gradients and weights are measured in rotation, and all
    of it less often where a step is short. None measures everything at every step. The parameters, the random state and
    the results are bit for bit those of a model that nobody watches. Raises ProbeError for what is no module, or is
    spread over devices by DataParallel.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with watch(model) as probe:
    ...     for step in range(20):
    ...         loss = torch.nn.functional.cross_entropy(model(torch.randn(8, 4)), torch.tensor([0, 1] * 4))
    ...         optimizer.zero_grad(); loss.backward(); optimizer.step()
    >>> probe.diagnosis().healthy
    True
    """
    return ShownProbe(model, budget)


def diagnose(
    model: nn.Module,
    loss_fn: LossOf | None,
    batches: Iterable[Any],
    optimizer: Optimizer | Callable[[Iterable[nn.Parameter]], Optimizer] | None = None,
    steps: int = 100,
    *,
    progress: Progress | None = None,
) -> ShownDiagnosis:
    """Return what is wrong with a model, after training a copy of it for `steps` steps; the model stays as it was.

    `batches` is anything that can be iterated over, and is begun again when it ends; a batch is `(inputs, targets)`,
    where inputs are a tensor, a tuple of positional or a dict of keyword arguments of the model, or a dict alone, as
    Hugging Face's models take it. `loss_fn(outputs, targets)` gives a scalar; None takes `outputs.loss`. The optimiser
    is rebuilt for the copy with its class, options and state; a function from parameters to one will do, and so will a
    class such as `torch.optim.Adam`, which then trains with PyTorch's default rate; without either Adam trains with a
    learning rate of 0.001. The random states of PyTorch, NumPy and Python are put back. `progress(step, steps)` is
    called after each step. Raises ProbeError, with the place and the remedy, if the model, the loss or the batches do
    not work.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Softmax(dim=1))
    >>> batch = torch.randn(64, 4), torch.tensor([0, 1] * 32)
    >>> [found.name for found in diagnose(model, torch.nn.CrossEntropyLoss(), [batch], steps=5).findings]
    ['softmax-twice']
    """
    return shown(diagnosing.diagnose(model, loss_fn, batches, optimizer, steps, progress=progress))


def check(model: nn.Module, loss_fn: LossOf | None, example_batch: Any) -> ShownDiagnosis:
    """Return what is wrong by the loss's graph alone, after one forward pass of a copy, without training.

    Seen are a softmax or sigmoid that the loss applies again, missing or repeated activations, outputs that cannot
    reach the targets, and parameters that no gradient reaches. The arguments and errors are those of `diagnose`.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Linear(64, 1))
    >>> check(model, torch.nn.MSELoss(), (torch.randn(8, 4), torch.randn(8, 1))).findings[0].name
    'missing-activation'
    """
    return shown(diagnosing.check(model, loss_fn, example_batch))
