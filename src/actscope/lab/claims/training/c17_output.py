"""C17: sigmoid at a binary output, and in hidden layers."""

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Line, line
from .averages import averaged, averaged_share
from .outputs import SEEDS, answers, cross_entropy
from .tuning import ACTIVATIONS, REPORTED, tuned

DEPTHS = (1, 4, 8)
OUTPUTS = {"sigmoid": "sigmoid", "tanh": "tanh, moved to 0 to 1", "identity": "no activation"}
MUCH = 0.01


def measure() -> Measured:
    """Compare output units on two half rings, and hidden activations on digits at growing depth."""
    numbers: dict[str, Number] = {}
    hidden = tuned("adam", DEPTHS)
    for depth in reversed(DEPTHS):
        leads = [
            averaged(
                hidden[depth, other].leads(hidden[depth, "sigmoid"]),
                f"lead in accuracy of {other} over hidden sigmoids, depth {depth}, the smaller of tanh's and ReLU's",
            )
            for other in ("tanh", "relu")
        ]
        numbers[f"lead_{depth}"] = min(leads, key=lambda lead: lead.value)
        surely = min(lead.low for lead in leads)
        numbers[f"surely_{depth}"] = Number(
            surely, f"smaller lower end of both, depth {depth}", shown=surely < numbers[f"lead_{depth}"].low
        )
    for output, title in OUTPUTS.items():
        said, happened = answers(output)
        outside = ((said < 0) | (said > 1)).mean(axis=1)
        losses = [cross_entropy(*pair) for pair in zip(said, happened, strict=True)]
        numbers[f"{output}_outside"] = averaged_share(outside, f"share of outputs outside 0 to 1, {title}")
        numbers[f"{output}_loss"] = averaged(losses, f"cross-entropy on fresh points, {title}", unit="nats")
    return Measured(
        numbers,
        pictures=(
            Chart(
                "Hidden sigmoids keep up in one layer and fall behind in many",
                x="hidden layers",
                y="accuracy on test digits",
                lines=tuple(_by_depth(name) for name in ACTIVATIONS),
            ),
            Bars(
                "What an output unit says of fresh points: the less surprise, the better",
                quantity="cross-entropy (nats)",
                bars=tuple(
                    Bar(title, (loss := numbers[f"{output}_loss"]).value, loss.low, loss.high)
                    for output, title in OUTPUTS.items()
                ),
            ),
        ),
    )


def _by_depth(name: str) -> Line:
    found = [averaged_share(tuned("adam", DEPTHS)[depth, name].scores, name) for depth in DEPTHS]
    return line(name, DEPTHS, [n.value for n in found], low=[n.low for n in found], high=[n.high for n in found])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    at_output = n["sigmoid_outside"] == 0 and n["sigmoid_loss"] == min(n[f"{output}_loss"] for output in OUTPUTS)
    worse = [depth for depth in DEPTHS if all(n[f"surely_{more}"] > MUCH for more in DEPTHS if more >= depth)]
    if not at_output or not worse:
        return FAILS
    if worse[0] == DEPTHS[0]:
        return HOLDS
    below = DEPTHS[DEPTHS.index(worse[0]) - 1]
    return Verdict(
        "holds when",
        f"the network has many hidden layers: hidden sigmoids are surely behind at {worse[0]} (by "
        f"{100 * n[f'lead_{worse[0]}']:.0f} points on average), not at {below} or fewer; at the output sigmoid is the "
        "best of the three",
    )


CLAIM = Claim(
    id="C17",
    group="training",
    articles=("A1",),
    title="Sigmoid belongs at a binary output, not in hidden layers",
    statement="Sigmoid can be used in the last layer for telling two classes apart, and should be avoided in hidden "
    "layers.",
    how=f"At the output: networks of 16 tanh units on two half rings, {SEEDS} seeds, with sigmoid and cross-entropy, "
    "and with tanh or no activation and squared error. In hidden layers: sigmoid, tanh and ReLU on handwritten digits "
    f"with 1, 4 and 8 layers, Adam, each at the best of the same five rates, {REPORTED} seeds, differences paired.",
    criterion="It belongs at the output if all its outputs lie within 0 to 1 and its mean cross-entropy on fresh "
    "points is the lowest. It does not belong in hidden layers where the 95 % intervals of the leads of tanh and of "
    "ReLU in accuracy both lie above 0.01. The claim holds if both are so at every depth, and holds when there are "
    "enough layers if the second is so from some depth on.",
    measure=measure,
    judge=judge,
    why="At the output cross-entropy undoes the flat ends of sigmoid, so that its gradient is the error itself, and "
    "what it says reads as a probability. In hidden layers nothing undoes them: each layer multiplies the gradient by "
    "slopes of at most 1/4 and hands on outputs around 1/2.",
    refuting={"surely_8": -0.1},
)
