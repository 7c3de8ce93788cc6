"""Activations of whole rows: along every axis, masked, at every temperature; groups of which the largest remains."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

import actscope as act
from actscope.nn import functional
from tensors import ROWWISE, assert_all_close, each, given, weights, with_gradients

INF = math.inf
OF_TORCH = {"softmax": F.softmax, "softmin": F.softmin, "log_softmax": F.log_softmax}
SHARES = pytest.mark.parametrize("name", OF_TORCH)


@SHARES
@pytest.mark.parametrize("temperature", [1.0, 0.25, 7.0])
def test_shares_are_torchs_along_every_axis(name, temperature):
    for dtype, dim in itertools.product((torch.float32, torch.float64), range(-3, 3)):
        x = 10 * given(act.softmax, 4, 5, 6)[0].to(dtype)
        g = weights(x)
        got = with_gradients(lambda t, d=dim: functional.apply(name, t, dim=d, temperature=temperature), (x,), g)
        true = with_gradients(lambda t, d=dim: OF_TORCH[name](t / temperature, d), (x.double(),), g.double())
        relative, absolute = (1e-13, 1e-13) if dtype == torch.float64 else (3e-7, 1e-6)
        for one, other in zip(got, true, strict=True):
            assert one.dtype == dtype
            torch.testing.assert_close(one.double(), other, rtol=relative, atol=absolute / temperature)


def test_the_oracle_bites():
    x = given(act.softmax, 3, 4)[0]
    nearly = functional.apply("softmax", x, temperature=1 + 1e-9)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(nearly, F.softmax(x, -1), rtol=1e-13, atol=0)


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 16, 17, 64, 1000, 32_768])
def test_rows_of_every_length(columns):
    x = given(act.softmax, 3, columns, dtype=torch.float32)[0]
    for name, theirs in OF_TORCH.items():
        got = functional.apply(name, x)
        torch.testing.assert_close(got.double(), theirs(x.double(), -1), rtol=3e-7, atol=1e-45)


MASKED = {
    "a mask": [[-INF, 0.0, 1.0, 2.0], [-INF, -INF, 0.0, 0.5], [-INF, -INF, -INF, 3.0]],
    "far apart": [[1e30, -1e30, 0.0, 1.0], [-1e30, -1e30, -1e30, -1e30], [3e38, 3e38, -3e38, 0.0]],
    "ties": [[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [-0.0, 0.0, -1.0, -2.0]],
}


@SHARES
@pytest.mark.parametrize("case", MASKED)
def test_masked_and_huge_scores_are_torchs(name, case):
    x = torch.tensor(MASKED[case], dtype=torch.float64)
    x = -x if name == "softmin" else x
    g = weights(x)
    got = with_gradients(lambda t: functional.apply(name, t), (x,), g)
    assert_all_close(got, with_gradients(lambda t: OF_TORCH[name](t, -1), (x,), g), rtol=1e-13, atol=1e-15)


@SHARES
@pytest.mark.parametrize("case", MASKED)
def test_a_transform_gives_the_numbers_of_eager_calls(name, case):
    """torch.func goes through PyTorch's operations, at every temperature and for masked scores too."""
    x = torch.tensor(MASKED[case], dtype=torch.float64)
    x = -x if name == "softmin" else x
    g = weights(x)
    for temperature in (0.0, 0.5, 3.0, INF):

        def f(t, temperature=temperature):
            return functional.apply(name, t, temperature=temperature)

        value, pull = torch.func.vjp(f, x)
        assert_all_close([value, *pull(g)], with_gradients(f, (x,), g), rtol=1e-12, atol=1e-14)


@SHARES
def test_a_row_without_an_answer_is_nan(name):
    sign = -1 if name == "softmin" else 1
    for row in ([-INF] * 3, [math.nan, 1.0, 2.0]):
        got, gradient = with_gradients(
            lambda t: functional.apply(name, t), (sign * torch.tensor([row, [0.0, 1.0, 2.0]]),)
        )
        assert got[0].isnan().all()
        assert got[1].isfinite().all()
        assert gradient[1].isfinite().all()


