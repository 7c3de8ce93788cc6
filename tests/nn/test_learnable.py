"""Parameters that a network learns, parameters that are tensors, a bias, and slopes that are drawn at random."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

import actscope as act
from actscope.nn import functional
from tensors import GATED, LEARNABLE, POINTWISE, assert_all_close, each, given, learned, weights, with_gradients

# The shape of the parameter, and of the input.
FITTING = [
    ((), (2, 3, 2)),
    ((1,), (2, 3, 2)),
    ((3,), (2, 3, 2)),
    ((3,), (5, 3)),
    ((3,), (2, 3, 2, 2)),
    ((2,), (2,)),
    ((), ()),
    ((2, 3, 2), (2, 3, 2)),
    ((3, 1), (2, 3, 2)),
    ((2, 1, 1), (2, 3, 2)),
    ((2, 1, 2), (2, 3, 2)),
    ((0,), (2, 0, 2)),
    ((3,), (2, 3, 0)),
    ((1, 1), (3,)),
]


def tensors(parameter: tuple[int, ...], shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = 2 * torch.randn(shape, generator=generator, dtype=torch.float64)
    return x, 0.3 + torch.rand(parameter, generator=generator, dtype=torch.float64)


def written_out(activation, x, parameter):
    """Return the activation element by element, each with its own number."""
    if parameter.dim() == 1 and parameter.numel() != 1 and x.dim() > 1:
        parameter = parameter.reshape(1, -1, *[1] * (x.dim() - 2)) if parameter.numel() else parameter.sum()
    if parameter.dim() > x.dim():
        parameter = parameter.reshape(())
    (name,) = learned(activation)
    pairs = zip(x.flatten().tolist(), parameter.expand(x.shape).flatten().tolist(), strict=True)
    values = [functional.apply(activation, torch.tensor(v, dtype=x.dtype), **{name: p}) for v, p in pairs]
    return torch.stack(values).reshape(x.shape) if values else torch.zeros_like(x)


@each(LEARNABLE)
@pytest.mark.parametrize(("parameter", "shape"), FITTING, ids=str)
def test_parameters_broadcast_and_get_gradients_of_their_own_shape(activation, parameter, shape):
    (name,) = learned(activation)
    x, p = tensors(parameter, shape)

    def function(x, p):
        return functional.apply(activation, x, **{name: p})

    value, dx, dp = with_gradients(function, (x, p), weights(x))
    torch.testing.assert_close(value, written_out(activation, x, p), rtol=1e-14, atol=1e-15)
    assert (dx.shape, dp.shape) == (x.shape, p.shape)
    leaves = x.requires_grad_(), p.requires_grad_()
    if x.numel():
        assert torch.autograd.gradcheck(function, leaves)
    if (parameter, shape) in (((), (2, 3, 2)), ((3,), (2, 3, 2))):
        assert torch.autograd.gradgradcheck(function, leaves)


@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 3), (2, 3, 2, 2), (6,)])
def test_prelu_is_torchs(shape):
    x, weight = tensors((3,) if len(shape) > 1 else (1,), shape)
    for w in (weight, weight[:1], weight[0]):

        def ours(x, w):
            return functional.apply("prelu", x, weight=w)

        got, expected = with_gradients(ours, (x, w), weights(x)), with_gradients(F.prelu, (x, w), weights(x))
        assert_all_close(got, expected, rtol=1e-14, atol=1e-15)


def test_the_sum_of_a_gradient_keeps_its_digits():
    """A million small numbers beside a large one; float32 would lose half of them, added one after another."""
    x = torch.full((1_000_001,), -1e-4)
    x[0] = -1e4
    weight = torch.tensor([0.5], requires_grad=True)
    functional.apply("prelu", x, weight=weight).sum().backward()
    assert float(weight.grad) == pytest.approx(float(x.double().sum()), rel=1e-7)


@each(POINTWISE)
def test_any_parameter_may_be_a_tensor(activation):
    x, _ = tensors((), (2, 3, 2))
    for parameter in activation.parameters:
        start = parameter.default or 0.5
        number = functional.apply(activation, x, **{parameter.name: start})
        row = torch.full((2,) if not parameter.learnable else (3,), start, dtype=torch.float64).requires_grad_()
        got = functional.apply(activation, x, **{parameter.name: row})
        torch.testing.assert_close(got.detach(), number, rtol=1e-15, atol=0)
        assert torch.autograd.gradcheck(
            lambda p, name=parameter.name: functional.apply(activation, x, **{name: p}), (row + 0.01,)
        )


def test_a_parameter_that_training_drove_away_is_data():
    """nan and inf flow on, as they do through PyTorch's functions; a finite number out of bounds is refused."""
    x = torch.tensor([-1.0, 2.0])
    for number in (torch.nan, torch.inf):
        got = functional.apply("prelu", x, weight=torch.tensor(number))
        assert float(got[1]) == 2.0
        assert not got[0].isfinite()
        assert functional.apply("snake", x, a=torch.tensor(number)).isnan().all()
    with pytest.raises(act.ActscopeError, match="snake: `a` must be a number > 0, but got -1"):
        functional.apply("snake", x, a=torch.tensor([-1.0, 1.0]))


