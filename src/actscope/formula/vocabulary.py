"""The words that a formula in text may use: functions, numbers with a name, and what to write for other words."""

import math
from collections.abc import Callable
from inspect import signature

from . import ops
from .expr import Expr, apply

CONSTANTS = {"pi": math.pi, "e": math.e}

_NOT_OF_NUMBERS = ("where", "isnan")


def _call(name: str) -> Callable[..., Expr]:
    return lambda *args: apply(name, *args)


# Every primitive that is written as a call, under its own name.
_PRIMITIVES: dict[str, tuple[int, Callable[..., Expr]]] = {
    name: (len(signature(op.slope).parameters) // 2, _call(name))
    for name, op in ops.OPS.items()
    if op.text is None and name not in _NOT_OF_NUMBERS
}
CALLS: dict[str, tuple[int, Callable[..., Expr]]] = {
    **_PRIMITIVES,
    "max": (2, ops.maximum),
    "min": (2, ops.minimum),
    "Phi": (1, ops.normal_cdf),
    "ln": (1, ops.log),
    "atan": (1, ops.arctan),
    "erfc": (1, lambda u: 1 - ops.erf(u)),
    "sinh": (1, lambda u: (ops.exp(u) - ops.exp(-u)) / 2),
    "cosh": (1, lambda u: (ops.exp(u) + ops.exp(-u)) / 2),
    "relu": (1, lambda u: ops.where(u > 0, u, 0)),
}
"""Each function's number of arguments (max and min take more), and what builds its formula."""

INSTEAD = {
    **dict.fromkeys(("relu6", "hardtanh", "clip", "clamp"), "min(max(u, low), high)"),
    **dict.fromkeys(("sign", "sgn"), "where(u > 0, 1, where(u < 0, -1, 0))"),
    **dict.fromkeys(("step", "heaviside"), "where(u > 0, 1, 0)"),
    **dict.fromkeys(("silu", "swish"), "u*sigmoid(u)"),
    "gelu": "u*Phi(u)",
    "mish": "u*tanh(softplus(u))",
    "elu": "where(u > 0, u, exp(u) - 1)",
    "tan": "sin(u)/cos(u)",
    "pow": "u**a",
    "log2": "log(u)/log(2)",
    "log10": "log(u)/log(10)",
}
"""What to write for functions that are no primitives."""

RESERVED = {
    **dict.fromkeys(("if", "else"), "a choice is written where(x > 0, a, b)"),
    **dict.fromkeys(
        ("and", "or", "not"), "conditions are joined by a choice inside another, or as in where(0 < x < 1, a, b)"
    ),
    **{name: f"{name} is not a number" for name in ("True", "False", "None", "nan", "inf", "NaN", "Inf")},
}
"""Words that are neither functions nor symbols, and what to say of them."""
