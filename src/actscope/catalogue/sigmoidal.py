"""S-shaped activations: bounded, increasing, saturating on both sides; and the steps that they soften."""

from ..formula import Symbol
from ..formula.ops import arctan, sigmoid, softsign, tanh, where
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
    convention="0 there as everywhere else; at the jump, where the value is 0, no derivative exists",
    story="The first model of a neuron: it fires when its input passes a threshold, and networks of it compute any "
    "logical function. Its slope is 0 wherever it exists, so no gradient passes and back-propagation cannot train it.",
    aliases=("heaviside",),
)

SIGN = Activation(
    name="sign",
    title="Sign",
    formula=where(x > 0, 1, where(x < 0, -1, 0)),
    introduced=Paper(
        "Courbariaux, Hubara, Soudry, El-Yaniv, Bengio",
        2016,
        "Binarized neural networks: training deep neural networks with weights and activations constrained to +1 or -1",
        "arXiv:1602.02830",
    ),
    convention="0 there as everywhere else; at the jump, where the value is 0, no derivative exists",
    story="One bit per unit, -1 or 1, so that a product is a comparison of bits. Its slope is 0 wherever it exists; "
    "binarized networks train it by putting the slope of hardtanh in its place, the straight-through estimator.",
    aliases=("signum",),
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

# As printed it is (1 - exp(-x))/(1 + exp(-x)), which overflows and, near 0, cancels.
BIPOLAR_SIGMOID = Activation(
    name="bipolar_sigmoid",
    title="Bipolar Sigmoid",
    formula=tanh(0.5 * x),
    introduced=Paper(
        "Fausett", 1994, "Fundamentals of neural networks: architectures, algorithms and applications", "Prentice Hall"
    ),
    story="The sigmoid moved and stretched to (-1, 1), 2*sigmoid(x) - 1, for targets of -1 and 1. It is a tanh of half "
    "the input: centred on 0, with a slope of at most 1/2.",
)

ARCTAN = Activation(
    name="arctan",
    title="Arctan",
    formula=arctan(x),
    introduced=Paper(
        "Kamruzzaman, Aziz",
        2002,
        "A note on activation function in multilayer feedforward learning",
        "International Joint Conference on Neural Networks",
    ),
    story="An S between -pi/2 and pi/2, tried because it approaches its ends far more slowly than tanh. Its slope "
    "fades as 1/x**2 rather than exponentially, so a saturated unit can still return.",
    aliases=("atan",),
)

SOFTSIGN = Activation(
    name="softsign",
    title="Softsign",
    formula=softsign(x),
    introduced=Paper(
        "Turian, Bergstra, Bengio",
        2009,
        "Quadratic features and deep architectures for chunking",
        "Human Language Technologies: NAACL, Short Papers, 245-248",
    ),
    story="A tanh without exponentials: its slope fades as 1/x**2, and networks of it were seen to keep away from "
    "saturation where those of tanh run into it layer by layer. Its second derivative jumps at 0.",
)

# softsign(x)/2 + 1/2 would cancel on the left, where 1/(2*(1 - x)) is the same.
ELLIOTT = Activation(
    name="elliott",
    title="Elliott",
    formula=where(x > 0, 0.5 + 0.5 * softsign(x), 0.5 / (1 - x)),
    introduced=Paper(
        "Elliott",
        1993,
        "A better activation function for artificial neural networks",
        "Technical Report TR 93-8, Institute for Systems Research, University of Maryland",
    ),
    story="The softsign moved to (0, 1), proposed as a sigmoid that needs no exponential. Its tails fade slowly, as "
    "1/x, and so do its gradients, as 1/x**2.",
)
