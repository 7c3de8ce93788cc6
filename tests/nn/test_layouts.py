"""Tensors as they come: every layout, without numbers, without memory, of other classes; inputs stay as they were."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import actscope as act
from actscope.nn import functional
from tensors import EVERY, FLOATS, GATED, called, given, learned, with_gradients

LAYOUTS = {
    "transposed": lambda t: t.transpose(1, 2),
    "strided": lambda t: t[:, ::2, 1:5],
    "reversed by flip": lambda t: t.flip(1),
    "channels last": lambda t: t.contiguous(memory_format=torch.channels_last),
    "expanded": lambda t: t[:1].expand(3, -1, -1, -1),
    "empty": lambda t: t[:0],
    "sliced": lambda t: t[1, 1:],
    "one row": lambda t: t[0, 0, 0],
    "negative view": lambda t: torch._neg_view(t),
    "negative strided view": lambda t: torch._neg_view(t)[:, 1::2],
    "parameter": torch.nn.Parameter,
    "at an odd address": lambda t: t.flatten()[1:-1].reshape(-1, 2),
}
GRADIENTS = {
    "stride 0": lambda g: torch.ones((), dtype=g.dtype).expand(g.shape),
    "dense": lambda g: g,
    "transposed": lambda g: g.transpose(0, -1).contiguous().transpose(0, -1),
    "negative view": torch._neg_view,
    "channels last": lambda g: g.contiguous(memory_format=torch.channels_last) if g.dim() == 4 else g,
}


@pytest.mark.parametrize("name", ["gelu", "relu", "softmax", "maxout", "swiglu", "prelu"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_numbers(name, layout):
    f = act.get(name)
    tensors = [LAYOUTS[layout](t).detach() for t in given(f, 3, 4, 5, 6)[: len(f.inputs)]]
    flat = [t.clone(memory_format=torch.contiguous_format) for t in tensors]
    leaves = [t.requires_grad_() for t in tensors]
    for gradient, laid in GRADIENTS.items():
        value = functional.apply(f, *leaves)
        g = laid(torch.randn(value.shape, generator=torch.Generator().manual_seed(2), dtype=value.dtype))
        gradients = torch.autograd.grad(value, leaves, g)
        expected = with_gradients(called_plain(f), flat, g.clone(memory_format=torch.contiguous_format))
        for one, other in zip((value, *gradients), expected, strict=True):
            assert one.shape == other.shape
            assert torch.equal(one, other), gradient
    for leaf, before in zip(leaves, flat, strict=True):
        assert torch.equal(leaf.detach(), before)


def called_plain(f):
    return lambda *tensors: functional.apply(f, *tensors)


@EVERY
def test_a_single_number_and_none_at_all(activation):
    f = called_plain(activation)
    count = len(activation.inputs)
    if not activation.rowwise:
        numbers = given(activation)[:count]
        value, *gradients = with_gradients(f, numbers)
        row = with_gradients(f, tuple(t.reshape(1) for t in numbers))
        assert value.shape == gradients[0].shape == ()
        for one, other in zip((value, *gradients), row, strict=True):
            assert torch.equal(one.reshape(1), other)
    for shape in ((0,), (3, 0), (0, 4), (2, 0, 4)):
        value, *gradients = with_gradients(f, given(activation, *shape)[:count])
        assert value.numel() == 0
        assert all(gradient.shape == shape for gradient in gradients)


@pytest.mark.parametrize("name", ["gelu", "swiglu", "prelu"])
def test_dense_layouts_are_kept(name):
    """As PyTorch's own functions keep them: what comes in channels-last goes out channels-last."""
    f = act.get(name)
    if f.pointwise and name != "prelu":
        for layout in (lambda t: t.contiguous(memory_format=torch.channels_last), lambda t: t.transpose(1, 3)):
            x = layout(given(f, 2, 3, 4, 5)[0])
            assert functional.apply(f, x).stride() == x.stride()


@EVERY
def test_input_that_needs_no_gradient_and_modes_without(activation):
    tensors, f = given(activation, 4, 6), called(activation)
    y = f(*tensors)
    assert not y.requires_grad
    needing = [tensor.clone().requires_grad_() for tensor in tensors]
    assert f(*needing).requires_grad
    with torch.no_grad():
        assert not f(*needing).requires_grad
        assert torch.equal(f(*needing), y)
    with torch.inference_mode():
        assert torch.equal(f(*tensors), y)
        assert f(*tensors).is_inference()


