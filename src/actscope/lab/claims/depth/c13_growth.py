"""C13: values through many layers without an activation."""

import numpy as np

from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from .factors import averaged_factor
from .networks import Numbers, sizes

DEPTH, SEEDS = 50, 8
SCALES = (3**-0.5, 0.9, 1.0, 1.1, 2**0.5, 2.0)
"""The first is that of PyTorch's own start, the last but one is He's."""
GROWN = 10.0


def measure() -> Measured:
    """Send normal inputs through 50 layers of several weight scales, without and with an activation."""
    plain, tanh, relu = (sizes(name, SCALES, depth=DEPTH, seeds=SEEDS).signal for name in ("identity", "tanh", "relu"))
    # Without an activation the scale only multiplies: what is lost a layer at scale 1, the boundary makes good for.
    lost = (plain[0, 2] / plain[-1, 2]) ** (1 / (DEPTH - 1))
    ends = {
        "default": (plain[-1, 0], "without activation, weights as PyTorch draws them"),
        "he": (plain[-1, 4], "without activation, weights of He's scheme"),
        "double": (plain[-1, 5], "without activation, weights of twice LeCun's size"),
        "relu": (relu[-1, 5], "with ReLU, weights of twice LeCun's size"),
        "tanh": (tanh[-1, 5], "with tanh, weights of twice LeCun's size"),
    }
    return Measured(
        numbers={
            "boundary": averaged_factor(
                lost, "scale of the weights (standard deviation times the root of the fan-in) above which values grow"
            ),
            **{
                name: averaged_factor(values, f"size of the values in layer {DEPTH}, {what}")
                for name, (values, what) in ends.items()
            },
        },
        pictures=(
            Chart(
                "Without an activation values grow, stay or shrink as the weights' scale is above, at or below 1",
                x="layer",
                y="size of the values (root mean square)",
                lines=(
                    *(_line(f"no activation, scale {scale:.2g}", plain[:, k]) for k, scale in enumerate(SCALES)),
                    _line("ReLU, scale 2", relu[:, 5], dashed=True),
                    _line("tanh, scale 2", tanh[:, 5], dashed=True),
                ),
                rules=(Rule(1.0, "y", "size of the inputs"),),
                log_y=True,
            ),
        ),
    )


def _line(name: str, signal: Numbers, *, dashed: bool = False) -> Line:
    layers = range(1, DEPTH + 1)
    return line(name, layers, np.exp(np.log(signal).mean(axis=1)), style="dashed" if dashed else "solid")


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    grown = [n[name] > GROWN for name in ("default", "he", "double")]
    if all(grown):
        return HOLDS
    if not any(grown):
        return FAILS
    condition = written(
        "the weights' standard deviation times the root of the fan-in is above {boundary:.2f}; with those that PyTorch "
        "draws it is {drawn:.2f}, and the values shrink to {default:.0e} of their size",
        drawn=SCALES[0],
        **n,
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C13",
    group="depth",
    articles=("A1",),
    title="Without activation, values grow without bound through many layers",
    statement="Layers that only multiply by weights and add biases swell the values with each layer, without bound.",
    how=f"Normal inputs through {DEPTH} layers of width 64 without activation, of {SEEDS} seeds and six scales of the "
    "weights, among them PyTorch's own and He's, biases 0; the same with ReLU and with tanh.",
    criterion="It holds if the values at the last layer are more than 10 times the inputs' at PyTorch's, at He's and "
    "at twice LeCun's scale; if only at some of these, it holds above the scale at which the values keep their size.",
    measure=measure,
    judge=judge,
    why="Each layer multiplies the size of the values by the weights' standard deviation times the root of the fan-in, "
    "so after many layers only whether this factor is above or below 1 counts. An activation that is bounded, as tanh "
    "is, puts an end to growth, and one that is not, as ReLU, only changes the factor.",
    refuting={"default": 1e6},
    instead="The values do not grow at any of these scales.",
)
