"""Activations on tensors: values and slopes as PyTorch's own in float64, in every layout, mode and transform."""

import math
import pickle
import warnings

import mpmath as mp
import numpy as np
import pytest
import torch
import torch.autograd.forward_ad as forward_ad
from torch.nn import functional as F  # noqa: N812

from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter, get
from actscope.errors import ArrayTypeError, ParameterError
from actscope.formula import parse
from actscope.nn import functional
from edges import edges
from truth import TRUTH, exact, ulps

POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
ALL = pytest.mark.parametrize("activation", POINTWISE, ids=lambda a: a.name)
EVERY = pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
SMOOTH_AT = torch.tensor([-5.3, -2.1, -0.7, -0.05, 0.04, 0.6, 1.9, 4.8], dtype=torch.float64)

OF_TORCH = {
    "identity": lambda x: x * 1,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "elu": F.elu,
    "selu": F.selu,
    # Beyond its threshold of 20 torch gives x itself, which is off by up to 2e-9.
    "softplus": lambda x: F.softplus(x, threshold=1000.0),
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "cos": torch.cos,
}


def test_every_activation_is_held_against_something():
    assert {activation.name for activation in POINTWISE} <= set(OF_TORCH) | set(TRUTH)


def both(function, x: torch.Tensor, grad: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    x = x.detach().clone().requires_grad_()
    y = function(x)
    (slope,) = torch.autograd.grad(y, x, torch.ones_like(y) if grad is None else grad)
    return y.detach(), slope


def check_against_torch(name, function):
    # Where slopes saturate (s*(1 - s), 1 - t*t) and where 1 + erf cancels, torch loses digits: hence `atol`.
    x = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    (value, slope), (expected, expected_slope) = both(function, x), both(OF_TORCH[name], x)
    torch.testing.assert_close(value, expected, rtol=1e-13, atol=3e-15)
    torch.testing.assert_close(slope, expected_slope, rtol=1e-11, atol=3e-14)


@pytest.mark.parametrize("name", OF_TORCH)
def test_value_and_gradient_are_those_of_torch(name):
    check_against_torch(name, lambda x: functional.apply(name, x))


def test_the_torch_oracle_bites():
    with pytest.raises(AssertionError, match="not close"):
        check_against_torch("gelu", lambda x: functional.apply("gelu_tanh", x))
    with pytest.raises(AssertionError, match="not close"):
        check_against_torch("tanh", lambda x: functional.apply("tanh", x) + 0.5 * (x - x.detach()))


def check_against_truth(activation, slope_of=None, dtype=np.float64):
    truth = TRUTH[activation.name]
    x = edges(dtype, activation.properties.kinks)[::23]
    value, slope = (
        t.numpy() for t in both(slope_of or (lambda t: functional.apply(activation, t)), torch.from_numpy(x))
    )
    limit, absolute = (2, 2.0**-24) if dtype == np.float32 else (4, 2.0**-50)
    # In float64 the tail of gelu_tanh keeps what the rounding of its exponent leaves; see tests/kernels.
    tail = 3 * 745 if (activation.name, dtype) == ("gelu_tanh", np.float64) else limit
    assert ulps(value, exact(truth.value, x)).max() <= tail
    assert ulps(slope, exact(truth.slope, x), absolute).max() <= limit


@ALL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value_and_gradient_are_true_on_inputs_that_hurt(activation, dtype):
    check_against_truth(activation, dtype=dtype)


def test_the_truth_bites():
    with pytest.raises(AssertionError):
        check_against_truth(get("gelu"), F.gelu)


@ALL
def test_torch_itself_checks_the_gradients(activation):
    x = SMOOTH_AT.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda t: functional.apply(activation, t), x, check_undefined_grad=False)
    assert torch.autograd.gradgradcheck(lambda t: functional.apply(activation, t), x)
    assert torch.autograd.gradcheck(lambda t: functional.slope(activation, t), x)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
