"""Activations with an exponential on the negative side."""

from ..formula import Symbol
from ..formula.ops import expm1, softplus, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
alpha = Parameter("alpha", default=1.0, above=0.0, meaning="depth of the negative plateau")
beta = Parameter("beta", default=1.0, above=0.0, meaning="sharpness: larger values come closer to ReLU")

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
    formula=_SELU_SCALE * where(x > 0, x, _SELU_ALPHA * expm1(x)),
    introduced=Paper(
        "Klambauer, Unterthiner, Mayr, Hochreiter", 2017, "Self-normalizing neural networks", "arXiv:1706.02515"
    ),
    convention="scale*alpha = 1.7581, the slope from the left, as in PyTorch",
    story="An ELU scaled so that a layer with mean 0 and variance 1 at its input has them at its output too. With "
    "weights of variance 1/fan-in, deep fully connected networks keep their signal without normalisation layers.",
)

SOFTPLUS = Activation(
    name="softplus",
    title="Softplus",
    formula=softplus(beta.symbol * x) / beta.symbol,
    parameters=(beta,),
    introduced=Paper(
        "Dugas, Bengio, Bélisle, Nadeau, Garcia",
        2000,
        "Incorporating second-order functional knowledge for better option pricing",
        "Advances in Neural Information Processing Systems 13",
    ),
    story="A smooth ReLU whose slope is the sigmoid, made where an output must be positive and convex. Its output is "
    "never 0 or negative, so the next layer receives a large mean.",
)
