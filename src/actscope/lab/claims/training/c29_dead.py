"""C29: ReLU units that a large step silences for good."""

import numpy as np

from ...measuring import ever_on
from ..boundary.lines import clouds, drawn
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Plane, line
from .averages import averaged_share
from .dying import LARGE, RATES, SEEDS, SMALL, SMALL_RATE, UNITS, after_large_steps, received, silenced

MANY = 0.1
GENTLE = (0.5, 1.0, 2.0, 4.0)
SETTINGS = {"plain": "first layer", "momentum": "first layer, momentum 0.9", "second": "second layer"}
BOX = (-3.0, 3.0)
SHOWN = RATES.index(8.0) * SEEDS


def measure() -> Measured:
    """Silence units by large steps, and see which come back under small ones, in three settings."""
    found = {
        "plain": silenced("relu")[0],
        "momentum": silenced("relu", momentum=0.9)[0],
        "second": silenced("relu", hidden=(UNITS, UNITS), rates=GENTLE)[1],
    }
    shares = [
        averaged_share(found["plain"].share_off(rate), f"share of units off after rate {RATES[rate]:g}")
        for rate in range(len(RATES))
    ]
    numbers: dict[str, Number] = {}
    for name, units in found.items():
        still, back = units.share_of_off(units.still), units.share_of_off(units.back)
        numbers[f"{name}_still"] = Number(still, f"share of dead units that never change a bit, {SETTINGS[name]}")
        numbers[f"{name}_back"] = Number(back, f"share of dead units that come back, {SETTINGS[name]}")
    numbers["off"] = shares[-1]
    return Measured(
        numbers,
        pictures=(
            Chart(
                "The larger the steps, the more units are off on every sample",
                x="learning rate of the large steps",
                y="share of units off",
                lines=(
                    line(
                        "ReLU",
                        RATES,
                        [s.value for s in shares],
                        low=[s.low for s in shares],
                        high=[s.high for s in shares],
                    ),
                ),
                log_x=True,
            ),
            _plane(),
            Bars(
                f"How many of the dead come back within {SMALL} small steps",
                quantity="share that comes back",
                bars=tuple(Bar(SETTINGS[name], numbers[f"{name}_back"].value) for name in found),
            ),
        ),
    )


def _plane() -> Plane:
    networks, _, inputs, labels = after_large_steps("relu")
    points = inputs[SHOWN].double().numpy()
    weights, bias = (part[SHOWN].detach().double().numpy() for part in (networks.weights[0], networks.biases[0]))
    units = np.vstack([weights, bias]).T
    (given,) = received(networks, inputs)
    dead = units[~ever_on(given)[SHOWN]][:4]
    return Plane(
        "Dead units would be on beyond these lines, and no point lies there",
        x="x1",
        y="x2",
        clouds=clouds(points, labels[SHOWN].numpy()),
        lines=tuple(drawn(f"dead unit {number}", unit, BOX) for number, unit in enumerate(dead, start=1)),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["off"] < MANY or n["plain_back"] > 0 or n["plain_still"] < 1:
        return FAILS
    if max(n["momentum_back"], n["second_back"]) == 0 and min(n["momentum_still"], n["second_still"]) == 1:
        return HOLDS
    return Verdict(
        "holds when",
        "the unit's inputs stay as they are and nothing but its own gradient moves it: then none came back; with "
        f"momentum {n['momentum_back']:.0%} of the dead did, and in a second layer, whose inputs move, "
        f"{n['second_back']:.0%}",
    )


CLAIM = Claim(
    id="C29",
    group="training",
    articles=("A2", "A4"),
    title="A ReLU unit can die: never active on any sample, never updated again",
    statement="A ReLU unit that a step has made negative on every sample gives 0 and gets no gradient, so that it is "
    "never updated again and stays off.",
    how=f"Networks of {UNITS} units for two half rings, {SEEDS} seeds, {LARGE} large steps of gradient descent on all "
    f"samples at rates from {RATES[0]:g} to {RATES[-1]:g}, then {SMALL} at {SMALL_RATE}. Of the units that are off "
    "after the large steps: whether their weights and bias keep every bit, and whether they are ever on again; in the "
    "first layer, there with momentum 0.9 throughout, and in the second of two layers, after rates from 0.5 to 4.",
    criterion="Units die if at the largest rate at least 10 % are off, and of all units that are off every one keeps "
    "all its bits and none comes back. It holds if that is so in all three settings, and holds when nothing else "
    "moves the unit if only in the first layer under plain gradient descent.",
    measure=measure,
    judge=judge,
    why="Where the input is negative the slope is 0, and so is every product that the chain rule makes with it. But "
    "momentum goes on with what was started before, and in deeper layers the inputs of a silent unit change as the "
    "layers below it learn.",
    refuting={"plain_back": 0.2, "plain_still": 0.8},
)
