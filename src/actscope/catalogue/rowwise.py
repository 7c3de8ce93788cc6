"""Activations of a whole row: each output depends on all inputs.

A score of -inf, as a mask sets it, gets the share 0 at every temperature, and one of +inf takes everything; equal
largest scores share equally. A row of nothing but -inf has no shares: nan.
"""

from ..formula import Expr, Symbol
from ..formula.ops import exp, log1p, row_max, row_sum, share, tempered, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
temperature = Parameter(
    "temperature",
    default=1.0,
    at_least=0.0,
    infinite=True,
    meaning="small values tend to one-hot, which 0 gives; large ones to equal shares, which inf gives",
)
pieces = Parameter("pieces", default=2.0, at_least=1.0, whole=True, meaning="how many inputs compete for an output")
_AT_ZERO = "0 at temperature 0, where the shares are steps"

# The largest score is taken off first, so that no exponential overflows; the shares do not change.
_share = share(x, row_max(x), temperature.symbol)
_share_of_low = share(-x, row_max(-x), temperature.symbol)
# The sum of all shares less 1: where one score wins, nothing else is left of its logarithm. A largest score adds
# exactly 0, and those beyond the first are counted.
_others = row_sum(where(row_max(x) > x, _share, _share - 1)) + (row_sum(where(row_max(x) > x, 0, 1)) - 1)

# What comes back through the shares, which the output tells. At temperature 0 they are steps.
y, g = Symbol("y"), Symbol("g")


def _cooled(gradient: Expr) -> Expr:
    return where(temperature.symbol > 0, gradient / temperature.symbol, 0)


_through_shares = y * (g - row_sum(g * y))

SOFTMAX = Activation(
    name="softmax",
    title="Softmax",
    formula=_share / row_sum(_share),
    by_output=_cooled(_through_shares),
    parameters=(temperature,),
    introduced=Paper(
        "Bridle",
        1990,
        "Probabilistic interpretation of feedforward classification network outputs, with relationships to statistical "
        "pattern recognition",
        "Neurocomputing, NATO ASI Series 68",
    ),
    convention=_AT_ZERO,
    story="It turns a row of scores into positive shares that sum to 1: the output of classifiers and the weights of "
    "attention. Dividing the scores by a temperature first makes the shares sharper or more equal.",
)

SOFTMIN = Activation(
    name="softmin",
    title="Softmin",
    formula=_share_of_low / row_sum(_share_of_low),
    by_output=_cooled(-_through_shares),
    parameters=(temperature,),
    introduced=Paper(
        "Goldberger, Roweis, Hinton, Salakhutdinov",
        2004,
        "Neighbourhood components analysis",
        "Advances in Neural Information Processing Systems 17",
    ),
    convention=_AT_ZERO,
    story="The softmax of the negated row: small numbers, such as distances or costs, get large shares. With it a "
    "choice of the nearest neighbour becomes smooth and so can be trained.",
)

LOG_SOFTMAX = Activation(
    name="log_softmax",
    title="LogSoftmax",
    formula=tempered(x, row_max(x), temperature.symbol) - log1p(_others),
    by_output=_cooled(g - exp(y) * row_sum(g)),
    parameters=(temperature,),
    introduced=Paper(
        "Bridle",
        1989,
        "Training stochastic model recognition algorithms as networks can lead to maximum mutual information "
        "estimation of parameters",
        "Advances in Neural Information Processing Systems 2",
    ),
    convention=_AT_ZERO,
    story="The logarithm of the softmax, computed as one function: a share below 1e-45 is 0 in float32 and has no "
    "logarithm, a share near 1 has lost it. The cross-entropy of classifiers reads it off.",
    aliases=("logsoftmax",),
)

MAXOUT = Activation(
    name="maxout",
    title="Maxout",
    formula=row_max(x),
    parameters=(pieces,),
    row_length="pieces",
    introduced=Paper("Goodfellow, Warde-Farley, Mirza, Courville, Bengio", 2013, "Maxout networks", "arXiv:1302.4389"),
    convention="shared equally among the inputs that are largest",
    story="The largest of a few linear units: a convex function of straight pieces that the network shapes by itself, "
    "made to go with dropout. It costs several times the weights, and the gradient reaches the winner alone.",
)
