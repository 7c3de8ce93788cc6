"""C36: sigmoid is symmetric about (0, 1/2)."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .curves import value

GAINS = (0.5, 1.0, 4.0)
# Two values up to 1 and their sum, each rounded by at most 2^-53, and as much again for the exponential in them.
ROUNDING = 2.0**-51
TAIL = 40.0


def measure() -> Measured:
    """Add the values at x and -x, for sigmoids of three gains."""
    x = np.linspace(0, 50, 20_001)
    near = np.linspace(-6, 6, 121)
    sums = {gain: value("sigmoid", x, gain=gain) + value("sigmoid", -x, gain=gain) for gain in GAINS}
    moved = value("sigmoid", x + 1) + value("sigmoid", 1 - x)
    return Measured(
        numbers={
            "off": Number(
                max(np.abs(found - 1).max() for found in sums.values()), "largest distance of s(x) + s(-x) from 1"
            ),
            "middle": Number(value("sigmoid", 0.0), "sigmoid(0)"),
            "biased": Number(
                np.abs(moved - 1).max(), "largest distance of s(x + 1) + s(-x + 1) from 1: with a bias of 1"
            ),
            "tail": Number(value("sigmoid", -TAIL), f"sigmoid(-{TAIL:g})"),
            "tail_by_difference": Number(1 - value("sigmoid", TAIL), f"1 - sigmoid({TAIL:g}), computed in float64"),
        },
        pictures=(
            Chart(
                "Turned by half a turn about (0, 1/2) sigmoid falls on itself; with a bias it does not",
                x="x",
                y="output",
                lines=(
                    line("sigmoid", near, value("sigmoid", near)),
                    line("sigmoid, turned", near, 1 - value("sigmoid", -near), style="dashed"),
                    line("with a bias of 1", near, value("sigmoid", near + 1)),
                    line("with a bias of 1, turned", near, 1 - value("sigmoid", 1 - near), style="dashed"),
                ),
                rules=(Rule(0.5, "y", "1/2"), Rule(0.0, "x", "0")),
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["off"] <= ROUNDING and n["middle"] == 0.5 else FAILS


CLAIM = Claim(
    id="C36",
    group="function",
    articles=("A3",),
    title="Sigmoid is symmetric about (0, 1/2)",
    statement="Sigmoid is 1/2 at 0, and as far above 1/2 at x as it is below at -x: s(-x) = 1 - s(x).",
    how="s(x) + s(-x) at 20,001 points from 0 to 50 in float64, for gains of 1/2, 1 and 4, and with a bias of 1.",
    criterion="It holds if s(0) is exactly 1/2 and no sum is farther from 1 than the roundings explain, 4.4e-16, for "
    "each gain.",
    measure=measure,
    judge=judge,
    why="Multiplying 1/(1 + e^x) above and below by e^-x gives e^-x/(1 + e^-x), which is what 1/(1 + e^-x) lacks to 1. "
    "A bias moves the centre away from 0, a gain does not.",
    refuting={"off": 1e-6},
    instead="Sigmoid is not symmetric about (0, 1/2).",
)
