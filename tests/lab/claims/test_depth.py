"""What the claims about depth find, against mean-field theory, PyTorch, SymPy, SciPy and runs made by hand."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sympy
import torch

from actscope.catalogue import get
from actscope.lab.claims.claim import FAILS, HOLDS
from actscope.lab.claims.depth import (
    c05_vanishing,
    c10_collected,
    c13_growth,
    c32_affine,
    c42_cure,
    c43_factor,
    c44_sigmoid,
    learning,
    networks,
    perceptrons,
)
from actscope.lab.flow import mean_field
from lab.planted import run

TORCH = {"identity": lambda x: x, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


@pytest.mark.parametrize("name", TORCH)
def test_the_sizes_of_gradients_are_autograds(name):
    scale, depth, seeds = 1.3, 6, 2
    found = networks.sizes(name, [0.7, scale], depth=depth, seeds=seeds, width=16, samples=8)
    for seed in range(seeds):
        flow = torch.tensor(np.random.default_rng([seed, 0]).normal(size=(16, 8)))
        received = []
        for layer in range(depth):
            weight = np.random.default_rng([seed, 2 + layer]).normal(size=(16, 16)) / 4
            received.append((scale * torch.tensor(weight) @ flow).requires_grad_())
            flow = TORCH[name](received[-1])
        pull = torch.tensor(np.random.default_rng([seed, 1]).normal(size=(16, 8)))
        gradients = torch.autograd.grad(flow, received, pull)
        for layer in range(depth):
            assert found.signal[layer, 1, seed] == pytest.approx(_rms(received[layer]), rel=1e-12)
            assert found.gradient[layer, 1, seed] == pytest.approx(_rms(gradients[layer]), rel=1e-12)


def _rms(tensor):
    return float(tensor.detach().square().mean().sqrt())


@pytest.mark.parametrize(("name", "scale"), [("relu", 2**0.5), ("sigmoid", 1.85), ("tanh", 1.2), ("identity", 1.0)])
def test_wide_networks_do_what_mean_field_theory_predicts(name, scale):
    found = networks.sizes(name, [scale], depth=12, seeds=4, width=256)
    predicted = mean_field.predicted(get(name), mean_field.Scales(scale, scale, 0.0), 12)
    signal, gradient = (np.exp(np.log(each[:, 0]).mean(axis=1)) for each in (found.signal, found.gradient))
    assert np.allclose(signal, [layer.signal for layer in predicted], rtol=0.2)
    assert np.allclose(gradient, [layer.gradient for layer in predicted], rtol=0.2)


def test_the_oracle_of_mean_field_sees_another_scale():
    found = networks.sizes("relu", [1.5], depth=12, seeds=4, width=256).signal[-1, 0].mean()
    predicted = mean_field.predicted(get("relu"), mean_field.Scales(2**0.5, 2**0.5, 0.0), 12)[-1].signal
    assert found != pytest.approx(predicted, rel=0.3)


def test_the_rate_is_the_factor_of_a_power():
    assert networks.rate(3.0 ** np.arange(5, 0, -1)[:, None] * np.ones((5, 2))) == pytest.approx([3.0, 3.0])


def test_c13_without_an_activation_the_scale_is_all():
    """The growth at scale s is s^49 times that at scale 1."""
    signal = networks.sizes("identity", c13_growth.SCALES, depth=50, seeds=2).signal
    powers = np.array(c13_growth.SCALES)[:, None] ** 50
    assert np.allclose(signal[-1] / powers, signal[-1, 2], rtol=1e-9)


def test_c13_is_decided_by_what_grows():
    numbers = {"default": 1e-12, "he": 1e7, "double": 1e14, "boundary": 1.004}
    verdict = str(c13_growth.judge(numbers))
    assert "above 1.00" in verdict
    assert "1e-12 of their size" in verdict
    assert c13_growth.judge({**numbers, "default": 11.0}) == HOLDS
    assert c13_growth.judge({**numbers, "he": 1.0, "double": 10.0}) == FAILS


def test_c43_a_straight_line_is_what_scipy_finds_straight():
    random = np.random.default_rng(0)
    layers = np.arange(c43_factor.DEPTH)
    gradient = np.exp(-0.4 * layers[:, None, None] + random.normal(0, [0.1, 2.0], (c43_factor.DEPTH, 1, 2)))
    found = c43_factor.straightness(gradient)
    true = [scipy.stats.linregress(layers, np.log(gradient[:, 0, k])).rvalue ** 2 for k in range(2)]
    assert found[0] == pytest.approx(true)
    assert found[0, 0] > 0.95 > found[0, 1]


def test_c43_a_gradient_explodes_or_vanishes_tenfold():
    steps = c43_factor.DEPTH - 1
    factors = np.array([11.0, 9.0, 1.0, 1 / 9, 1 / 11]) ** (1 / steps)
    assert c43_factor.fates(factors).tolist() == [1.0, 0.0, 0.0, 0.0, -1.0]


def test_c43_the_slope_alone_does_not_tell():
    numbers = {name: number.value for name, number in c43_factor.measure().numbers.items()}
    # Of tanh, sigmoid and ReLU the slope is at most 1, and they explode all the same.
    assert numbers["gentle"] > 0.9
    assert numbers["by_slope"] < 0.5 < numbers["by_factor"]
    assert c43_factor.judge({**numbers, "by_factor": 0.9}) == FAILS
    assert c43_factor.judge({**numbers, "exponential": 0.9}) == FAILS


def test_c44_the_boundary_is_that_of_mean_field_theory():
    """The scale at which the predicted gradient of 30 layers keeps its size, 10.3; narrow networks need some more."""

    def change(scale):
        layers = mean_field.predicted(get("sigmoid"), mean_field.Scales(scale, scale, 0.0), 30)
        return math.log(layers[0].gradient / layers[-1].gradient)

    numbers = {name: number.value for name, number in c44_sigmoid.measure().numbers.items()}
    assert numbers["boundary"] == pytest.approx(scipy.optimize.brentq(change, 5, 20), rel=0.1)
    assert numbers["largest"] == pytest.approx(1 / math.sqrt(mean_field.second_moments(get("sigmoid"), 1.0)[0]))
    assert c44_sigmoid.judge({**numbers, "exploding": 0.06}) == FAILS
    assert c44_sigmoid.judge({**numbers, "grid_vanishing": 0.95, "grid_exploding": 0.05}) == HOLDS


def test_c05_the_factor_is_that_of_mean_field_theory():
    found = networks.rate(networks.sizes("sigmoid", [1.846], depth=50, seeds=4).gradient[:, 0])
    layers = mean_field.predicted(get("sigmoid"), mean_field.Scales(1.846, 1.846, 0.0), 50)
    assert found.mean() == pytest.approx((layers[0].gradient / layers[-1].gradient) ** (1 / 49), rel=0.03)


@pytest.mark.parametrize(
    ("losses", "depth"),
    [
        ({2: 0.2, 4: 0.69, 8: 0.69}, 4),
        ({2: 0.69, 4: 0.2, 8: 0.69}, 8),
        ({2: 0.69, 4: 0.69, 8: 0.2}, math.inf),
        ({2: 0.69, 4: 0.69}, 2),
        ({2: 0.2, 4: math.nan}, math.inf),
    ],
)
def test_c05_learning_has_stopped_where_it_has_at_all_larger_depths(losses, depth):
    assert c05_vanishing.stopped_from(losses) == depth


def test_c05_the_verdict_tells_the_depths():
    numbers = {"change": 1e-20, "sgd_auto": 6.0, "sgd_lecun": 4.0, "adam_auto": math.inf, "adam_lecun": 12.0}
    verdict = str(c05_vanishing.judge(numbers))
    assert "at least 6 hidden layers with gradient descent, or more than were tried with Adam" in verdict
    assert c05_vanishing.judge({**numbers, "adam_auto": 12.0}) == HOLDS
    assert c05_vanishing.judge({**numbers, "change": 0.5}) == FAILS
    assert c05_vanishing.judge(dict.fromkeys(numbers, math.inf) | {"change": 0.0}) == FAILS


def _trained(rate, seed, losses):
    made = run("tanh", seed=seed, losses=losses)
    return replace(made, experiment=replace(made.experiment, lr=rate, epochs=len(losses) - 1))


def test_the_best_rate_is_chosen_over_all_seeds():
    half = learning.HALF
    group = [
        _trained(0.1, 0, (0.7, 0.5, half, 0.3)),
        _trained(0.1, 1, (0.7, 0.6, 0.5, 0.4)),
        _trained(1.0, 0, (0.7, 0.1, 0.1, 0.1)),
        _trained(1.0, 1, (0.7, 0.6, math.nan, math.nan)),
    ]
    assert learning.best_losses(group) == [0.3, 0.4]
    # 2 and 4 epochs at one rate, 1 and 4 at the other: who does not arrive counts one more than there were.
    assert learning.fewest_epochs(group) == [1.0, 4.0]
    assert learning.fewest_epochs(group[:2]) == [2.0, 4.0]


def test_c10_the_collected_coefficients_are_sympys():
    x1, x2 = sympy.symbols("x1 x2")
    for seed in range(5):
        network = perceptrons.drawn(seed)
        y = perceptrons.output(network, x1, x2, lambda z: z)
        a, b, c = perceptrons.collected(network)
        assert sympy.expand(y - (a * x1 + b * x2 + c)) == 0
        assert sympy.expand(y - ((a + Fraction(1, 7)) * x1 + b * x2 + c)) != 0


def test_c10_only_equal_networks_pass():
    assert c10_collected.judge({"exact": 1.0, "rounding": 3.0}) == HOLDS
    assert c10_collected.judge({"exact": 0.999, "rounding": 3.0}) == FAILS
    assert c10_collected.judge({"exact": 1.0, "rounding": 33.0}) == FAILS


def test_c32_the_one_map_is_the_product_of_all():
    random = np.random.default_rng(0)
    sizes = (4, 7, 3, 5, 2)
    layers = [(random.normal(size=(b, a)), random.normal(size=b)) for a, b in itertools.pairwise(sizes)]
    matrix, bias = c32_affine.collapsed(layers)
    stack = torch.nn.Sequential(*(torch.nn.Linear(w.shape[1], w.shape[0]).double() for w, _ in layers))
    with torch.no_grad():
        for linear, (weight, added) in zip(stack, layers, strict=True):
            linear.weight.copy_(torch.tensor(weight))
            linear.bias.copy_(torch.tensor(added))
        inputs = random.normal(size=(10, 4))
        true = stack(torch.tensor(inputs)).numpy()
    assert np.allclose(inputs @ matrix.T + bias, true, atol=1e-12)
    assert np.allclose(matrix, np.linalg.multi_dot([weight for weight, _ in layers[::-1]]))
    without_bias = [(weight, 0 * added) for weight, added in layers]
    assert not np.allclose(inputs @ matrix.T + c32_affine.collapsed(without_bias)[1], true, atol=1e-12)


def test_c32_an_activation_in_between_is_seen():
    numbers = {name: number.value for name, number in c32_affine.measure().numbers.items()}
    assert numbers["rounding"] < 1
    assert numbers["with_tanh"] > 0.1
    assert c32_affine.judge({**numbers, "rounding": 1.5}) == FAILS


def test_c42_needs_the_cure_and_the_speed():
    numbers = {}
    for init in c42_cure.INITS:
        numbers |= {f"relu_{init}": 0.9, f"sigmoid_{init}": 1e-9, f"tanh_{init}": 1e-3}
        for name in c42_cure.SATURATING:
            numbers |= {f"steps_{name}_{init}": 0.4, f"steps_{name}_{init}_high": 0.6}
    assert c42_cure.judge(numbers) == HOLDS
    cured = {**numbers, "relu_default": 1e-5, "relu_lecun": 1e-5, "tanh_he": 2.0}
    verdict = str(c42_cure.judge(cured))
    assert verdict.startswith(
        "holds when ReLU takes the place of sigmoid with He's weights (through 30 layers its gradient keeps 0.9 of "
    )
    assert "takes the place of tanh" not in verdict
    assert c42_cure.judge({**cured, "steps_sigmoid_he_high": 1.1}) == FAILS
