"""C21: for negative input ReLU's gradient is 0."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .curves import slope
from .rectified import FORMATS, LIBRARIES, TRIED, gradients, sent_back, sizes

DRAWN = {"ReLU": "relu", "leaky ReLU, a = 0.01": "leaky_relu", "ELU": "elu", "tanh": "tanh"}


def measure() -> Measured:
    """Send gradients back through ReLU at negative inputs, and count what comes through."""
    passed, tried = dict.fromkeys(LIBRARIES, 0), 0
    for of in FORMATS:
        z = sizes(of)
        tried += len(z)
        for library, relu in LIBRARIES.items():
            passed[library] += int((sent_back(relu, -z, gradients(z)) != 0).sum())
    x = np.linspace(-5, 2, 141)
    return Measured(
        numbers={
            "tried": Number(tried, "negative inputs, each with a gradient"),
            "passed_actscope": Number(passed["actscope"], "gradients of which anything came through, actscope"),
            "passed_pytorch": Number(passed["pytorch"], "gradients of which anything came through, PyTorch"),
            "leaky": Number(slope("leaky_relu", -1.0), "share that leaky ReLU, a = 0.01, lets through"),
            "elu": Number(slope("elu", -1.0), "share that ELU lets through at -1"),
        },
        pictures=(
            Chart(
                "Left of 0 the slope of ReLU is 0; its successors let a little through",
                x="x",
                y="slope",
                lines=tuple(line(title, x, slope(name, x)) for title, name in DRAWN.items()),
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return FAILS if n["passed_actscope"] or n["passed_pytorch"] else HOLDS


CLAIM = Claim(
    id="C21",
    group="function",
    articles=("A1",),
    title="For negative input ReLU's gradient is 0",
    statement="Where the input of ReLU is negative nothing of a gradient passes, so no weight before it learns.",
    how=f"Inputs are the negatives of {TRIED}; gradients of every size and both signs are sent back by autograd "
    "through the kernels of actscope and of PyTorch.",
    criterion="It holds if every gradient that comes back is exactly 0.",
    measure=measure,
    judge=judge,
    why="On the negative side ReLU is the constant 0, and a constant has the slope 0. What the unit did wrong on such "
    "a sample is not told to its weights, which is how a unit that is negative on every sample stays so.",
    refuting={"passed_pytorch": 1.0},
    instead="ReLU lets something of the gradient through for negative input.",
)
