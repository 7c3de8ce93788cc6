"""Shrinkage: input near 0 counts as noise and is taken away. They come from denoising and sparse coding."""

from ..formula import Symbol
from ..formula.ops import tanhshrink, where
from .activation import Activation, Paper, Parameter

x = Symbol("x")
lambd = Parameter("lambd", default=0.5, at_least=0.0, meaning="half the width of what is set to 0; PyTorch's spelling")

SOFTSHRINK = Activation(
    name="softshrink",
    title="Softshrink",
    formula=where(x > lambd.symbol, x - lambd.symbol, where(-lambd.symbol > x, x + lambd.symbol, 0)),
    parameters=(lambd,),
    introduced=Paper("Donoho", 1995, "De-noising by soft-thresholding", "IEEE Transactions on Information Theory 41"),
    convention="0 at both ends, the slope of what is flat, as in PyTorch",
    story="It moves everything towards 0 by lambd and stops there: the step of sparse coding that makes coefficients "
    "exactly 0, and the proximal operator of lambd*|x|. Its output is continuous, but large values come out too small.",
    aliases=("soft_thresholding",),
)

HARDSHRINK = Activation(
    name="hardshrink",
    title="Hardshrink",
    formula=where(x > lambd.symbol, x, where(-lambd.symbol > x, x, 0)),
    parameters=(lambd,),
    introduced=Paper(
        "Donoho, Johnstone", 1994, "Ideal spatial adaptation by wavelet shrinkage", "Biometrika 81(3), 425-455"
    ),
    convention="0 at both ends, the slope of what is flat, as in PyTorch",
    story="It keeps what is larger than lambd as it is and sets the rest to 0, as wavelet denoising keeps "
    "coefficients. The value jumps at both ends, and no gradient tells of the jump.",
    aliases=("hard_thresholding",),
)

TANHSHRINK = Activation(
    name="tanhshrink",
    title="Tanhshrink",
    formula=tanhshrink(x),
    introduced=Paper(
        "Collobert, Kavukcuoglu, Farabet",
        2011,
        "Torch7: a Matlab-like environment for machine learning",
        "BigLearn, NIPS Workshop",
    ),
    story="What tanh takes away from its input, a shrinkage without kinks that Torch brought for sparse coders. Around "
    "0 it is x**3/3, so small signals and their gradients all but vanish.",
)
