"""Activations that repeat."""

from ..formula import Symbol
from ..formula.ops import cos
from .activation import Activation, Paper

x = Symbol("x")

COS = Activation(
    name="cos",
    title="Cos",
    formula=cos(x),
    introduced=Paper(
        "Rahimi, Recht",
        2007,
        "Random features for large-scale kernel machines",
        "Advances in Neural Information Processing Systems 20",
    ),
    story="A hidden layer of cosines with random weights approximates a kernel machine. As a trained activation it is "
    "disputed: its slope changes sign again and again, which makes the loss rugged.",
    aliases=("cosine",),
)
