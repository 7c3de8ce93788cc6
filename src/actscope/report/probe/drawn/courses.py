"""What is drawn as a line: the loss over the steps, and a quantity through depth."""

import math
from typing import Literal

from ....probe.findings import thresholds as t
from ....probe.records import Diagnosis, Finding, Recording
from ....probe.rows.statistics import spread
from ...rows import Row
from .. import rows
from ..rows import digits

LOSS_DIGITS = 6
"""A loss that hardly falls would go up and down by its last digit."""
START = 0.2
"""The share of the run that counts as its start."""
Profile = Literal["gradient", "update", "largest", "spread"]
"""Largest is the update of the bin in which it was largest."""
BOUNDS: dict[str, tuple[float, ...]] = {
    "vanishing-gradient": (t.VANISHING,),
    "exploding-gradient": (t.EXPLODING,),
    "unsuited-initialisation": (t.WIDE,),
    "learning-rate-too-high": (t.LARGE_STEP, t.LARGE_LAYER_STEP),
    "learning-rate-too-low": (t.SMALL_STEP,),
}
"""Thresholds of findings that are a size of what their profile shows, and not a rate per layer or a ratio of ends."""


def losses(recording: Recording) -> list[Row]:
    """Return the mean, the lowest and the highest loss of each bin that has one."""
    return [
        {
            "step": int(end),
            "mean": digits(float(bin["loss_mean"]), LOSS_DIGITS),
            "low": digits(float(bin["loss_low"]), LOSS_DIGITS),
            "high": digits(float(bin["loss_high"]), LOSS_DIGITS),
        }
        for end, bin in zip(recording.bins, recording.course, strict=True)
        if bin["loss_count"] and math.isfinite(bin["loss_mean"])
    ]


def begins(diagnosis: Diagnosis) -> list[Row]:
    """Return from which steps on something was found, with the numbers of the findings."""
    steps: dict[int, list[str]] = {}
    for number, finding in enumerate(rows.told(diagnosis), 1):
        if finding.since is not None and finding.since > 1:
            steps.setdefault(finding.since, []).append(str(number))
    return [{"step": step, "told": ", ".join(numbers)} for step, numbers in sorted(steps.items())]


def profile(diagnosis: Diagnosis, quantity: Profile) -> list[Row]:
    """Return a quantity at each place in the order in which they act, where it is above 0.

    The spread is that of the first fifth of the run, where the initialisation shows, the largest update that of the
    whole run; the others are at the end.
    """
    recording = diagnosis.recording
    start, found = recording.span(0.0, START), []
    for line in sorted(rows.lines(diagnosis), key=lambda line: line.history.place.order):
        if quantity == "spread":
            value = float(spread(line.history.pooled(start if start.stop else slice(0, 1))))
        elif quantity == "largest":
            value = max(rows.update(line.weight.bins).tolist(), key=_or_nothing) if line.weight else math.nan
        else:
            value = getattr(line, quantity)
        if math.isfinite(value) and value > 0:
            found.append({"order": line.history.place.order, "place": line.name, "value": digits(value)})
    return found


def bound(finding: Finding) -> float | None:
    """Return the threshold of a finding where its profile can show it.

    >>> bound(Finding("unsuited-initialisation", "3", 9.0, 5.0, "", ())), bound(
    ...     Finding("unsuited-initialisation", "3", 90.0, 50.0, "", ())
    ... )
    (5.0, None)
    """
    return finding.threshold if finding.threshold in BOUNDS.get(finding.name, ()) else None


def _or_nothing(value: float) -> float:
    return value if math.isfinite(value) else -math.inf
