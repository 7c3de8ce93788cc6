"""The rule on the targets of a regression: their size beside that of what the network gives."""

import math
from collections.abc import Iterator

from ..records import Finding
from ..rows import statistics
from ..rows.statistics import spread
from . import advice
from .reading import Reading
from .thresholds import LARGE_TARGETS, LEARNT, PLATEAU_STEPS, TINY_TARGETS

_BEGINNING = 5
"""Steps over which a loss is large targets' alone: batches differ, and the first may be far off."""


def unscaled_targets(seen: Reading) -> Iterator[Finding]:
    """Yield targets far larger or smaller than the outputs, where the loss does not reach that of their mean.

    That loss is counted from the first one seen, by what the mean of the targets makes of the first batches' errors.
    """
    course = seen.recording.course
    row = statistics.pooled(course[seen.early])
    count, known = int(row["target_count"]), course["loss_count"] > 0
    diverged = seen.recording.first_bad is not None
    if count < 2 or not known.any() or not (diverged or seen.recording.steps >= PLATEAU_STEPS):
        return
    mean, sd = float(row["target_mean"]), float(spread(row, "target_"))
    size, outputs = math.hypot(mean, sd), math.sqrt(row["target_outputs"] / count)
    large = size > LARGE_TARGETS * max(outputs, 1.0)
    tiny = 0 < size < TINY_TARGETS * min(outputs, 1.0)
    if not (large or tiny) or not row["target_errors"] > 0:
        return
    losses = course["loss_mean"][known]
    begun = float(losses[: seen.until(_BEGINNING).stop].mean() if large else course["loss_high"][known][0])
    ends = float(losses[-max(1, len(losses) // 4) :].mean())
    constant = begun * float(row["target_constant"] / row["target_errors"])
    if ends < LEARNT * constant and not diverged:
        return
    after = (
        f"and before the first number that was not finite the loss was {advice.number(float(losses[-1]))}"
        if diverged
        else f"and after {seen.recording.steps} steps the loss is {advice.number(ends)}"
    )
    yield Finding(
        "unscaled-targets",
        "",
        size / max(outputs, 1.0) if large else size / min(outputs, 1.0),
        LARGE_TARGETS if large else TINY_TARGETS,
        f"The targets have mean {advice.number(mean)} and standard deviation {advice.number(sd)}, the outputs began "
        f"with a size of {advice.number(outputs)}, {after}: the mean of the targets as the answer to everything would "
        f"have one of about {advice.number(constant)}.",
        advice.SCALED_TARGETS,
        since=1,
    )
