"""C42: what an activation that does not saturate cures."""

import itertools
from collections.abc import Mapping

import numpy as np

from ...models import scales_of
from ...records import Init
from ...wording import listed, written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Rule, line
from .factors import averaged_factor
from .learning import fewest_epochs, planned, trained
from .networks import WIDTH, Numbers, sizes

DEPTH, FLOW_SEEDS = 30, 8
HIDDEN, SEEDS = 6, 5
RATES = (0.01, 0.03)
INITS: Mapping[Init, str] = {"default": "PyTorch's", "lecun": "LeCun's", "he": "He's"}
SATURATING = ("sigmoid", "tanh")
SETTINGS = tuple(itertools.product(INITS, SATURATING))
LEVEL = 10.0
SHOWN: tuple[Init, ...] = ("he", "lecun")


def measure() -> Measured:
    """Measure gradients through 30 layers and epochs of training, by initialisation."""
    numbers: dict[str, Number] = {}
    gradients = {}
    for name in ("relu", *SATURATING):
        scales = [scales_of(name, init, WIDTH)[1] for init in INITS]
        gradients[name] = sizes(name, scales, depth=DEPTH, seeds=FLOW_SEEDS).gradient
        for (init, weights), change in zip(INITS.items(), gradients[name][0] / gradients[name][-1], strict=True):
            meaning = f"{name}, {weights} weights: gradient at layer 1 over that at layer {DEPTH}"
            numbers[f"{name}_{init}"] = averaged_factor(change, meaning)
    steps = _steps()
    for init, name in SETTINGS:
        ratio = np.divide(steps[init, "relu"], steps[init, name])
        found = averaged_factor(ratio, f"{INITS[init]} weights: steps with ReLU over steps with {name}")
        numbers[f"steps_{name}_{init}"] = found
        numbers[f"steps_{name}_{init}_high"] = Number(
            found.high, f"{INITS[init]} weights, {name}: upper end of that", shown=False
        )
    return Measured(numbers, (_flow(gradients), _bars(steps)))


def _steps() -> dict[tuple[str, str], list[float]]:
    experiments = planned(
        ["relu", *SATURATING], rates=RATES, inits=tuple(INITS), depth=HIDDEN, seeds=SEEDS, epochs=60, batch_size=100
    )
    groups = trained(experiments)
    return {(init, name): fewest_epochs(group) for (_, name, init, _), group in groups.items()}


def _flow(gradients: dict[str, Numbers]) -> Chart:
    places = {init: place for place, init in enumerate(INITS)}
    lines = []
    for name, init in itertools.product(gradients, SHOWN):
        of = gradients[name][:, places[init]]
        size = np.exp(np.log(of / of[-1]).mean(axis=1))
        lines.append(line(f"{name}, {INITS[init]} weights", range(1, DEPTH + 1), size))
    return Chart(
        "ReLU keeps the gradient with He's weights, not with LeCun's",
        x="layer, 1 next to the input",
        y="size of the gradient over that at the last layer",
        lines=tuple(lines),
        rules=(Rule(1.0, "y", "as large as at the last layer"),),
        log_y=True,
    )


def _bars(steps: dict[tuple[str, str], list[float]]) -> Bars:
    bars = []
    for name, init in itertools.product(("relu", *SATURATING), INITS):
        found = averaged_factor(steps[init, name], "")
        bars.append(Bar(f"{INITS[init]} weights", found.value, found.low, found.high, group=name))
    return Bars(
        "ReLU learns sooner than sigmoid, and no sooner than tanh", "steps to half the loss of guessing", tuple(bars)
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    cured = [s for s in SETTINGS if 1 / LEVEL < n[f"relu_{s[0]}"] < LEVEL and n[f"{s[1]}_{s[0]}"] < 1 / LEVEL]
    held = [(init, name) for init, name in cured if n[f"steps_{name}_{init}_high"] < 1]
    if len(held) == len(SETTINGS):
        return HOLDS
    if not held:
        return FAILS
    told = [
        f"ReLU takes the place of {name} with {INITS[init]} weights (through {DEPTH} layers its gradient keeps "
        f"{n[f'relu_{init}']:.2g} of its size, and it needs {n[f'steps_{name}_{init}']:.2g} times the steps)"
        for init, name in held
    ]
    sentences = [listed(told, "or")]
    if n["relu_lecun"] <= 1 / LEVEL:
        sentences.append(
            written("With LeCun's weights its gradient vanishes as well ({kept:.0e} is left)", kept=n["relu_lecun"])
        )
    if ("he", "tanh") not in held:
        sentences.append(
            f"It is no cure in the place of tanh ({n['steps_tanh_he']:.1f} times the steps with He's weights)"
        )
    return Verdict("holds when", ". ".join(sentences))


CLAIM = Claim(
    id="C42",
    group="depth",
    articles=("A4",),
    title="A non-saturating activation cures vanishing and speeds convergence",
    statement="An activation that does not saturate, as ReLU, solves the problem of vanishing gradients and makes "
    "training converge faster than sigmoid and tanh.",
    how=f"ReLU beside sigmoid and tanh with PyTorch's, LeCun's and He's weights: the gradient through {DEPTH} layers "
    f"of width {WIDTH}, {FLOW_SEEDS} seeds, and the steps until networks of {HIDDEN} hidden layers on two half moons "
    f"have half the training loss of guessing, with full batches, Adam at the better of two rates, {SEEDS} seeds.",
    criterion="It holds for an initialisation and a saturating function if ReLU's gradient changes by less than a "
    "factor of 10 where the other's shrinks by more, and if the 95 % interval of the ratio of steps lies below 1; it "
    "holds outright if it does in all six cases.",
    measure=measure,
    judge=judge,
    why="ReLU's slope is 1 for half of the units and 0 for the others, which halves the mean square of the gradient in "
    "each layer, and He's weights are made to double it again. tanh has a slope near 1 at small values, so with "
    "suitable weights its gradients do not vanish either, and its outputs are centred.",
    refuting={f"steps_sigmoid_{init}_high": 2.0 for init in INITS} | {f"steps_tanh_{init}_high": 2.0 for init in INITS},
    instead="ReLU does not both keep the gradient and learn sooner under any of these initialisations.",
)
