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
UNITS = 2
"""Units in the last place that a kernel of actscope or of PyTorch is off at most."""


def measure() -> Measured:
    """Compute the two values, and search each format for the input from which sigmoid is stored as 1."""
    reached = {(library, name): one_from(library, name) for library in LIBRARIES for name in FORMATS}
    off = [units_off(name, found) for (_, name), found in reached.items() if math.isfinite(found)]
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
            **{
                f"rounded_{name}": Number(rounded_from(name), f"input from which it is 1 in {name}, rounded correctly")
                for name in FORMATS
            },
            "off": Number(max(off, default=0.0), "largest distance of the true value from 1 where 1 is given", "ulp"),
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


def rounded_from(name: str) -> float:
    """Return the input from which on 1 is the number of this format nearest to sigmoid.

    The last number before 1 is eps/2 below it, and 1 - sigmoid(x) = 1/(1 + e^x) is half of that at ln(4/eps - 1).

    >>> round(rounded_from("float32"), 2)
    17.33
    """
    return math.log(4 / torch.finfo(FORMATS[name]).eps - 1)


def units_off(name: str, x: float) -> float:
    """Return how many units in the last place of this format, just below 1, sigmoid(x) is away from 1.

    >>> round(units_off("float32", rounded_from("float32")), 2)
    0.5
    """
    dtype = FORMATS[name]
    received = torch.tensor(x, dtype=dtype).item()
    return 1 / (1 + math.exp(received)) / (torch.finfo(dtype).eps / 2)


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
    "actscope and of PyTorch give exactly 1, in bfloat16, float16, float32 and float64, beside the one from which 1 is "
    "the nearest number.",
    criterion="It holds if sigmoid(3) is 0.95 to two digits, sigmoid(10) is at least 0.999 and below 1, the distance "
    "from 1 is above 0 even at 700, and no format gives exactly 1 up to there. If one does, it holds when the input is "
    "below the place where that begins.",
    measure=measure,
    judge=judge,
    why="1 - sigmoid(x) is sigmoid(-x), about e^-x, which is positive for every x. A format has a last number before "
    f"1, so that correct rounding gives 1 from {rounded_from('float32'):.1f} on in float32 and from "
    f"{rounded_from('float64'):.1f} on in float64; the kernels of both libraries, whose values are within {UNITS} "
    "units in the last place (ulp) of the true ones, get there a little earlier.",
    refuting={"at_3": 0.9},
    instead="sigmoid(3) is 0.9526 and sigmoid(10) is 0.99995.",
)
