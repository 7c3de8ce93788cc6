"""torch.func over every activation: vmap, jvp, jacobians, Hessians, gradients per sample, constants inside of them."""

import pytest
import torch
from torch import nn

import actscope as act
from actscope.nn import functional
from tensors import EVERY, LEARNABLE, called, each, given, learned, weights, with_gradients

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own, in forward mode
TIGHT = {"rtol": 1e-11, "atol": 1e-13}


@EVERY
def test_vmap_is_the_loop(activation):
    tensors, function = given(activation, 3, 4, 6), called(activation)
    count = len(activation.inputs)

    def check(axes, batches):
        over = (axes,) * count + (None,) * len(learned(activation))
        got = torch.func.vmap(function, over, out_dims=axes)(*tensors)
        torch.testing.assert_close(got.movedim(axes, 0), torch.stack([function(*batch) for batch in batches]), **TIGHT)

    if learned(activation):  # channels are those of each sample: 6 along axis 1 of (4, 6)
        tensors = (*tensors[:count], *given(activation, 4, 6)[count:])
    check(0, [(*(t[k] for t in tensors[:count]), *tensors[count:]) for k in range(3)])
    if not learned(activation):
        check(1, [tuple(t[:, k] for t in tensors) for k in range(4)])
        twice = torch.func.vmap(torch.func.vmap(function))(*tensors)
        torch.testing.assert_close(twice, function(*tensors), **TIGHT)


@EVERY
def test_jacobians_by_every_way_agree(activation):
    tensors, function = given(activation, 6), called(activation)
    places = tuple(range(len(tensors)))
    reverse = torch.func.jacrev(function, places)(*tensors)
    forward = torch.func.jacfwd(function, places)(*tensors)
    classic = torch.autograd.functional.jacobian(function, tensors)
    batched = torch.autograd.functional.jacobian(function, tensors, vectorize=True)
    for k in places:
        for other in (forward, classic, batched):
            torch.testing.assert_close(other[k], reverse[k], **TIGHT)
    directions = tuple(weights(tensor, k) for k, tensor in enumerate(tensors))
    value, tangent = torch.func.jvp(function, tensors, directions)
    torch.testing.assert_close(value, function(*tensors), **TIGHT)
    expected = sum((reverse[k] * directions[k]).flatten(1).sum(1) for k in places)
    torch.testing.assert_close(tangent, expected, **TIGHT)


@EVERY
def test_hessians_by_every_way_agree(activation):
    tensors, function = given(activation, 4), called(activation)
    grad = weights(function(*tensors))

    def loss(*t):
        return (function(*t) * grad).sum()

    places = tuple(range(len(tensors)))
    hessian = torch.func.hessian(loss, places)(*tensors)
    classic = torch.autograd.functional.hessian(loss, tensors)
    backward = torch.func.jacrev(torch.func.jacrev(loss, places), places)(*tensors)
    for k in places:
        for j in places:
            torch.testing.assert_close(hessian[k][j], classic[k][j], **TIGHT)
            torch.testing.assert_close(backward[k][j], classic[k][j], **TIGHT)


@EVERY
def test_gradients_per_sample(activation):
    count = len(activation.inputs)
    samples, function = given(activation, 3, 2, 4), called(activation)
    parameters = given(activation, 2, 4)[count:]
    grad = weights(function(*(t[0] for t in samples[:count]), *parameters))

    def loss(*t):
        return (function(*t) * grad).sum()

    places = tuple(range(len(samples)))
    over = (0,) * count + (None,) * len(parameters)
    got = torch.func.vmap(torch.func.grad(loss, places), over)(*samples[:count], *parameters)
    for k in range(3):
        expected = with_gradients(function, (*(t[k] for t in samples[:count]), *parameters), grad)[1:]
        for one, other in zip(got, expected, strict=True):
            torch.testing.assert_close(one[k], other, **TIGHT)


@EVERY
def test_tensors_that_a_transform_does_not_see(activation):
    """A constant inside of vmap or grad, also one that itself requires a gradient, is an ordinary tensor there."""
    tensors, function = given(activation, 2, 4), called(activation)
    x = torch.linspace(-1, 1, 3, dtype=torch.float64)
    for needs in (False, True):
        constants = [tensor.clone().requires_grad_(needs) for tensor in tensors]

        def scaled(t, constants=constants):
            return function(*constants).sum() * t.sum()

        total = float(function(*tensors).sum())
        torch.testing.assert_close(torch.func.grad(scaled)(x), torch.full_like(x, total), **TIGHT)
        rows = torch.func.vmap(scaled)(x[:, None])
        torch.testing.assert_close(rows.detach(), x * total, **TIGHT)
        if needs:
            got = torch.autograd.grad(rows.sum(), constants)
            for one, other in zip(got, with_gradients(function, tensors)[1:], strict=True):
                torch.testing.assert_close(one, other * x.sum(), rtol=1e-10, atol=1e-12)


@each(LEARNABLE)
def test_a_batch_of_parameters(activation):
    (name,) = learned(activation)
    x, parameter = given(activation, 2, 4, 3)
    batch = torch.stack([parameter, parameter + 1, parameter * 2])
    for shape, many in (((4,), batch), ((), batch[:, 0]), ((1,), batch[:, :1])):

        def function(p):
            return functional.apply(activation, x, **{name: p})

        assert many.shape[1:] == shape
        got = torch.func.vmap(function)(many)
        torch.testing.assert_close(got, torch.stack([function(p) for p in many]), **TIGHT)


def test_an_ensemble_of_models():
    torch.manual_seed(0)
    models = [nn.Sequential(nn.Linear(3, 4), act.nn.PReLU(4), nn.Linear(4, 4), act.nn.GELU()) for _ in range(3)]
    parameters, _ = torch.func.stack_module_state(models)
    x = torch.randn(5, 3)

    def loss(given):
        return torch.func.functional_call(models[0], given, (x,)).square().mean()

    values = torch.func.vmap(loss)(parameters)
    gradients = torch.func.vmap(torch.func.grad(loss))(parameters)
    for k, model in enumerate(models):
        expected = model(x).square().mean()
        torch.testing.assert_close(values[k], expected)
        expected.backward()
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(gradients[name][k], parameter.grad)


def test_bias_under_transforms():
    x, bias = given(act.gelu, 3, 4)[0], torch.linspace(-1, 1, 4, dtype=torch.float64)

    def function(x, bias):
        return functional.apply("gelu", x, bias=bias)

    got = torch.func.vmap(function, (0, None))(x, bias)
    torch.testing.assert_close(got, functional.apply("gelu", x + bias), **TIGHT)
    jacobian = torch.func.jacrev(function, 1)(x, bias)
    torch.testing.assert_close(jacobian, torch.func.jacfwd(function, 1)(x, bias), **TIGHT)


def test_random_slopes_under_vmap_are_torchs_choice():
    x = -torch.ones(3, 5)
    with pytest.raises(RuntimeError, match="randomness"):
        torch.func.vmap(lambda t: functional.apply("rrelu", t, training=True))(x)
    for randomness, differ in (("different", True), ("same", False)):
        got = torch.func.vmap(lambda t: functional.apply("rrelu", t, training=True), randomness=randomness)(x)
        assert torch.equal(got[0], got[1]) != differ
        assert ((got <= -1 / 8) & (got >= -1 / 3)).all()


def test_the_oracle_bites():
    x = given(act.gelu, 4)[0]
    jacobian = torch.func.jacrev(act.gelu)(x)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(jacobian, torch.func.jacfwd(lambda t: act.gelu((1 + 1e-9) * t))(x), **TIGHT)