@ALL
def test_forward_mode_agrees_with_reverse_mode(activation):
    value, slope = both(lambda t: functional.apply(activation, t), SMOOTH_AT)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(SMOOTH_AT, torch.full_like(SMOOTH_AT, 2.0))
        out, tangent = forward_ad.unpack_dual(functional.apply(activation, dual))
    torch.testing.assert_close(out, value, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(tangent, 2 * slope, rtol=1e-12, atol=1e-15)


@ALL
def test_third_derivatives_are_differences_of_second_ones(activation):
    def second(x):
        x = x.clone().requires_grad_()
        (d1,) = torch.autograd.grad(functional.apply(activation, x).sum(), x, create_graph=True)
        (d2,) = torch.autograd.grad(d1.sum(), x, create_graph=True)
        return x, d2

    x, d2 = second(SMOOTH_AT)
    (d3,) = torch.autograd.grad(d2.sum(), x)
    step = 1e-6
    difference = (second(SMOOTH_AT + step)[1] - second(SMOOTH_AT - step)[1]) / (2 * step)
    torch.testing.assert_close(d3, difference.detach(), rtol=1e-5, atol=1e-6)


@ALL
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_at_a_kink_the_slope_is_the_declared_one(activation, dtype):
    for kink in activation.properties.kinks:
        x = torch.tensor([kink], dtype=dtype)
        left = torch.tensor([kink - 1e-3], dtype=torch.float64)
        declared = activation.slope_at.get(kink, float(both(lambda t: functional.apply(activation, t), left)[1]))
        slope = both(lambda t: functional.apply(activation, t), x)[1]
        assert float(slope) == pytest.approx(declared, rel=2e-3)
        assert float(functional.slope(activation, x)) == float(slope)


def test_the_slope_of_relu_at_0_is_0():
    assert float(both(lambda t: functional.apply("relu", t), torch.zeros(1))[1]) == 0.0


@ALL
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_infinite_input_gives_the_limits_and_nan_stays(activation, dtype):
    properties = activation.properties
    x = torch.tensor([-math.inf, math.inf, math.nan], dtype=dtype)
    value, slope = both(lambda t: functional.apply(activation, t), x)
    expected = torch.tensor([properties.limit_left, properties.limit_right, math.nan], dtype=dtype)
    assert torch.equal(value.nan_to_num(7.0), expected.nan_to_num(7.0))
    assert math.isnan(slope[2])
    if activation.name != "cos":
        with mp.workdps(30):
            far = [float(TRUTH[activation.name].slope(mp.mpf(side))) for side in (-1e4, 1e4)]
        assert slope[:2].tolist() == torch.tensor(far, dtype=dtype).tolist()


def neighbours(x: torch.Tensor) -> int:
    """Return the bit patterns as integers in the order of the numbers, so that neighbours differ by 1."""
    bits = x.view(torch.int16).to(torch.int32)
    return torch.where(bits < 0, -(bits & 0x7FFF), bits)


@ALL
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once(activation, dtype):
    every = torch.arange(-(2**15), 2**15, 61, dtype=torch.int32).to(torch.int16).view(dtype)
    x = every[every.isfinite()]
    value, slope = both(lambda t: functional.apply(activation, t), x)
    wide_value, wide_slope = both(lambda t: functional.apply(activation, t), x.double())
    assert value.dtype == slope.dtype == dtype
    for got, wide in ((value, wide_value), (slope, wide_slope)):
        # Rounded through float32 the result is the nearest or, where float32 lies at a tie, its neighbour; where the
        # function crosses 0 away from 0, float32's own absolute error shows.
        apart = (neighbours(got) - neighbours(wide.to(dtype))).abs()
        assert ((apart <= 1) | ((got.double() - wide).abs() <= 2.0**-22)).all()
        assert (apart > 0).float().mean() < 0.01


@ALL
def test_a_half_gradient_is_multiplied_before_it_is_rounded(activation):
    x = SMOOTH_AT.bfloat16()
    grad = torch.linspace(0.3, 1.7, len(x)).bfloat16()
    slope = both(lambda t: functional.apply(activation, t), x, grad)[1]
    wide = both(lambda t: functional.apply(activation, t), x.double(), grad.double())[1]
    torch.testing.assert_close(slope, wide.bfloat16(), rtol=0, atol=2.0**-22)


LAYOUTS = {
    "transposed": lambda t: t.transpose(1, 2),
    "strided": lambda t: t[:, ::2, 1:],
    "reversed by flip": lambda t: t.flip(1),
    "channels last": lambda t: t.contiguous(memory_format=torch.channels_last),
    "expanded": lambda t: t[:1].expand(3, -1, -1, -1),
    "one number": lambda t: t[0, 0, 0, 0],
    "empty": lambda t: t[:0],
    "sliced": lambda t: t[1, 1:],
    "negative view": lambda t: torch._neg_view(t),
    "parameter": lambda t: torch.nn.Parameter(t),
}


@pytest.mark.parametrize(
    "activation", [get(name) for name in ("gelu", "relu", "leaky_relu", "softmax")], ids=lambda a: a.name
)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("grad", ["stride 0", "dense", "transposed", "negative view"])
def test_every_layout_gives_the_same_numbers(activation, layout, grad):
    x = LAYOUTS[layout](torch.randn(3, 4, 5, 6, generator=torch.Generator().manual_seed(1)))
    if activation.rowwise and x.dim() == 0:
        return
    before = x.detach().clone()
    flat = x.detach().clone(memory_format=torch.contiguous_format)
    g = torch.ones(()).expand(x.shape)
    if grad == "negative view":
        g = torch._neg_view(torch.ones(x.shape))
    elif grad != "stride 0":
        g = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    if grad == "transposed" and x.dim() > 1:
        g = g.transpose(0, -1).contiguous().transpose(0, -1)
    x = x.detach().requires_grad_()
    y = functional.apply(activation, x)
    (slope,) = torch.autograd.grad(y, x, g)
    value, expected = both(lambda t: functional.apply(activation, t), flat, g.contiguous())
    assert y.shape == x.shape == slope.shape
    assert torch.equal(y, value)
    assert torch.equal(slope, expected)
    assert torch.equal(x.detach(), before)


@EVERY
def test_input_that_needs_no_gradient_and_modes_without(activation):
    x = torch.randn(4, 5)
    y = functional.apply(activation, x)
    assert not y.requires_grad
    needing = x.clone().requires_grad_()
    assert functional.apply(activation, needing).requires_grad
    with torch.no_grad():
        assert not functional.apply(activation, needing).requires_grad
        assert torch.equal(functional.apply(activation, needing), y)
    with torch.inference_mode():
        assert torch.equal(functional.apply(activation, x), y)
        assert functional.apply(activation, x).is_inference()


@ALL
def test_large_tensors_run_in_threads_and_give_the_same_numbers(activation):
    x = torch.randn(1_200_003, generator=torch.Generator().manual_seed(3))
    value, slope = both(lambda t: functional.apply(activation, t), x)
    for part in (slice(0, 1000), slice(600_000, 601_000), slice(-1000, None)):
        expected, expected_slope = both(lambda t: functional.apply(activation, t), x[part])
        assert torch.equal(value[part], expected)
        assert torch.equal(slope[part], expected_slope)
    assert torch.isfinite(value).all()


@EVERY
def test_a_result_is_a_tensor_of_its_own(activation):
    for x in (torch.randn(3, 4), torch.randn(3, 4).half(), torch.randn(3, 4, dtype=torch.float64).t()):
        before = x.clone()
        functional.apply(activation, x).add_(1.0)
        torch.func.vmap(lambda t: functional.apply(activation, t))(x).add_(1.0)
        assert torch.equal(x, before)


@EVERY
def test_changing_the_input_in_place_is_torchs_own_error(activation):
    x = torch.randn(5, requires_grad=True)
    inner = x * 1
    y = functional.apply(activation, inner)
    inner.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    z = torch.randn(5, requires_grad=True)
    y = functional.apply(activation, z * 1)
    y.mul_(2.0)  # the output is not saved, so it may be changed
    y.sum().backward()


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_transforms_of_functions(activation, dtype):
    x = SMOOTH_AT.to(dtype)
    rows = torch.stack([x, x.flip(0), -x])

    def f(t):
        return functional.apply(activation, t)

    def loss(t):
        return (f(t) * torch.arange(1, 9, dtype=dtype)).sum()

    tight = {"rtol": 1e-5, "atol": 1e-6} if dtype == torch.float32 else {"rtol": 1e-12, "atol": 1e-13}
    y, slope = both(f, x, torch.arange(1, 9, dtype=dtype))
    torch.testing.assert_close(torch.func.vmap(f)(rows), f(rows), **tight)
    torch.testing.assert_close(torch.func.vmap(f, in_dims=1, out_dims=1)(rows.t()), f(rows).t(), **tight)
    torch.testing.assert_close(torch.func.grad(loss)(x), slope, **tight)
    per_sample = torch.func.vmap(torch.func.grad(loss))(rows)
    torch.testing.assert_close(per_sample[0], slope, **tight)
    value, tangent = torch.func.jvp(f, (x,), (torch.ones_like(x),))
    torch.testing.assert_close(value, y, **tight)
    jacobian = torch.func.jacrev(f)(x)
    torch.testing.assert_close(torch.func.jacfwd(f)(x), jacobian, **tight)
    torch.testing.assert_close(tangent, jacobian.sum(1), **tight)
    hessian = torch.func.hessian(loss)(x)
    torch.testing.assert_close(hessian, torch.autograd.functional.hessian(loss, x), **tight)


COMPILER = [
    pytest.mark.filterwarnings(
        "ignore:.*should not be instantiated:DeprecationWarning"
    ),  # torch's own, of any Function
    pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning"),
]


def compiled(function):
    torch._dynamo.reset()
    return torch.compile(function, backend="aot_eager", fullgraph=True)


class TestCompiled:
    pytestmark = COMPILER

    @EVERY
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    def test_one_graph_gives_values_and_gradients(self, activation, dtype):
        x = torch.tensor([-math.inf, -95.0, -3.0, -0.5, 0.0, 0.5, 3.0, 200.0], dtype=dtype)
        grad = torch.ones_like(x) if not activation.rowwise else torch.arange(8).to(dtype)
        got = both(compiled(lambda t: functional.apply(activation, t)), x, grad)
        for one, other in zip(got, both(lambda t: functional.apply(activation, t), x, grad), strict=True):
            assert one.dtype == dtype
            torch.testing.assert_close(
                one.float(), other.float(), rtol=1e-2 if dtype != torch.float32 else 2e-6, atol=1e-7, equal_nan=True
            )

    @pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.parameters], ids=lambda a: a.name)
    def test_parameters_go_along(self, activation):
        given = {parameter.name: 1.5 for parameter in activation.parameters}
        x = SMOOTH_AT.clone()
        got = compiled(lambda t: functional.apply(activation.name, t, **given))(x)
        torch.testing.assert_close(got, functional.apply(activation, x, **given), rtol=1e-12, atol=1e-15)

    def test_slopes_too(self):
        got = both(compiled(lambda t: functional.slope("gelu", t)), SMOOTH_AT)
        for one, other in zip(got, both(lambda t: functional.slope("gelu", t), SMOOTH_AT), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)

    def test_a_formula_of_ones_own(self):
        own = Activation(
            name="bent",
            title="Bent",
            formula=parse("alpha*(sqrt(x**2 + 1) - 1)/2 + x"),
            parameters=(Parameter("alpha", 1.0, "bend"),),
            introduced=Paper("Nobody", 2020, "A title", "A journal"),
            story="It was made to be tested. It bends.",
        )
        got = both(compiled(lambda t: functional.apply(own, t)), SMOOTH_AT)
        for one, other in zip(got, both(lambda t: functional.apply(own, t), SMOOTH_AT), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)

    def test_softmax_along_another_axis(self):
        x = torch.randn(3, 4, 5)
        got = compiled(lambda t: functional.apply("softmax", t, dim=1, temperature=0.5))(x)
        torch.testing.assert_close(got, torch.softmax(x / 0.5, 1))

    def test_a_training_step(self):
        from actscope import nn

        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), nn.GELU(), torch.nn.Linear(4, 4), nn.LeakyReLU(0.2))
        x = torch.randn(5, 3)
        fast = compiled(model)
        fast(x).sum().backward()
        grads = [parameter.grad.clone() for parameter in model.parameters()]
        model.zero_grad()
        model(x).sum().backward()
        for one, parameter in zip(grads, model.parameters(), strict=True):
            torch.testing.assert_close(one, parameter.grad)


