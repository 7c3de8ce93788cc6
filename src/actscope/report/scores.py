"""How scores are told: accuracies in percent and points, R² as the number that it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..lab.records import Comparison, Kind, TaskCard
from . import numerals


@dataclass(frozen=True, slots=True)
class Scores:
    """What the score and the loss of a kind of task are called, and how their numbers look."""

    kind: Kind
    name: str
    test: str
    train: str
    axis: str
    behind_axis: str
    loss_axis: str
    behind: str
    """The heading of a column that gives how far behind the best."""
    gap: str
    """What stands behind a difference of two scores, blank included."""
    compared: str
    """How a table's caption tells of differences."""
    least: float
    """No score is smaller."""
    format: str
    """Of numbers on an axis."""
    tooltip: str

    def told(self, score: float) -> str:
        """Return a score, a dash for nan."""
        return numerals.percent(score) if self.kind == "classification" else numerals.decimals(score)

    def apart(self, difference: float) -> str:
        """Return a difference of two scores without its unit, a dash for nan."""
        return numerals.points(difference) if self.kind == "classification" else numerals.decimals(difference)

    def test_axis(self, comparison: Comparison) -> str:
        """Return what the test score of a comparison is: of the last epoch, or of the weights that were kept."""
        kept = any(run.kept is not None for run in comparison.runs)
        unit = " (%)" if self.kind == "classification" else ""
        return f"{self.test} {'with the weights kept' if kept else 'after the last epoch'}{unit}"

    def behind_the_best(self, difference: float) -> str:
        """Return a difference of two scores with its unit, a dash for nan."""
        told = self.apart(difference)
        return told if told == numerals.MISSING else f"{told}{self.gap}"


SCORES: Mapping[Kind, Scores] = MappingProxyType(
    {
        "classification": Scores(
            kind="classification",
            name="accuracy",
            test="test accuracy",
            train="train accuracy",
            axis="accuracy (%)",
            behind_axis="behind the best, percentage points of test accuracy",
            loss_axis="loss (cross-entropy, nats)",
            behind="points behind the best",
            gap=" pp",
            compared="“Behind the best” compares run by run with the same seed, in percentage points (pp).",
            least=0.0,
            format=".1~%",
            tooltip=".2%",
        ),
        "regression": Scores(
            kind="regression",
            name="R²",
            test="test R²",
            train="train R²",
            axis="R²",
            behind_axis="behind the best, test R²",
            loss_axis="loss (mean squared error)",
            behind="R² behind the best",
            gap="",
            compared=(
                "R² is 1 for a perfect prediction and 0 for the mean of the targets, whose variance is 1 in the loss. "
                "“Behind the best” compares run by run with the same seed."
            ),
            least=-math.inf,
            format=".3~g",
            tooltip=".4f",
        ),
    }
)


def scores_of(task: TaskCard) -> Scores:
    """Return how the scores of a task are told.

    >>> scores_of(TaskCard("sine", "", 80, 20, 1, 0, None, "regression")).told(0.97123)
    '0.971'
    """
    return SCORES[task.kind]
