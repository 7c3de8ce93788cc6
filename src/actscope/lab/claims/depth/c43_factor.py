"""C43: gradients as powers of a factor."""

import numpy as np

from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from ..training.averages import averaged_share
from .networks import Numbers, rate, sizes

ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid", "selu")
SCALES = (0.5, 1.0, 1.5, 2.0, 4.0, 12.0)
DEPTH, SEEDS = 30, 6
LEVEL = 10.0
"""A gradient that changes by less than this factor from the last layer to the first neither vanishes nor explodes."""
NEARLY_ALL = 0.95


def measure() -> Measured:
    """Compare what gradients do through 30 layers with powers of slope times scale, and of the slope alone."""
    measured, factors, slopes, straight = [], [], [], []
    for name in ACTIVATIONS:
        found = sizes(name, SCALES, depth=DEPTH, seeds=SEEDS)
        measured.append(rate(found.gradient))
        # From layer l + 1 to layer l the gradient passes the weights of l + 1 and the slopes at l.
        slopes.append(np.exp(np.log(found.slope[:-1]).mean(axis=0)))
        factors.append(np.array(SCALES)[:, None] * slopes[-1])
        straight.append(straightness(found.gradient))
    true, factor, slope, line_like = (np.stack(each) for each in (measured, factors, slopes, straight))
    fate = fates(true)
    moved = fate != 0
    right, guessed = ((fates(each) == fate).mean(axis=(0, 1)) for each in (factor, slope))
    return Measured(
        numbers={
            "by_factor": averaged_share(right, "share of networks that do as slope times scale says"),
            "by_slope": averaged_share(guessed, "share of networks that do as the slope alone says"),
            "exponential": Number(
                np.mean(line_like[moved] >= NEARLY_ALL),
                "share of the vanishing and exploding ones that are powers of a factor (R² of the logarithm over 0.95)",
            ),
            "gentle": Number(
                float(np.mean(slope[fate > 0] <= 1)), "share of the exploding ones whose slope is 1 or less"
            ),
            "steep": Number(float(np.mean(slope[fate < 0] > 1)), "share of the vanishing ones whose slope is above 1"),
        },
        pictures=(
            _through_depth(),
            Chart(
                "The factor a layer is the slope times the weights' scale",
                x="slope (root mean square) times scale of the weights",
                y="measured factor a layer",
                lines=tuple(
                    line(name, factor[k].mean(axis=1), true[k].mean(axis=1), style="dots")
                    for k, name in enumerate(ACTIVATIONS)
                ),
                rules=(Rule(1.0, "x", "factor 1"), Rule(1.0, "y", "neither vanishes nor explodes")),
                log_x=True,
                log_y=True,
            ),
        ),
    )


def fates(factor: Numbers) -> Numbers:
    """Return 1 where a gradient explodes at that factor a layer, -1 where it vanishes, 0 where it does neither.

    >>> fates(np.array([2.0, 1.01, 0.5])).tolist()
    [1.0, 0.0, -1.0]
    """
    change = (DEPTH - 1) * np.log(factor)
    found: Numbers = np.sign(change) * (np.abs(change) > np.log(LEVEL))
    return found


def straightness(gradient: Numbers) -> Numbers:
    """Return R² of a straight line through the logarithm of the gradient over the layers.

    >>> float(straightness(2.0 ** np.arange(DEPTH)))
    1.0
    """
    logs = np.log(gradient).reshape(DEPTH, -1)
    layers = np.arange(DEPTH) - (DEPTH - 1) / 2
    steep = layers @ logs / (layers @ layers)
    rest = logs - logs.mean(axis=0) - np.outer(layers, steep)
    found: Numbers = 1 - rest.var(axis=0) / np.maximum(logs.var(axis=0), 1e-30)
    return found.reshape(gradient.shape[1:])


def _through_depth() -> Chart:
    return Chart(
        "tanh has no slope above 1, and its gradient explodes with weights large enough",
        x="layer",
        y="size of the gradient over that at the last layer",
        lines=tuple(_line(scale, sizes("tanh", [scale], depth=DEPTH, seeds=SEEDS).gradient) for scale in SCALES[:5]),
        rules=(Rule(1.0, "y", "as large as at the last layer"),),
        log_y=True,
    )


def _line(scale: float, gradient: Numbers) -> Line:
    size = np.exp(np.log(gradient[:, 0] / gradient[-1, 0]).mean(axis=1))
    return line(f"tanh, scale {scale:g}", range(1, DEPTH + 1), size)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if min(n["by_factor"], n["exponential"]) < NEARLY_ALL:
        return FAILS
    if n["by_slope"] >= NEARLY_ALL:
        return HOLDS
    condition = written(
        "the factor is the slope of the activation times the weights' scale (standard deviation times the root of the "
        "fan-in), which tells rightly what {by_factor:.0%} of the networks do; the slope alone, as A4 prints it, tells "
        "it of {by_slope:.0%}",
        **n,
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C43",
    group="depth",
    articles=("A4",),
    title="A factor above 1 a layer makes gradients explode with depth, one below 1 makes them vanish",
    statement="If the derivative of the activation is above 1 in the layers, the gradient grows exponentially with "
    "their number, and if it is below 1 it shrinks exponentially.",
    how=f"The gradient through {DEPTH} layers of width 64 of {len(ACTIVATIONS)} activations, {len(SCALES)} scales of "
    f"the weights and {SEEDS} seeds, in float64. It explodes if it grows more than 10-fold from the last layer to the "
    "first and vanishes if it shrinks as much; compared with powers of slope times scale, and of the slope alone.",
    criterion="It holds if powers of the slope alone tell rightly what the gradient does in 95 % of the networks; if "
    "only powers of slope times scale do, it holds for that factor. In both cases 95 % of the gradients that vanish or "
    "explode must follow a straight line on a logarithmic scale, with R² over 0.95.",
    measure=measure,
    judge=judge,
    why="On its way back through a layer the gradient is multiplied by the layer's weights and by the slope of the "
    "activation, and many such multiplications make a power. Weights that are large enough make up for a small slope, "
    "and small ones undo a large one.",
    refuting={"by_slope": 1.0},
    instead="Powers of the factor a layer do not tell what the gradients do.",
)
