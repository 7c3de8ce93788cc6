"""Activations of a whole row: each output depends on all inputs."""

from ..formula import Symbol
from ..formula.ops import exp, row_max, row_sum
from .activation import Activation, Paper, Parameter

x = Symbol("x")
temperature = Parameter(
    "temperature", default=1.0, above=0.0, meaning="small values tend to one-hot, large ones to equal shares"
)

# The largest input is taken off first, so that no exponential overflows; the shares do not change.
_share = exp((x - row_max(x)) / temperature.symbol)

SOFTMAX = Activation(
    name="softmax",
    title="Softmax",
    formula=_share / row_sum(_share),
    parameters=(temperature,),
    introduced=Paper(
        "Bridle",
        1990,
        "Probabilistic interpretation of feedforward classification network outputs, with relationships to statistical "
        "pattern recognition",
        "Neurocomputing, NATO ASI Series 68",
    ),
    story="It turns a row of scores into positive shares that sum to 1: the output of classifiers and the weights of "
    "attention. Dividing the scores by a temperature first makes the shares sharper or more equal.",
)
