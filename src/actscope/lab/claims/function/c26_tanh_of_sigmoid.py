"""C26: tanh(x) = 2 sigmoid(2x) - 1."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .curves import Floats, slope, value

# Sigmoid, its double and the difference are rounded near 1, each by at most 2^-53, and sigmoid's error is doubled.
ROUNDING = 2.0**-51
SMALL = 1e-10


def measure() -> Measured:
    """Compare tanh with the moved and stretched sigmoid, and their slopes."""
    x = np.linspace(-30, 30, 60_001)
    near = np.linspace(-4, 4, 81)
    small = np.geomspace(1e-16, 1.0, 97)
    lost = np.abs(of_sigmoid(small) / value("tanh", small) - 1)
    return Measured(
        numbers={
            "difference": Number(np.abs(of_sigmoid(x) - value("tanh", x)).max(), "largest difference of the values"),
            "slopes": Number(
                np.abs(4 * slope("sigmoid", 2 * x) - slope("tanh", x)).max(), "largest difference of the slopes"
            ),
            "relative": Number(
                abs(float(of_sigmoid(np.array([SMALL]))[0]) / value("tanh", SMALL) - 1),
                f"relative error of 2s(2x) - 1 at x = {SMALL:g}",
            ),
        },
        pictures=(
            Chart(
                "A sigmoid made twice as steep, stretched to twice its height and moved down by 1 is tanh",
                x="x",
                y="f(x)",
                lines=(
                    line("sigmoid s(x)", near, value("sigmoid", near)),
                    line("2 s(2x) - 1", near, of_sigmoid(near)),
                    line("tanh", near, value("tanh", near), style="dashed"),
                ),
            ),
            Chart(
                "Computed as 2 s(2x) - 1 in float64, small values lose their digits",
                x="x",
                y="relative error",
                lines=(line("2 s(2x) - 1", small, np.maximum(lost, 1e-17)),),
                log_x=True,
                log_y=True,
            ),
        ),
    )


def of_sigmoid(x: Floats) -> Floats:
    """Return 2 s(2x) - 1.

    >>> of_sigmoid(np.array([0.0])).tolist()
    [0.0]
    """
    return 2 * value("sigmoid", 2 * x) - 1


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["difference"] <= ROUNDING and n["slopes"] <= 2 * ROUNDING else FAILS


CLAIM = Claim(
    id="C26",
    group="function",
    articles=("A2",),
    title="tanh(x) = 2 s(2x) - 1",
    statement="tanh is a sigmoid s that was made twice as steep, stretched to twice its height and moved down by 1.",
    how="Both sides at 60,001 points from -30 to 30 in float64, their slopes too, and the relative error near 0.",
    criterion="It holds if the values differ by no more than the roundings of 2s(2x) - 1, 4.4e-16 together, and the "
    "slopes by no more than twice that.",
    measure=measure,
    judge=judge,
    why="Multiplying (e^x - e^-x)/(e^x + e^-x) above and below by e^-x gives (1 - e^-2x)/(1 + e^-2x), which is "
    "2/(1 + e^-2x) - 1. Near 0 the difference of two numbers close to 1 is taken, so as a way to compute tanh it "
    "loses digits there that tanh itself keeps.",
    refuting={"difference": 1e-6},
    instead="tanh is not the sigmoid that was moved and stretched.",
)
