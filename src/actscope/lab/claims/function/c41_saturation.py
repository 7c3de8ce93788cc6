"""C41: sigmoid and tanh saturate, ReLU does not."""

import numpy as np

from ....catalogue import CATALOGUE
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, line
from .curves import slope

SATURATING = ("sigmoid", "tanh")
DRAWN = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu")
FAR = (1e2, 1e4, 1e6)
NOTHING = 1e-7
SIDES = {"left": -1.0, "right": 1.0}


def measure() -> Measured:
    """Take the slopes ever farther from 0, on both sides, for the articles' functions and the whole catalogue."""
    flat = [sum(far_slope(a.name, side) < NOTHING for side in SIDES.values()) for a in CATALOGUE if a.pointwise]
    x = np.linspace(-8, 8, 129)
    return Measured(
        numbers={
            **{
                f"{name}_{word}": Number(far_slope(name, side), f"slope of {name} far to the {word}")
                for name in (*SATURATING, "relu")
                for word, side in SIDES.items()
            },
            **{
                f"flat_{sides}": Number(flat.count(sides), f"of {len(flat)} activations, flat on {words}")
                for sides, words in enumerate(("no side", "one side", "both sides"))
            },
        },
        pictures=(
            Chart(
                "Sigmoid and tanh lose their slope on both sides, ReLU on one",
                x="x",
                y="slope",
                lines=tuple(line(name, x, slope(name, x)) for name in ("sigmoid", "tanh", "relu")),
            ),
            Bars(
                "Far from 0 rectifiers keep a slope of 1 on the right; on the left leaky ReLU alone keeps one",
                f"slope at -{FAR[-1]:,.0f} and at {FAR[-1]:,.0f}",
                tuple(
                    Bar(name, float(slope(name, side * FAR[-1])), group=word)
                    for name in DRAWN
                    for word, side in SIDES.items()
                ),
            ),
        ),
    )


def far_slope(name: str, side: float) -> float:
    """Return the largest of the sizes of the slopes at 10,000 and 1,000,000 on that side, -1 or 1.

    >>> far_slope("relu", -1.0), far_slope("relu", 1.0)
    (0.0, 1.0)
    """
    return float(np.abs(slope(name, side * np.array(FAR[1:]))).max())


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if any(n[f"{name}_{word}"] >= NOTHING for name in SATURATING for word in SIDES):
        return FAILS
    open_sides = [word for word in SIDES if n[f"relu_{word}"] >= NOTHING]
    if len(open_sides) == len(SIDES):
        return HOLDS
    if not open_sides:
        return FAILS
    (open_side,) = open_sides
    end = {"left": "-infinity", "right": "+infinity"}
    (other,) = set(end) - {open_side}
    return Verdict(
        "holds when",
        f"x tends to {end[open_side]}, where the slope of ReLU is {n[f'relu_{open_side}']:g}; towards {end[other]} it "
        f"is {n[f'relu_{other}']:g} as those of sigmoid and tanh are",
    )


CLAIM = Claim(
    id="C41",
    group="function",
    articles=("A4",),
    title="Sigmoid and tanh saturate, ReLU does not",
    statement="The slopes of sigmoid and tanh tend to 0 as x tends to infinity, which is called saturating; the slope "
    "of ReLU does not.",
    how="The slopes at 10,000 and 1,000,000 on both sides, for these three and for every activation of one number in "
    "the catalogue.",
    criterion="A slope has gone to 0 if it is below 1e-7 there, what float32 can tell from 0 beside 1. The claim holds "
    "if those of sigmoid and tanh have on both sides and that of ReLU on neither; it holds when x goes to one side if "
    "ReLU's has not on that side alone.",
    measure=measure,
    judge=judge,
    why="Sigmoid and tanh rise between two bounds, so they level off at both ends, while ReLU is a line without end "
    "on its right. On its "
    "left ReLU is constant, as flat as any function can be, which is why its units can die.",
    refuting={"relu_left": 1.0},
    instead="ReLU saturates on both sides.",
)
