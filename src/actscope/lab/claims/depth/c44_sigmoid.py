"""C44: whether sigmoid's gradients explode or vanish."""

import numpy as np

from ...models import scales_of
from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from ..training.averages import averaged
from .networks import WIDTH, rate, sizes

DEPTH, SEEDS = 30, 20
LEVEL = 10.0
GRID = tuple(float(scale) for scale in np.geomspace(0.25, 64.0, 17))
LIKELY = 0.95


def measure() -> Measured:
    """Count the networks whose gradient vanishes and explodes, at the usual scales of the weights and over a grid."""
    usual = [scales_of("sigmoid", init, WIDTH)[1] for init in ("default", "lecun", "xavier", "he", "auto")]
    vanish, explode, _ = _fates(usual)
    grid_vanish, grid_explode, rates = _fates(GRID)
    crossing = [float(np.exp(np.interp(0.0, np.log(rates[:, seed]), np.log(GRID)))) for seed in range(SEEDS)]
    return Measured(
        numbers={
            "vanishing": Number(vanish.mean(), "share of networks with vanishing gradients, weights as usually drawn"),
            "exploding": Number(explode.mean(), "share of networks with exploding gradients, weights as usually drawn"),
            "largest": Number(
                max(usual), "largest usual scale of the weights (standard deviation, root of the fan-in)"
            ),
            "boundary": averaged(crossing, "scale at which gradients neither shrink nor grow"),
            "grid_vanishing": Number(grid_vanish.mean(), "share vanishing over all scales from 1/4 to 64"),
            "grid_exploding": Number(grid_explode.mean(), "share exploding over all scales from 1/4 to 64"),
        },
        pictures=(
            Chart(
                "Gradients of sigmoid networks vanish at all usual scales and explode at large ones",
                x="scale of the weights (standard deviation times the root of the fan-in)",
                y=f"share of {SEEDS} networks of {DEPTH} layers",
                lines=(
                    line("vanishing", GRID, grid_vanish.mean(axis=1)),
                    line("exploding", GRID, grid_explode.mean(axis=1)),
                ),
                rules=(Rule(max(usual), "x", "largest usual scale"),),
                log_x=True,
            ),
        ),
    )


def _fates(scales: tuple[float, ...] | list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each scale and seed whether the gradient vanishes, whether it explodes, and its factor a layer."""
    gradient = sizes("sigmoid", scales, depth=DEPTH, seeds=SEEDS).gradient
    change = gradient[0] / gradient[-1]
    return change < 1 / LEVEL, change > LEVEL, rate(gradient)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["vanishing"] < LIKELY or n["exploding"] > 1 - LIKELY:
        return FAILS
    if n["grid_vanishing"] >= LIKELY and n["grid_exploding"] <= 1 - LIKELY:
        return HOLDS
    condition = written(
        "the weights' standard deviation times the root of the fan-in is below {boundary:.2g}, as usually drawn at "
        "most {largest:.1f}; above it, as with standard normal weights and {fan_in:.0f} inputs or more, they explode",
        fan_in=n["boundary"] ** 2,
        **n,
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C44",
    group="depth",
    articles=("A4",),
    title="With sigmoid, explosion is unlikely and vanishing very likely",
    statement="The gradients of a sigmoid network may explode or vanish; that they explode is unlikely, and that they "
    "vanish is very likely.",
    how=f"The gradient through {DEPTH} layers of width 64 in {SEEDS} random networks for each of the usual "
    "initialisations (PyTorch's, LeCun's, Xavier's, He's, by the gain) and of 17 scales from 1/4 to 64. It vanishes if "
    "it shrinks more than 10-fold from the last layer to the first, and explodes if it grows as much.",
    criterion="It holds if gradients vanish in 95 % of the networks and explode in at most 5 %, with weights as they "
    "are usually drawn and over all scales from 1/4 to 64; if only with the usual weights, it holds below the scale at "
    "which gradients neither shrink nor grow.",
    measure=measure,
    judge=judge,
    why="The slope of sigmoid is at most 1/4, so each layer shrinks the gradient unless the weights make up for that. "
    "Larger weights also drive the units into saturation, where the slope is smaller still, and it takes very large "
    "ones to win this race.",
    refuting={"vanishing": 0.5},
    instead="With the usual weights the gradients of sigmoid networks do not vanish in most cases.",
)
