"""C04: sigmoid's slope far from 0 is tiny, its largest is 1/4; and a tangent that moves along three curves."""

import numpy as np

from ....catalogue import get
from ....probe.bound import EPS
from ....probe.slopes import fires
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Film, Rule, line
from .curves import slope, value

FAR = 5.0
CLOSE = 1e-9
FILMED = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
REACH = 4.0


def measure() -> Measured:
    """Search sigmoid's slope for its largest value, and for where it is tiny."""
    x = np.arange(-20_000, 20_001) / 1000
    slopes = slope("sigmoid", x)
    steepest = int(slopes.argmax())
    near = np.linspace(-10, 10, 121)
    return Measured(
        numbers={
            "largest": Number(slopes[steepest], "largest slope of sigmoid"),
            "at": Number(x[steepest], "input where it is largest"),
            "far": Number(slopes[np.abs(x) >= FAR].max(), f"largest slope from |x| = {FAR:g} on"),
            "tiny_from": Number(fires(get("sigmoid"))[-1][1], f"|x| from which it is below {EPS:g}"),
            "at_ten": Number(slope("sigmoid", 10.0), "slope at |x| = 10"),
        },
        pictures=(
            tangents(),
            Chart(
                "Sigmoid's slope is 1/4 at 0 and fades on both sides",
                x="x",
                y="slope",
                lines=(line("slope of sigmoid", near, slope("sigmoid", near)),),
                rules=(Rule(0.25, "y", "1/4"), Rule(-FAR, "x", "-5"), Rule(FAR, "x", "5")),
            ),
        ),
    )


def tangents() -> Film:
    """Return the tangents of sigmoid, tanh and ReLU, moving from left to right.

    >>> len(tangents().frames)
    33
    """
    stops = np.linspace(-REACH, REACH, 33)
    frames = tuple((f"{x:.2f}", _tangents_at(float(x))) for x in stops)
    return Film("The slope at different points: tangents that move along three curves", "x", frames, start=20)


def _tangents_at(at: float) -> Chart:
    x = np.linspace(-REACH, REACH, 33)
    ends = np.array([at - 1.0, at + 1.0])
    slopes = {title: float(slope(name, at)) for title, name in FILMED.items()}
    curves = [line(title, x, value(name, x).round(4)) for title, name in FILMED.items()]
    lines = [
        line(f"tangent of {title}", ends, (value(name, at) + slopes[title] * (ends - at)).round(4), style="dashed")
        for title, name in FILMED.items()
    ]
    told = ", ".join(f"{title} {found:.3g}" for title, found in slopes.items())
    return Chart(f"Slopes at x = {at:.2f}: {told}", x="x", y="f(x)", lines=(*curves, *lines))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    peak = abs(n["largest"] - 0.25) <= CLOSE and abs(n["at"]) <= 0.001
    return HOLDS if peak and n["far"] < EPS else FAILS


CLAIM = Claim(
    id="C04",
    group="function",
    articles=("A0", "A1"),
    title="Sigmoid's slope is at most 1/4, at 0, and tiny far from 0",
    statement="The slope of sigmoid is largest at 0, where it is 1/4, and becomes tiny as the input moves away from 0.",
    how="The slope at 40,001 points from -20 to 20, and a search for where it falls below 0.01.",
    criterion="It holds if the largest slope is within 1e-9 of 1/4 and within 0.001 of x = 0, and every slope from "
    "|x| = 5 on is below 0.01, so that less than 1 % of a gradient passes.",
    measure=measure,
    judge=judge,
    why="The slope is s(1 - s), a product of two shares of 1, which is largest where both are 1/2. Far from 0 one of "
    "them is close to 0 and falls by a factor of e with every further unit of input.",
    refuting={"far": 0.1},
    instead="The slope of sigmoid is s(1 - s), at most 1/4.",
)
