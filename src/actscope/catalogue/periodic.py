"""Activations that repeat, for signals that do."""

from ..formula import Symbol
from ..formula.ops import cos, sin
from .activation import Activation, Paper, Parameter

x = Symbol("x")
a = Parameter("a", default=1.0, above=0.0, meaning="frequency: the period is pi/a", learnable=True)

SINE = Activation(
    name="sine",
    title="Sine",
    formula=sin(x),
    introduced=Paper(
        "Sitzmann, Martel, Bergman, Lindell, Wetzstein",
        2020,
        "Implicit neural representations with periodic activation functions",
        "arXiv:2006.09661",
    ),
    story="The activation of SIREN, networks that hold an image or a scene as a function of place; the derivative of "
    "such a network is one again. It needs an initialisation of its own, or the rugged loss is not trained.",
    aliases=("sin",),
)

COSINE = Activation(
    name="cosine",
    title="Cosine",
    formula=cos(x),
    introduced=Paper(
        "Rahimi, Recht",
        2007,
        "Random features for large-scale kernel machines",
        "Advances in Neural Information Processing Systems 20",
    ),
    story="A hidden layer of cosines with random weights approximates a kernel machine. As a trained activation it is "
    "disputed: its slope changes sign again and again, which makes the loss rugged.",
    aliases=("cos",),
)

SNAKE = Activation(
    name="snake",
    title="Snake",
    formula=x + sin(a.symbol * x) ** 2 / a.symbol,
    parameters=(a,),
    introduced=Paper(
        "Ziyin, Hartwig, Ueda",
        2020,
        "Neural networks fail to learn periodic functions and how to fix it",
        "arXiv:2006.08195",
    ),
    story="A line with a ripple on it, made so that networks continue a periodic signal beyond their data; decoders of "
    "sound use it with a learned frequency. It never falls, and its slope runs between 0 and 2.",
)

GCU = Activation(
    name="gcu",
    title="GCU",
    formula=x * cos(x),
    introduced=Paper(
        "Noel, Arunkumar, Trivedi, Dutta",
        2021,
        "Growing cosine unit: a novel oscillatory activation function that can speedup training and reduce parameters "
        "in convolutional neural networks",
        "arXiv:2108.12943",
    ),
    story="A cosine that grows with its input, the growing cosine unit, found by looking for units that solve XOR "
    "alone. Its slope grows without bound, so large input is answered with large gradients of either sign.",
    aliases=("growing_cosine",),
)
