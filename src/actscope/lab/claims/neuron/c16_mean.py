"""C16: the mean of sigmoid's output, and what it does to the next layer."""

import itertools

import numpy as np

from ....catalogue import Activation, get
from ....catalogue.defining import define
from ...records import Run
from ...statistics import estimate
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..depth.factors import averaged_factor
from ..depth.learning import fewest_epochs, planned, trained
from ..pictures import Chart, Line, line
from ..training.averages import averaged
from . import network

SEEDS, UNITS, SAMPLES, EPOCHS, SHOWN = 8, 16, 400, 70, 40
DEPTHS = (1, 3)
SMALL = 0.3
RATES = {"sgd": (SMALL, 3.0, 10.0), "adam": (0.03, 0.1)}
NAMES = {"sgd": "gradient descent", "adam": "Adam"}
SETTINGS = tuple(itertools.product(RATES, DEPTHS))
CENTRED = "centred_sigmoid"
TOLERANCE = 0.02


def measure() -> Measured:
    """Look at the outputs of sigmoid layers, and train with sigmoid and with sigmoid less 1/2 from the same weights."""
    means, stretched = zip(*(outputs(seed) for seed in range(SEEDS)), strict=True)
    numbers = {
        "mean": averaged(means, "mean output of sigmoid units"),
        "stretch": averaged(stretched, "largest curvature of the next layer's loss over that behind centred units"),
    }
    pairs = _trained()
    for (optimizer, depth), (plain, centred) in pairs.items():
        what = _said(optimizer, depth)
        numbers[f"{optimizer}_{depth}"] = found = _ratio(plain, centred, f"{what}, each at its best rate")
        numbers[f"{optimizer}_{depth}_low"] = Number(found.low, f"{what}: lower end of that interval", shown=False)
    plain, centred = ([run for run in group if run.experiment.lr == SMALL] for group in pairs["sgd", 1])
    numbers["small"] = found = _ratio(plain, centred, f"{_said('sgd', 1)}, both at the rate {SMALL:g}")
    numbers["small_low"] = Number(found.low, "lower end of that interval", shown=False)
    plain, centred = pairs["sgd", max(DEPTHS)]
    chart = Chart(
        f"With 1/2 taken off its output, sigmoid learns in fewer steps ({max(DEPTHS)} hidden layers)",
        x="step of gradient descent",
        y="training loss (nats)",
        lines=(_curve("sigmoid", plain), _curve("sigmoid - 1/2", centred)),
    )
    return Measured(numbers, (chart,))


def _trained() -> dict[tuple[str, int], tuple[list[Run], list[Run]]]:
    """Return the runs with sigmoid and those with sigmoid less 1/2, by optimizer and depth."""
    pair: list[str | Activation] = ["sigmoid", define(CENTRED, "sigmoid(x) - 1/2")]
    groups = trained(
        [
            experiment
            for optimizer, depth in SETTINGS
            for experiment in planned(
                pair,
                rates=RATES[optimizer],
                inits=["lecun"],
                depth=depth,
                seeds=SEEDS,
                epochs=EPOCHS,
                optimizer=optimizer,
                batch_size=SAMPLES,
            )
        ]
    )
    return {
        (optimizer, depth): (groups[depth, "sigmoid", "lecun", optimizer], groups[depth, CENTRED, "lecun", optimizer])
        for optimizer, depth in SETTINGS
    }


def _ratio(plain: list[Run], centred: list[Run], what: str) -> Number:
    ratios = np.divide(fewest_epochs(plain), fewest_epochs(centred))
    return averaged_factor(ratios, f"{what}: steps with sigmoid over steps with sigmoid - 1/2")


def outputs(seed: int) -> tuple[float, float]:
    """Return the mean output of sigmoid units behind normal inputs, and how much it stretches the next layer's loss.

    The curvature of that loss goes with the eigenvalues of the mean of h h^T (LeCun et al. 1998); the stretch is the
    largest over that of the outputs less 1/2.

    >>> mean, stretch = outputs(0)
    >>> round(mean, 1), stretch > 10
    (0.5, True)
    """
    random = np.random.default_rng(seed)
    received = random.normal(0, UNITS**-0.5, (UNITS, UNITS)) @ random.normal(size=(UNITS, SAMPLES))
    given = network.value(get("sigmoid"), received)
    largest, centred = (np.linalg.eigvalsh(h @ h.T / SAMPLES)[-1] for h in (given, given - 0.5))
    return float(given.mean()), float(largest / centred)


def _curve(name: str, group: list[Run]) -> Line:
    rates = {run.experiment.lr for run in group}
    losses = {
        rate: np.array([[epoch.train_loss for epoch in run.history] for run in group if run.experiment.lr == rate])
        for rate in rates
    }
    best = min(losses.values(), key=lambda found: found.mean())
    over_seeds = [estimate(list(losses)) for losses in best[:, : SHOWN + 1].T]
    bands = {side: [getattr(each, side) for each in over_seeds] for side in ("mean", "low", "high")}
    return line(name, range(SHOWN + 1), bands["mean"], low=bands["low"], high=bands["high"])


def _said(optimizer: str, depth: int) -> str:
    return f"{NAMES[optimizer]} with {depth} hidden layer{'s' * (depth > 1)}"


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    hindered = [(optimizer, depth) for optimizer, depth in SETTINGS if n[f"{optimizer}_{depth}_low"] > 1]
    if abs(n["mean"] - 0.5) > TOLERANCE or not hindered:
        return FAILS
    if len(hindered) == len(SETTINGS) and n["small_low"] > 1:
        return HOLDS
    told = [f"{n['{}_{}'.format(*setting)]:.1f} times: {_said(*setting)}" for setting in hindered]
    small = "it needs more steps too" if n["small_low"] > 1 else "no difference is sure"
    return Verdict(
        "holds when",
        "each network trains at the learning rate that suits it best. Then sigmoid needs more steps than sigmoid - 1/2 "
        f"({'; '.join(told)}). At one small rate for both {small} ({n['small']:.2f} times)",
    )


CLAIM = Claim(
    id="C16",
    group="neuron",
    articles=("A1", "A2", "A4"),
    title="Sigmoid's output has mean 1/2, which hinders the next layer",
    statement="The outputs of sigmoid units are not centred on 0 but on 1/2, which makes it harder for the next layer "
    "to learn.",
    how=f"The mean output of {UNITS} sigmoid units behind random weights and normal inputs. Networks of 1 and 3 hidden "
    "layers on two half moons, with sigmoid and with sigmoid - 1/2, from the same weights (LeCun's): full-batch steps "
    f"until the training loss is half that of guessing, each at the best of its rates, {SEEDS} seeds, with gradient "
    "descent and with Adam, and both at one small rate.",
    criterion="It holds if the mean is within 0.02 of 1/2 and the 95 % interval of the ratio of steps lies above 1 "
    "with both optimizers and both depths, and at the small rate; if only in some of these, it holds there.",
    measure=measure,
    judge=judge,
    why="sigmoid(x) + sigmoid(-x) = 1, so inputs as often positive as negative give a mean of 1/2, and this mean makes "
    "the next layer's loss far steeper in the direction in which all weights grow together. Steps that suit this "
    "direction are too small for all others, and where both take such small steps anyway they are about as fast.",
    refuting={"mean": 0.0},
    instead="The mean is not 1/2, or it does not hinder the next layer.",
)
