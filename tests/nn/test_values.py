"""Values and gradients on tensors: PyTorch's own in float64, at kinks too, and mpmath's on inputs that hurt."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from actscope import kernels
from actscope.catalogue import CATALOGUE, get
from actscope.nn import functional
from edges import edges
from tensors import FLOATS, GATED, LEARNABLE, POINTWISE, assert_all_close, each, weights, with_gradients
from truth import JOINT, TRUTH, exact, ulps

# Every function that PyTorch has, with parameters beside the defaults.
OF_TORCH = {
    ("absolute", ()): torch.abs,
    ("arctan", ()): torch.atan,
    ("bipolar_sigmoid", ()): lambda x: 2 * torch.sigmoid(x) - 1,
    ("celu", ()): F.celu,
    # In float64 F.celu rounds 1/alpha, and F.hardsigmoid 1/6, to float32.
    ("celu", (("alpha", 0.5),)): lambda x: F.celu(x, 0.5),
    ("cosine", ()): torch.cos,
    ("elu", ()): F.elu,
    ("elu", (("alpha", 2.5),)): lambda x: F.elu(x, 2.5),
    ("gaussian", ()): lambda x: torch.exp(-x * x),
    ("gcu", ()): lambda x: x * torch.cos(x),
    ("gelu", ()): F.gelu,
    ("gelu_tanh", ()): lambda x: F.gelu(x, approximate="tanh"),
    ("hardshrink", ()): F.hardshrink,
    ("hardshrink", (("lambd", 1.5),)): lambda x: F.hardshrink(x, 1.5),
    ("hardsigmoid", ()): lambda x: F.relu6(x + 3) / 6,
    ("hardswish", ()): F.hardswish,
    ("hardtanh", ()): F.hardtanh,
    ("hardtanh", (("min_val", -3.0), ("max_val", 0.5))): lambda x: F.hardtanh(x, -3.0, 0.5),
    ("identity", ()): lambda x: x * 1,
    ("leaky_relu", ()): F.leaky_relu,
    ("leaky_relu", (("negative_slope", -1.5),)): lambda x: F.leaky_relu(x, -1.5),
    ("leaky_relu", (("negative_slope", 0.0),)): lambda x: F.leaky_relu(x, 0.0),
    ("logsigmoid", ()): F.logsigmoid,
    ("mish", ()): F.mish,
    ("prelu", (("weight", 0.7),)): lambda x: F.prelu(x, torch.tensor(0.7, dtype=torch.float64)),
    ("relu", ()): F.relu,
    ("relu6", ()): F.relu6,
    ("rrelu", (("lower", 0.1), ("upper", 0.5))): lambda x: F.rrelu(x, 0.1, 0.5),
    ("selu", ()): F.selu,
    ("sigmoid", ()): torch.sigmoid,
    ("sigmoid", (("gain", 0.3),)): lambda x: torch.sigmoid(0.3 * x),
    ("sign", ()): torch.sign,
    ("silu", ()): F.silu,
    ("sine", ()): torch.sin,
    ("snake", (("a", 0.7),)): lambda x: x + torch.sin(0.7 * x) ** 2 / 0.7,
    # Beyond its threshold of 20 PyTorch gives x itself, which is off by up to 2e-9.
    ("softplus", ()): lambda x: F.softplus(x, threshold=1000.0),
    ("softplus", (("beta", 2.5),)): lambda x: F.softplus(x, 2.5, 1000.0),
    ("softshrink", ()): F.softshrink,
    ("softshrink", (("lambd", 1.5),)): lambda x: F.softshrink(x, 1.5),
    ("softsign", ()): F.softsign,
    ("squared_relu", ()): lambda x: F.relu(x) ** 2,
    ("squareplus", (("b", 1.0),)): lambda x: (x + torch.sqrt(x * x + 1)) / 2,
    ("swish", (("beta", -0.8),)): lambda x: x * torch.sigmoid(-0.8 * x),
    ("tanh", ()): torch.tanh,
    ("tanhshrink", ()): F.tanhshrink,
    ("threshold", ()): lambda x: F.threshold(x, 1.0, 0.0),
    ("threshold", (("threshold", -1.5), ("value", 7.0))): lambda x: F.threshold(x, -1.5, 7.0),
    ("glu", ()): lambda a, b: F.glu(torch.cat([a, b], -1)),
    ("bilinear", ()): lambda a, b: a * b,
    ("reglu", ()): lambda a, b: F.relu(a) * b,
    ("geglu", ()): lambda a, b: F.gelu(a) * b,
    ("swiglu", ()): lambda a, b: F.silu(a) * b,
    ("softmax", ()): lambda x: F.softmax(x, -1),
    ("softmax", (("temperature", 0.25),)): lambda x: F.softmax(x / 0.25, -1),
    ("softmin", (("temperature", 7.0),)): lambda x: F.softmin(x / 7, -1),
    ("log_softmax", ()): lambda x: F.log_softmax(x, -1),
    ("log_softmax", (("temperature", 0.25),)): lambda x: F.log_softmax(x / 0.25, -1),
    ("maxout", (("pieces", 3),)): lambda x: x.unflatten(-1, (-1, 3)).amax(-1),
}


def test_every_activation_is_held_against_something():
    assert {activation.name for activation in CATALOGUE} <= {name for name, _ in OF_TORCH} | set(TRUTH)


def check_against_torch(ours, theirs, inputs=1):
    # The kinks of all are among the numbers. Where slopes saturate (s*(1 - s), 1 - t*t) and where 1 + erf cancels,
    # PyTorch loses digits: hence `atol`.
    x = torch.cat([torch.linspace(-9, 9, 1201, dtype=torch.float64), torch.tensor([-0.5, 0.5, -1.5, 1.5, 0.0])])
    x = torch.stack([x, x.flip(0)])
    tensors = (x, x.roll(17, -1) / 3)[:inputs]
    grad = weights(theirs(*tensors))
    got, expected = with_gradients(ours, tensors, grad), with_gradients(theirs, tensors, grad)
    assert_all_close(got, expected, rtol=1e-11, atol=3e-14)


@pytest.mark.parametrize(("name", "parameters"), OF_TORCH, ids=str)
def test_value_and_gradient_are_those_of_torch(name, parameters):
    def ours(*tensors):
        return functional.apply(name, *tensors, **dict(parameters))

    check_against_torch(ours, OF_TORCH[name, parameters], inputs=len(get(name).inputs))


def test_the_torch_oracle_bites():
    with pytest.raises(AssertionError, match="not close"):
        check_against_torch(lambda x: functional.apply("gelu_tanh", x), F.gelu)
    with pytest.raises(AssertionError, match="not close"):
        check_against_torch(lambda x: functional.apply("tanh", x) + 0.5 * (x - x.detach()), torch.tanh)
    with pytest.raises(AssertionError, match="not close"):
        check_against_torch(lambda x: torch.clamp(x, min=0), F.relu)  # its slope at 0 is 1


def near_roots(truth_roots, x):
    """Return where an absolute error is what counts, as in tests/kernels."""
    low, high = truth_roots or (0.0, 0.0)
    return (x > low) & (x < high)


def check_against_truth(activation, function):
    truth = TRUTH[activation.name]
    x = edges(np.float32, activation.properties.kinks)[::31]
    value, slope = (t.numpy() for t in with_gradients(function, (torch.from_numpy(x),)))
    assert ulps(value, exact(truth.value, x)).max() <= 2
    true, near = exact(truth.slope, x), near_roots(truth.slope_roots, x)
    assert np.where(near, ulps(slope, true, 2.0**-24), ulps(slope, true)).max() <= 2


@each(POINTWISE)
def test_value_and_gradient_are_true_on_inputs_that_hurt(activation):
    check_against_truth(activation, lambda x: functional.apply(activation, x))


def test_the_truth_bites():
    with pytest.raises(AssertionError):
        check_against_truth(get("gelu"), F.gelu)


@each(POINTWISE)
def test_tensors_give_the_numbers_that_arrays_give(activation):
    for dtype in (np.float32, np.float64):
        x = edges(dtype, activation.properties.kinks)[::5]
        value, slope = with_gradients(lambda t: functional.apply(activation, t), (torch.from_numpy(x),))
        np.testing.assert_array_equal(value.numpy(), kernels.value(activation, x))
        np.testing.assert_array_equal(slope.numpy(), kernels.slope(activation, x))
        np.testing.assert_array_equal(functional.slope(activation, torch.from_numpy(x)).numpy(), slope.numpy())


def pairs(dtype):
    """Return inputs that hurt, beside others that do."""
    x = edges(dtype)[::97]
    return np.concatenate([x, x]), np.concatenate([x[::-1], np.roll(x, 7)])


@pytest.mark.parametrize("name", [a.name for a in GATED])
def test_gates_are_true_on_inputs_that_hurt(name):
    a, b = pairs(np.float32)
    truth = JOINT[name]
    with mp.workdps(60):
        points = [(mp.mpf(float(m)), mp.mpf(float(n))) for m, n in zip(a, b, strict=True)]
        wanted = [[f(*point) for point in points] for f in (truth.value, truth.partials["a"], truth.partials["b"])]
    got = with_gradients(lambda a, b: functional.apply(name, a, b), (torch.from_numpy(a), torch.from_numpy(b)))
    roots = TRUTH["gelu" if name == "geglu" else "silu"].slope_roots if name in ("geglu", "swiglu") else None
    for one, true, root in zip(got, wanted, (None, roots, None), strict=True):
        near = near_roots(root, a)
        assert np.where(near, ulps(one.numpy(), true, 2.0**-24 * np.abs(b).max()), ulps(one.numpy(), true)).max() <= 2


@pytest.mark.parametrize("name", [a.name for a in LEARNABLE])
def test_gradients_of_parameters_are_true_on_inputs_that_hurt(name):
    truth = JOINT[name]
    (parameter,) = (key for key in truth.partials if key != "x")
    # The angle of snake would need more digits of pi than float64 has beyond that.
    x = edges(np.float32)[::61]
    x = x[np.abs(x) < 1e4] if name == "snake" else x
    p = np.resize(np.asarray([0.25, 1.0, 0.7, 3.0], np.float32), x.shape)
    with mp.workdps(60):
        points = [(mp.mpf(float(m)), mp.mpf(float(n))) for m, n in zip(x, p, strict=True)]
        wanted = [[f(*point) for point in points] for f in (truth.value, *truth.partials.values())]
    got = with_gradients(
        lambda x, p: functional.apply(name, x, **{parameter: p}), (torch.from_numpy(x), torch.from_numpy(p))
    )
    absolute = {"swish": (0, 2.0**-24, 0), "snake": (0, 2.0**-24, 2.0**-24)}.get(name, (0, 0, 0))
    for one, true, near in zip(got, wanted, absolute, strict=True):
        assert ulps(one.numpy(), true, near).max() <= 2


@each([activation for activation in POINTWISE if activation.properties.kinks])
def test_at_a_kink_the_slope_is_the_declared_one(activation):
    for kink, dtype in itertools.product(activation.properties.kinks, FLOATS):
        with mp.workdps(30):
            declared = float(TRUTH[activation.name].slope(mp.mpf(kink)))
        x = torch.tensor([kink], dtype=dtype)
        slope = with_gradients(lambda t: functional.apply(activation, t), (x,))[1]
        assert float(slope) == float(torch.tensor(declared, dtype=dtype))
        assert float(functional.slope(activation, x)) == float(slope)


@each(POINTWISE)
def test_infinite_input_gives_the_limits_and_nan_stays(activation):
    wanted = []
    for function in (TRUTH[activation.name].value, TRUTH[activation.name].slope):
        with mp.workdps(60):
            far = [[float(function(side * mp.mpf(10) ** 400 * k)) for k in range(1, 20)] for side in (-1, 1)]
        wanted.append([side[0] if len({*side}) == 1 else math.nan for side in far] + [math.nan])
    for dtype in FLOATS:
        x = torch.tensor([-math.inf, math.inf, math.nan], dtype=dtype)
        for got, limits in zip(with_gradients(lambda t: functional.apply(activation, t), (x,)), wanted, strict=True):
            torch.testing.assert_close(got, torch.tensor(limits, dtype=dtype), equal_nan=True, rtol=1e-15, atol=0)


def test_the_slope_of_relu_at_0_is_0():
    assert float(with_gradients(lambda t: functional.apply("relu", t), (torch.zeros(1),))[1]) == 0.0


@pytest.mark.parametrize("name", [a.name for a in GATED])
def test_infinite_gates(name):
    """An open gate passes infinity on, a shut one gives 0 as its limit is; where there is no limit, nan."""
    inf, nan = math.inf, math.nan
    a = torch.tensor([inf, -inf, 2.0, 2.0, nan, 1.0], dtype=torch.float64)
    b = torch.tensor([2.0, 2.0, inf, -inf, 1.0, nan], dtype=torch.float64)
    expected = {
        "glu": [inf, -inf, 2.0, 0.0, nan, nan],
        "bilinear": [inf, -inf, inf, -inf, nan, nan],
    }.get(name, [inf, 0.0, inf, -inf, nan, nan])
    got = functional.apply(name, a, b)
    torch.testing.assert_close(got, torch.tensor(expected, dtype=torch.float64), equal_nan=True)