@EVERY
@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool, torch.complex64])
def test_other_numbers_are_refused(activation, dtype):
    with pytest.raises(ArrayTypeError, match=f"{activation.name} is defined on real floating-point numbers, .*{dtype}"):
        functional.apply(activation, torch.ones(2, dtype=dtype))
    with pytest.raises(TypeError, match=r"x\.real or x\.abs\(\)" if dtype.is_complex else r"call x\.float\(\) first"):
        functional.slope(activation, torch.ones(2, dtype=dtype))


def test_parameters_are_checked():
    x = torch.ones(2)
    with pytest.raises(ParameterError, match="elu: `alpha` must be a number > 0"):
        functional.apply("elu", x, alpha=-1.0)
    with pytest.raises(ParameterError, match=r"`alpha` must be a number, but got a tensor; pass alpha\.item\(\)"):
        functional.apply("elu", x, alpha=torch.tensor(1.0))
    with pytest.raises(ParameterError, match="relu has no parameter 'alpha'"):
        functional.apply("relu", x, alpha=1.0)


@pytest.mark.parametrize("slope", [0.2, -1.0, 0.0, 3.0])
def test_leaky_relu_follows_torch_at_other_slopes(slope):
    x = torch.linspace(-3, 3, 100, dtype=torch.float64)
    for one, other in zip(
        both(lambda t: functional.apply("leaky_relu", t, negative_slope=slope), x),
        both(lambda t: F.leaky_relu(t, slope), x),
        strict=True,
    ):
        assert torch.equal(one, other)


