"""C05: gradients of a deep sigmoid network, and where learning stops."""

import math
from statistics import fmean
from typing import Any

import numpy as np

from ...models import scales_of
from ...records import Experiment
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from ..training.averages import averaged
from .factors import averaged_factor
from .learning import GUESSING, Groups, best_losses, planned, trained
from .networks import WIDTH, Numbers, rate, sizes

DEPTH, FLOW_SEEDS = 50, 8
SEEDS, DEEP = 3, 12
DEPTHS = {"sgd": (2, 4, 6, 12), "adam": (4, 8, 12, 16)}
RATES = {"sgd": (0.3, 3.0), "adam": (0.01, 0.03)}
NAMES = {"sgd": "gradient descent", "adam": "Adam"}
INITS = {"auto": "weights by the gain", "lecun": "LeCun's weights"}
STOPPED, VANISHED = 0.9, 0.1


def measure() -> Measured:
    """Measure gradients through 50 layers, and train networks of more and more layers."""
    gradients = {
        name: sizes(name, [scales_of(name, "auto", WIDTH)[1]], depth=DEPTH, seeds=FLOW_SEEDS).gradient[:, 0]
        for name in ("sigmoid", "tanh", "relu")
    }
    groups = _trained()
    change = np.exp(np.log(gradients["sigmoid"][0] / gradients["sigmoid"][-1]).mean())
    factor = "factor by which the gradient changes a layer, weights by the gain"
    numbers = {f"{name}_factor": averaged_factor(rate(each), f"{name}: {factor}") for name, each in gradients.items()}
    numbers["change"] = Number(change, f"sigmoid: gradient at layer 1 over that at layer {DEPTH}")
    for optimizer, depths in DEPTHS.items():
        for init, weights in INITS.items():
            losses = {depth: fmean(best_losses(groups[depth, "sigmoid", init, optimizer])) for depth in depths}
            meaning = f"hidden layers from which sigmoid does not learn, {NAMES[optimizer]}, {weights}"
            numbers[f"{optimizer}_{init}"] = Number(stopped_from(losses), meaning)
    for name in ("tanh", "relu"):
        meaning = f"loss with {name} after training {DEEP} hidden layers, gradient descent, weights by the gain"
        numbers[f"{name}_loss"] = averaged(best_losses(groups[DEEP, name, "auto", "sgd"]), meaning, unit="nats")
    return Measured(numbers, (_flow(gradients), _learning(groups)))


def _trained() -> Groups:
    experiments: list[Experiment] = []
    for optimizer, depths in DEPTHS.items():
        options: dict[str, Any] = {"optimizer": optimizer, "seeds": SEEDS, "epochs": 24, "batch_size": 20}
        for depth in depths:
            experiments += planned(["sigmoid"], rates=RATES[optimizer], inits=tuple(INITS), depth=depth, **options)
            if optimizer == "sgd":
                # The larger rate suits sigmoid alone.
                experiments += planned(["tanh", "relu"], rates=RATES["sgd"][:1], depth=depth, **options)
    return trained(experiments)


def stopped_from(losses: dict[int, float]) -> float:
    """Return the smallest depth from which on no network learns, infinite if the deepest does.

    >>> stopped_from({2: 0.2, 4: 0.69, 6: 0.3, 8: 0.69, 12: 0.69})
    8
    """
    stopped: float = math.inf
    for depth in sorted(losses, reverse=True):
        if not losses[depth] > STOPPED * GUESSING:
            break
        stopped = depth
    return stopped


def _flow(gradients: dict[str, Numbers]) -> Chart:
    layers = range(1, DEPTH + 1)
    return Chart(
        f"Gradients through {DEPTH} layers",
        x="layer, 1 next to the input",
        y="size of the gradient over that at the last layer",
        lines=tuple(
            line(name, layers, np.exp(np.log(gradient / gradient[-1]).mean(axis=1)))
            for name, gradient in gradients.items()
        ),
        log_y=True,
    )


def _learning(groups: Groups) -> Chart:
    series = [("sigmoid", "sgd"), ("sigmoid", "adam"), ("tanh", "sgd"), ("relu", "sgd")]
    return Chart(
        "From some depth on a sigmoid network learns nothing",
        x="hidden layers",
        y=f"training loss at the end (nats, mean of {SEEDS} seeds)",
        lines=tuple(_losses(groups, name, optimizer) for name, optimizer in series),
        rules=(Rule(GUESSING, "y", "guessing"),),
    )


def _losses(groups: Groups, name: str, optimizer: str) -> Line:
    found = [fmean(best_losses(groups[depth, name, "auto", optimizer])) for depth in DEPTHS[optimizer]]
    return line(f"{name}, {NAMES[optimizer]}", DEPTHS[optimizer], found)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    stops = [n[f"{optimizer}_{init}"] for optimizer in DEPTHS for init in INITS]
    if n["change"] > VANISHED or not any(math.isfinite(depth) for depth in stops):
        return FAILS
    if max(stops) <= DEEP:
        return HOLDS
    told = {key: f"{n[key]:.0f}" if math.isfinite(n[key]) else "more than were tried" for key in n}
    condition = (
        "the network has at least {sgd_auto} hidden layers with gradient descent, or {adam_auto} with Adam (weights by "
        "the gain; with LeCun's {sgd_lecun} and {adam_lecun}), and has to learn within 120 steps"
    )
    return Verdict("holds when", condition.format(**told))


CLAIM = Claim(
    id="C05",
    group="depth",
    articles=("A0", "A4"),
    title="In a deep sigmoid network gradients shrink layer by layer until learning stops",
    statement="Passed back from layer to layer by sigmoids, the gradient becomes smaller and smaller, until parameters "
    "are no longer updated and training stops.",
    how=f"Gradients through {DEPTH} layers of width {WIDTH}, {FLOW_SEEDS} seeds, weights by the gain. Then networks of "
    "width 16 and 2 to 16 hidden layers, trained on two half moons in 120 steps at the better of two rates, with "
    f"gradient descent and with Adam, weights by the gain and LeCun's, without normalisation, {SEEDS} seeds.",
    criterion="The gradient must shrink at least 10-fold from the last layer to the first. Learning has stopped at a "
    "depth if there and at all larger ones the training loss stays above 90 % of that of guessing, in the mean. The "
    "claim holds if it has by 12 hidden layers with both optimizers and both initialisations; if it has later, or in "
    "some of these cases only, the claim holds from the depths that are found.",
    measure=measure,
    judge=judge,
    why="Each layer multiplies the gradient by weights and by a slope of at most 1/4, and the usual weights do not "
    "make up for that, so the layers next to the input receive next to nothing. Adam divides each gradient by its own "
    "size and so learns in deeper networks, until gradients vanish beside rounding and the constant that it adds.",
    refuting={"change": 1.0},
    instead="Gradients do not shrink through a sigmoid network, or it learns at every depth that was tried.",
)
