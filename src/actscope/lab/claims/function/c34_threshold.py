"""C34: ReLU after a bias of -b passes only what exceeds b."""

import numpy as np

from .... import kernels
from ....catalogue import get
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from .curves import value

THRESHOLDS = (-2.0, 0.1, 1.0, 1000.0)
FORMATS = ("float16", "float32", "float64")
AROUND = 500


def measure() -> Measured:
    """Send inputs around each threshold through a ReLU with a bias, and see which of them come out."""
    tried, wrong, off = 0, 0, 0.0
    for name in FORMATS:
        for threshold in THRESHOLDS:
            b = np.array(threshold, dtype=name)
            x = around(b)
            out = kernels.value(get("relu"), x, bias=-b)
            tried += len(x)
            wrong += int(np.sum((out > 0) != (x > b)))
            off = max(off, float(np.abs(out[x > b] - (x - b)[x > b]).max()))
    x = np.linspace(-3, 4, 141)
    return Measured(
        numbers={
            "tried": Number(tried, "inputs, among them the nearest neighbours of b on both sides"),
            "wrong": Number(wrong, "of them that came out though not above b, or did not though above"),
            "off": Number(off, "largest distance of what came out from x - b"),
        },
        pictures=(
            Chart(
                "A bias of -b moves the place from which on something passes to b, and takes b off what passes",
                x="x",
                y="output",
                lines=(
                    *(_moved(x, b) for b in (-1.0, 0.0, 2.0)),
                    line("threshold at 2: passes x itself", x, value("threshold", x, threshold=2.0), style="dashed"),
                ),
                rules=(Rule(2.0, "x", "b = 2"),),
            ),
        ),
    )


def around(b: np.ndarray) -> np.ndarray:
    """Return inputs of the dtype of `b`: b, its neighbours on both sides, and others of all sizes, drawn.

    >>> np.array(1.0) in around(np.array(1.0))
    True
    """
    random = np.random.default_rng(0)
    steps = np.arange(-AROUND, AROUND + 1) * np.spacing(b)
    sizes = random.standard_normal(10_000) * 10.0 ** random.uniform(-4, 4, 10_000)
    return np.concatenate([b + steps, sizes]).astype(b.dtype)


def _moved(x: np.ndarray, b: float) -> Line:
    return line(f"ReLU(x - b), b = {b:g}", x, value("relu", x - b))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return FAILS if n["wrong"] else HOLDS


CLAIM = Claim(
    id="C34",
    group="function",
    articles=("A3",),
    title="ReLU after a bias of -b passes only what exceeds b",
    statement="With a bias of -b ReLU filters: an input below b gives 0, and only what exceeds b comes through.",
    how="Inputs around b = -2, 0.1, 1 and 1,000 in float16, float32 and float64, among them the 500 numbers next to b "
    "on either side, through the kernel that adds the bias.",
    criterion="It holds if an output is above 0 for each input above b and for no other.",
    measure=measure,
    judge=judge,
    why="x - b is positive exactly if x exceeds b, also in floating point, where the difference of two different "
    "numbers is never rounded to 0. What passes is x - b and not x, so the threshold is also taken off.",
    refuting={"wrong": 1.0},
    instead="ReLU with a bias of -b passes some inputs that do not exceed b, or holds back some that do.",
)
