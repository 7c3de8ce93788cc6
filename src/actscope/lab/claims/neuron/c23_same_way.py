"""C23: which way the weights of a neuron move."""

from statistics import fmean

import numpy as np

from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, line
from ..training.averages import averaged_share
from . import network
from .classifier import NEURONS, UNITS, second_layer

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
ACTIVATIONS = ("sigmoid", "relu", "tanh")
SEEDS = 40
NEARLY_ALL = 0.95
USUAL = 64


def measure() -> Measured:
    """Count the neurons whose weights all move the same way in a step, by the size of the batch."""
    start = {name: _shares(name, fitted=False) for name in ACTIVATIONS}
    fitted = _shares("sigmoid", fitted=True)
    sigmoid = {batch: fmean(shares) for batch, shares in start["sigmoid"].items()}
    held = [batch for batch in BATCHES if all(sigmoid[b] >= NEARLY_ALL for b in BATCHES if b <= batch)]
    behind = "behind sigmoid units, share of neurons whose weights all move the same way"
    return Measured(
        numbers={
            "by_sign": Number(_by_sign(), "share of neurons whose gradients have their inputs' signs, or the opposite"),
            "one": averaged_share(start["sigmoid"][1], f"{behind} for one sample"),
            "usual": averaged_share(start["sigmoid"][USUAL], f"{behind} in a batch of {USUAL}, at the start"),
            "fitted": averaged_share(fitted[USUAL], f"{behind} in a batch of {USUAL}, once the output's bias fits"),
            "held_to": Number(max(held, default=0), "largest batch in which 95 % of the neurons do so", "samples"),
            "relu": averaged_share(
                start["relu"][USUAL], f"the same behind ReLU units in a batch of {USUAL}, at the start"
            ),
            "tanh": averaged_share(
                start["tanh"][1], "the same behind tanh units, whose outputs have both signs, for one sample"
            ),
        },
        pictures=(
            Chart(
                "For one sample all weights move the same way; in a batch the samples disagree",
                x="samples in the batch",
                y="share of neurons whose weights all move the same way",
                lines=(
                    *(_line(f"behind {name} units", shares) for name, shares in start.items()),
                    _line("behind sigmoid units, output fitted", fitted),
                ),
                log_x=True,
            ),
        ),
    )


def _line(name: str, shares: dict[int, list[float]]) -> Line:
    over_seeds = [averaged_share(each, name) for each in shares.values()]
    bands = {side: [getattr(each, side) for each in over_seeds] for side in ("value", "low", "high")}
    return line(name, shares, bands["value"], low=bands["low"], high=bands["high"])


def _by_sign() -> float:
    """Return the share of tanh neurons whose gradients, by finite differences, have the signs of the inputs or all the
    opposite ones."""
    agree = []
    for seed in range(6):
        made = network.drawn("tanh", (3, 4, 4, 1), seed)
        sample = np.random.default_rng(100 + seed).normal(size=3)
        _, gradients = network.by_difference(made, sample, target=1.0)
        for gradient, given in zip(gradients, network.passed(made, sample).given, strict=False):
            ways = np.sign(gradient) * np.sign(given)
            agree += list(np.all(ways == ways[:, :1], axis=1))
    return float(np.mean(agree))


def _shares(activation: str, *, fitted: bool) -> dict[int, list[float]]:
    """Return, for each size of the batch, the share of neurons whose weights' gradients have one sign."""
    found: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    for seed in range(SEEDS):
        deltas, inputs = second_layer(activation, fitted=fitted, random=np.random.default_rng(seed))
        for batch, shares in found.items():
            gradients = deltas[:batch].T @ inputs[:batch]
            shares.append(float(np.mean(np.all(gradients >= 0, axis=1) | np.all(gradients <= 0, axis=1))))
    return found


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["by_sign"] < 1 or n["one"] < 1:
        return FAILS
    if n["usual"] >= NEARLY_ALL and n["fitted"] >= NEARLY_ALL:
        return HOLDS
    most = n["held_to"]
    condition = written(
        "{samples} the step; in a batch of {batch} it is true of {usual:.0%} of the neurons behind sigmoid units at "
        "the start, and of {fitted:.0%} once the output's bias fits",
        samples="one sample decides" if most == 1 else f"at most {most:.0f} samples decide",
        batch=USUAL,
        **n,
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C23",
    group="neuron",
    articles=("A2",),
    title="With all inputs positive, all weights of a neuron move the same way",
    statement="The direction in which a weight is updated is decided by the sign of its input, so that with positive "
    "inputs all weights of a neuron grow together or shrink together.",
    how="The signs of gradients by finite differences in 6 small networks, for one sample. Then the second hidden "
    f"layer of {SEEDS} random classifiers of width {UNITS} and {NEURONS}: the share of neurons whose weights all move "
    "the same way, for batches of 1 to 256, at the start and with the output's bias fitted to the classes.",
    criterion="It holds if it is true of every neuron for one sample, and of 95 % of the neurons behind sigmoid units "
    "in batches of 64; if it is true for one sample alone, it holds up to the largest batch at which it is true of 95 "
    "%, at the start.",
    measure=measure,
    judge=judge,
    why="For one sample the gradients of a neuron's weights are its inputs times one number, the delta. A batch adds "
    "such products over samples whose deltas differ in sign, and the sum no longer has the sign of the inputs.",
    refuting={"usual": 1.0, "fitted": 1.0},
    instead="The weights of a neuron do not move the same way even for one sample.",
)
