"""Rules on what arrives at the activations: inputs, spreads through the layers, silent, one-sided and flat units."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from .. import statistics
from ..records import Finding, PlaceHistory, Weight
from ..statistics import ABOVE, BELOW, ratio, spread
from . import advice
from .reading import Reading, beyond
from .thresholds import (
    CHAIN,
    FEWEST_SAMPLES,
    FEWEST_UNITS,
    FLAT,
    LARGE_INPUTS,
    OFF_CENTRE,
    ONE_SIDED,
    SILENT,
    SPREAD_CHANGE,
    TINY_INPUTS,
    WIDE,
)


def unscaled_inputs(seen: Reading) -> Iterator[Finding]:
    """Yield inputs too large, too small or off centre; only a hint where a normalisation stands right behind."""
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
        weight, said = "hint", f"{said}; what arrives at `{first.place.name}` is of ordinary size all the same"
    elif first is not None:
        arrives = float(spread(first.pooled(seen.until(1))))
        said = f"{said}; what arrives at `{first.place.name}` has a spread of {advice.number(arrives)}"
    yield Finding(
        "unscaled-inputs",
        "",
        measured,
        threshold,
        f"{said}.",
        (
            "Give each feature mean 0 and spread 1, by the training data:",
            "    inputs = (inputs - train.mean(0)) / train.std(0).clamp_min(1e-8)",
        ),
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
    if int(seen.recording.bins[0]) > 4:
        return
    spreads = [(one, float(spread(one.pooled(start)))) for one in seen.hidden if one.pooled(start)["count"] > 1]
    if not spreads:
        return
    tell = partial(Finding, "unsuited-initialisation", since=1)
    wide = [(one, s) for one, s in spreads if _saturates(one) and s > WIDE]
    if wide:
        worst, s = max(wide, key=lambda pair: pair[1])
        yield tell(
            worst.place.name,
            s,
            WIDE,
            f"At the first step what arrives at `{worst.place.name}` has a spread of {advice.number(s)}, and "
            f"{worst.place.function} is flat beyond {advice.number(_upper_end(worst))}.",
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
            f"At the first step every unit of all {len(sizes)} places gets the same number, whatever the input: "
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
    yield tell(
        worst.place.name,
        change,
        SPREAD_CHANGE if grows else 1 / SPREAD_CHANGE,
        f"At the first step the spread {'grows' if grows else 'shrinks'} by a factor of {advice.number(rate)} per "
        f"layer over {len(sizes)} layers, from {advice.number(sizes[0])} to {advice.number(sizes[-1])}.",
        ("Draw the weights by the gain of the function:", *advice.initialisation(worst.place.function)),
    )


def _saturates(one: PlaceHistory) -> bool:
    """Return whether the function is flat towards both ends, and not only because it cuts off at 0."""
    return -math.inf < _lower_end(one) <= -0.5 and 0.5 <= _upper_end(one) < math.inf


def _rectifies(one: PlaceHistory) -> bool:
    """Return whether the function is flat towards one end, or cuts off at 0, as relu6 does."""
    known = bool(one.place.fires) and (_lower_end(one) > -math.inf or _upper_end(one) < math.inf)
    return known and not _saturates(one)


def _lower_end(one: PlaceHistory) -> float:
    return one.place.fires[0][0] if one.place.fires else -math.inf


def _upper_end(one: PlaceHistory) -> float:
    return one.place.fires[-1][1] if one.place.fires else math.inf


def _samples(one: PlaceHistory, window: slice) -> float:
    return float(one.bins["elements"][window].sum()) / max(one.place.units, 1)


def dead_units(seen: Reading) -> Iterator[Finding]:
    """Yield the places where most units had no slope on any sample of the last part of the run."""
    found = []
    for one in seen.hidden:
        units = one.place.units
        if units < FEWEST_UNITS or not _rectifies(one) or _samples(one, seen.late) < FEWEST_SAMPLES:
            continue
        silent = one.silent(seen.late)
        if silent >= least_silent(units):
            found.append((silent, one))
    if not found:
        return
    silent, worst = max(found, key=lambda pair: pair[0])
    units = worst.place.units
    by_bin = statistics.silent(worst.shown[:, None, :].swapaxes(0, 1)).mean(-1) if len(worst.shown) else np.zeros(0)
    since = seen.step_of((by_bin >= least_silent(units)) & (worst.bins["elements"] > 0))
    samples = round(_samples(worst, seen.late))
    begun = since is not None and since <= 2
    yield Finding(
        "dead-units",
        worst.place.name,
        silent,
        least_silent(units),
        f"{advice.share(round(silent * units), units)} had a slope below {advice.number(seen.recording.eps)} on all "
        f"{samples} samples each of steps {seen.first_step(seen.late)} to {seen.recording.steps}: nothing reaches "
        f"their weights. {'It was so from the start.' if begun else ''}".strip(),
        (
            "Give units a slope everywhere" + (", and begin with biases of 0:" if begun else ", or lower the rate:"),
            *advice.replacement(worst.place),
            *(
                (f"    torch.nn.init.zeros_({advice.access(worst.place.layer)}.bias)",)
                if begun and worst.place.layer
                else (advice.optimizer(seen.recording.optimizer, 0.1),)
            ),
        ),
        also=tuple(one.place.name for _, one in found if one is not worst),
        since=since,
    )


def least_silent(units: int) -> float:
    """Return the share of silent units that is too many: in a small layer half of them may be so by chance.

    >>> [round(least_silent(units), 2) for units in (8, 32, 512)]
    [0.95, 0.77, 0.6]
    """
    return max(SILENT, min(0.95, 0.5 + 1.5 / math.sqrt(units)))


def one_sided_units(seen: Reading) -> Iterator[Finding]:
    """Yield the places where the units work, and their inputs never change sign."""
    found = []
    for one in seen.hidden:
        row = one.pooled(seen.late)
        if (
            one.place.units < FEWEST_UNITS
            or not _rectifies(one)
            or _samples(one, seen.late) < FEWEST_SAMPLES
            # What ends at 0 was cut off there before: one sign is then by design.
            or float(row["low"]) == 0.0
            or not _weighted(seen, one)
        ):
            continue
        shown = one.shown[seen.late]
        works = ~statistics.silent(shown)
        sided = works & (statistics.silent(shown, ABOVE) | statistics.silent(shown, BELOW))
        if float(sided.mean()) >= ONE_SIDED:
            found.append((float(sided.mean()), one))
    if not found:
        return
    part, worst = max(found, key=lambda pair: pair[0])
    row, units = worst.pooled(seen.late), worst.place.units
    yield Finding(
        "one-sided-units",
        worst.place.name,
        part,
        ONE_SIDED,
        f"{advice.share(round(part * units), units)} got inputs of one sign on all {round(_samples(worst, seen.late))} "
        f"samples each (mean {advice.number(float(row['mean']))}, spread {advice.number(float(spread(row)))}): "
        f"{worst.place.function} is a straight line for them.",
        (
            "Begin with biases of 0, or normalise before the activation:",
            f"    torch.nn.init.zeros_({advice.access(worst.place.layer)}.bias)",
        ),
        also=tuple(one.place.name for _, one in found if one is not worst),
        since=seen.first_step(seen.late),
    )


def _weighted(seen: Reading, one: PlaceHistory) -> bool:
    """Return whether a trained layer stands before a place, which could change the sign."""
    return any(p.trained and p.name.rpartition(".")[0] == one.place.layer for p in seen.recording.parameters)


def saturation(seen: Reading) -> Iterator[Finding]:
    """Yield the places where most inputs lie beyond both ends of the range with a slope."""
    found = []
    for one in seen.hidden:
        row = one.pooled(seen.late)
        if not _saturates(one) or one.place.units < FEWEST_UNITS or row["count"] < FEWEST_SAMPLES:
            continue
        part = max(beyond(row, one.place.fires or ()), float(ratio(row["flat"], row["count"])) if row["flat"] else 0.0)
        if part > FLAT:
            found.append((part, one))
    if not found:
        return
    part, worst = max(found, key=lambda pair: pair[0])
    row, fires = worst.pooled(seen.late), worst.place.fires
    assert fires is not None
    by_bin = np.array([float(ratio(one["flat"], one["count"])) for one in worst.bins])
    yield Finding(
        "saturation",
        worst.place.name,
        part,
        FLAT,
        f"{100 * part:.0f} % of what arrives at `{worst.place.name}` in steps {seen.first_step(seen.late)} to "
        f"{seen.recording.steps} lies beyond {advice.number(fires[0][0])} or {advice.number(fires[-1][1])}, where "
        f"{worst.place.function} has a slope below {advice.number(seen.recording.eps)}; its spread is "
        f"{advice.number(float(spread(row)))}.",
        (
            "Draw smaller weights, scale what comes in, or take a function that does not saturate:",
            *advice.initialisation(worst.place.function),
            *advice.replacement(worst.place)[-1:],
        ),
        also=tuple(one.place.name for _, one in found if one is not worst),
        since=seen.step_of(by_bin > FLAT),
    )
