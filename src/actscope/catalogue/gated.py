"""Gated activations of two inputs: one opens a gate for the other. In a network both are projections of one layer."""

from ..formula import Symbol
from ..formula.ops import normal_cdf, sigmoid, where
from .activation import Activation, Paper

a, b = Symbol("a"), Symbol("b")
_VARIANTS = Paper("Shazeer", 2020, "GLU variants improve transformer", "arXiv:2002.05202")

GLU = Activation(
    name="glu",
    title="GLU",
    formula=a * sigmoid(b),
    inputs=("a", "b"),
    introduced=Paper(
        "Dauphin, Fan, Auli, Grangier", 2016, "Language modeling with gated convolutional networks", "arXiv:1612.08083"
    ),
    story="A linear path with a learned gate, which let convolutions compete with recurrent networks in language. "
    "Along the path a the gradient is only scaled by the gate, so it does not vanish as through a stack of tanh.",
)

BILINEAR = Activation(
    name="bilinear",
    title="Bilinear GLU",
    formula=a * b,
    inputs=("a", "b"),
    introduced=Paper(
        "Mnih, Hinton",
        2007,
        "Three new graphical models for statistical language modelling",
        "International Conference on Machine Learning",
    ),
    story="A GLU without a squashing gate: each input scales the other. It is the simplest of the family and, being "
    "linear in each input, the one that can be taken apart by linear algebra.",
)

REGLU = Activation(
    name="reglu",
    title="ReGLU",
    formula=where(a > 0, a, 0) * b,
    inputs=("a", "b"),
    introduced=_VARIANTS,
    convention="0 for a, the slope from the left, as of ReLU",
    story="A GLU whose gate is a ReLU: closed for negative a, linear beyond. Where the gate is closed no gradient "
    "passes to either input.",
)

GEGLU = Activation(
    name="geglu",
    title="GEGLU",
    formula=a * normal_cdf(a) * b,
    inputs=("a", "b"),
    introduced=_VARIANTS,
    story="A GLU whose gate is a GELU, in the feed-forward layers of T5 v1.1 and Gemma. Of the variants its paper "
    "compared it came out among the best, together with SwiGLU.",
)

SWIGLU = Activation(
    name="swiglu",
    title="SwiGLU",
    formula=a * sigmoid(a) * b,
    inputs=("a", "b"),
    introduced=_VARIANTS,
    story="A GLU whose gate is a SiLU, in the feed-forward layers of PaLM, Llama and most large language models since. "
    "Its paper found it among the best of the family and offered no explanation but divine benevolence.",
)
