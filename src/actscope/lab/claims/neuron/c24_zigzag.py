"""C24: the zigzag of a neuron whose inputs are all positive."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ...wording import listed
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..depth.factors import averaged_factor
from ..pictures import Chart, Field, Line, Plane, line
from ..training.averages import averaged
from . import descent
from .descent import Descents, Method

SEEDS = 40
BACK = 90.0
REACH = 1.25
SHOWN, LEAST = 24, 1e-4
"""How many steps the pictures show, and how small a share of the first loss."""
Rated = tuple[Descents, int]
"""Descents, and which of their rates is the best."""
SETTINGS: Mapping[str, tuple[str, Method, tuple[float, ...], int]] = MappingProxyType(
    {
        "best": ("gradient descent at its best rate", "all samples", (0.5, 1.0, 1.5, 1.75, 1.85, 1.95), 80),
        "small": ("gradient descent at a small rate", "all samples", (0.5,), 80),
        "single": ("one sample a step at the best rate", "one sample", (0.25, 0.5, 1.0, 1.5), 400),
        "adam": ("Adam at its best rate", "adam", tuple(2.0**k for k in range(-5, 1)), 200),
    }
)


def measure() -> Measured:
    """Descend with positive and with centred inputs, by four methods, each at the best of its rates."""
    numbers: dict[str, Number] = {}
    planes: list[Plane] = []
    curves: list[Line] = []
    for key, (name, method, rates, steps) in SETTINGS.items():
        found = [
            descent.descend(descent.inputs(SEEDS, centred=centred), method, np.array(rates), steps)
            for centred in (False, True)
        ]
        positive, centred = ((each, each.best()) for each in found)
        numbers |= _numbers(key, name, positive, centred)
        if key == "best":
            planes = [
                _plane("Positive inputs: the path zigzags along a narrow valley", *positive, centred=False),
                _plane("The same inputs less their mean: the path goes straight down a bowl", *centred, centred=True),
            ]
        if key in ("best", "adam"):
            short = "gradient descent" if key == "best" else "Adam"
            curves += [_loss(f"{short}, positive inputs", *positive), _loss(f"{short}, centred inputs", *centred)]
    chart = Chart(
        "Centred inputs save gradient descent more steps than Adam",
        x="step",
        y="loss over the first loss, geometric mean of the seeds",
        lines=tuple(curves),
        log_y=True,
    )
    return Measured(numbers, (*planes, chart))


def _numbers(key: str, name: str, positive: Rated, centred: Rated) -> dict[str, Number]:
    (of_positive, one), (of_centred, other) = positive, centred
    ratio = averaged_factor(
        of_positive.steps[one] / of_centred.steps[other],
        f"{name}: steps with positive inputs over steps with centred ones",
    )
    turn = f"{name}: turn from step to step with"
    return {
        f"{key}_steps": ratio,
        f"{key}_steps_low": Number(ratio.low, f"{name}: lower end of that interval"),
        f"{key}_turn": averaged(of_positive.turns[one], f"{turn} positive inputs", unit="degrees"),
        f"{key}_turn_centred": averaged(of_centred.turns[other], f"{turn} centred inputs", unit="degrees"),
    }


def _plane(title: str, found: Descents, rate: int, *, centred: bool) -> Plane:
    starts = found.paths[0, 0]
    # As A2 draws it: the first weight must grow and the second must shrink.
    seed = int(np.argmin(np.linalg.norm(starts - [-0.9, 0.4], axis=1)))
    (bowl,) = descent.bowls(descent.inputs(SEEDS, centred=centred)[seed : seed + 1])
    axis = np.linspace(-REACH, REACH, 41)
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    height = 0.5 * np.einsum("yxi,ij,yxj->yx", points, bowl, points)
    path = found.paths[:SHOWN, rate, seed]
    return Plane(
        title,
        x="first weight, distance from the best",
        y="second weight, distance from the best",
        field=Field((-REACH, REACH), (-REACH, REACH), tuple(tuple(row) for row in height.round(4).tolist())),
        kind="height",
        lines=(line("path", *path.round(4).T),),
    )


def _loss(name: str, found: Descents, rate: int) -> Line:
    shares = np.exp(np.log(found.losses[: SHOWN + 1, rate] / found.losses[0, rate]).mean(axis=1))
    seen = shares >= LEAST
    return line(name, np.flatnonzero(seen), shares[seen])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    held = [
        f"{name} (it turns by {n[f'{key}_turn']:.0f} degrees from step to step and takes {n[f'{key}_steps']:.1f} "
        "times the steps)"
        for key, (name, *_) in SETTINGS.items()
        if max(BACK, n[f"{key}_turn_centred"]) < n[f"{key}_turn"] and n[f"{key}_steps_low"] > 1
    ]
    if not held:
        return FAILS
    if len(held) == len(SETTINGS):
        return HOLDS
    return Verdict("holds when", f"the descent is {listed(held, 'or')}")


CLAIM = Claim(
    id="C24",
    group="neuron",
    articles=("A2", "A4"),
    title="With positive inputs the descent zigzags and converges more slowly",
    statement="If all inputs of a neuron are positive, as those that sigmoid units give, its weights descend in a "
    "zigzag towards their best values, and it takes them longer.",
    how=f"A neuron with two weights and a quadratic loss; {descent.SAMPLES} samples of inputs that sigmoid units give, "
    f"and the same less their mean; {SEEDS} seeds that start in different directions. Steps until the loss is 1 % of "
    "the first, and the angle between successive steps until then, at the best of several rates and, for gradient "
    "descent, also at half the rate up to which it never overshoots.",
    criterion="It holds for a method if positive inputs turn the path by more than 90 degrees from step to step on "
    "average, and by more than centred ones, and if the 95 % interval of the ratio of steps lies above 1.",
    measure=measure,
    judge=judge,
    why="Positive inputs make the loss steep where both weights move together and flat where one grows and the other "
    "shrinks, so a rate that makes headway along the valley overshoots across it. Small rates do not overshoot and are "
    "only slow, and Adam, which keeps the mean of past gradients, lets the to and fro cancel.",
    refuting={f"{key}_steps_low": 0.5 for key in SETTINGS},
    instead="The path of positive inputs is neither a zigzag nor longer than that of centred ones.",
)
