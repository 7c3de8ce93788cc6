"""C35: sigmoid(3) is about 0.95, sigmoid(10) is 0.999..., and 1 is never reached."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ....nn.functional import apply
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Rule, line
from .curves import beginning, value

FORMATS = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
}
LIBRARIES: dict[str, Callable[[Tensor], Tensor]] = {
    "actscope": lambda x: apply("sigmoid", x),
    "pytorch": torch.sigmoid,
}
FARTHEST = 700.0


def measure() -> Measured:
    """Compute the two values, and search each format for the input from which sigmoid is stored as 1."""
    reached = {(library, name): one_from(library, name) for library in LIBRARIES for name in FORMATS}
    x = np.linspace(0, 40, 161)
    return Measured(
        numbers={
            "at_3": Number(value("sigmoid", 3.0), "sigmoid(3)"),
            "at_10": Number(value("sigmoid", 10.0), "sigmoid(10)"),
            "distance": Number(
                value("sigmoid", -FARTHEST), f"distance of sigmoid({FARTHEST:g}) from 1, as sigmoid(-x)"
            ),
            **{
                f"one_{name}_{library}": Number(found, f"input from which sigmoid is 1 in {name}, {library}")
                for (library, name), found in reached.items()
            },
        },
        pictures=(
            Chart(
                "Sigmoid comes closer to 1 by a factor of e with every unit, until a format has no number between",
                x="x",
                y="1 - sigmoid(x)",
                lines=(line("computed as sigmoid(-x)", x, value("sigmoid", -x)),),
                rules=tuple(Rule(reached["pytorch", name], "x", f"1 in {name}") for name in FORMATS),
                log_y=True,
            ),
        ),
    )


def one_from(library: str, name: str) -> float:
    """Return the input from which on sigmoid is exactly 1 in this format; infinity if it never is up to 700.

    >>> 16 < one_from("pytorch", "float32") < 18
    True
    """
    sigmoid, dtype = LIBRARIES[library], FORMATS[name]
    # As many as a vector takes: the last few of a tensor may go another way.
    return beginning(lambda x: bool((sigmoid(torch.full((32,), x, dtype=dtype)) == 1).all()), 0.0, FARTHEST)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if not (abs(n["at_3"] - 0.95) < 0.005 and 0.999 <= n["at_10"] < 1 and n["distance"] > 0):
        return FAILS
    limits = {name: min(n[f"one_{name}_{library}"] for library in LIBRARIES) for name in FORMATS}
    told = [f"{limit:.1f} in {name}" for name, limit in limits.items() if math.isfinite(limit)]
    if not told:
        return HOLDS
    return Verdict(
        "holds when", f"numbers are exact, or the input is below {', '.join(told)}: from there on 1 is stored"
    )


CLAIM = Claim(
    id="C35",
    group="function",
    articles=("A3",),
    title="sigmoid(3) is about 0.95, sigmoid(10) is 0.999..., and 1 is never reached",
    statement="Sigmoid comes ever closer to 1, as 0.95 at 3 and 0.999... at 10 show, and never gets there.",
    how="The two values in float64, the distance from 1 at 700, and a search for the input from which the kernels of "
    "actscope and of PyTorch give exactly 1, in bfloat16, float16, float32 and float64.",
    criterion="It holds if sigmoid(3) is 0.95 to two digits, sigmoid(10) is at least 0.999 and below 1, the distance "
    "from 1 is above 0 even at 700, and no format gives exactly 1 up to there. If one does, it holds when the input is "
    "below the place where that begins.",
    measure=measure,
    judge=judge,
    why="1 - sigmoid(x) is sigmoid(-x), about e^-x, which is positive for every x. A format has a last number before "
    "1, and what lies beyond the middle between that and 1 is rounded to 1.",
    refuting={"at_3": 0.9},
    instead="sigmoid(3) is 0.9526 and sigmoid(10) is 0.99995.",
)