@pytest.mark.parametrize("alpha", [0.3, 2.5])
def test_elu_and_softplus_follow_torch_at_other_parameters(alpha):
    x = torch.linspace(-6, 6, 100, dtype=torch.float64)
    for name, given, theirs in (
        ("elu", {"alpha": alpha}, lambda t: F.elu(t, alpha)),
        ("softplus", {"beta": alpha}, lambda t: F.softplus(t, alpha, 1000.0)),
        ("sigmoid", {"gain": alpha}, lambda t: torch.sigmoid(alpha * t)),
    ):
        for one, other in zip(
            both(lambda t, n=name, g=given: functional.apply(n, t, **g), x), both(theirs, x), strict=True
        ):
            torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
@pytest.mark.parametrize("temperature", [1.0, 0.25, 7.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_softmax_is_torchs_along_every_axis(dim, temperature, dtype):
    x = 20 * torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64).to(dtype)
    g = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(6), dtype=torch.float64).to(dtype)
    got = both(lambda t: functional.apply("softmax", t, dim=dim, temperature=temperature), x, g)
    true = both(lambda t: torch.softmax(t / temperature, dim), x.double(), g.double())
    tight = {torch.float64: (1e-13, 1e-14), torch.float32: (1e-6, 1e-6), torch.bfloat16: (1e-2, 1e-2)}[dtype]
    for one, other in zip(got, true, strict=True):
        assert one.dtype == dtype
        torch.testing.assert_close(one.double(), other, rtol=tight[0], atol=tight[1] / temperature)


