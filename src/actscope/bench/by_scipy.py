"""What SciPy and NumPy have under the catalogue's names, and what their users write where they have nothing."""

from collections.abc import Callable, Mapping

import numpy as np
import scipy.special as special

from .formats import Array, Format

Function = Callable[..., Array]
HAVE: Mapping[str, Function] = {
    "step": lambda x: np.heaviside(x, x.dtype.type(0)),
    "sign": np.sign,
    "absolute": np.abs,
    "sigmoid": lambda x, gain: special.expit(x if gain == 1.0 else gain * x),
    "tanh": np.tanh,
    "arctan": np.arctan,
    "logsigmoid": special.log_expit,
    "softplus": lambda x, beta: np.logaddexp(x if beta == 1.0 else beta * x, x.dtype.type(0)),
    "relu": lambda x: np.maximum(x, x.dtype.type(0)),
    "sine": np.sin,
    "sin": np.sin,
    "cosine": np.cos,
    "cos": np.cos,
    "softmax": lambda x, temperature: special.softmax(x if temperature == 1.0 else x / temperature, axis=-1),
    "log_softmax": lambda x, temperature: special.log_softmax(x if temperature == 1.0 else x / temperature, axis=-1),
}
"""Single functions, which the accuracy is measured of. All keep the dtype that comes in."""


def _gelu_tanh(x: Array) -> Array:
    root = x.dtype.type(0.7978845608028654)
    found: Array = 0.5 * x * (1 + np.tanh(root * (x + x.dtype.type(0.044715) * x * x * x)))
    return found


WRITTEN: Mapping[str, Function] = {
    **HAVE,
    "leaky_relu": lambda x, negative_slope: np.where(x > 0, x, x.dtype.type(negative_slope) * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hardtanh": lambda x, min_val, max_val: np.clip(x, min_val, max_val),
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * (np.clip(x + 3, 0, 6) / 6),
    "elu": lambda x, alpha: np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(x)),
    "celu": lambda x, alpha: np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(x / alpha)),
    "selu": lambda x: (
        x.dtype.type(1.0507009873554805) * np.where(x > 0, x, x.dtype.type(1.6732632423543772) * np.expm1(x))
    ),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_tanh": _gelu_tanh,
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(x, x.dtype.type(0))),
    "tanhshrink": lambda x: x - np.tanh(x),
    "softshrink": lambda x, lambd: np.sign(x) * np.maximum(np.abs(x) - x.dtype.type(lambd), 0),
    "hardshrink": lambda x, lambd: np.where(np.abs(x) > lambd, x, 0),
    "swiglu": lambda a, b: a * special.expit(a) * b,
    "glu": lambda a, b: a * special.expit(b),
}
"""What is usually written, which the speed is measured of."""


def value(function: Function, _: Format) -> Function:
    """Return what computes f on arrays, without warnings about values."""

    def compute(*inputs: Array) -> Array:
        with np.errstate(all="ignore"):
            return function(*inputs)

    return compute
