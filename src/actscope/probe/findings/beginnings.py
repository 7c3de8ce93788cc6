"""Rules on how a model begins: its inputs, and the signal through its layers before anything is learned."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from ..records import Finding, PlaceHistory, Weight
from ..rows import statistics
from ..rows.statistics import spread
from . import advice
from .reading import Reading, saturates, upper_end
from .stuck import plateau
from .thresholds import (
    CHAIN,
    FALLS,
    FEWEST_SAMPLES,
    FIRST_STEPS,
    LARGE_INPUTS,
    OFF_CENTRE,
    SPREAD_CHANGE,
    TINY_INPUTS,
    WIDE,
)


def unscaled_inputs(seen: Reading) -> Iterator[Finding]:
    """Yield inputs too large, too small or off centre.

    Only a hint where a normalisation stands right behind, unless the loss stays all the same: the features that came in
    on one scale may lie on quite another.
    """
    row = statistics.pooled(seen.recording.course[seen.early])
    if row["input_count"] < FEWEST_SAMPLES:
        return
    mean, sd = float(row["input_mean"]), float(spread(row, "input_"))
    low, high = float(row["input_low"]), float(row["input_high"])
    rms, largest = math.hypot(mean, sd), max(abs(low), abs(high))
    constant = sd <= 1e-6 * abs(mean)
    at = f"The inputs have mean {advice.number(mean)} and standard deviation {advice.number(sd)}"
    if rms > LARGE_INPUTS:
        measured, threshold, said = (
            rms,
            LARGE_INPUTS,
            f"{at}, and reach from {advice.number(low)} to {advice.number(high)}",
        )
    elif 0 < largest < TINY_INPUTS and not constant:
        measured, threshold, said = largest, TINY_INPUTS, f"No input is larger than {advice.number(largest)}"
    elif abs(mean) > OFF_CENTRE * sd and not constant:
        measured, threshold = abs(mean) / sd, OFF_CENTRE
        said = f"{at}: the mean is {advice.number(measured)} standard deviations from 0"
    else:
        return
    weight: Weight = "finding"
    first = seen.hidden[0] if seen.hidden else None
    if first is not None and _normalised(first, seen):
        stays = next(plateau(seen), None) is not None
        weight = "finding" if stays else "hint"
        said = f"{said}; what arrives at `{first.place.name}` is of ordinary size all the same"
        said += ", and yet the loss stays where it began" if stays else ""
    elif first is not None:
        arrives = float(spread(first.pooled(seen.until(1))))
        said = f"{said}; what arrives at `{first.place.name}` has a spread of {advice.number(arrives)}"
    yield Finding(
        "unscaled-inputs",
        "",
        measured,
        threshold,
        f"{said}.",
        advice.SCALED_INPUTS,
        weight=weight,
        since=1,
    )


def _normalised(first: PlaceHistory, seen: Reading) -> bool:
    """Return whether what arrives at the first place has the spread and centre of a normalised signal."""
    row = first.pooled(seen.until(1))
    return 0.5 <= float(spread(row)) <= 2.0 and abs(float(row["mean"])) <= 0.5


def unsuited_initialisation(seen: Reading) -> Iterator[Finding]:
    """Yield a signal that grows or shrinks through the layers, or is too wide for functions that saturate."""
    start = seen.until(1)
    first = int(seen.recording.bins[0])
    if first > FIRST_STEPS:
        return
    at = "At the first step" if first == 1 else f"In the first {first} steps"
    spreads = [(one, float(spread(one.pooled(start)))) for one in seen.hidden if one.pooled(start)["count"] > 1]
    if not spreads:
        return
    tell = partial(Finding, "unsuited-initialisation", since=1)
    wide = [(one, s) for one, s in spreads if saturates(one) and s > WIDE]
    if wide:
        worst, s = max(wide, key=lambda pair: pair[1])
        yield tell(
            worst.place.name,
            s,
            WIDE,
            f"{at} what arrives at `{worst.place.name}` has a spread of {advice.number(s)}, and "
            f"{worst.place.function} is flat beyond {advice.number(upper_end(worst))}.",
            ("Draw the weights by the gain of the function:", *advice.initialisation(worst.place.function)),
            also=tuple(one.place.name for one, _ in wide if one is not worst),
        )
        return
    sizes = np.array([s for _, s in spreads])
    if len(sizes) >= 2 and not sizes.any():
        yield tell(
            spreads[0][0].place.name,
            0.0,
            0.0,
            f"{at} every unit of all {len(sizes)} places gets the same number, whatever the input: "
            "weights that are all 0 stay alike.",
            ("Draw the weights at random:", *advice.initialisation(spreads[0][0].place.function)),
            also=tuple(one.place.name for one, _ in spreads[1:]),
        )
        return
    if len(sizes) < CHAIN or not (sizes > 0).all():
        return
    depth = np.arange(len(sizes))
    rate = float(np.exp(np.polyfit(depth, np.log(sizes), 1)[0]))
    change = float(sizes[-1] / sizes[0])
    fitted = rate ** (len(sizes) - 1)
    grows = min(change, fitted) > SPREAD_CHANGE
    if not grows and not max(change, fitted) < 1 / SPREAD_CHANGE:
        return
    worst = spreads[-1][0]
    ends = [float(spread(one.pooled(seen.late))) for one in (spreads[0][0], worst)]
    mended = seen.fall > FALLS and ends[0] / SPREAD_CHANGE <= ends[1] <= ends[0] * SPREAD_CHANGE
    ending = f" Training has mended it: from {advice.number(ends[0])} to {advice.number(ends[1])} in the end."
    way = f"grows {advice.number(rate)} times" if grows else f"falls to {advice.number(rate)} of itself"
    told = f"from {advice.number(sizes[0])} to {advice.number(sizes[-1])}.{ending if mended else ''}"
    yield tell(
        worst.place.name,
        change,
        SPREAD_CHANGE if grows else 1 / SPREAD_CHANGE,
        f"{at} the spread {way} per layer over {len(sizes)} layers, {told}",
        ("Draw the weights by the gain of the function:", *advice.initialisation(worst.place.function)),
        weight="hint" if mended else "finding",
    )
