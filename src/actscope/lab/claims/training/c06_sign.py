"""C06: what sigmoid and tanh keep of the sign, and how they train on signed data."""

import numpy as np
from numpy.typing import NDArray

from ....catalogue import get
from ....formula import evaluate
from ...wording import listed, written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from .averages import averaged, averaged_share
from .tuning import REPORTED, tuned

DEPTHS = (1, 4, 8)
SOME = 0.01


def measure() -> Measured:
    """Read the sign off sigmoid's output, rewrite a tanh network with sigmoids, and train both."""
    x = np.linspace(-10.0, 10.0, 2001)
    x = x[np.abs(x) > 1e-9]
    read = np.sign(_sigmoid(x) - 0.5)
    found = tuned("adam", DEPTHS)
    numbers = {
        "lost": Number((read != np.sign(x)).mean(), "share of values whose sign cannot be told from sigmoid's output"),
        "rewritten": Number(rewriting_error(), "largest difference between a tanh network and the same with sigmoids"),
    }
    for depth in DEPTHS:
        leads = averaged(
            found[depth, "tanh"].leads(found[depth, "sigmoid"]), f"lead of tanh in accuracy, depth {depth}"
        )
        numbers[f"lead_{depth}"] = leads
        numbers[f"surely_{depth}"] = Number(leads.low, f"lower end of that lead's interval, depth {depth}", shown=False)
    shown = x[::20]
    return Measured(
        numbers,
        pictures=(
            Chart(
                "sigmoid is above 1/2 where tanh is above 0",
                x="x",
                y="output",
                lines=(line("sigmoid", shown, _sigmoid(shown)), line("tanh", shown, _tanh(shown))),
                rules=(Rule(0.5, "y", "1/2"), Rule(0.0, "y", "0")),
            ),
            Chart(
                "On signed data tanh leads in deep networks",
                x="hidden layers",
                y="accuracy on test digits",
                lines=tuple(_by_depth(name) for name in ("sigmoid", "tanh")),
            ),
        ),
    )


def rewriting_error() -> float:
    """Return how far a random tanh network is from the network of sigmoids that computes the same.

    tanh(z) = 2 sigmoid(2z) - 1: weights and bias below are doubled, weights above too, and their sum leaves the bias.
    """
    random = np.random.default_rng(0)
    points, below, bias = random.standard_normal((500, 8)), random.standard_normal((8, 32)), random.standard_normal(32)
    above = random.standard_normal(32) / np.sqrt(32)
    of_tanh = _tanh(points @ below + bias) @ above
    of_sigmoid = _sigmoid(points @ (2 * below) + 2 * bias) @ (2 * above) - above.sum()
    return float(np.abs(of_tanh - of_sigmoid).max())


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(evaluate(get("sigmoid").formula, x=x, gain=1.0))


def _tanh(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(evaluate(get("tanh").formula, x=x))


def _by_depth(name: str) -> Line:
    found = [averaged_share(tuned("adam", DEPTHS)[depth, name].scores, "") for depth in DEPTHS]
    return line(name, DEPTHS, [n.value for n in found], low=[n.low for n in found], high=[n.high for n in found])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    better = all(n[f"surely_{depth}"] > 0 for depth in DEPTHS)
    return HOLDS if n["lost"] >= SOME and better else FAILS


def corrected(n: Values) -> str:
    """Return what holds instead: of the sign in general, of training at the depths where tanh surely leads."""
    ahead, level = ([depth for depth in DEPTHS if (n[f"surely_{depth}"] > 0) == surely] for surely in (True, False))
    leads = f"tanh surely leads at {_layers(ahead)} (by {listed([_points(n, depth) for depth in ahead])})"
    rest = f"at {_layers(level)} no lead is sure ({listed([_points(n, depth) for depth in level])})"
    told = "; ".join(part for part, depths in ((leads, ahead), (rest, level)) if depths)
    kept = (
        "That sigmoid throws the sign away does not hold: it keeps it, as above or below 1/2, and with other weights "
        "its networks compute whatever networks of tanh do"
    )
    lost = written("Sigmoid loses the sign of {lost:.0%} of the values", lost=n["lost"])
    return f"{lost if n['lost'] >= SOME else kept}. Which trains better depends on the depth: {told}."


def _layers(depths: list[int]) -> str:
    return f"{listed([str(depth) for depth in depths])} hidden layer{'s' * (depths != [1])}"


def _points(n: Values, depth: int) -> str:
    return f"{100 * n[f'lead_{depth}']:.1f} points"


CLAIM = Claim(
    id="C06",
    group="training",
    articles=("A0",),
    title="Sigmoid throws the sign away; tanh keeps it and does better on signed data",
    statement="Sigmoid turns every value into one between 0 and 1, by which the information of positive and negative "
    "would be lost; tanh, which keeps it, would suit data of both signs better.",
    how="Whether the sign of 2000 values from -10 to 10 can be read off sigmoid's output as above or below 1/2; how "
    "far a random tanh network is from one of sigmoids with weights rewritten by tanh(z) = 2 sigmoid(2z) - 1. Then "
    "networks on standardised digits, 1 to 8 hidden layers, Adam, each activation at the best of five rates, "
    f"{REPORTED} seeds.",
    criterion="It holds if the sign of at least 1 % of the values cannot be told, and tanh leads in accuracy at every "
    "depth, with the 95 % interval of the paired lead above 0. Otherwise it does not hold.",
    measure=measure,
    judge=judge,
    why="Sigmoid rises everywhere, so nothing is lost, and the next layer's bias can subtract the 1/2. What tanh has "
    "is a slope four times as large at 0 and outputs around 0, which matters to gradient descent the more layers "
    "there are: not in shallow networks, very much in deep ones.",
    refuting={"lost": 0.5, "surely_1": 0.01, "surely_4": 0.01, "surely_8": 0.01},
    instead=corrected,
)
