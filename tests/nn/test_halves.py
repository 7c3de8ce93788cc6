"""Half precision: every one of the 65,536 numbers, gradients, and what autocast does."""

import pytest
import torch
from torch import nn

import actscope as act
from actscope.nn import functional
from tensors import EVERY, HALVES, POINTWISE, called, each, given, learned, with_gradients


def every(dtype: torch.dtype) -> torch.Tensor:
    """Return all numbers of a 16-bit type, finite, infinite and nan."""
    return torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(dtype)


def assert_rounded_once(got: torch.Tensor, true: torch.Tensor, absolute: float = 0.0) -> None:
    """Assert that `got` is the truth in float64 rounded to the nearest number, up to what float32 in between may turn.

    Around a root the error of float32 itself shows, which is absolute.
    """
    assert torch.equal(got.isnan(), true.isnan())
    slack = true.abs() * 2.0**-23 + absolute
    # Rounding keeps the order of numbers.
    low, high = (true - slack).to(got.dtype), (true + slack).to(got.dtype)
    wrong = (got < low) | (got > high)
    assert not wrong.any(), f"{got[wrong][0]} where {true[wrong][0]} is true"


@each(POINTWISE)
def test_all_numbers_are_rounded_once(activation):
    for dtype in HALVES:
        x = every(dtype)
        value, slope = with_gradients(lambda t: functional.apply(activation, t), (x,))
        wide_value, wide_slope = with_gradients(lambda t: functional.apply(activation, t), (x.double(),))
        assert value.dtype == slope.dtype == dtype
        assert_rounded_once(value, wide_value)
        assert_rounded_once(slope, wide_slope, absolute=2.0**-24)


def test_the_oracle_bites():
    x = every(torch.float16)
    x = x[x.isfinite()]
    with pytest.raises(AssertionError, match="is true"):
        assert_rounded_once((x / 3) * 3, x.double())
    with pytest.raises(AssertionError, match="is true"):
        assert_rounded_once(nn.functional.gelu(x.bfloat16()), act.gelu(x.bfloat16().double()))


@EVERY
@pytest.mark.parametrize("dtype", HALVES)
def test_gradients_are_multiplied_before_they_are_rounded(activation, dtype):
    tensors, f = given(activation, 4, 6, dtype=dtype), called(activation)
    value = f(*tensors)
    grad = torch.linspace(0.3, 1.7, value.numel()).reshape(value.shape).to(dtype)
    got = with_gradients(f, tensors, grad)
    true = with_gradients(f, tuple(t.double() for t in tensors), grad.double())
    count = 1 + len(activation.inputs)
    for one, other in zip(got[:count], true[:count], strict=True):
        assert one.dtype == dtype
        assert_rounded_once(one, other, absolute=2.0**-22)
    # The gradient of a parameter sums what was rounded, as PyTorch's own does.
    for one, other in zip(got[count:], true[count:], strict=True):
        torch.testing.assert_close(one.double(), other, rtol=8 * torch.finfo(dtype).eps, atol=torch.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", HALVES)
def test_softmax_keeps_its_digits_through_the_gradient(dtype):
    x = 10 * torch.randn(8, 200, generator=torch.Generator().manual_seed(1)).to(dtype)
    g = torch.randn(8, 200, generator=torch.Generator().manual_seed(2)).to(dtype)
    for name in ("softmax", "log_softmax"):
        f = called(act.get(name))
        for one, other in zip(with_gradients(f, (x,), g), with_gradients(f, (x.double(),), g.double()), strict=True):
            assert_rounded_once(one, other, absolute=2.0**-24)


@EVERY
def test_under_autocast_the_dtype_that_comes_in_goes_out(activation):
    """Autocast makes bfloat16 of matrix products; activations follow their inputs, as PyTorch's own do there."""
    tensors, f = given(activation, 2, 4, dtype=torch.float32), called(activation)
    halves = tuple(t.bfloat16() for t in tensors)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for inputs in (tensors, halves):
            got = with_gradients(f, inputs)
            assert {t.dtype for t in got} == {inputs[0].dtype}
    for inputs in (tensors, halves):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            inside = with_gradients(f, inputs)
        for one, other in zip(inside, with_gradients(f, inputs), strict=True):
            assert torch.equal(one, other)


def test_a_model_trains_under_autocast():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), act.nn.PReLU(8), nn.Linear(8, 8), act.nn.SwiGLU(), nn.Linear(4, 1))
    x = torch.randn(16, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = model(x)
    assert y.dtype == torch.bfloat16
    y.float().square().mean().backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in model.parameters())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (name,) = learned(act.get("prelu"))
        mixed = functional.apply("prelu", torch.randn(2, 3).bfloat16(), **{name: torch.ones(3)})
    assert mixed.dtype == torch.bfloat16


def test_of_two_inputs_the_wider_decides():
    a, b = given(act.glu, 2, 3)
    for one, other in ((torch.float16, torch.float32), (torch.bfloat16, torch.float16), (torch.float32, torch.float64)):
        for first, second in ((one, other), (other, one)):
            got = functional.apply("swiglu", a.to(first), b.to(second))
            assert got.dtype == (a.to(first) * b.to(second)).dtype
            number = functional.apply("swiglu", a.to(first), b[0, 0].to(second))
            assert number.dtype == (a.to(first) * b[0, 0].to(second)).dtype
            gradients = with_gradients(lambda a, b: functional.apply("swiglu", a, b), (a.to(first), b.to(second)))[1:]
            assert [g.dtype for g in gradients] == [first, second]
