"""The reasons as they are told: those that come to the same in one entry, so that the others are found."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..lab.explaining import WIDE_GAP
from ..lab.records import Comparison, Condition, Estimate, Reason, Standing
from ..lab.wording import ENOUGH_SEEDS
from . import numerals, rows, words
from .scores import Scores, scores_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A reason to tell, of one activation or of several."""

    activations: tuple[str, ...]
    cause: str
    text: str
    """A whole sentence where it is of several; else what follows the name."""
    reason: Reason | None
    """None if several are told in one."""

    @property
    def line(self) -> str:
        """The entry in a line of its own, with the name that it speaks of."""
        return self.text if self.reason is None else words.reason(self.reason.activation, self.text)


def entries(comparison: Comparison, condition: Condition) -> tuple[Entry, ...]:
    """Return what to tell of one condition: its reasons, small differences that cannot be shown joined in the first."""
    here = [reason for reason in comparison.reasons if reason.condition == condition]
    placed = {s.activation: s for s in comparison.standings if s.condition == condition}
    small = [reason for reason in here if _is_small(reason, placed.get(reason.activation))]
    scores = scores_of(comparison.task)
    rest = [Entry((r.activation,), r.cause, words.fine(r.sentence), r) for r in here if r not in small]
    if not small:
        return tuple(rest)
    told = [_near(r, placed.get(r.activation), scores) for r in small]
    seeds = max((s.test_score.seeds for s in placed.values()), default=1)
    return (
        Entry(tuple(r.activation for r in small), small[0].cause, words.no_difference(seeds, told), None),
        *rest,
    )


def told(comparison: Comparison) -> Iterator[tuple[Condition, tuple[Entry, ...]]]:
    """Yield each condition that is shown and has something to tell, and what."""
    for condition in rows.shown(comparison):
        if found := entries(comparison, condition):
            yield condition, found


def _is_small(reason: Reason, standing: Standing | None) -> bool:
    return reason.cause == "no difference" and _behind(reason, standing).mean < WIDE_GAP


def _behind(reason: Reason, standing: Standing | None) -> Estimate:
    """Return how far behind the best: by the numbers of the sentence, or the standing's where it has none."""
    record = standing.behind if standing and standing.behind else Estimate(math.nan, math.nan, math.nan, 0)
    measured = reason.measured
    return Estimate(
        measured.get("behind", record.mean),
        measured.get("low", record.low),
        measured.get("high", record.high),
        record.seeds,
    )


def _near(reason: Reason, standing: Standing | None, scores: Scores) -> str:
    """Return an activation with how far behind it is, and how sure that is."""
    behind, counted = _behind(reason, standing), scores.kind == "classification"
    sure = ""
    if "counting_error" in reason.measured:
        sure = words.counting_error(scores.apart(reason.measured["counting_error"]))
    elif ends := numerals.bounds(behind, scores.apart, -1.0 if counted else -math.inf, 1.0 if counted else math.inf):
        sure = words.interval(*ends)
        if "corrected_p" in reason.measured and behind.seeds >= ENOUGH_SEEDS:
            sure = words.corrected(sure, numerals.p_value(reason.measured["corrected_p"]))
    return words.near(reason.activation, scores.apart(behind.mean), sure, " points" if counted else "")
