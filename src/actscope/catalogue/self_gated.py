"""Activations x*g(x): the input opens its own gate."""

import math

from ..formula import Symbol
from ..formula.ops import normal_cdf, sigmoid, softplus, tanh
from .activation import Activation, Paper

x = Symbol("x")

GELU = Activation(
    name="gelu",
    title="GELU",
    formula=x * normal_cdf(x),
    introduced=Paper("Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"),
    story="The mean of a stochastic gate that keeps x with probability Phi(x), a relative of dropout. It is smooth, "
    "lets small negative values through, and became the activation of BERT, GPT and vision transformers.",
)

# As published it is x*(1 + tanh(u))/2, which loses all digits where tanh comes close to -1.
# (1 + tanh(u))/2 is sigmoid(2*u).
GELU_TANH = Activation(
    name="gelu_tanh",
    title="GELU Tanh",
    formula=x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)),
    introduced=Paper("Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"),
    story="The approximation of GELU by tanh from the same paper, from days when erf was slow. GPT-2 was trained with "
    "it, so its weights want this form; the two differ by at most 0.0005.",
)

SILU = Activation(
    name="silu",
    title="SiLU",
    formula=x * sigmoid(x),
    introduced=Paper(
        "Elfwing, Uchibe, Doya",
        2017,
        "Sigmoid-weighted linear units for neural network function approximation in reinforcement learning",
        "arXiv:1702.03118",
    ),
    story="The input gated by its own sigmoid; a search over formulas found it again and named it Swish. It dips below "
    "0 before it returns to it, so it is not monotone, and no unit of it is ever quite dead.",
    aliases=("swish",),
)

MISH = Activation(
    name="mish",
    title="Mish",
    formula=x * tanh(softplus(x)),
    introduced=Paper("Misra", 2019, "Mish: a self regularized non-monotonic activation function", "arXiv:1908.08681"),
    story="Close to SiLU with a slightly deeper dip, found by varying it systematically. It was taken up by object "
    "detectors such as YOLOv4.",
)