def test_softmax_at_the_edges():
    for x in (torch.tensor([[1e30, -1e30], [-1e30, -1e30]]), torch.tensor([[-math.inf, 0.0], [1e4, 1e4]])):
        got = both(lambda t: functional.apply("softmax", t), x, torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
        for one, other in zip(
            got, both(lambda t: torch.softmax(t, -1), x, torch.tensor([[1.0, 2.0], [3.0, 5.0]])), strict=True
        ):
            torch.testing.assert_close(one, other)
    assert functional.apply("softmax", torch.zeros(3, 0)).shape == (3, 0)
    assert functional.apply("softmax", torch.zeros(0, 3)).shape == (0, 3)
    assert functional.apply("softmax", torch.zeros(3, 1)).tolist() == [[1.0]] * 3
    assert functional.apply("softmax", torch.tensor([math.nan, 1.0])).isnan().all()
    for x, axis in ((torch.tensor(1.0), -1), (torch.ones(2, 3), 2), (torch.ones(2, 3), -3)):
        with pytest.raises(ArrayTypeError, match=f"softmax: axis {axis} does not exist in a tensor of {x.dim()} dim"):
            functional.apply("softmax", x, dim=axis)
    with pytest.raises(ArrayTypeError, match="softmax has no slope of one number: its derivative is a matrix"):
        functional.slope("softmax", torch.ones(3))


def test_softmax_can_be_differentiated_again():
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: functional.apply("softmax", t, temperature=0.7), x)
    assert torch.autograd.gradgradcheck(lambda t: functional.apply("softmax", t, temperature=0.7), x)


@EVERY
def test_random_state_and_threads_are_left_alone(activation):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    python = pickle.dumps(np.random.get_state())
    x = torch.ones(300_000, requires_grad=True)
    functional.apply(activation, x).sum().backward()
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert pickle.dumps(np.random.get_state()) == python


@EVERY
def test_nothing_warns(activation):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
            x = torch.tensor([math.nan, math.inf, -math.inf, 1e4, -1e4, 0.0], dtype=dtype, requires_grad=True)
            functional.apply(activation, x).sum().backward()


def test_a_tensor_without_memory_gets_its_shape():
    assert functional.apply("gelu", torch.ones(2, 3, device="meta")).shape == (2, 3)
