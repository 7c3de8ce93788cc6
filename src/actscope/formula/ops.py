"""The table of primitives: one row says all there is to know about each.

numpy   how it evaluates on arrays (the reference; compiled code is in `kernels`)
slope   its derivative, from its arguments and their derivatives. Rules select, they never mask: `where(c, da, db)`,
        because a mask such as `c*da + (1 - c)*db` would compute 0 * inf.
text    how it is written in a formula, and how it reads in LaTeX. `{u:2}` puts parentheses around an argument that
        binds more weakly than level 2 (0 comparison, 1 sum, 2 product, 3 sign, 4 power, 5 atom).
bounds  an interval that holds its values when its arguments lie in intervals
llvm    the instruction that computes it, where there is one; the others are in `kernels/primitives.py`
exact   whether its result needs no rounding, in any precision

The slopes are written so that they keep their digits where the function saturates: logistic_pdf(u) rather than
s*(1 - s) with s = sigmoid(u), which is 0 from u = 37 on. The rows stand in arithmetic.py, transcendental.py,
algebraic.py and rowwise.py, the functions that build formulas of them in builders.py; here all is joined.
"""

from .algebraic import ALGEBRAIC
from .arithmetic import ARITHMETIC, CHOICE
from .builders import (
    arctan,
    cauchy,
    cos,
    erf,
    exp,
    expm1,
    gaussian,
    hyperbola,
    isnan,
    log,
    log1p,
    logistic_pdf,
    maximum,
    minimum,
    normal_cdf,
    normal_pdf,
    row_max,
    row_sum,
    sech2,
    share,
    sigmoid,
    sin,
    softplus,
    softsign,
    sqrt,
    squareplus,
    squareplus_slope,
    tanh,
    tanh2,
    tanh_softplus,
    tanh_softplus_slope,
    tanhshrink,
    tempered,
    where,
)
from .op import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, Op
from .rowwise import ROW_OPS, ROWS, TEMPERED, is_rowwise
from .transcendental import EXPONENTIAL, NORMAL, PERIODIC

GROUPS = (ARITHMETIC, CHOICE, EXPONENTIAL, NORMAL, ALGEBRAIC, PERIODIC, ROWS, TEMPERED)
OPS: dict[str, Op] = {op.name: op for group in GROUPS for op in group}

__all__ = [
    "ATOM",
    "COMPARISON",
    "OPS",
    "POWER",
    "PRODUCT",
    "ROW_OPS",
    "SIGN",
    "SUM",
    "Op",
    "arctan",
    "cauchy",
    "cos",
    "erf",
    "exp",
    "expm1",
    "gaussian",
    "hyperbola",
    "is_rowwise",
    "isnan",
    "log",
    "log1p",
    "logistic_pdf",
    "maximum",
    "minimum",
    "normal_cdf",
    "normal_pdf",
    "row_max",
    "row_sum",
    "sech2",
    "share",
    "sigmoid",
    "sin",
    "softplus",
    "softsign",
    "sqrt",
    "squareplus",
    "squareplus_slope",
    "tanh",
    "tanh2",
    "tanh_softplus",
    "tanh_softplus_slope",
    "tanhshrink",
    "tempered",
    "where",
]
