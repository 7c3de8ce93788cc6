"""Activations that answer to nearness: large around one place, small far from it on either side."""

from ..formula import Symbol
from ..formula.ops import gaussian
from .activation import Activation, Paper

x = Symbol("x")

GAUSSIAN = Activation(
    name="gaussian",
    title="Gaussian",
    formula=gaussian(x),
    introduced=Paper(
        "Broomhead, Lowe", 1988, "Multivariable functional interpolation and adaptive networks", "Complex Systems 2"
    ),
    story="The bump of radial basis networks, where a unit answers to input near its centre. Its slope fades on both "
    "sides faster than that of any S-shape, so a unit far from all data cannot be moved.",
)
