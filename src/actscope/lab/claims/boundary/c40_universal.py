"""C40: width against the error of approximation."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Film, Rule, line
from .approximating import DRAWS, FITTED, FUNCTIONS, largest_error, misses, network

CONTINUOUS = ("sine", "|x|")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "x^2")
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CLOSE = 0.01


def measure() -> Measured:
    """Fit three functions with hidden layers of growing width, and follow the largest error."""
    largest = {
        (activation, name): [largest_error(activation, name, width) for width in WIDTHS]
        for activation in ACTIVATIONS
        for name in FUNCTIONS
    }
    widest = f"{WIDTHS[-1]} units"
    numbers = {
        activation.replace("x^2", "square"): Number(
            max(largest[activation, name][-1] for name in CONTINUOUS),
            f"largest error on sine and |x|, {activation}, {widest}",
        )
        for activation in ACTIVATIONS
    }
    numbers["jump"] = Number(
        min(largest[activation, "jump"][-1] for activation in ACTIVATIONS), f"least largest error at a jump, {widest}"
    )
    numbers["jump_mean"] = Number(
        float(np.sqrt((misses("tanh", WIDTHS[-1], 0)["jump"] ** 2).mean())),
        f"root mean square error at a jump, tanh, {widest}",
    )
    kept = [line(f"{activation}: |x|", WIDTHS, largest[activation, "|x|"]) for activation in ACTIVATIONS]
    return Measured(
        numbers,
        pictures=(
            Chart(
                "The error falls with the width, except for a polynomial and at a jump",
                x="hidden units",
                y="largest error",
                lines=(*kept, line("tanh: jump", WIDTHS, largest["tanh", "jump"], style="dashed")),
                rules=(Rule(CLOSE, "y", "1 % of the range"),),
                log_x=True,
                log_y=True,
            ),
            _film(),
        ),
    )


def _film() -> Film:
    shown = np.linspace(-1.0, 1.0, 81)
    frames = []
    for width in WIDTHS:
        fit = network("relu", width, 0, shown)
        lines = (
            line("sine", shown, FUNCTIONS["sine"](shown).round(4)),
            line("network", shown, fit[:, 0].round(4), style="dashed"),
        )
        frames.append((str(width), Chart(f"{width} ReLU units and a sine", x="x", y="y", lines=lines)))
    return Film("A hidden layer of ReLU comes closer to a sine as it grows", "hidden units", tuple(frames), start=4)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    worst = max(n["sigmoid"], n["tanh"], n["relu"])
    if worst > CLOSE:
        return FAILS
    if n["square"] <= CLOSE and n["jump"] <= CLOSE:
        return HOLDS
    limits = []
    if n["square"] > CLOSE:
        limits.append(f"the activation is no polynomial (x^2 stays {n['square']:.2f} off)")
    if n["jump"] > CLOSE:
        limits.append(f"the function has no jump (the largest error there stays {n['jump']:.2f})")
    return Verdict("holds when", " and ".join(limits))


CLAIM = Claim(
    id="C40",
    group="boundary",
    articles=("A4",),
    title="With a non-linear activation and enough width any function can be approximated",
    statement="A network with a non-linear activation can, in theory, come as close as one likes to any function, if "
    "its hidden layer is wide enough.",
    how=f"One hidden layer of 1 to {WIDTHS[-1]} units whose centres are spread evenly and whose slopes are random, "
    f"median of {DRAWS} draws, and its output layer fitted by least squares at {len(FITTED)} points from -1 to 1: this "
    "measures what the width can express, not what training finds. Sine, |x| and a jump; sigmoid, tanh, ReLU and the "
    "parabola x^2; the largest error between the fitted points.",
    criterion="It holds if at the greatest width every activation is within 0.01 of every function at every point; it "
    "holds when the activation or the function is of a kind if sigmoid, tanh and ReLU are so on the continuous "
    "functions, and others are not.",
    measure=measure,
    judge=judge,
    why="A layer of x^2 computes a parabola, however many units it has, and Leshno et al. (1993) proved that "
    "polynomials are the only continuous activations that fail on continuous functions. At a jump every continuous "
    "network is off by half of it on one side; what shrinks is the width of the strip in which it is off.",
    refuting={"square": 0.001, "jump": 0.001},
)
