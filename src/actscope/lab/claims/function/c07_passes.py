"""C07: ReLU passes the gradient unchanged for positive input."""

import numpy as np

from ....nn.functional import slope as slope_of
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .curves import slope
from .rectified import FORMATS, LIBRARIES, TRIED, gradients, sent_back, sizes

DRAWN = {"ReLU": "relu", "tanh": "tanh", "sigmoid": "sigmoid"}
UNITS = 50
AT = 1.0


def measure() -> Measured:
    """Send gradients back through ReLU at positive inputs, and compare what comes back bit by bit."""
    changed, slopes, tried = dict.fromkeys(LIBRARIES, 0), 0, 0
    for of in FORMATS:
        z = sizes(of)
        sent = gradients(z)
        tried += len(z)
        slopes += int((slope_of("relu", z) != 1).sum())
        for library, relu in LIBRARIES.items():
            changed[library] += int((sent_back(relu, z, sent).view(of.bits) != sent.view(of.bits)).sum())
    units = np.arange(UNITS + 1)
    inputs = np.linspace(0.05, 6, 120)
    return Measured(
        numbers={
            "tried": Number(tried, "positive inputs, each with a gradient"),
            "changed_actscope": Number(changed["actscope"], "gradients that came back changed in any bit, actscope"),
            "changed_pytorch": Number(changed["pytorch"], "gradients that came back changed in any bit, PyTorch"),
            "slopes": Number(slopes, "slopes that are not exactly 1"),
            "tanh_left": Number(slope("tanh", AT) ** UNITS, f"share left after {UNITS} units of tanh at z = {AT:g}"),
        },
        pictures=(
            Chart(
                "For z > 0 ReLU passes all of a gradient; sigmoid and tanh pass less the larger z is",
                x="z",
                y="share of the gradient that passes",
                lines=tuple(line(title, inputs, slope(name, inputs)) for title, name in DRAWN.items()),
            ),
            Chart(
                f"Unit after unit at z = {AT:g}, with weights of 1: only through ReLU all of the gradient is left",
                x="units passed",
                y="share of the gradient",
                lines=tuple(line(title, units, slope(name, AT) ** units) for title, name in DRAWN.items()),
                log_y=True,
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return FAILS if n["changed_actscope"] or n["changed_pytorch"] or n["slopes"] else HOLDS


CLAIM = Claim(
    id="C07",
    group="function",
    articles=("A0", "A2", "A4"),
    title="ReLU passes the gradient unchanged where its input is positive",
    statement="For z > 0 the slope of ReLU is 1, so a gradient leaves at its input as it arrived at its output.",
    how=f"Inputs are {TRIED}; gradients are as many numbers of every size and both signs, sent back by autograd "
    "through the kernels of actscope and of PyTorch.",
    criterion="It holds if no gradient comes back with a bit changed and no slope differs from 1.",
    measure=measure,
    judge=judge,
    why="On the positive side ReLU is the identity, and a product with a slope of 1 changes nothing. The weights "
    "between the units scale the gradient all the same, so it is the activation alone that leaves it as it was.",
    refuting={"changed_actscope": 1.0},
    instead="ReLU changes some gradients for z > 0.",
)
