"""C38: a sigmoid gate keeps part of a value, as in LSTM's forget gate."""

import numpy as np
import torch

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .curves import beginning, value

STEPS = 30
GATES = (-2.0, 0.0, 1.0, 3.0, 5.0)
CLOSE = 1e-12
CLOSED = -1000.0


def measure() -> Measured:
    """Let an LSTM cell hold the value 1 over 30 steps, its forget gate at several pre-activations."""
    kept = {b: held(b) for b in GATES}
    steps = np.arange(STEPS + 1)
    return Measured(
        numbers={
            "error": Number(
                max(np.abs(kept[b] - value("sigmoid", b) ** steps).max() for b in GATES),
                "largest difference of the cell's value from sigmoid(b)^t",
            ),
            **{f"one_{b:g}": Number(kept[b][1], f"share kept by one step, b = {b:g}") for b in GATES},
            **{f"all_{b:g}": Number(kept[b][-1], f"share kept by {STEPS} steps, b = {b:g}") for b in GATES},
            "for_half": Number(
                beginning(lambda b: bool(held(b)[-1] >= 0.5), 0.0, 10.0),
                f"b from which half is kept over {STEPS} steps",
            ),
        },
        pictures=(
            Chart(
                "How much of a value an LSTM cell keeps: a forget gate at b multiplies it by sigmoid(b) at every step",
                x="steps",
                y="share of the value that is left",
                lines=tuple(line(f"b = {b:g}, gate {value('sigmoid', b):.3f}", steps, kept[b]) for b in GATES),
                rules=(Rule(0.5, "y", "half"),),
            ),
        ),
    )


def held(b: float) -> np.ndarray:
    """Return what PyTorch's LSTM cell holds of a value 1 after 0 to 30 steps; b is the forget gate's pre-activation.

    >>> float(held(0.0)[1])
    0.5
    """
    weights, no_bias = torch.zeros(4, 1, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    # Of the four gates the first lets nothing new in, and the second forgets.
    bias = torch.tensor([CLOSED, b, 0.0, 0.0], dtype=torch.float64)
    nothing, state = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    values, output = [1.0], nothing
    for _ in range(STEPS):
        output, state = torch.lstm_cell(nothing, [output, state], weights, weights, bias, no_bias)
        values.append(float(state))
    return np.array(values)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    shares = [n[f"one_{b:g}"] for b in GATES]
    if n["error"] > CLOSE or not all(0 < share < 1 for share in shares):
        return FAILS
    return HOLDS


CLAIM = Claim(
    id="C38",
    group="function",
    articles=("A3",),
    title="A sigmoid gate keeps part of a value, as LSTM's forget gate does",
    statement="Because sigmoid gives a number between 0 and 1, a value that is multiplied by it is kept in part; "
    "LSTM's forget gate filters its memory so.",
    how="An LSTM cell of PyTorch in float64 whose memory holds 1 and takes in nothing new; the forget gate's "
    "pre-activation b is -2 to 5, over 30 steps.",
    criterion="It holds if one step keeps a share strictly between 0 and 1 at each b, and the share after t steps is "
    "sigmoid(b)^t to 1e-12.",
    measure=measure,
    judge=judge,
    why="A factor between 0 and 1 neither turns the sign of a value nor makes it larger, whatever the weights before "
    "it give. The factors of all steps are multiplied, so memory over many steps needs a gate that is almost open.",
    refuting={"one_3": 1.5},
    instead="The gate does not keep a share between 0 and 1.",
)
