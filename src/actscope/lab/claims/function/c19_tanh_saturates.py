"""C19: tanh saturates too."""

import math

import numpy as np

from ....catalogue import get
from ....probe.bound import EPS
from ....probe.slopes import fires
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .curves import slope

FAR, FARTHER, GONE = 5.0, 10.0, 1e-7
NAMES = ("tanh", "sigmoid")


def measure() -> Measured:
    """Find where tanh's slope fades, on both sides, and how many normal inputs lie there."""
    edges = {name: flat_from(name, +1) for name in NAMES}
    x = np.linspace(-10, 10, 161)
    spreads = np.linspace(0.25, 10, 40)
    return Measured(
        numbers={
            "left": Number(flat_from("tanh", -1), "distance from 0 at which tanh's slope falls below 0.01, left"),
            "right": Number(edges["tanh"], "distance from 0 at which tanh's slope falls below 0.01, right"),
            "sigmoid": Number(edges["sigmoid"], "distance from 0 at which sigmoid's slope falls below 0.01"),
            "at_ten": Number(slope("tanh", [-FARTHER, FARTHER]).max(), "larger of tanh's slopes at -10 and 10"),
            "share_1": Number(100 * share(edges["tanh"], 1.0), "standard normal inputs that saturate tanh", "%"),
            "share_4": Number(100 * share(edges["tanh"], 4.0), "the same, inputs four times as large", "%"),
        },
        pictures=(
            Chart(
                "tanh's slope is larger than sigmoid's around 0 and fades sooner and faster",
                x="x",
                y="slope",
                lines=tuple(line(name, x, slope(name, x)) for name in NAMES),
                rules=(Rule(EPS, "y", "1 % of a gradient passes"),),
                log_y=True,
            ),
            Chart(
                "The larger the inputs, the more of them saturate tanh, and more than sigmoid",
                x="standard deviation of normal inputs",
                y="share of inputs with a slope below 0.01",
                lines=tuple(line(name, spreads, [share(edges[name], spread) for spread in spreads]) for name in NAMES),
            ),
        ),
    )


def flat_from(name: str, side: int) -> float:
    """Return the distance from 0 at which the slope falls below 0.01 on that side, -1 or 1; infinity if it does not.

    >>> round(flat_from("sigmoid", -1), 3), flat_from("relu", 1)
    (4.585, inf)
    """
    ranges = fires(get(name))
    return ranges[-1][1] if side > 0 else -ranges[0][0]


def share(edge: float, spread: float) -> float:
    """Return the share of normal inputs, mean 0, that lie farther from 0 than `edge`.

    >>> round(share(1.959964, 1.0), 6)
    0.05
    """
    return math.erfc(edge / (spread * math.sqrt(2)))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    sides = [n["left"] <= FAR, n["right"] <= FAR]
    if all(sides) and n["at_ten"] < GONE:
        return HOLDS
    if any(sides):
        return Verdict("holds when", f"the input is {'negative' if sides[0] else 'positive'}")
    return FAILS


CLAIM = Claim(
    id="C19",
    group="function",
    articles=("A1", "A2", "A4"),
    title="tanh saturates too",
    statement="Like sigmoid, tanh has a slope close to 0 far from 0, on both sides, so that gradients vanish there.",
    how="The distance from 0 at which the slope falls below 0.01 on either side, the slope at -10 and 10, and the "
    "share of normal inputs beyond those places.",
    criterion="It holds if the slope falls below 0.01 within 5 of 0 on both sides and is below 1e-7, what float32 can "
    "tell from 0 beside 1, at -10 and 10; it holds when the input is of one sign if only on that side.",
    measure=measure,
    judge=judge,
    why="tanh levels off at -1 and 1, and what is level has no slope. It is a sigmoid of twice the input, so it gets "
    "there at smaller inputs, and how often depends on how large the inputs are.",
    refuting={"right": math.inf},
    instead="tanh keeps a slope far from 0.",
)
