"""Tensors on accelerators: the same numbers, to the tolerance of their arithmetic. Skipped where there is none.

PyTorch's operations do the work there; on the CPU they do it for a subclass of Tensor, which is tried everywhere.
"""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import actscope as act
from actscope.catalogue import CATALOGUE
from actscope.errors import ArrayTypeError
from actscope.nn import functional
from tensors import HALVES, called, given, with_gradients


class Elsewhere(Tensor):
    """A class that compiled code does not serve."""


PRESENT = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


def skipped_without(name: str, *values: object) -> object:
    return pytest.param(*values, marks=pytest.mark.skipif(not PRESENT[name], reason=f"no {name} here"), id=name)


DEVICES = pytest.mark.parametrize("device", [skipped_without(name, name) for name in PRESENT])
PLACES = pytest.mark.parametrize(
    "moved",
    [
        *(skipped_without(name, lambda t, name=name: t.to(name)) for name in PRESENT),
        pytest.param(lambda t: t.as_subclass(Elsewhere), id="subclass"),
    ],
)
Move = Callable[[Tensor], Tensor]


def back(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().as_subclass(Tensor)


@PLACES
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, *HALVES])
def test_values_and_gradients_are_those_of_compiled_code(moved, dtype):
    eps = torch.finfo(dtype).eps
    for activation in CATALOGUE:
        tensors, f = given(activation, 3, 4, 6, dtype=dtype), called(activation)
        try:
            there = tuple(moved(tensor) for tensor in tensors)
        except TypeError:
            pytest.skip(f"no {dtype} there")
        got, expected = with_gradients(f, there), with_gradients(f, tensors)
        for k, (one, other) in enumerate(zip(got, expected, strict=True)):
            assert (one.device, type(one), one.dtype) == (there[0].device, type(there[0]), dtype), activation.name
            # The gradient of a parameter sums what was rounded.
            slack = 16 if k > len(activation.inputs) else 1
            close = {"rtol": max(eps, slack * 2e-5 if dtype == torch.float32 else 0), "atol": slack * 16 * eps}
            if dtype == torch.float64:
                close = {"rtol": 1e-12, "atol": 1e-13}
            torch.testing.assert_close(back(one), other, msg=lambda told, f=activation: f"{f.name}: {told}", **close)


@PLACES
def test_infinite_input_gives_the_same_limits(moved):
    x = torch.tensor([-torch.inf, torch.inf, torch.nan, -100.0, 0.0, 100.0])
    for activation in CATALOGUE:
        if activation.rowwise or activation.name in ("sine", "cosine", "gcu"):
            continue  # they have none
        inputs = (x, torch.ones_like(x))[: len(activation.inputs)]

        def f(*tensors, activation=activation):
            return functional.apply(activation, *tensors)

        got, expected = with_gradients(f, tuple(map(moved, inputs))), with_gradients(f, inputs)
        for one, other in zip(got, expected, strict=True):
            torch.testing.assert_close(back(one), other, equal_nan=True, rtol=2e-5, atol=1e-6)


@PLACES
def test_the_oracle_bites(moved):
    x = given(act.gelu, 9)[0].float()
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(back(act.gelu_tanh(moved(x))), act.gelu(x), rtol=2e-5, atol=2e-6)


@DEVICES
def test_a_model_moves_there_and_back(device):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), act.nn.PReLU(8), act.nn.SwiGLU(), act.nn.Softmax())
    x = torch.randn(5, 4)
    expected = model(x)
    torch.testing.assert_close(model.to(device)(x.to(device)).cpu(), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.cpu()(x), expected)


@DEVICES
def test_autocast_there(device):
    x = torch.randn(4, 4, device=device)
    with torch.autocast(device, dtype=torch.float16):
        hidden = x @ x
        assert act.gelu(hidden).dtype == hidden.dtype == torch.float16
        assert act.gelu(x).dtype == torch.float32


@DEVICES
def test_random_slopes_come_from_its_own_generator(device):
    x = -torch.ones(1000, device=device)
    slopes = -act.rrelu(x, training=True)
    assert ((slopes >= 1 / 8) & (slopes <= 1 / 3)).all()
    assert slopes.std() > 0.05


@DEVICES
def test_mixed_devices_are_refused(device):
    with pytest.raises(ArrayTypeError, match=f"`a` is on cpu and `b` on {device}"):
        act.swiglu(torch.ones(2), torch.ones(2, device=device))
