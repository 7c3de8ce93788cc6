"""Laws of the networks: scales, pairing, and hands off the global random state."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score
from torch import nn

from actscope import kernels
from actscope.catalogue import CATALOGUE, get
from actscope.lab.models import hidden_layers, losses, mlp, scores
from actscope.lab.models.judging import pulls

SHAPE = {"inputs": 64, "outputs": 10, "depth": 3, "width": 256}


def weights(activation: str, init: str, seed: int = 0) -> list[torch.Tensor]:
    model = mlp(activation, **SHAPE, init=init, seed=seed)
    return [layer.weight.detach() for layer in model if isinstance(layer, nn.Linear)]


def second_moments(activation: str, init: str) -> list[float]:
    """Return the mean square of what enters each of 20 wide layers' activations, for standardised inputs."""
    model = mlp(activation, inputs=512, outputs=1, depth=20, width=512, init=init, seed=0)
    signal = torch.randn(32, 512, generator=torch.Generator().manual_seed(1))
    found = []
    with torch.no_grad():
        for linear, function in hidden_layers(model):
            before = linear(signal)
            signal = function(before)
            found.append(float(before.square().mean()))
    return found


def check_moments(moments: list[float]) -> None:
    """Raise AssertionError if the second moment starts away from 1 or changes by more than a tenth a layer.

    Exactly 1 is for infinite width. For silu and gelu 1 is a fixed point that repels, so what little the finite width
    adds grows from layer to layer: by 7 % in silu, the worst.
    """
    assert moments[0] == pytest.approx(1.0, abs=0.1)
    assert abs(math.log(moments[-1] / moments[0])) / (len(moments) - 1) < 0.1, "the second moment drifts"


def repulsion(activation: str) -> float:
    """Return by how much a layer multiplies a small departure of the second moment from 1, by Gauss and Hermite."""
    z, weight = np.polynomial.hermite_e.hermegauss(180)

    def moment(q: float) -> float:
        return float(weight @ kernels.value(get(activation), np.sqrt(q) * z) ** 2)

    return (moment(1.05) - moment(0.95)) / (0.1 * moment(1.0))


def test_auto_keeps_the_second_moment_through_twenty_layers(pointwise):
    moments = second_moments(pointwise.name, "auto")
    if repulsion(pointwise.name) < 1.2:
        check_moments(moments)
    else:
        # No gain keeps what repels: x**2 squares every departure. The first layers stay near 1 all the same.
        assert moments[:3] == pytest.approx([1.0] * 3, abs=0.2)


def test_what_repels_is_known():
    repelling = {
        activation.name for activation in CATALOGUE if activation.pointwise and repulsion(activation.name) >= 1.2
    }
    assert repelling == {"squared_relu", "hardswish", "phish", "softshrink", "tanhshrink", "gcu"}


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
def test_without_the_gain_it_is_lost(activation):
    with pytest.raises(AssertionError, match="drifts"):
        check_moments(second_moments(activation, "lecun"))


@pytest.mark.parametrize(
    ("init", "hidden", "output"),
    [
        ("auto", math.sqrt(2 / 256), math.sqrt(1 / 256)),
        ("he", math.sqrt(2 / 256), math.sqrt(2 / 256)),
        ("xavier", math.sqrt(2 / 512), math.sqrt(2 / 266)),
        ("lecun", math.sqrt(1 / 256), math.sqrt(1 / 256)),
        ("default", math.sqrt(1 / 3 / 256), math.sqrt(1 / 3 / 256)),
    ],
)
def test_scales(init, hidden, output):
    found = weights("relu", init)
    assert float(found[1].std()) == pytest.approx(hidden, rel=0.02)
    assert float(found[-1].std()) == pytest.approx(output, rel=0.05)


def test_default_is_pytorchs_own_law():
    ours, theirs = weights("relu", "default")[1], nn.Linear(256, 256).weight.detach()
    assert float(ours.abs().max()) == pytest.approx(float(theirs.abs().max()), rel=0.01)
    assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.02)


@pytest.mark.parametrize("init", ["auto", "he", "xavier", "lecun"])
def test_biases_start_at_zero(init):
    assert all(not layer.bias.any() for layer in mlp("relu", **SHAPE, init=init) if isinstance(layer, nn.Linear))


