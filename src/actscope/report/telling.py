"""A comparison as the tables and lists of a page: what stands in each cell, already in the reader's form."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..lab.records import Comparison, Condition, Difference, Estimate, Inside, Kind, Reached, Reason, Standing
from . import captions, grouping, numerals, rendering, rows, words
from .scores import Scores, scores_of

INTERVALS = ("test_score", "train_score", "test_loss", "behind")


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as a table shows it."""

    mean: str
    interval: str = ""
    """What stands below it, mostly its interval."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table."""

    name: str
    swatch: int
    """Which colour of the figures is this activation's."""
    best: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table for each condition that is shown, with the same columns."""

    columns: tuple[str, ...]
    parts: tuple[tuple[Condition, tuple[Line, ...]], ...]
    caption: str

    @property
    def stacked(self) -> bool:
        """Whether something stands below some number."""
        return any(cell.interval for _, lines in self.parts for line in lines for cell in line.cells)


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its numbers as the report tells it, or what several activations have in common."""

    names: tuple[tuple[str, int], ...]
    """Of whom it speaks, with the colours."""
    cause: str
    sentence: str
    measured: tuple[tuple[str, str], ...]


def results(comparison: Comparison) -> Table:
    """Return the table of scores, losses and times."""
    scores = scores_of(comparison.task)
    rates = rows.chosen_rates(comparison)
    named = (words.RATE,) if rates else ()
    columns = (scores.test, *named, scores.train, words.TEST_LOSS, words.BEHIND, words.EPOCHS_TO)

    def line(standing: Standing) -> tuple[Cell, ...]:
        score, *rest = cells(standing, scores)
        return score, *((Cell(rate(standing, rates)),) if rates else ()), *rest

    return _table(comparison, (*columns, words.STEP, words.SECONDS), line, caption(comparison))


def rate(standing: Standing, rates: Mapping[tuple[Condition, str], float]) -> str:
    """Return the learning rate that was chosen for a standing's activation, a dash where none was."""
    chosen = rates.get((standing.condition, standing.activation))
    return numerals.MISSING if chosen is None else f"{chosen:g}"


def sure(comparison: Comparison) -> Table | None:
    """Return the table of how sure the differences are; None where there is nothing to compare over seeds."""
    tested = [s.difference for s in comparison.standings if s.difference and s.behind and s.behind.seeds > 1]
    if not tested:
        return None
    scores = scores_of(comparison.task)
    columns = (words.BEHIND, words.EFFECT, words.P, words.AHEAD, words.NEEDED, words.RANK)
    told = captions.sure(max(difference.pairs for difference in tested), scores.kind == "classification")
    return _table(comparison, columns, lambda standing: _sure(standing, scores), told)


def inside(comparison: Comparison) -> Table:
    """Return the table of what happened inside the networks, beside the outcome and what is named as its cause."""
    scores = scores_of(comparison.task)
    causes = {(reason.condition, reason.activation): reason.cause for reason in comparison.reasons}
    columns = (*(scores.test, words.CAUSE, words.RATIO, words.SILENT, words.SATURATED, words.OFF_CENTRE, words.UPDATE),)

    def line(standing: Standing) -> tuple[Cell, ...]:
        cause = words.BEST if standing.behind is None else causes.get((standing.condition, standing.activation), "")
        return Cell(scores.told(standing.test_score.mean)), Cell(cause), *_inside(standing.inside)

    return _table(comparison, columns, line, captions.INSIDE)


def caption(comparison: Comparison) -> str:
    """Return what must be known to read the table of results."""
    scores = scores_of(comparison.task)
    diverged = any(math.isnan(standing.test_loss.mean) for standing in comparison.standings)
    cut = rows.cut_at(comparison, *INTERVALS)
    return captions.table(several(comparison), diverged, scores.compared, cut, _epochs(comparison, scores))


def several(comparison: Comparison) -> bool:
    """Return whether there are means over several seeds."""
    return max((standing.test_score.seeds for standing in comparison.standings), default=0) > 1


def cells(standing: Standing, scores: Scores) -> tuple[Cell, ...]:
    """Return the numbers of a row of the results in the order of the columns."""
    return (
        _cell(standing.test_score, scores.told, scores.least, 1.0),
        _cell(standing.train_score, scores.told, scores.least, 1.0),
        _cell(standing.test_loss, numerals.loss, 0.0, math.inf),
        _behind(standing, scores),
        _reached(standing.reached),
        Cell(numerals.duration(standing.step_seconds)),
        Cell(numerals.seconds(standing.seconds)),
    )


