"""Derivatives of every order and with respect to every tensor, in reverse and in forward mode."""

import numpy as np
import pytest
import torch
import torch.autograd.forward_ad as forward_ad
from torch.utils.checkpoint import checkpoint

from actscope.catalogue import get
from actscope.nn import functional
from edges import edges
from tensors import EVERY, LEARNABLE, POINTWISE, called, each, given, weights, with_gradients
from truth import TRUTH, Real, exact, ulps

SMOOTH_AT = torch.tensor([-5.3, -2.1, -0.7, -0.05, 0.04, 0.6, 1.9, 4.8], dtype=torch.float64)
# torch's own, of any Function in forward mode.
FORWARD = pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")


@FORWARD
@EVERY
def test_torch_itself_checks_first_and_second_derivatives(activation):
    tensors = [tensor.requires_grad_() for tensor in given(activation, 2, 4)]
    function = called(activation)
    assert torch.autograd.gradcheck(function, tensors, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(function, tensors)


def test_the_check_of_torch_bites():
    x = SMOOTH_AT.clone().requires_grad_()
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(lambda t: functional.apply("gelu", t) + t.detach(), x)


@each(POINTWISE)
def test_the_slope_is_differentiable_like_the_function(activation):
    x = SMOOTH_AT.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda t: functional.slope(activation, t), x)
    slope = with_gradients(lambda t: functional.apply(activation, t), (SMOOTH_AT,))[1]
    assert torch.equal(functional.slope(activation, SMOOTH_AT), slope)


@each(LEARNABLE)
def test_the_slope_depends_on_learned_parameters(activation):
    x, parameter = (tensor.requires_grad_() for tensor in given(activation, 2, 3))
    (name,) = (p.name for p in activation.parameters)
    assert torch.autograd.gradcheck(lambda t, p: functional.slope(activation, t, **{name: p}), (x, parameter))


@FORWARD
@EVERY
def test_forward_mode_agrees_with_reverse_mode(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    value, *gradients = with_gradients(function, tensors)
    with forward_ad.dual_level():
        duals = [forward_ad.make_dual(tensor, torch.full_like(tensor, 2.0)) for tensor in tensors]
        out, tangent = forward_ad.unpack_dual(function(*duals))
    torch.testing.assert_close(out, value, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(tangent.sum(), 2 * sum(gradient.sum() for gradient in gradients))


def second_derivative(activation, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(functional.apply(activation, x).sum(), x, create_graph=True)
    return torch.autograd.grad(first.sum(), x, create_graph=True)[0]


def check_curvature(activation, curvature, function=second_derivative):
    x = edges(np.float32, activation.properties.kinks)[::31]
    # At a kink there is none.
    x = x[~np.isin(x, np.asarray(activation.properties.kinks, np.float32))]
    got = function(activation, torch.from_numpy(x)).detach().numpy()
    low, high = TRUTH[activation.name].curvature_roots or (0.0, 0.0)
    true = exact(curvature, x)
    errors = np.where((x > low) & (x < high), ulps(got, true, 2.0**-24), ulps(got, true))
    worst = int(np.argmax(errors))
    assert errors[worst] <= 8, f"{errors[worst]:.3g} ulp at x = {x[worst]!r}"


@each(POINTWISE)
def test_second_derivatives_are_true_on_inputs_that_hurt(activation):
    check_curvature(activation, TRUTH[activation.name].curvature)


def test_the_curvature_oracle_bites():
    gelu = get("gelu")
    with pytest.raises(AssertionError, match="ulp at x ="):
        check_curvature(gelu, lambda x: TRUTH["gelu"].curvature(x) * (1 + Real(2) ** -18))


def check_third(activation, scale=1.0):
    x = SMOOTH_AT.clone().requires_grad_()
    (third,) = torch.autograd.grad(second_derivative_of(activation, x).sum(), x)
    step = 1e-6
    sides = [second_derivative(activation, SMOOTH_AT + side * step).detach() for side in (1, -1)]
    torch.testing.assert_close(scale * third, (sides[0] - sides[1]) / (2 * step), rtol=1e-5, atol=1e-6)


def second_derivative_of(activation, x: torch.Tensor) -> torch.Tensor:
    (first,) = torch.autograd.grad(functional.apply(activation, x).sum(), x, create_graph=True)
    return torch.autograd.grad(first.sum(), x, create_graph=True)[0]


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "tanh", "softplus", "mish", "selu", "snake", "hardswish"])
def test_third_derivatives_are_differences_of_second_ones(name):
    check_third(get(name))


def test_the_oracle_of_differences_bites():
    with pytest.raises(AssertionError, match="not close"):
        check_third(get("gelu"), scale=1.001)


@EVERY
def test_a_penalty_on_the_gradient_reaches_every_tensor(activation):
    """The derivative of |gradient|^2, as WGAN-GP and sharpness-aware training take it, against differences."""
    tensors, function = given(activation, 2, 4, seed=3), called(activation)
    grad = weights(function(*tensors))

    def penalty(*leaves):
        found = torch.autograd.grad(function(*leaves), leaves, grad, create_graph=True)
        return sum((gradient * gradient).sum() for gradient in found)

    assert torch.autograd.gradcheck(penalty, [tensor.requires_grad_() for tensor in tensors])


@EVERY
def test_only_what_is_asked_for_gets_a_gradient(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    everything = with_gradients(function, tensors)[1:]
    for k in range(len(tensors)):
        leaves = [tensor.clone().requires_grad_(j == k) for j, tensor in enumerate(tensors)]
        function(*leaves).sum().backward()
        assert [leaf.grad is not None for leaf in leaves] == [j == k for j in range(len(tensors))]
        torch.testing.assert_close(leaves[k].grad, everything[k], rtol=1e-14, atol=1e-15)
        assert leaves[k].grad.shape == leaves[k].shape


@EVERY
def test_a_batch_of_gradients_in_one_pass(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    leaves = [tensor.requires_grad_() for tensor in tensors]
    value = function(*leaves)
    batch = torch.stack([weights(value, seed) for seed in range(3)])
    together = torch.autograd.grad(value, leaves, batch, is_grads_batched=True, retain_graph=True)
    for k in range(3):
        alone = torch.autograd.grad(value, leaves, batch[k], retain_graph=True)
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[k], other, rtol=1e-12, atol=1e-14)


@EVERY
def test_activation_checkpoints_and_saved_tensors_elsewhere(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    expected = with_gradients(function, tensors)[1:]
    with torch.autograd.graph.save_on_cpu():
        found = [with_gradients(function, tensors)[1:]]
    for reentrant in (False, True):
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        checkpoint(function, *leaves, use_reentrant=reentrant).sum().backward()
        found.append([leaf.grad for leaf in leaves])
    for gradients in found:
        assert all(torch.equal(one, other) for one, other in zip(gradients, expected, strict=True))


@EVERY
def test_changing_an_input_in_place_is_torchs_own_error(activation):
    tensors, function = given(activation, 2, 4), called(activation)
    leaves = [tensor.requires_grad_() for tensor in tensors]
    inner = [leaf * 1 for leaf in leaves]
    y = function(*inner)
    inner[0].add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@each(POINTWISE)
def test_the_output_may_be_changed_in_place(activation):
    x = SMOOTH_AT.clone().requires_grad_()
    functional.apply(activation, x).mul_(2.0).sum().backward()
    torch.testing.assert_close(x.grad, 2 * functional.slope(activation, SMOOTH_AT), rtol=1e-15, atol=0)
