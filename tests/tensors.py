"""Tensors for the laws of every activation: as many as it takes, each broadcast as it is meant to be."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from actscope.catalogue import CATALOGUE, Activation
from actscope.nn import functional

POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
GATED = [activation for activation in CATALOGUE if activation.gated]
ROWWISE = [activation for activation in CATALOGUE if activation.rowwise]
LEARNABLE = [activation for activation in CATALOGUE if any(p.learnable for p in activation.parameters)]
HALVES = (torch.float16, torch.bfloat16)
FLOATS = (torch.float64, torch.float32, *HALVES)


def each(activations: list[Activation]) -> pytest.MarkDecorator:
    """Return the mark that runs a test for each of the activations."""
    return pytest.mark.parametrize("activation", activations, ids=lambda activation: activation.name)


EVERY = each(list(CATALOGUE))


def learned(activation: Activation) -> tuple[str, ...]:
    """Return the names of the parameters that a network learns."""
    return tuple(parameter.name for parameter in activation.parameters if parameter.learnable)


def given(activation: Activation, *shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> tuple[Tensor, ...]:
    """Return random inputs of that shape, and after them a positive tensor for each learnable parameter.

    The parameter has a number for each channel along axis 1, or a single one where the shape has no such axis.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = [2 * torch.randn(shape, generator=generator, dtype=torch.float64) for _ in activation.inputs]
    channels = shape[1] if len(shape) > 1 else 1
    inputs += [0.3 + torch.rand(channels, generator=generator, dtype=torch.float64) for _ in learned(activation)]
    return tuple(tensor.to(dtype) for tensor in inputs)


def called(activation: Activation, **options: object) -> Callable[..., Tensor]:
    """Return the activation as a function of its inputs and its learnable parameters."""

    def function(*tensors: Tensor) -> Tensor:
        count = len(tensors) - len(learned(activation))
        parameters = dict(zip(learned(activation), tensors[count:], strict=True))
        return functional.apply(activation, *tensors[:count], **parameters, **options)

    return function


def with_gradients(
    function: Callable[..., Tensor], tensors: tuple[Tensor, ...], grad: Tensor | None = None
) -> list[Tensor]:
    """Return the value and the gradient of each tensor; `grad` weighs the outputs, all alike by default."""
    leaves = [tensor.detach().clone().requires_grad_() for tensor in tensors]
    value = function(*leaves)
    return [value.detach(), *torch.autograd.grad(value, leaves, torch.ones_like(value) if grad is None else grad)]


def weights(like: Tensor, seed: int = 9) -> Tensor:
    """Return a random gradient for a result, so that no two outputs weigh the same."""
    generator = torch.Generator().manual_seed(seed)
    return (0.5 + torch.rand(like.shape, generator=generator, dtype=torch.float64)).to(like.dtype)


def assert_all_close(got: list[Tensor], expected: list[Tensor], **tolerance: float) -> None:
    """Assert that values and gradients agree, dtypes included."""
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True, **tolerance)
