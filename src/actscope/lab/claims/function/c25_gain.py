"""C25: the slope of a sigmoid with gain."""

import numpy as np

from ....catalogue import get
from ....formula import evaluate
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line

GAIN = 2.0
CLOSE = 1e-8
STEP = 1e-5


def measure() -> Measured:
    """Compare the printed slope, and the one with the factor a, to a central difference of the function itself."""
    formula = get("sigmoid").formula
    x = np.linspace(-4.0, 4.0, 161)
    before, here, after = (evaluate(formula, x=x + shift, gain=GAIN) for shift in (-STEP, 0.0, STEP))
    true = (after - before) / (2 * STEP)
    printed = here * (1 - here)
    corrected = GAIN * printed
    return Measured(
        numbers={
            "printed_error": Number(np.abs(printed - true).max(), f"largest error of s(1 - s), gain {GAIN:g}"),
            "corrected_error": Number(np.abs(corrected - true).max(), f"largest error of a s(1 - s), gain {GAIN:g}"),
        },
        pictures=(
            Chart(
                "The slope of a sigmoid with gain 2 is twice what is printed",
                x="x",
                y="slope",
                lines=(
                    line("measured", x, true),
                    line("printed: s(1 - s)", x, printed),
                    line("corrected: a s(1 - s)", x, corrected, style="dashed"),
                ),
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["printed_error"] < CLOSE else FAILS


CLAIM = Claim(
    id="C25",
    group="function",
    articles=("A2",),
    title="The slope of a sigmoid with gain a is s(1 - s)",
    statement="For s(x) = 1/(1 + e^(-a x)) the slope is printed as s(x)(1 - s(x)), whatever the gain a.",
    how="The printed slope at 161 points from -4 to 4, gain 2, against a central difference of the function itself.",
    criterion="It holds if the printed slope is within 1e-8 of the central difference at every point.",
    measure=measure,
    judge=judge,
    why="The chain rule multiplies by the slope of the inner function, which is a. With a = 1 the factor cannot be "
    "seen, which is how it gets lost.",
    refuting={"printed_error": 1e-10},
    instead="The slope is a s(x)(1 - s(x)): the gain multiplies it, so a sigmoid with gain 4 has slope 1 at 0.",
)
