"""A diagnosis for users: one that shows itself in a terminal, a notebook, a file, and goes to other tools."""

from collections.abc import Iterator
from pathlib import Path

from .probe.records import Diagnosis


class ShownDiagnosis(Diagnosis):
    """A Diagnosis that shows itself: `print` gives the table, a notebook the figures, `save` the report."""

    def __repr__(self) -> str:
        from .report.probe import words
        from .report.words import counted

        return f"<diagnosis of {words.head(self)}, {counted(self.recording.steps, 'step')} seen>"

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
