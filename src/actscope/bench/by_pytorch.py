"""PyTorch's own functions under the catalogue's names, with its defaults; slopes by its autograd."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from .formats import Array, Format

Function = Callable[..., Tensor]
FUNCTIONS: Mapping[str, Function] = {
    "step": lambda x: torch.heaviside(x, torch.zeros((), dtype=x.dtype)),
    "sign": torch.sign,
    "absolute": torch.abs,
    "sigmoid": lambda x, gain: torch.sigmoid(x if gain == 1.0 else gain * x),
    "tanh": torch.tanh,
    "arctan": torch.arctan,
    "softsign": F.softsign,
    "logsigmoid": F.logsigmoid,
    "hardsigmoid": F.hardsigmoid,
    "hardtanh": F.hardtanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "prelu": lambda x, weight: F.prelu(x, torch.full((1,), weight, dtype=x.dtype)),
    "rrelu": F.rrelu,
    "relu6": F.relu6,
    "threshold": F.threshold,
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "softplus": F.softplus,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "hardswish": F.hardswish,
    "softshrink": F.softshrink,
    "hardshrink": F.hardshrink,
    "tanhshrink": F.tanhshrink,
    "sine": torch.sin,
    "sin": torch.sin,
    "cosine": torch.cos,
    "cos": torch.cos,
    "glu": lambda a, b: a * torch.sigmoid(b),
    "swiglu": lambda a, b: F.silu(a) * b,
    "geglu": lambda a, b: F.gelu(a) * b,
    "reglu": lambda a, b: F.relu(a) * b,
    "bilinear": lambda a, b: a * b,
    "softmax": lambda x, temperature: F.softmax(x if temperature == 1.0 else x / temperature, -1),
    "softmin": lambda x, temperature: F.softmin(x if temperature == 1.0 else x / temperature, -1),
    "log_softmax": lambda x, temperature: F.log_softmax(x if temperature == 1.0 else x / temperature, -1),
}
"""Called with the tensor, and the catalogue's default parameters by name."""
WITHOUT_SLOPE = frozenset({"step"})
"""PyTorch refuses to differentiate these."""


def tensor(array: Array, form: Format) -> Tensor:
    """Return the array as a tensor, sharing its memory; bit patterns become bfloat16."""
    if form.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def array(result: Tensor, form: Format) -> Array:
    """Return a tensor as an array of the format."""
    plain = result.detach()
    if form.name == "bfloat16":
        bits: Array = plain.view(torch.int16).numpy().view(np.uint16)
        return bits
    found: Array = plain.numpy()
    return found


def value(function: Function, form: Format) -> Callable[..., Array]:
    """Return what computes f on arrays."""

    def compute(*inputs: Array) -> Array:
        with torch.no_grad():
            return array(function(*(tensor(each, form) for each in inputs)), form)

    return compute


def slope(function: Function, form: Format, which: int = 0) -> Callable[..., Array]:
    """Return what computes the derivative with respect to one of the inputs, by autograd, on arrays."""

    def compute(*inputs: Array) -> Array:
        tensors = [tensor(each, form) for each in inputs]
        leaf = tensors[which] = tensors[which].detach().requires_grad_()
        result = function(*tensors)
        (found,) = torch.autograd.grad(result, leaf, torch.ones_like(result))
        return array(found, form)

    return compute


def single_threaded() -> Any:
    """Keep PyTorch, and ours with it, to the calling thread."""
    torch.set_num_threads(1)