@pytest.mark.parametrize("init", ["auto", "he", "default"])
def test_activations_of_one_seed_differ_in_scale_alone(init):
    for relu, tanh in zip(weights("relu", init), weights("tanh", init), strict=True):
        scale = relu.norm() / tanh.norm()
        assert torch.allclose(relu, scale * tanh, rtol=1e-5)


def test_seeds_differ():
    assert not torch.equal(weights("relu", "auto", 0)[0], weights("relu", "auto", 1)[0])


def test_building_leaves_the_global_random_state():
    before = torch.get_rng_state()
    for init in ("auto", "default"):
        mlp("relu", **SHAPE, init=init)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_classes_have_one_logit_and_both_losses_agree():
    """A logit z is the pair of outputs (0, z)."""
    z, labels = torch.tensor([[[2.0], [-1.0], [0.5]]]), torch.tensor([[1, 0, 0]])
    pair = torch.cat([torch.zeros_like(z), z], dim=-1)
    assert float(losses(z, labels)) == pytest.approx(float(losses(pair, labels)))
    assert scores(z, labels) == scores(pair, labels) == pytest.approx(2 / 3)


@pytest.mark.parametrize("size", [1.0, 30.0, 3e4])
def test_losses_are_pytorchs(size):
    random = torch.Generator().manual_seed(1)
    z = size * torch.randn(3, 50, 1, generator=random)
    many = size * torch.randn(3, 50, 4, generator=random)
    yes, which = (torch.randint(0, most, (3, 50), generator=random) for most in (2, 4))
    numbers = torch.randn(3, 50, 4, generator=random)
    for k in range(3):
        wanted = nn.functional.binary_cross_entropy_with_logits(z[k, :, 0].double(), yes[k].double())
        assert float(losses(z, yes)[k]) == pytest.approx(float(wanted), rel=1e-6)
        wanted = nn.functional.cross_entropy(many[k].double(), which[k])
        assert float(losses(many, which)[k]) == pytest.approx(float(wanted), rel=1e-6)
        wanted = nn.functional.mse_loss(many[k].double(), numbers[k].double())
        assert float(losses(many, numbers, "regression")[k]) == pytest.approx(float(wanted), rel=1e-6)


@pytest.mark.parametrize("size", [1.0, 30.0])
@pytest.mark.parametrize(("outputs", "kind"), [(1, "classification"), (4, "classification"), (3, "regression")])
def test_pulls_are_the_gradients_of_pytorchs_losses(outputs, kind, size):
    random = torch.Generator().manual_seed(3)
    said = size * torch.randn(2, 30, outputs, generator=random)
    if kind == "regression":
        wanted = torch.randn(2, 30, outputs, generator=random)
    else:
        wanted = torch.randint(0, max(outputs, 2), (2, 30), generator=random)
    found = pulls(said, wanted, kind)
    for k in range(2):
        z = said[k].double().requires_grad_()
        if kind == "regression":
            cost = nn.functional.mse_loss(z, wanted[k].double())
        elif outputs == 1:
            cost = nn.functional.binary_cross_entropy_with_logits(z[:, 0], wanted[k].double())
        else:
            cost = nn.functional.cross_entropy(z, wanted[k])
        (gradient,) = torch.autograd.grad(cost, z)
        assert torch.allclose(found[k].double(), gradient, rtol=1e-5, atol=1e-8)
        assert not torch.allclose(1.001 * found[k].double(), gradient, rtol=1e-5, atol=1e-8)


def test_the_score_of_numbers_is_scikit_learns_r_squared():
    random = torch.Generator().manual_seed(2)
    wanted = torch.randn(1, 40, 3, generator=random)
    said = wanted + 0.3 * torch.randn(1, 40, 3, generator=random)
    assert float(scores(said, wanted, "regression")) == pytest.approx(r2_score(wanted[0], said[0]), rel=1e-6)
    mean = wanted.mean(dim=1, keepdim=True).expand_as(wanted)
    assert float(scores(mean, wanted, "regression")) == pytest.approx(0.0, abs=1e-6)