@EVERY
def test_a_result_is_a_tensor_of_its_own(activation):
    f = called(activation)
    for dtype in FLOATS:
        tensors = given(activation, 2, 4, dtype=dtype)
        before = [tensor.clone() for tensor in tensors]
        f(*tensors).add_(1.0)
        if not learned(activation):
            torch.func.vmap(f)(*tensors).add_(1.0)
        assert all(torch.equal(one, other) for one, other in zip(tensors, before, strict=True))


@EVERY
def test_tensors_without_numbers_get_shape_dtype_and_gradient(activation):
    tensors, f = given(activation, 2, 4, dtype=torch.float32), called(activation)
    expected = with_gradients(f, tensors)
    without = [with_gradients(f, tuple(t.to("meta") for t in tensors))]
    mode = FakeTensorMode()
    outside = tuple(mode.from_tensor(t) for t in tensors)
    # There PyTorch cannot differentiate torch.where, which rows are made of.
    without.append([f(*outside)] if activation.rowwise else with_gradients(f, outside))
    with mode:
        without.append(with_gradients(f, tuple(torch.empty(t.shape) for t in tensors)))
    for results in without:
        for one, other in zip(results, expected, strict=False):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)


class Tagged(torch.Tensor):
    """A subclass without behaviour of its own."""


@EVERY
def test_a_subclass_comes_out_as_it_went_in(activation):
    tensors, f = given(activation, 2, 4), called(activation)
    tagged = tuple(tensor.as_subclass(Tagged) for tensor in tensors)
    for needs in (False, True):
        got = f(*(tensor.clone().requires_grad_(needs) for tensor in tagged))
        assert type(got) is Tagged
        torch.testing.assert_close(got.detach().as_subclass(torch.Tensor), f(*tensors), rtol=1e-12, atol=1e-14)
    for one, other in zip(with_gradients(f, tagged), with_gradients(f, tensors), strict=True):
        torch.testing.assert_close(one.as_subclass(torch.Tensor), other, rtol=1e-12, atol=1e-14)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
@pytest.mark.parametrize("name", ["gelu", "swiglu", "softmax"])
def test_ragged_batches(name):
    f = act.get(name)
    rows = [given(f, length, 4, dtype=torch.float32, seed=length) for length in (2, 5)]
    ragged = torch.nested.nested_tensor([row[0] for row in rows], layout=torch.jagged)
    got = f(*(ragged, ragged.sin())[: len(f.inputs)])
    for one, (x, *_) in zip(got.unbind(), rows, strict=True):
        torch.testing.assert_close(one, f(*(x, x.sin())[: len(f.inputs)]))


def test_a_mode_that_follows_operations_sees_them():
    """Compiled code writes to memory by itself; under such a mode PyTorch's operations do the work."""
    from torch.utils.flop_counter import FlopCounterMode

    x = given(act.gelu, 3, 4)[0]
    expected = [act.gelu(x), act.softmax(x), act.swiglu(x, x)]
    with FlopCounterMode(display=False):
        got = [act.gelu(x), act.softmax(x), act.swiglu(x, x)]
    for one, other in zip(got, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


@EVERY
def test_random_state_and_settings_are_left_alone(activation):
    state, threads, dtype = torch.get_rng_state(), torch.get_num_threads(), torch.get_default_dtype()
    tensors, f = given(activation, 2, 4), called(activation)
    with_gradients(f, tensors)
    assert torch.equal(torch.get_rng_state(), state)
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)


@EVERY
def test_nothing_warns_and_nothing_raises_for_a_number(activation):
    """Warnings are errors in these tests."""
    hurting = [torch.nan, torch.inf, -torch.inf, 1e4, -1e4, 0.0, -0.0, 1e-7]
    for dtype in FLOATS:
        x = torch.tensor(hurting, dtype=dtype)
        with_gradients(called_plain(activation), tuple(x.roll(k) for k in range(len(activation.inputs))))


@pytest.mark.parametrize("activation", GATED, ids=lambda a: a.name)
def test_halves_of_one_tensor_are_two_inputs(activation):
    x = given(activation, 3, 4, 6)[0]
    for dim in range(-3, 3):
        if x.shape[dim] % 2 == 0:
            a, b = x.chunk(2, dim)
            assert torch.equal(functional.apply(activation, x, dim=dim), functional.apply(activation, a, b))
            whole = with_gradients(lambda t, d=dim: functional.apply(activation, t, dim=d), (x,))[1]
            parts = with_gradients(called(activation), (a, b))[1:]
            assert torch.equal(whole, torch.cat(parts, dim))


def test_glu_is_torchs_along_every_axis():
    x = given(act.glu, 4, 6, 2)[0]
    for dim in range(-3, 3):
        torch.testing.assert_close(act.glu(x, axis=dim), torch.nn.functional.glu(x, dim), rtol=1e-14, atol=1e-15)