def check_bias(activation, shape):
    inputs = given(activation, 2, 3, 2)[: len(activation.inputs)]
    bias = tensors(shape, ())[1] - 0.5

    def in_one(*t):
        return functional.apply(activation, *t[:-1], bias=t[-1])

    def in_two(x, *t):
        return functional.apply(activation, x + t[-1], *t[:-1])

    got = with_gradients(in_one, (*inputs, bias), weights(inputs[0]))
    assert got[-1].shape == bias.shape
    assert_all_close(got, with_gradients(in_two, (*inputs, bias), weights(inputs[0])), rtol=1e-11, atol=1e-13)


@each([*POINTWISE, *GATED])
def test_a_bias_is_added_first(activation):
    check_bias(activation, (2,))


@pytest.mark.parametrize("name", ["gelu", "swiglu", "prelu"])
@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (2, 3, 2), (2, 1, 1), (2, 1, 2)])
def test_a_bias_of_every_shape(name, shape):
    check_bias(act.get(name), shape)


@each([act.get(name) for name in ("gelu", "swiglu", "prelu", "relu")])
def test_torch_itself_checks_the_gradient_of_a_bias(activation):
    inputs = given(activation, 2, 3)[: len(activation.inputs)]
    leaves = [t.requires_grad_() for t in (*inputs, torch.tensor([0.3, -0.2, 0.7], dtype=torch.float64))]

    def function(*t):
        return functional.apply(activation, *t[:-1], bias=t[-1])

    assert torch.autograd.gradcheck(function, leaves)
    assert torch.autograd.gradgradcheck(function, leaves)


class TestRandomSlopes:
    """RReLU in training: the slope of each negative element is drawn between two bounds."""

    def test_between_the_bounds_and_evenly(self):
        x = -torch.ones(100_000)
        slopes = -functional.apply("rrelu", x, training=True, lower=0.1, upper=0.5)
        assert ((slopes >= 0.1) & (slopes <= 0.5)).all()
        counts = torch.histc(slopes, bins=8, min=0.1, max=0.5)
        assert ((counts - 12_500).abs() < 600).all()  # five standard deviations
        positive = torch.rand(100)
        assert torch.equal(functional.apply("rrelu", positive, training=True), positive)

    def test_in_evaluation_it_is_the_middle(self):
        x = torch.linspace(-3, 3, 50)
        for bounds in ({"lower": 1 / 8, "upper": 1 / 3}, {"lower": 0.1, "upper": 0.5}):
            expected = F.rrelu(x, *bounds.values())
            torch.testing.assert_close(functional.apply("rrelu", x, **bounds), expected)
        assert torch.equal(functional.apply("rrelu", x), functional.apply("rrelu", x, lower=1 / 8, upper=1 / 3))

    @pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
    def test_the_gradient_is_of_the_slope_that_was_drawn(self, dtype):
        x = (-torch.rand(1000) - 0.5).to(dtype).requires_grad_()
        y = functional.apply("rrelu", x, training=True)
        (slope,) = torch.autograd.grad(y.sum(), x)
        torch.testing.assert_close(y, x * slope)
        assert slope.unique().numel() > 20

    def test_the_generator_is_torchs(self):
        x = -torch.ones(50)
        torch.manual_seed(7)
        first, second = (functional.apply("rrelu", x, training=True) for _ in range(2))
        torch.manual_seed(7)
        assert torch.equal(functional.apply("rrelu", x, training=True), first)
        assert not torch.equal(first, second)

    def test_a_bias_comes_first_here_too(self):
        x, bias = torch.zeros(1000), torch.tensor([-1.0]).requires_grad_()
        y = functional.apply("rrelu", x, training=True, bias=bias)
        assert ((y <= -1 / 8) & (y >= -1 / 3)).all()
        y.sum().backward()
        assert float(bias.grad) == pytest.approx(-float(y.detach().sum()), rel=1e-5)

    def test_bounds_that_are_tensors_are_refused(self):
        with pytest.raises(act.ActscopeError, match="rrelu: `lower` must be a number, but got a tensor"):
            functional.apply("rrelu", torch.ones(2), training=True, lower=torch.tensor(0.1))


@pytest.mark.parametrize(("dtype", "ulp"), [(torch.float32, 2**-24), (torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
def test_the_gradient_of_a_bias_is_a_sum_that_is_rounded_little(dtype, ulp):
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2000, 33, generator=generator).to(dtype)
    bias = torch.zeros(33, dtype=dtype, requires_grad=True)
    g = torch.randn(2000, 33, generator=generator).to(dtype)
    functional.apply("relu", x, bias=bias).backward(g)
    parts = torch.where(x > 0, g, 0).double()
    assert ((bias.grad.double() - parts.sum(0)).abs() <= ulp * parts.abs().sum(0)).all()
