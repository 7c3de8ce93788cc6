"""Rules on gradients: how they change from layer to layer, and whether a unit's weights all move the same way."""

import math
from collections.abc import Iterator

import numpy as np

from ..records import Finding, ParameterHistory
from ..rows import statistics
from ..rows.statistics import ratio, root_mean_square, spread
from . import advice
from .reading import Reading
from .thresholds import (
    EXPLODING,
    FEWEST_STEPS,
    FEWEST_UNITS,
    HALVES,
    ONE_SIGNED,
    RECURRENT,
    SLOW_GROWTH,
    VANISHING,
    ZIGZAG_CENTRE,
)


def through_layers(seen: Reading) -> Iterator[Finding]:
    """Yield a gradient that shrinks or grows from layer to layer on its way to the input."""
    found = seen.lengths(seen.early)
    if len(found) < 2:
        return
    places = [one for one, _ in found]
    lengths = np.array([length for _, length in found])
    # A length of 0 is a break, not a rate: dead units or a step-like function explain it.
    if not (lengths > 0).all() or not np.isfinite(lengths).all():
        return
    change = float(lengths[0] / lengths[-1])
    count = len(lengths) - 1
    slope = float(np.polyfit(np.arange(len(lengths)), np.log(lengths), 1)[0])
    fitted = math.exp(-slope * count)
    rate = math.exp(-slope)
    first, last = places[0].place.name, places[-1].place.name
    way = (
        f"From `{last}` to `{first}` the length of the gradient {{}} per layer "
        f"over {count} layer{'s' * (count > 1)}, from {advice.number(lengths[-1])} to {advice.number(lengths[0])}."
    )
    function = places[0].place.function
    if max(change, fitted) < VANISHING:
        late = seen.lengths(seen.late)
        ends = {one.place.name: length for one, length in late}
        if first in ends and last in ends and ends[first] > VANISHING * ends[last]:
            return
        yield Finding(
            "vanishing-gradient",
            first,
            rate,
            VANISHING ** (1 / count),
            way.format(f"falls to {advice.number(rate)} of itself"),
            (
                "Draw the weights by the gain of the function"
                + (", normalise, or take one with larger slopes:" if function in ("sigmoid", "tanh") else ":"),
                *advice.initialisation(function),
                *(advice.replacement(places[0].place)[-1:] if function in ("sigmoid", "tanh") else ()),
            ),
            since=1,
        )
    elif min(change, fitted) > EXPLODING:
        # Batch norm makes gradients grow slowly, with ReLU 1.21 times per layer, and deep networks learn all the same.
        halved = seen.fall > HALVES and rate < SLOW_GROWTH
        yield Finding(
            "exploding-gradient",
            first,
            rate,
            EXPLODING ** (1 / count),
            way.format(f"grows {advice.number(rate)} times")
            + (" The loss falls by half all the same." if halved else ""),
            (
                "Draw the weights by the gain of the function, and clip what is left:",
                *advice.initialisation(function),
                "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)   # before optimizer.step()",
            ),
            weight="hint" if halved else "finding",
            since=1,
        )


def through_time(seen: Reading) -> Iterator[Finding]:
    """Yield a plain recurrent layer whose weights let the gradient shrink from each step of time to the one before.

    A random square matrix of n columns with entries of size s stretches by s*sqrt(n) on the mean, and no slope of tanh
    or ReLU is above 1. LSTM and GRU carry their states past the weights.
    """
    for one in seen.trained:
        if one.layer not in ("RNN", "RNNCell") or "weight_hh" not in one.name or one.shape[1] < FEWEST_UNITS:
            continue
        factors = [
            float(root_mean_square(one.pooled(window), "weight_")) * math.sqrt(one.shape[1])
            for window in (seen.early, seen.late)
        ]
        if max(factors) < RECURRENT:
            yield Finding(
                "vanishing-gradient",
                one.name,
                factors[0],
                RECURRENT,
                f"`{one.name}` stretches what it carries by {advice.number(factors[0])} per step of time: what came "
                f"20 steps ago reaches the end {advice.number(factors[0] ** 20)} times as large, and so does its "
                "gradient.",
                (
                    "Begin with recurrent weights that keep lengths, or take an LSTM or GRU:",
                    f"    torch.nn.init.orthogonal_({advice.access(one.name)})",
                ),
                since=1,
            )


def zigzag(seen: Reading) -> Iterator[Finding]:
    """Yield that the gradients of each unit's weights have one sign, with inputs that are off centre."""
    if seen.recording.steps < FEWEST_STEPS or not seen.trained:
        return
    first = seen.trained[0]
    row = statistics.pooled(seen.recording.course)
    if row["input_count"] and not _embedding(first):
        mean, sd = abs(float(row["input_mean"])), float(spread(row, "input_"))
        part = _one_signed(first)
        if part > ONE_SIGNED and sd > 0 and mean > ZIGZAG_CENTRE * sd:
            yield Finding(
                "zigzag",
                first.name,
                part,
                ONE_SIGNED,
                f"On the mean {100 * part:.0f} % of the gradients of a unit in `{first.name}` have one sign, and its "
                f"inputs have a mean of {advice.number(mean / sd)} standard deviations: the weights of a unit can only "
                "all rise or all fall.",
                (
                    "Give each feature mean 0:",
                    "    inputs = (inputs - train.mean(0)) / train.std(0).clamp_min(1e-8)",
                ),
                since=1,
            )


def _one_signed(one: ParameterHistory) -> float:
    row = one.pooled()
    wide = math.prod(one.shape[1:]) >= FEWEST_UNITS
    return float(ratio(row["one_signed"], row["rows"])) if wide and row["rows"] else 0.0


def _embedding(one: ParameterHistory) -> bool:
    return one.layer.startswith("Embedding")
