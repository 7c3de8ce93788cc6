"""PyTorch's operators that are activations, and which function of the catalogue each call of one is."""

import math
from collections.abc import Callable
from typing import Any

from ...catalogue import Activation

Call = tuple[str | Activation, tuple[tuple[str, float], ...]]
"""The catalogue's name, or the function itself where a user defined it, and the parameters."""

OURS = "actscope"
"""What stands for all functions of actscope itself, which name themselves."""


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _named(name: str, **given: tuple[int, float]) -> Callable[..., Call]:
    """Return what reads a call: each parameter by its place after x and its default."""

    def read(*args: Any, **kwargs: Any) -> Call:
        return name, tuple(
            (key, _number(args[place] if place < len(args) else kwargs.get(key, default)))
            for key, (place, default) in given.items()
        )

    return read


def _gelu(*_: Any, approximate: str = "none") -> Call:
    return ("gelu_tanh" if approximate == "tanh" else "gelu"), ()


def _elu(alpha: Any = 1.0, scale: Any = 1.0, input_scale: Any = 1.0) -> Call:
    if _number(scale) != 1.0:
        return "selu", ()
    return (
        ("elu", (("alpha", _number(alpha)),)) if _number(input_scale) == 1.0 else ("celu", (("alpha", _number(alpha)),))
    )


def _hardtanh(min_val: Any = -1.0, max_val: Any = 1.0) -> Call | None:
    if math.isinf(_number(min_val)) or math.isinf(_number(max_val)):
        return None
    if (min_val, max_val) == (0, 6):
        return "relu6", ()
    return "hardtanh", (("min_val", _number(min_val)), ("max_val", _number(max_val)))


def _clamp(low: Any = None, high: Any = None, **kwargs: Any) -> Call | None:
    low, high = kwargs.get("min", low), kwargs.get("max", high)
    if low == 0 and high is None:
        return "relu", ()
    if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
        return _hardtanh(low, high)
    return None


def _threshold(threshold: Any, value: Any) -> Call:
    if _number(threshold) == _number(value) == 0.0:
        return "relu", ()
    return "threshold", (("threshold", _number(threshold)), ("value", _number(value)))


_SLOPED: dict[str, Callable[..., Call | None]] = {
    "relu": _named("relu"),
    "gelu": _gelu,
    "silu": _named("silu"),
    "mish": _named("mish"),
    "tanh": _named("tanh"),
    "sigmoid": _named("sigmoid"),
    "elu": _elu,
    "celu": _named("celu", alpha=(0, 1.0)),
    "leaky_relu": _named("leaky_relu", negative_slope=(0, 0.01)),
    "hardtanh": _hardtanh,
    "hardswish": _named("hardswish"),
    "hardsigmoid": _named("hardsigmoid"),
    "threshold": _threshold,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "sin": _named("sine"),
    "cos": _named("cosine"),
    "atan": _named("arctan"),
    "rrelu": _named("rrelu"),
}
_NOT_IN_PLACE: dict[str, Callable[..., Call | None]] = {
    "softplus": _named("softplus", beta=(0, 1.0)),
    "log_sigmoid_forward": _named("logsigmoid"),
    "softshrink": _named("softshrink", lambd=(0, 0.5)),
    "hardshrink": _named("hardshrink", lambd=(0, 0.5)),
    "_prelu_kernel": _named("prelu"),
}
_IN_PYTHON: dict[str, Callable[..., Call | None]] = {
    "selu": _named("selu"),
    "selu_": _named("selu"),
    "relu6": _named("relu6"),
}
OPERATORS: dict[str, Callable[..., Call | None]] = {
    **{name + end: read for name, read in _SLOPED.items() for end in ("", "_")},
    **_NOT_IN_PLACE,
    **_IN_PYTHON,
    OURS: lambda activation, parameters: (activation, parameters),
}
"""How a call of each of aten's operators is read; None is no activation, such as a clamp with one end alone, also where
the other is given as infinite.

The kernels of selu and relu6 are those of elu and hardtanh; they have names of their own where Python calls them."""

ATEN = tuple(name for name in OPERATORS if name != OURS and name not in _IN_PYTHON)
"""The operators of PyTorch's that have kernels."""
