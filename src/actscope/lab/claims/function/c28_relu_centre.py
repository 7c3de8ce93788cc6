"""C28: ReLU is not zero-centred."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .centre import OFF_CENTRE, drawn_mean, inputs, moments
from .curves import beginning

SHIFTS = np.linspace(-4, 2, 61)
NAMES = ("relu", "gelu", "elu", "tanh")


def measure() -> Measured:
    """Take the mean output over inputs that are symmetric about 0, and over inputs that are moved."""
    drawn = inputs()
    mean, spread = moments("relu")
    usual = [ratio(shift) for shift in SHIFTS[np.abs(SHIFTS) <= 2]]
    return Measured(
        numbers={
            "mean": Number(mean, "mean output for standard normal input"),
            "spread": Number(spread, "standard deviation of the output for standard normal input"),
            "normal": drawn_mean("relu", drawn["normal"], "the mean for inputs that were drawn, standard normal"),
            "uniform": drawn_mean(
                "relu", drawn["uniform"], "the mean for inputs that were drawn, uniform from -1 to 1"
            ),
            "least": Number(min(usual), "least mean output in units of its spread, mean of the inputs from -2 to 2"),
            "fades_at": Number(
                -beginning(lambda below: ratio(-below) <= OFF_CENTRE, 0.0, 6.0),
                "mean of normal inputs at which the mean output is 0.01 of its spread",
            ),
        },
        pictures=(
            Chart(
                "ReLU's mean output is above 0 wherever the inputs lie; tanh's changes its sign with them",
                x="mean of normal inputs with standard deviation 1",
                y="mean output",
                lines=tuple(line(name, SHIFTS, [moments(name, shift)[0] for shift in SHIFTS]) for name in NAMES),
                rules=(Rule(0.0, "y", "zero-centred"), Rule(0.0, "x", "inputs symmetric about 0")),
            ),
        ),
    )


def ratio(shift: float) -> float:
    """Return ReLU's mean output over normal inputs with this mean, in units of the outputs' spread.

    >>> round(ratio(0.0), 3)
    0.683
    """
    mean, spread = moments("relu", shift)
    return mean / spread


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    centred = abs(n["mean"]) <= OFF_CENTRE * n["spread"]
    if centred:
        return FAILS
    return HOLDS if n["least"] > OFF_CENTRE else Verdict("holds when", "the inputs are symmetric about 0")


CLAIM = Claim(
    id="C28",
    group="function",
    articles=("A2",),
    title="ReLU is not zero-centred",
    statement="The outputs of ReLU do not have mean 0, also where its inputs do.",
    how="The mean and the standard deviation of the output for normal inputs by quadrature, with means from -4 to 2, "
    "and for 50,000 inputs that were drawn, normal and uniform.",
    criterion="An output is zero-centred if its mean is within 0.01 standard deviations of 0. The claim holds if it is "
    "not, for normal inputs with every mean from -2 to 2, and holds when the inputs are symmetric if only for mean 0.",
    measure=measure,
    judge=judge,
    why="No output of ReLU is negative, so nothing makes up for what is positive. The mean comes close to 0 only where "
    "nearly all inputs are negative, which is a unit that is nearly dead.",
    refuting={"mean": 0.0},
    instead="ReLU is zero-centred.",
)
