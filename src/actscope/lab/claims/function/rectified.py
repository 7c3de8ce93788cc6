"""Gradients sent back through ReLU, for inputs of every size that a format has, by our kernels and by PyTorch's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from ....nn.functional import apply


@dataclass(frozen=True, slots=True)
class Format:
    """A format of numbers: what its bits look like, and which of its positive numbers are tried."""

    dtype: torch.dtype
    bits: torch.dtype
    infinity: int
    """The bits of infinity: those from 1 up to it, read as a number, are all positive numbers."""
    count: int
    """How many of them are tried, spread evenly over the bits."""


FORMATS: tuple[Format, ...] = (
    Format(torch.float16, torch.int16, 0x7C00, 0x7C00 - 1),
    Format(torch.bfloat16, torch.int16, 0x7F80, 0x7F80 - 1),
    Format(torch.float32, torch.int32, 0x7F800000, 110_000),
)
LIBRARIES: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"actscope": lambda x: apply("relu", x), "pytorch": torch.relu}
)
TRIED = "all positive numbers of float16 and bfloat16 and over 100,000 of float32, smallest and largest among them"


def sizes(of: Format) -> Tensor:
    """Return positive numbers of a format, from the smallest to the largest that is finite.

    >>> sizes(FORMATS[0])[[0, -1]].tolist()
    [5.960464477539063e-08, 65504.0]
    """
    patterns = torch.linspace(1, of.infinity - 1, of.count, dtype=torch.float64).round()
    return patterns.to(of.bits).view(of.dtype)


def sent_back(relu: Callable[[Tensor], Tensor], inputs: Tensor, sent: Tensor) -> Tensor:
    """Return what comes back to the inputs when the gradient `sent` arrives at the outputs; shapes as `inputs`.

    >>> sent_back(torch.relu, torch.tensor([-1.0, 2.0]), torch.tensor([3.0, 4.0])).tolist()
    [0.0, 4.0]
    """
    with torch.inference_mode(False), torch.enable_grad():
        at = inputs.clone().requires_grad_()
        (came,) = torch.autograd.grad(relu(at), at, sent)
    return came


def gradients(inputs: Tensor) -> Tensor:
    """Return a gradient for each of these positive inputs: numbers of every size as well, of both signs in turn.

    >>> gradients(torch.tensor([1.0, 2.0, 4.0])).tolist()
    [4.0, -2.0, 1.0]
    """
    signs = torch.ones(len(inputs), dtype=inputs.dtype)
    signs[1::2] = -1
    return inputs.flip(0) * signs
