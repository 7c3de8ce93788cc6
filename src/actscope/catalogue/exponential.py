"""Activations with an exponential on the negative side."""

from ..formula import Symbol
from ..formula.ops import expm1, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
alpha = Parameter("alpha", default=1.0, above=0.0, meaning="depth of the negative plateau")

ELU = Activation(
    name="elu",
    title="ELU",
    formula=where(x > 0, x, alpha.symbol * expm1(x)),
    parameters=(alpha,),
    introduced=Paper(
        "Clevert, Unterthiner, Hochreiter",
        2015,
        "Fast and accurate deep network learning by exponential linear units (ELUs)",
        "arXiv:1511.07289",
    ),
    convention="alpha, the slope from the left, as in PyTorch; for alpha = 1 there is no kink",
    story="Made to keep ReLU's slope of 1 while moving the mean output towards 0. Its negative side still has a slope, "
    "so a unit that goes negative can come back.",
)

# The fixed point (mean 0, variance 1) of the paper's equation 14.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805

SELU = Activation(
    name="selu",
    title="SELU",
    # The scale times each side, rather than times the choice: the left side is rounded once less.
    formula=where(x > 0, _SELU_SCALE * x, _SELU_SCALE * _SELU_ALPHA * expm1(x)),
    introduced=Paper(
        "Klambauer, Unterthiner, Mayr, Hochreiter", 2017, "Self-normalizing neural networks", "arXiv:1706.02515"
    ),
    convention="scale*alpha = 1.7581, the slope from the left, as in PyTorch",
    story="An ELU scaled so that a layer with mean 0 and variance 1 at its input has them at its output too. With "
    "weights of variance 1/fan-in, deep fully connected networks keep their signal without normalisation layers.",
)

CELU = Activation(
    name="celu",
    title="CELU",
    formula=where(x > 0, x, alpha.symbol * expm1(x / alpha.symbol)),
    parameters=(alpha,),
    introduced=Paper("Barron", 2017, "Continuously differentiable exponential linear units", "arXiv:1704.07483"),
    convention="1 from both sides; there is no kink",
    story="An ELU whose exponential is stretched along with its depth, so that the slope at 0 is 1 for every alpha. "
    "At alpha = 1 it is ELU; as alpha goes to 0 it becomes ReLU.",
)
