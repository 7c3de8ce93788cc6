"""S-shaped activations: bounded, increasing, saturating on both sides; and the step they soften."""

from ..formula import Symbol
from ..formula.ops import sigmoid, tanh, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
gain = Parameter("gain", default=1.0, above=0.0, meaning="steepness: the slope at 0 is gain/4")

STEP = Activation(
    name="step",
    title="Step",
    formula=where(x > 0, 1, 0),
    introduced=Paper(
        "McCulloch, Pitts",
        1943,
        "A logical calculus of the ideas immanent in nervous activity",
        "Bulletin of Mathematical Biophysics 5",
    ),
    convention="0 there as everywhere else; at the jump no derivative exists",
    story="The first model of a neuron: it fires when its input passes a threshold, and networks of it compute any "
    "logical function. Its slope is 0 wherever it exists, so no gradient passes and back-propagation cannot train it.",
    aliases=("heaviside",),
)

SIGMOID = Activation(
    name="sigmoid",
    title="Sigmoid",
    formula=sigmoid(gain.symbol * x),
    parameters=(gain,),
    introduced=Paper(
        "Rumelhart, Hinton, Williams", 1986, "Learning representations by back-propagating errors", "Nature 323"
    ),
    story="A step made smooth so that gradients exist, which brought back-propagation to life; it reads as a "
    "probability. Its slope is at most 1/4 and vanishes on both sides, so gradients fade layer by layer, and its mean "
    "of 1/2 pushes the next layer off centre.",
    aliases=("logistic",),
)

TANH = Activation(
    name="tanh",
    title="Tanh",
    formula=tanh(x),
    introduced=Paper(
        "LeCun, Bottou, Orr, Müller", 1998, "Efficient BackProp", "Neural Networks: Tricks of the Trade, Springer"
    ),
    story="The sigmoid stretched to (-1, 1), so that its output is centred on 0 and its slope reaches 1. It is nearly "
    "linear around 0, but saturates on both sides like the sigmoid.",
)
