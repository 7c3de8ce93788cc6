"""Rectifiers without a kink: they bend where ReLU breaks. And the log-sigmoid, which is one of them turned around."""

from ..formula import Symbol
from ..formula.ops import softplus, squareplus, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
beta = Parameter("beta", default=1.0, above=0.0, meaning="sharpness: larger values come closer to ReLU")
b = Parameter("b", default=4.0, above=0.0, meaning="roundness: the value at 0 is sqrt(b)/2")

# No switch to x for large input is needed, as PyTorch's `threshold` makes one: nothing overflows here.
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

LOGSIGMOID = Activation(
    name="logsigmoid",
    title="LogSigmoid",
    formula=-softplus(-x),
    introduced=Paper(
        "Mikolov, Sutskever, Chen, Corrado, Dean",
        2013,
        "Distributed representations of words and phrases and their compositionality",
        "arXiv:1310.4546",
    ),
    story="The logarithm of the sigmoid, computed as one function, since the sigmoid of -104 is 0 in float32 and has "
    "no logarithm. It stands in losses over pairs, such as negative sampling, rather than between layers.",
    aliases=("log_sigmoid",),
)

SQUAREPLUS = Activation(
    name="squareplus",
    title="Squareplus",
    formula=squareplus(x, b.symbol),
    parameters=(b,),
    introduced=Paper("Barron", 2021, "Squareplus: a softplus-like algebraic rectifier", "arXiv:2112.11687"),
    story="A softplus from one root, without exponential or logarithm; the curve is a branch of a hyperbola. It "
    "approaches 0 as 1/x instead of exponentially, so far on the left a slope is left.",
)

SQUARED_RELU = Activation(
    name="squared_relu",
    title="Squared ReLU",
    formula=where(x > 0, x**2, 0),
    introduced=Paper(
        "So, Mańke, Liu, Dai, Shazeer, Le",
        2021,
        "Primer: searching for efficient transformers for language modeling",
        "arXiv:2109.08668",
    ),
    story="A ReLU squared, which a search over transformers found to train faster than GELU. The kink is gone, and the "
    "output grows with the square: large input is made larger, so it wants a normalisation before it.",
    aliases=("relu2", "relu_squared"),
)