def test_an_infinite_score_takes_everything():
    x = torch.tensor([[INF, 1.0, -INF], [INF, INF, 0.0]])
    assert functional.apply("softmax", x).tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]
    torch.testing.assert_close(functional.apply("log_softmax", x).exp(), functional.apply("softmax", x))


def test_temperatures_at_their_ends():
    x = torch.tensor([[1.0, 3.0, 2.0], [5.0, 5.0, 1.0]], dtype=torch.float64)
    cold, hot = (
        with_gradients(lambda t, k=k: functional.apply("softmax", t, temperature=k), (x,), weights(x))
        for k in (0.0, INF)
    )
    assert cold[0].tolist() == [[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]
    torch.testing.assert_close(hot[0], torch.full_like(x, 1 / 3))
    for gradient in (cold[1], hot[1]):
        assert torch.equal(gradient, torch.zeros_like(x))


@each(ROWWISE)
def test_second_derivatives_behind_a_mask(activation):
    x = given(activation, 3, 4)[0]
    x[0, 1] = x[1, 2] = -1e4
    leaf = x.requires_grad_()
    for options in ({}, {"temperature": 0.5}) if activation.name != "maxout" else ({}, {"pieces": 4}):
        assert torch.autograd.gradcheck(lambda t, o=options: functional.apply(activation, t, **o), leaf)
        assert torch.autograd.gradgradcheck(lambda t, o=options: functional.apply(activation, t, **o), leaf)


class TestMaxout:
    """The largest of each group of inputs along an axis."""

    @pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
    @pytest.mark.parametrize("pieces", [1, 2, 4])
    def test_it_is_the_largest_of_each_group(self, dim, pieces):
        x = given(act.maxout, 4, 8, 12)[0]
        got = with_gradients(lambda t: functional.apply("maxout", t, dim=dim, pieces=pieces), (x,))

        def theirs(t):
            return t.movedim(dim, -1).unflatten(-1, (-1, pieces)).amax(-1).movedim(-1, dim)

        assert got[0].shape[dim] == x.shape[dim] // pieces
        assert_all_close(got, with_gradients(theirs, (x,)), rtol=0, atol=0)

    def test_equal_inputs_share_the_gradient(self):
        x = torch.tensor([[1.0, 1.0, 0.0, 2.0], [3.0, 3.0, 3.0, 3.0]])
        value, gradient = with_gradients(lambda t: functional.apply("maxout", t, pieces=4), (x,))
        assert value.tolist() == [[2.0], [3.0]]
        assert gradient.tolist() == [[0.0, 0.0, 0.0, 1.0], [0.25] * 4]

    def test_nan_and_infinite_inputs(self):
        x = torch.tensor([[math.nan, 1.0], [INF, 0.0], [-INF, -INF], [-INF, 2.0]])
        nan, *others = functional.apply("maxout", x).flatten().tolist()
        assert math.isnan(nan)
        assert others == [INF, -INF, 2.0]


@each(ROWWISE)
def test_rows_and_batches_of_no_size(activation):
    for shape in ((3, 0), (0, 4), (2, 0, 4)):
        value, gradient = with_gradients(lambda t: functional.apply(activation, t), (torch.zeros(shape),))
        assert value.numel() == 0
        assert gradient.shape == shape


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sum_of_ones_is_the_length_of_the_row(dtype):
    centred = act.define("centred", "x - row_sum(x)/row_sum(1)")
    x = torch.arange(12.0, dtype=dtype).reshape(3, 4) ** 2
    x[1, 2] = math.nan
    wanted = x - x.mean(-1, keepdim=True)
    for got in (centred(x), torch.func.vmap(centred)(x)):
        torch.testing.assert_close(got, wanted, equal_nan=True)
        assert got.dtype is dtype
    x = x.nan_to_num().requires_grad_()
    (centred(x) * x.detach()).sum().backward()
    torch.testing.assert_close(x.grad, x.detach() - x.detach().mean(-1, keepdim=True))
