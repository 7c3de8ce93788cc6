"""C16: the mean of sigmoid's output, and what it does to the next layer."""

import itertools

import numpy as np

from ....catalogue import get
from ....catalogue.defining import define
from ...records import Run
from ...statistics import estimate
from ...wording import listed
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..depth.learning import fewest_epochs, planned, trained
from ..pictures import Chart, Line, line
from . import network

SEEDS, UNITS, SAMPLES, EPOCHS, SHOWN = 8, 16, 400, 70, 40
INTERVAL = f"95 % interval of {SEEDS} seeds"
DEPTHS = (1, 3)
RATES = {"sgd": (3.0, 10.0), "adam": (0.03, 0.1)}
NAMES = {"sgd": "gradient descent", "adam": "Adam"}
SETTINGS = tuple(itertools.product(RATES, DEPTHS))
CENTRED = "centred_sigmoid"
TOLERANCE = 0.02


def measure() -> Measured:
    """Look at the outputs of sigmoid layers, and train with sigmoid and with sigmoid less 1/2 from the same weights."""
    means, stretched = zip(*(outputs(seed) for seed in range(SEEDS)), strict=True)
    mean, stretch = estimate(means), estimate(stretched)
    numbers = {
        "mean": Number(mean.mean, "mean output of sigmoid units", "", mean.low, mean.high, INTERVAL),
        "stretch": Number(
            stretch.mean,
            "largest curvature of the next layer's loss over that behind centred units",
            "",
            stretch.low,
            stretch.high,
            INTERVAL,
        ),
    }
    curves: list[Line] = []
    less_half = define(CENTRED, "sigmoid(x) - 1/2")
    for optimizer, depth in SETTINGS:
        groups = trained(
            planned(
                ["sigmoid", less_half],
                rates=RATES[optimizer],
                inits=["lecun"],
                depth=depth,
                seeds=SEEDS,
                epochs=EPOCHS,
                optimizer=optimizer,
                batch_size=SAMPLES,
            )
        )
        plain, centred = (groups[depth, name, "lecun", optimizer] for name in ("sigmoid", CENTRED))
        logs = estimate(list(np.log(np.divide(fewest_epochs(plain), fewest_epochs(centred)))))
        ratio, low, high = np.exp([logs.mean, logs.low, logs.high])
        key, what = f"{optimizer}_{depth}", f"{NAMES[optimizer]}, {depth} hidden layer{'s' * (depth > 1)}"
        numbers[key] = Number(
            ratio, f"{what}: steps with sigmoid over steps with sigmoid - 1/2", "", low, high, INTERVAL
        )
        numbers[f"{key}_low"] = Number(low, f"{what}: lower end of that interval")
        if optimizer == "sgd" and depth == max(DEPTHS):
            curves = [_curve("sigmoid", plain), _curve("sigmoid - 1/2", centred)]
    return Measured(
        numbers,
        (
            Chart(
                f"With 1/2 taken off its output, sigmoid learns in fewer steps ({max(DEPTHS)} hidden layers)",
                x="step of gradient descent",
                y="training loss (nats)",
                lines=tuple(curves),
            ),
        ),
    )


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


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    hindered = [setting for setting in SETTINGS if n["{}_{}_low".format(*setting)] > 1]
    if abs(n["mean"] - 0.5) > TOLERANCE or not hindered:
        return FAILS
    if len(hindered) == len(SETTINGS):
        return HOLDS
    told = [f"{NAMES[optimizer]} trains {depth} hidden layer{'s' * (depth > 1)}" for optimizer, depth in hindered]
    return Verdict("holds when", listed(told, "or"))


CLAIM = Claim(
    id="C16",
    group="neuron",
    articles=("A1", "A2", "A4"),
    title="Sigmoid's output has mean 1/2, which hinders the next layer",
    statement="The outputs of sigmoid units are not centred on 0 but on 1/2, which makes it harder for the next layer "
    "to learn.",
    how=f"The mean output of {UNITS} sigmoid units behind random weights and normal inputs. Networks of 1 and 3 hidden "
    "layers on two half moons, with sigmoid and with sigmoid - 1/2, from the same weights (LeCun's): full-batch steps "
    f"until the training loss is half that of guessing, each at the better of two rates, {SEEDS} seeds, with gradient "
    "descent and with Adam.",
    criterion="It holds if the mean is within 0.02 of 1/2 and the 95 % interval of the ratio of steps lies above 1 "
    "with both optimizers and both depths; if only in some of these, it holds there.",
    measure=measure,
    judge=judge,
    why="sigmoid(x) + sigmoid(-x) = 1, so inputs as often positive as negative give a mean of 1/2, and this mean makes "
    "the next layer's loss far steeper in the direction in which all weights grow together. Steps that suit this "
    "direction are too small for all others.",
    refuting={"mean": 0.0},
    instead="The mean is not 1/2, or it does not hinder the next layer.",
)