def reasons(comparison: Comparison, condition: Condition) -> Iterator[Why]:
    """Yield why the activations of one condition did not win."""
    for entry in grouping.entries(comparison, condition):
        yield Why(
            tuple((name, swatch(comparison, name)) for name in entry.activations),
            entry.cause,
            words.sentence(entry.text),
            measured(entry.reason, comparison.task.kind) if entry.reason else (),
        )


def causes(comparison: Comparison) -> list[tuple[str, int, str]]:
    """Return each activation, its colour, and in how many conditions it is behind for which cause."""
    found = []
    for name in comparison.activations:
        counts = Counter(reason.cause for reason in comparison.reasons if reason.activation == name)
        if counts:
            found.append((name, swatch(comparison, name), words.causes_line(counts.most_common())))
    return found


def measured(reason: Reason, kind: Kind) -> tuple[tuple[str, str], ...]:
    """Return the numbers behind a reason, each with what it is; differences of accuracies are told in points."""
    points = {name: kind == "classification" and name in words.GAPS for name in reason.measured}
    return tuple(
        (words.quantity(name, points[name]), numerals.number(100 * value if points[name] else value))
        for name, value in reason.measured.items()
    )


def swatch(comparison: Comparison, name: str) -> int:
    """Return the index of an activation's colour, the same as in the figures."""
    return comparison.activations.index(name) % len(rendering.LIGHT["category"])


def _table(
    comparison: Comparison, columns: Sequence[str], told: Callable[[Standing], tuple[Cell, ...]], caption: str
) -> Table:
    parts = []
    for condition in rows.shown(comparison):
        here = [standing for standing in comparison.standings if standing.condition == condition]
        lines = tuple(Line(s.activation, swatch(comparison, s.activation), s.behind is None, told(s)) for s in here)
        if lines:
            parts.append((condition, lines))
    return Table(tuple(columns), tuple(parts), caption)


def _cell(estimate: Estimate, told: Callable[[float], str], least: float, most: float) -> Cell:
    """Return a mean with its interval, cut at what is possible and left out where it is nan."""
    ends = numerals.bounds(estimate, told, least, most)
    return Cell(told(estimate.mean), words.interval(*ends) if ends else "")


def _behind(standing: Standing, scores: Scores) -> Cell:
    if standing.behind is None:
        return Cell(words.BEST)
    most = 1.0 if scores.kind == "classification" else math.inf
    interval = _cell(standing.behind, scores.apart, -most, most).interval
    return Cell(scores.behind_the_best(standing.behind.mean), interval)


def _reached(reached: Reached | None) -> Cell:
    if reached is None or reached.epochs is None:
        return Cell(numerals.MISSING, words.reached_by(0, reached.seeds) if reached else "")
    epochs = reached.epochs
    if epochs.seeds < reached.seeds:
        return Cell(numerals.tenths(epochs.mean), words.reached_by(epochs.seeds, reached.seeds))
    return _cell(epochs, numerals.tenths, 0.0, math.inf)


def _sure(standing: Standing, scores: Scores) -> tuple[Cell, ...]:
    difference = standing.difference
    behind, rank = _behind(standing, scores), Cell(numerals.tenths(standing.rank))
    if difference is None:
        return behind, *(Cell("") for _ in range(4)), rank
    won = difference.ahead * (standing.behind.seeds if standing.behind else 0)
    return (
        behind,
        _effect(difference),
        Cell(numerals.p_value(difference.corrected), words.SHOWN if difference.shown else ""),
        Cell(words.won(numerals.number(won), standing.behind.seeds if standing.behind else 0)),
        Cell(f"{difference.needed:,}" if difference.needed else numerals.MISSING),
        rank,
    )


def _effect(difference: Difference) -> Cell:
    effect = Estimate(difference.effect, difference.effect_low, difference.effect_high, 0)
    return _cell(effect, numerals.hundredths, -math.inf, math.inf)


def _inside(found: Inside | None) -> tuple[Cell, ...]:
    if found is None:
        return tuple(Cell(numerals.MISSING) for _ in range(5))
    return (
        Cell(numerals.ratio(found.gradient_ratio)),
        Cell(numerals.percent(found.silent)),
        Cell(numerals.percent(found.saturated)),
        Cell(numerals.percent(found.off_centre)),
        Cell(numerals.ratio(found.update)),
    )


def _epochs(comparison: Comparison, scores: Scores) -> str:
    """Return what epochs are counted to; "" if no condition has a threshold."""
    thresholds = {s.reached.threshold for s in comparison.standings if s.reached}
    if not thresholds:
        return ""
    (one, *others) = thresholds
    return captions.epochs(scores.name, "" if others else scores.told(one), comparison.threshold is not None)
