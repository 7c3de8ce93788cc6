"""Activations x*g(x): the input opens its own gate."""

import math

from ..formula import Const, Symbol
from ..formula.ops import erf, exp, log1p, normal_cdf, sigmoid, softplus, sqrt, tanh, tanh_softplus, where
from .activation import Activation, Paper, Parameter
from .piecewise_linear import MOBILENET

x = Symbol("x")
beta = Parameter("beta", default=1.0, meaning="sharpness of the gate; 0 gives x/2", learnable=True)

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
    formula=x * sigmoid(2 * sqrt(Const(2.0) / math.pi) * (x + 0.044715 * x**3)),
    introduced=Paper("Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"),
    story="The approximation of GELU by tanh from the same paper, from days when erf was slow. GPT-2 was trained with "
    "it, so its weights want this form; the two differ by at most 0.0005.",
)

QUICK_GELU = Activation(
    name="quick_gelu",
    title="Quick GELU",
    formula=x * sigmoid(1.702 * x),
    introduced=Paper("Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"),
    story="The cheaper approximation of GELU in the same paper, a SiLU made steeper. CLIP was trained with it; it "
    "differs from GELU by up to 0.02, enough to matter when weights are carried over.",
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
    aliases=("swish_1",),
)

SWISH = Activation(
    name="swish",
    title="Swish",
    formula=x * sigmoid(beta.symbol * x),
    parameters=(beta,),
    introduced=Paper("Ramachandran, Zoph, Le", 2017, "Searching for activation functions", "arXiv:1710.05941"),
    story="The winner of an automated search over formulas, with a sharpness that can be learned: between the line x/2 "
    "at beta = 0 and ReLU for large beta. At beta = 1 it is SiLU, which is what the name often stands for.",
)

MISH = Activation(
    name="mish",
    title="Mish",
    formula=x * tanh_softplus(x),
    introduced=Paper("Misra", 2019, "Mish: a self regularized non-monotonic activation function", "arXiv:1908.08681"),
    story="Close to SiLU with a slightly deeper dip, found by varying it systematically. It was taken up by object "
    "detectors such as YOLOv4.",
)

HARDSWISH = Activation(
    name="hardswish",
    title="Hardswish",
    formula=where(x > -3, where(x < 3, x * (x + 3) / 6, x), 0),
    introduced=MOBILENET,
    convention="0 at -3 and 1 at 3, the slopes of the straight pieces; those of the parabola there, -1/2 and 3/2, are "
    "the extremes, and no input beyond should get them",
    story="Swish with its sigmoid drawn by straight lines, for phones, where it costs little and is exact in few bits. "
    "Between -3 and 3 it is a parabola that dips to -3/8, beyond them it is 0 and x.",
    aliases=("hard_swish",),
)

SERF = Activation(
    name="serf",
    title="Serf",
    formula=x * erf(softplus(x)),
    introduced=Paper(
        "Nag, Bhattacharyya",
        2021,
        "SERF: towards better training of deep neural networks using log-softplus error activation function",
        "arXiv:2108.09598",
    ),
    story="Mish with erf in the place of tanh, so that the gate opens sooner. Its authors read its derivative as a "
    "preconditioner that smooths the gradient.",
)

LOGISH = Activation(
    name="logish",
    title="Logish",
    formula=x * log1p(sigmoid(x)),
    introduced=Paper(
        "Zhu, Zeng, Liu, Zhang",
        2021,
        "Logish: a new nonlinear nonmonotonic activation function for convolutional neural network",
        "Neurocomputing 458, 490-499",
    ),
    story="A SiLU whose gate goes through a logarithm, which damps it: it opens to log(2), not to 1. Positive input is "
    "therefore passed on at 0.69 of its size, and a deep stack needs weights that make up for it.",
)

# From 6 on the gate is 1, and its slope 0, to the last bit and beyond; exp would overflow at 710.
TANHEXP = Activation(
    name="tanhexp",
    title="TanhExp",
    formula=where(x > 6, x, x * tanh(exp(x))),
    introduced=Paper(
        "Liu, Di",
        2020,
        "TanhExp: a smooth activation function with high convergence speed for lightweight neural networks",
        "arXiv:2003.09855",
    ),
    story="A gate that is open for all but small positive input, so that it is almost linear from 1 on. It was made "
    "for small networks, where a slope slightly above 1 around there speeds up the first steps.",
)

PHISH = Activation(
    name="phish",
    title="Phish",
    formula=x * tanh(x * normal_cdf(x)),
    introduced=Paper(
        "Naveen",
        2022,
        "Phish: a novel hyper-optimizable activation function",
        "TechRxiv, doi:10.36227/techrxiv.17283824",
    ),
    story="The input gated by the tanh of its GELU, one of many combinations tried after Mish. The gate is negative "
    "for negative input, so that the output is positive on both sides and touches 0 at 0 like x**2/2.",
)
