"""C18: tanh is nearly linear around 0, and its mean output is 0."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Rule, line
from .centre import OFF_CENTRE, drawn_mean, inputs, moments
from .curves import beginning, value

NEARLY = 0.01
SHORT = 0.1
SYMMETRIC, OTHER = ("normal", "uniform"), ("shifted", "skewed")
KINDS = {
    "normal": "standard normal",
    "uniform": "uniform from -1 to 1",
    "shifted": "normal with mean 1",
    "skewed": "exponential less its mean, 1",
}


def measure() -> Measured:
    """Find how far tanh is nearly a line, and its mean output over inputs of several kinds."""
    drawn = inputs()
    means = {kind: drawn_mean("tanh", drawn[kind], f"mean output, input {KINDS[kind]}") for kind in KINDS}
    x = np.linspace(-2, 2, 121)
    shifts = np.linspace(-2, 2, 41)
    return Measured(
        numbers={
            "linear_to": Number(
                beginning(lambda size: abs(value("tanh", size) / size - 1) > NEARLY, 1e-3, 5.0),
                "|x| up to which tanh is within 1 % of x",
            ),
            **means,
            "shift": Number(
                beginning(lambda shift: off_centre(shift) > OFF_CENTRE, 0.0, 5.0),
                "shift of normal inputs that moves the mean output by 0.01 of its spread",
            ),
        },
        pictures=(
            Chart(
                "Close to 0 tanh is hard to tell from the line x",
                x="x",
                y="f(x)",
                lines=(line("tanh", x, value("tanh", x)), line("x", x, x, style="dashed")),
                rules=(Rule(-SHORT, "x", "-0.1"), Rule(SHORT, "x", "0.1")),
            ),
            Bars(
                "The mean output is 0 where inputs are symmetric about 0, and not where they are moved or skewed",
                "mean output of tanh",
                tuple(Bar(KINDS[kind], found.value, found.low, found.high) for kind, found in means.items()),
            ),
            Chart(
                "The mean output follows the mean of the inputs; sigmoid's is far from 0 all the way",
                x="mean of normal inputs with standard deviation 1",
                y="mean output",
                lines=tuple(
                    line(name, shifts, [moments(name, shift)[0] for shift in shifts]) for name in ("tanh", "sigmoid")
                ),
            ),
        ),
    )


def off_centre(shift: float) -> float:
    """Return the size of tanh's mean output over normal inputs that are moved, as a share of the outputs' spread.

    >>> off_centre(0.0) < 1e-12 < off_centre(0.1)
    True
    """
    mean, spread = moments("tanh", shift)
    return abs(mean) / spread


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["linear_to"] < SHORT or any(abs(n[kind]) > OFF_CENTRE for kind in SYMMETRIC):
        return FAILS
    if all(abs(n[kind]) <= OFF_CENTRE for kind in OTHER):
        return HOLDS
    return Verdict(
        "holds when",
        f"|x| is below {n['linear_to']:.2f} (a line, to 1 %) and the inputs lie symmetric about 0 (mean output 0): "
        f"normal inputs with mean 1 give {n['shifted']:.2f}, skewed ones with mean 0 give {n['skewed']:.2f}",
    )


CLAIM = Claim(
    id="C18",
    group="function",
    articles=("A1", "A2"),
    title="tanh is nearly linear around 0 and its mean output is 0",
    statement="In a short stretch around 0 tanh can be taken for a line, and its outputs have mean 0 where those of "
    "sigmoid have mean 1/2.",
    how="The relative distance of tanh(x) from x, and the mean of 50,000 outputs for inputs of four kinds: two "
    "symmetric about 0, one moved by 1, one of mean 0 that is skewed.",
    criterion="The first half holds if tanh is within 1 % of the line x up to |x| = 0.1 at least; the second if the "
    "mean output is within 0.01 of 0 for all kinds of input, and when inputs are symmetric if for those two alone.",
    measure=measure,
    judge=judge,
    why="The first term of the series of tanh that bends, x^3/3, is small beside x near 0. tanh is odd, so what inputs "
    "on one side of 0 give is taken back by those on the other, if they come as often.",
    refuting={"shifted": 0.0, "skewed": 0.0},
    instead="tanh is neither linear around 0 nor zero-centred.",
)
