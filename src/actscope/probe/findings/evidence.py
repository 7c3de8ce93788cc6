"""Which findings a recording had enough evidence for: only of those does silence say something."""

import math

import numpy as np

from ..records import Recording
from ..rows.statistics import pooled
from .definitions import DEFINITIONS
from .reading import Reading, rectifies, saturates
from .signals import enough
from .thresholds import FEWEST_SAMPLES, FEWEST_STEPS, FEWEST_UNITS, FIRST_STEPS, OFTEN, PLATEAU_STEPS

STATIC = (
    "wrong-sign",
    "missing-activation",
    "repeated-activation",
    "softmax-twice",
    "sigmoid-twice",
    "logits-as-probabilities",
    "softmax-over-batch",
    "wrong-output-activation",
    "unreachable-targets",
    "broadcast-loss",
    "no-slope",
    "unreached-parameters",
)
"""Those that the graph of one loss tells."""


def judged(recording: Recording) -> tuple[str, ...]:
    """Return the names of the findings that were looked for with enough evidence, in the order of the definitions.

    >>> from actscope.probe.rows.statistics import COURSE, blank
    >>> checked = Recording("Net", 1, np.ones(1, np.int64), (), (), blank(COURSE, 1), graph="read")
    >>> judged(checked)[0], "plateau" in judged(checked)
    ('wrong-sign', False)
    """
    if not recording.steps or recording.broken:
        return ()
    found = set(STATIC) if recording.graph == "read" else set()
    if recording.differentiated:
        found |= _of_training(Reading(recording))
    return tuple(name for name in DEFINITIONS if name in found)


def rates_judged(recording: Recording) -> bool:
    """Return whether enough of the optimiser's steps were measured to speak of its rate."""
    return "learning-rate-too-high" in judged(recording)


def _of_training(seen: Reading) -> set[str]:
    recording = seen.recording
    found = {"non-finite"}
    inputs = int(pooled(recording.course[seen.early])["input_count"])
    if inputs >= FEWEST_SAMPLES:
        found.add("unscaled-inputs")
    if recording.bins[0] <= FIRST_STEPS and any(one.pooled(seen.until(1))["count"] > 1 for one in seen.hidden):
        found.add("unsuited-initialisation")
    large = [one for one in seen.hidden if one.place.units >= FEWEST_UNITS and enough(seen, one)]
    if any(rectifies(one) for one in large):
        found |= {"dead-units", "one-sided-units"}
    if any(saturates(one) for one in large):
        found.add("saturation")
    if len(seen.lengths(seen.early)) > 1:
        found |= {"vanishing-gradient", "exploding-gradient"}
    if recording.steps < FEWEST_STEPS or not _followed(seen):
        return found
    found.add("kept-gradients")
    found |= {"learning-rate-too-high", "learning-rate-too-low"}
    if inputs and any(one.bins["rows"].any() for one in seen.trained):
        found.add("zigzag")
    if recording.steps >= PLATEAU_STEPS and pooled(recording.course[seen.early])["target_count"] > 1:
        found.add("unscaled-targets")
    lost = np.count_nonzero(recording.course["loss_count"])
    if recording.steps >= PLATEAU_STEPS and lost >= FIRST_STEPS and not recording.by_turns:
        found.add("plateau")
    return found


def _followed(seen: Reading) -> bool:
    """Return whether steps of most weights were measured several times."""
    sizes = {one.name: math.prod(one.shape) for one in seen.recording.parameters if one.trained}
    often = [one.name for one in seen.trained if one.bins["visits"].sum() >= OFTEN]
    return 2 * sum(sizes[name] for name in often) > sum(sizes.values())
