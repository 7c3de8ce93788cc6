"""C27: how soon networks of ReLU, tanh and sigmoid have learned."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..depth.factors import averaged_factor
from ..pictures import Chart, Line, Rule, line
from .averages import averaged
from .tuning import ACTIVATIONS, EPOCHS, RATES, REPORTED, tuned

SETTINGS = {"adam": (1, 4, 8), "sgd": (1, 4)}
NAMES = {"adam": "Adam", "sgd": "gradient descent"}
OTHERS = ("sigmoid", "tanh")
LEARNED = 0.2
SHOWN = ("adam", 4)


def measure() -> Measured:
    """Count the epochs until the training loss is small, each activation at the rate that suits it best."""
    numbers: dict[str, Number] = {}
    first = dict.fromkeys(OTHERS, 0)
    for optimizer, depths in SETTINGS.items():
        found = tuned(optimizer, depths)
        for depth in depths:
            for other in OTHERS:
                ratio = averaged_factor(
                    np.divide(found[depth, other].epochs_to(LEARNED), found[depth, "relu"].epochs_to(LEARNED)),
                    f"epochs of {other} over those of ReLU, {NAMES[optimizer]}, depth {depth}",
                )
                numbers[f"{other}_{optimizer}_{depth}"] = ratio
                first[other] += ratio.low > 1
    for other in OTHERS:
        numbers[f"before_{other}"] = Number(first[other], f"settings in which ReLU is surely before {other}")
    numbers["settings"] = Number(sum(map(len, SETTINGS.values())), "settings of optimizer and depth")
    return Measured(
        numbers,
        pictures=(
            Chart(
                "Four hidden layers, each activation at its best rate",
                x="epoch",
                y="training loss (nats)",
                lines=tuple(_history(name) for name in ACTIVATIONS),
                rules=(Rule(LEARNED, "y", "learned"),),
                log_y=True,
            ),
            Chart(
                "How many times the epochs of ReLU the others take",
                x="hidden layers",
                y="epochs over those of ReLU",
                lines=tuple(_ratios(other, optimizer, numbers) for other in OTHERS for optimizer in SETTINGS),
                rules=(Rule(1.0, "y", "as fast"),),
                log_y=True,
            ),
        ),
    )


def _history(name: str) -> Line:
    optimizer, depth = SHOWN
    runs = tuned(optimizer, SETTINGS[optimizer])[depth, name].runs
    means = [averaged([run.history[epoch].train_loss for run in runs], name).value for epoch in range(EPOCHS + 1)]
    return line(name, range(EPOCHS + 1), means)


def _ratios(other: str, optimizer: str, numbers: dict[str, Number]) -> Line:
    found = [numbers[f"{other}_{optimizer}_{depth}"] for depth in SETTINGS[optimizer]]
    x, y = SETTINGS[optimizer], [n.value for n in found]
    return line(f"{other}, {NAMES[optimizer]}", x, y, low=[n.low for n in found], high=[n.high for n in found])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    first = {other: n[f"before_{other}"] for other in OTHERS}
    if all(count == n["settings"] for count in first.values()):
        return HOLDS
    if not any(first.values()):
        return FAILS
    more, less = sorted(OTHERS, key=lambda other: -first[other])
    beside = "less often" if first[less] else "in no setting"
    return Verdict(
        "holds when",
        f"it is compared with {more} ({_compared(more, n)}). It is {beside} surely faster than {less} "
        f"({_compared(less, n)})",
    )


def _compared(other: str, n: Values) -> str:
    return (
        f"surely in {n[f'before_{other}']:.0f} of {n['settings']:.0f} settings; with 4 layers and Adam {other} takes "
        f"{n[f'{other}_adam_4']:.1f} times as many epochs"
    )


CLAIM = Claim(
    id="C27",
    group="training",
    articles=("A2", "A4"),
    title="ReLU converges faster in practice",
    statement="Networks of ReLU need fewer steps than those of sigmoid and tanh, because its gradient is 1 where it "
    "is on.",
    how="Handwritten digits, 1, 4 and 8 hidden layers of 32 units with Adam, 1 and 4 with plain gradient descent. "
    f"Each activation has the same {len(RATES['adam'])} learning rates to choose from, and two seeds to choose on; "
    f"{REPORTED} other seeds are counted: epochs until the training loss is {LEARNED:g} nats, or all {EPOCHS} if it "
    "never is, as a ratio paired by seed.",
    criterion="ReLU is surely faster in a setting where the 95 % interval of the ratio lies above 1. The claim holds "
    "if it is so in all settings against both others, and holds when the other is of a kind if it is so in some.",
    measure=measure,
    judge=judge,
    why="Slopes of at most 1/4 hold sigmoid back from the first step on, the more so the deeper it is. Around 0, "
    "where a well initialised network starts, the slope of tanh is 1 as well, so that against tanh ReLU has no such "
    "advantage.",
    refuting={"before_sigmoid": 0.0, "before_tanh": 0.0},
)
