"""C03: activations compress their input to a range."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ....catalogue import CATALOGUE
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .curves import value

NAMED = ("step", "sigmoid", "tanh", "cosine", "relu", "leaky_relu", "elu", "gelu")
DRAWN = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu")
NEAR, FAR = 1e3, 1e6
LEVEL = 1.01


def measure() -> Measured:
    """Compare the width of the outputs for inputs up to a thousand, and up to a million."""
    growth = MappingProxyType({a.name: width(a.name, FAR) / width(a.name, NEAR) for a in CATALOGUE if a.pointwise})
    reach = np.geomspace(0.1, 1e4, 61)
    return Measured(
        numbers={
            **{
                name: Number(growth[name], f"growth of {name}'s outputs, inputs a thousand times wider")
                for name in NAMED
            },
            "functions": Number(len(growth), "activations of one number in the catalogue"),
            "bounded": Number(len(bounded(growth)), "those whose outputs stay within a range"),
        },
        pictures=(
            Chart(
                "Outputs of sigmoid and tanh stay in a range; those of the others widen with the inputs",
                x="r, where inputs go from -r to r",
                y="width of the outputs",
                lines=tuple(line(name, reach, [width(name, r) for r in reach]) for name in DRAWN),
                log_x=True,
                log_y=True,
            ),
        ),
    )


def width(name: str, reach: float) -> float:
    """Return how far apart the outputs lie for inputs from -reach to reach.

    >>> width("relu", 10.0), width("absolute", 10.0)
    (10.0, 10.0)
    """
    sizes = np.concatenate([[0.0], np.geomspace(1e-3, reach, 1000)])
    found = value(name, np.concatenate([-sizes, sizes]))
    return float(found.max() - found.min())


def bounded(growth: Mapping[str, float]) -> list[str]:
    """Return the names of those that do not grow.

    >>> bounded({"tanh": 1.0, "relu": 1000.0})
    ['tanh']
    """
    return [name for name, factor in growth.items() if factor <= LEVEL]


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    within = bounded({name: n[name] for name in NAMED})
    beyond = [name for name in NAMED if name not in within]
    if not beyond:
        return HOLDS
    if not within:
        return FAILS
    return Verdict(
        "holds when",
        f"the activation is bounded, as {', '.join(within)} and {n['bounded'] - len(within):.0f} others of "
        f"the {n['functions']:.0f} in the catalogue are; the outputs of {', '.join(beyond)} widen with the inputs",
    )


CLAIM = Claim(
    id="C03",
    group="function",
    articles=("A0", "A1"),
    title="Activations compress the output to a range",
    statement="An activation squeezes any input, however large, into a range of outputs, a kind of normalisation.",
    how="The width of the outputs for inputs from -1,000 to 1,000 and from -1,000,000 to 1,000,000, for every "
    "activation of one number in the catalogue; the verdict is on those that the articles name.",
    criterion="An activation stays in a range if its outputs grow by at most 1 % while the inputs get a thousand times "
    "wider. The claim holds if all that the articles name do, and holds when the activation is such a one if some do.",
    measure=measure,
    judge=judge,
    why="A range needs a function that levels off on both sides, or swings between two values. ReLU and its kin level "
    "off on the negative side at most, and pass what is positive on as it is.",
    refuting=dict.fromkeys(NAMED, 1.0),
)
