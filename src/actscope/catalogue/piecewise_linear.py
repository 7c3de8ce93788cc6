"""Activations made of straight lines: cheap, exact, with a kink."""

from ..formula import Symbol
from ..formula.ops import where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
negative_slope = Parameter("negative_slope", default=0.01, meaning="slope for x < 0")

IDENTITY = Activation(
    name="identity",
    title="Identity",
    formula=x,
    introduced=Paper("Widrow, Hoff", 1960, "Adaptive switching circuits", "IRE WESCON Convention Record 4"),
    story="The linear unit of ADALINE, and the activation of an output that may take any value. Between hidden layers "
    "it makes depth worthless: any stack of affine layers is one affine layer.",
    aliases=("linear",),
)

RELU = Activation(
    name="relu",
    title="ReLU",
    formula=where(x > 0, x, 0),
    introduced=Paper(
        "Fukushima",
        1969,
        "Visual feature extraction by a multilayered network of analog threshold elements",
        "IEEE Transactions on Systems Science and Cybernetics 5(4)",
    ),
    convention="0, the slope from the left, as in PyTorch, TensorFlow and JAX",
    story="It passes what is positive unchanged, so a gradient crosses any number of active units without shrinking. "
    "Negative input gets slope 0: a unit that is negative on every sample is never updated again and is called dead.",
)

LEAKY_RELU = Activation(
    name="leaky_relu",
    title="Leaky ReLU",
    formula=where(x > 0, x, negative_slope.symbol * x),
    parameters=(negative_slope,),
    introduced=Paper(
        "Maas, Hannun, Ng",
        2013,
        "Rectifier nonlinearities improve neural network acoustic models",
        "ICML Workshop on Deep Learning for Audio, Speech and Language Processing",
    ),
    convention="negative_slope, the slope from the left, as in PyTorch",
    story="A ReLU that leaks: negative input keeps a small slope, so that no unit can die. It is max(a*x, x) for "
    "0 <= a <= 1, and its mean output is close to ReLU's, not 0.",
)
