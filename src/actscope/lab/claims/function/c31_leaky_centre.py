"""C31: leaky ReLU is zero-centred, as printed."""

import math

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .centre import OFF_CENTRE, drawn_mean, inputs, moments
from .curves import beginning

IN_USE = (0.01, 0.1, 0.2, 0.25, 0.5)


def measure() -> Measured:
    """Take the mean output for standard normal input, for slopes from 0 to 1."""
    mean, spread = moments("leaky_relu")
    normal = inputs()["normal"]
    drawn = {a: drawn_mean("leaky_relu", normal, f"mean output, a = {a:g}", negative_slope=a) for a in (*IN_USE, 1.0)}
    slopes = np.linspace(0, 1, 41)
    return Measured(
        numbers={
            "mean": Number(mean, "mean output for standard normal input, a = 0.01"),
            "spread": Number(spread, "standard deviation of the output, a = 0.01"),
            "drawn": drawn[0.01],
            **{f"off_{a:g}": Number(off_centre(a), f"mean output in units of its spread, a = {a:g}") for a in IN_USE},
            "identity": Number(off_centre(1.0), "mean output in units of its spread, a = 1, the identity"),
            "centred_from": Number(
                beginning(lambda a: off_centre(a) <= OFF_CENTRE, 0.0, 1.0), "a from which it is within 0.01"
            ),
        },
        pictures=(
            Chart(
                "The mean output falls with a and reaches 0 at a = 1 alone, where leaky ReLU is the identity",
                x="a, the slope for negative input",
                y="mean output for standard normal input",
                lines=(
                    line("(1 - a)/sqrt(2 pi)", slopes, (1 - slopes) / math.sqrt(2 * math.pi)),
                    line(
                        "50,000 inputs drawn",
                        drawn,
                        [found.value for found in drawn.values()],
                        low=[found.low for found in drawn.values()],
                        high=[found.high for found in drawn.values()],
                        style="dots",
                    ),
                ),
                rules=(Rule(0.0, "y", "zero-centred"), Rule(0.01, "x", "a = 0.01, the usual one")),
            ),
        ),
    )


def off_centre(a: float) -> float:
    """Return the mean output for standard normal input in units of the output's spread.

    >>> round(off_centre(0.0), 3)
    0.683
    """
    mean, spread = moments("leaky_relu", negative_slope=a)
    return abs(mean) / spread


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    centred = [a for a in IN_USE if n[f"off_{a:g}"] <= OFF_CENTRE]
    if centred == list(IN_USE):
        return HOLDS
    return Verdict("holds when", f"a is {', '.join(f'{a:g}' for a in centred)}") if centred else FAILS


CLAIM = Claim(
    id="C31",
    group="function",
    articles=("A2",),
    title="Leaky ReLU is zero-centred",
    statement="max(a x, x) with a other than 1 is printed as zero-centred: its outputs would have mean 0 where its "
    "inputs have.",
    how="The mean and the standard deviation of the output for standard normal input by quadrature, for slopes a from "
    "0.01 to 1, and the mean for 50,000 inputs that were drawn.",
    criterion="An output is zero-centred if its mean is within 0.01 standard deviations of 0. The claim holds if that "
    "is so for a = 0.01, 0.1, 0.2, 0.25 and 0.5, and holds when a is such a one if for some of them.",
    measure=measure,
    judge=judge,
    why="Negative outputs exist, but they are a times as large as the positive ones that they should make up for. "
    "What is left, for inputs symmetric about 0, is the mean output of ReLU times (1 - a).",
    refuting={f"off_{a:g}": 0.0 for a in IN_USE},
    instead="The mean output for standard normal input is (1 - a)/sqrt(2 pi), which for a = 0.01 is 0.395 and nearly "
    "that of ReLU; it is 0 for a = 1 alone, which is the identity and which the article itself rules out.",
)
