"""What the claims about one neuron find, against PyTorch's autograd and optimizers, closed forms and SciPy."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
import torch

from actscope.catalogue import get
from actscope.lab.claims.claim import FAILS, HOLDS
from actscope.lab.claims.neuron import (
    c01_chain,
    c02_share,
    c16_mean,
    c23_same_way,
    c24_zigzag,
    classifier,
    descent,
    network,
)

TORCH = {
    "identity": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "gelu": torch.nn.functional.gelu,
}
SAMPLE, TARGET = np.array([0.4, -1.1, 0.7]), 1.0


def by_autograd(made, activate):
    """Return the gradients at what each layer receives and at each weight, by PyTorch in float64."""
    weights = [torch.tensor(each, requires_grad=True) for each in made.weights]
    flow, received = torch.tensor(SAMPLE), []
    for layer, (weight, bias) in enumerate(zip(weights, made.biases, strict=True)):
        received.append(weight @ flow + torch.tensor(bias))
        flow = activate(received[-1]) if layer < len(weights) - 1 else received[-1]
    found = torch.autograd.grad(0.5 * ((flow - TARGET) ** 2).sum(), [*received, *weights])
    return [each.numpy() for each in found[: len(received)]], [each.numpy() for each in found[len(received) :]]


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("seed", range(4))
def test_the_chain_rule_by_hand_is_autograd(name, seed):
    made = network.drawn(name, (3, 4, 4, 1), seed)
    true, true_shares = by_autograd(made, TORCH[name])
    flow = network.passed(made, SAMPLE)
    found = network.deltas(made, flow, TARGET)
    assert network.error(found, true) < 1e-12
    shares = [np.outer(delta, given) for delta, given in zip(found, flow.given, strict=False)]
    assert network.error(shares, true_shares) < 1e-12


@pytest.mark.parametrize("name", ["sigmoid", "gelu"])
def test_the_finite_differences_are_autograd_and_see_a_wrong_chain(name):
    made = network.drawn(name, (3, 4, 4, 1), seed=1)
    differences = network.by_difference(made, SAMPLE, TARGET)
    for found, true in zip(differences, by_autograd(made, TORCH[name]), strict=True):
        assert network.error(found, true) < 1e-8
    flow = network.passed(made, SAMPLE)
    wrong = replace(flow, slopes=tuple(np.ones_like(slopes) for slopes in flow.slopes))
    assert network.error(network.deltas(made, wrong, TARGET), differences[0]) > 0.01


def test_one_path_alone_is_not_the_gradient():
    """The gradient at a neuron adds up the products of all its paths: two of them here, 1 * 2 and 3 * 4."""
    linear = network.Network(
        get("identity"),
        (np.array([[1.0], [3.0]]), np.array([[2.0, 4.0]])),
        (np.zeros(2), np.zeros(1)),
    )
    flow = network.passed(linear, np.array([1.0]))
    assert flow.given[-1].tolist() == [14.0]
    first, _ = network.deltas(linear, flow, target=13.0)
    assert (linear.weights[0].T @ first).tolist() == [14.0]


def test_c01_differs_on_the_kink_alone():
    numbers = {"error": 1e-9, "chain_at_kink": 0.0, "difference_at_kink": 0.5}
    assert "takes 0 for its slope and a finite difference finds 0.5" in str(c01_chain.judge(numbers))
    assert c01_chain.judge({**numbers, "difference_at_kink": 0.0}) == HOLDS
    assert c01_chain.judge({**numbers, "error": 1e-6}) == FAILS


def test_c02_what_is_printed_leaves_out_the_slope():
    """Of sigmoid the slope is at most 1/4, so the printed share is at least four times the true one."""
    numbers = {name: number.value for name, number in c02_share.measure().numbers.items()}
    assert numbers["error"] < 1e-8
    assert numbers["identity_error"] < 1e-8
    assert 4.0 <= numbers["least_factor"] < 4.1
    assert numbers["printed_error"] > 1
    assert c02_share.judge({**numbers, "printed_error": 0.0}) == HOLDS


def test_c16_the_mean_and_the_curvature_are_those_of_the_integrals():
    """Behind received values of variance q, the curvature is 1/4 times the units along their mean, and little else."""

    def moment(power, spread):
        integrand = lambda z: scipy.special.expit(spread * z) ** power * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
        return scipy.integrate.quad(integrand, -12, 12)[0]

    assert moment(1, 1.0) == pytest.approx(0.5, abs=1e-12)
    means, stretched = zip(*(c16_mean.outputs(seed) for seed in range(40)), strict=True)
    assert np.mean(means) == pytest.approx(0.5, abs=0.003)
    variance = moment(2, 1.0) - 0.25
    # The sixteen directions share the variance, unevenly; the mean alone makes 16 times 1/4.
    assert 0.25 / variance < np.mean(stretched) < c16_mean.UNITS * 0.25 / variance


def test_c16_a_setting_whose_interval_holds_1_is_left_out():
    numbers = {"mean": 0.5, "small": 1.02, "small_low": 1.01}
    for optimizer, depth in c16_mean.SETTINGS:
        numbers |= {f"{optimizer}_{depth}": 2.0, f"{optimizer}_{depth}_low": 1.5}
    assert c16_mean.judge(numbers) == HOLDS
    assert "2.0 times: Adam with 1 hidden layer" in str(c16_mean.judge({**numbers, "small_low": 0.9}))
    assert "Adam with 1 hidden" not in str(c16_mean.judge({**numbers, "adam_1_low": 0.9}))
    assert c16_mean.judge({**numbers, "mean": 0.6}) == FAILS


@pytest.mark.parametrize("name", ["sigmoid", "relu", "tanh"])
@pytest.mark.parametrize("fitted", [False, True])
def test_c23_the_deltas_of_the_second_layer_are_autograds(name, fitted):
    deltas, inputs = classifier.second_layer(name, fitted=fitted, random=np.random.default_rng(3))
    random = np.random.default_rng(3)
    units, neurons = classifier.UNITS, classifier.NEURONS
    samples = random.normal(size=(classifier.SAMPLES, units))
    classes = samples @ random.normal(size=units) > 0
    first, second = (random.normal(0, units**-0.5, (units, many)) for many in (units, neurons))
    last = torch.tensor(random.normal(0, neurons**-0.5, neurons))
    activate = TORCH[name]
    given = activate(torch.tensor(samples @ first))
    received = (given @ torch.tensor(second)).requires_grad_()
    logits = activate(received) @ last
    targets = torch.tensor(classes).double()
    if fitted:
        plain = logits.detach().numpy()
        logits = logits - scipy.optimize.brentq(lambda c: scipy.special.expit(plain - c).mean() - classes.mean(), -9, 9)
    total = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    (true,) = torch.autograd.grad(total, received)
    assert np.allclose(deltas, true.numpy(), rtol=0, atol=1e-6)
    assert np.allclose(inputs, given.numpy())


def test_c23_one_sample_decides_by_the_signs_of_its_inputs():
    numbers = {name: number.value for name, number in c23_same_way.measure().numbers.items()}
    assert numbers["by_sign"] == numbers["one"] == 1
    # Eight inputs of random sign agree in 2 of 2^8 cases.
    assert numbers["tanh"] < 0.1
    assert numbers["held_to"] == 1
    assert c23_same_way.judge({**numbers, "one": 0.9}) == FAILS
    assert "at most 4 samples decide" in str(c23_same_way.judge({**numbers, "held_to": 4}))


@pytest.mark.parametrize("rate", [0.5, 1.0, 1.9])
def test_gradient_descent_follows_its_closed_form(rate):
    x = descent.inputs(3, centred=False)
    found = descent.descend(x, "all samples", np.array([rate]), steps=12)
    for seed, bowl in enumerate(descent.bowls(x)):
        values, vectors = np.linalg.eigh(bowl)
        shrunk = (1 - rate * values / values[-1])[:, None] ** np.arange(13)
        path = vectors @ (shrunk * (vectors.T @ found.paths[0, 0, seed])[:, None])
        assert np.allclose(found.paths[:, 0, seed].T, path, atol=1e-12)
        losses = 0.5 * (values[:, None] * (vectors.T @ path) ** 2).sum(axis=0)
        assert np.allclose(found.losses[:, 0, seed], losses)
        arrived = np.flatnonzero(losses <= 0.01 * losses[0])
        assert found.steps[0, seed] == (arrived[0] if len(arrived) else math.inf)


@pytest.mark.parametrize("rate", [0.25, 1.0])
def test_adam_is_pytorchs(rate):
    x = descent.inputs(2, centred=False)
    found = descent.descend(x, "adam", np.array([0.01, rate]), steps=10)
    for seed, bowl in enumerate(descent.bowls(x)):
        d = torch.tensor(found.paths[0, 1, seed], requires_grad=True)
        optimizer = torch.optim.Adam([d], lr=rate)
        for step in range(10):
            optimizer.zero_grad()
            (0.5 * d @ torch.tensor(bowl) @ d).backward()
            optimizer.step()
            assert np.allclose(found.paths[step + 1, 1, seed], d.detach().numpy(), atol=1e-7)


def test_the_oracle_of_adam_sees_another_rate():
    x = descent.inputs(1, centred=False)
    one, other = (descent.descend(x, "adam", np.array([rate]), steps=3).paths for rate in (0.1, 0.11))
    assert not np.allclose(one, other, atol=1e-7)


def test_one_sample_moves_along_its_input_alone():
    x = descent.inputs(2, centred=False)
    moves = np.diff(descent.descend(x, "one sample", np.array([0.5]), steps=5).paths[:, 0], axis=0)
    # Positive inputs: both weights go the same way at each step.
    assert (moves[..., 0] * moves[..., 1] >= 0).all()


def test_turns_are_counted_up_to_arrival():
    """Back and forth across a round bowl at 1.5 times the rate: half the distance, the other way round, each time."""
    found = descent.descend(np.array([[[1.0, 0.0], [0.0, 1.0]]]), "all samples", np.array([0.5, 1.5]), steps=20)
    assert found.turns[:, 0] == pytest.approx([0.0, 180.0], abs=1e-3)
    # Distances halve and losses quarter: 1/256 is the first below 1 %.
    assert found.steps[:, 0].tolist() == [4.0, 4.0]


def test_the_bowl_of_positive_inputs_is_that_of_the_integrals():
    """Two independent sigmoid outputs: the variance across, the variance and twice the squared mean along (1, 1)."""
    square = scipy.integrate.quad(
        lambda z: scipy.special.expit(z) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), -12, 12
    )[0]
    across, along = np.linalg.eigvalsh(descent.bowls(descent.inputs(400, centred=False))).mean(axis=0)
    assert along == pytest.approx(square - 0.25 + 0.5, rel=0.01)
    assert across == pytest.approx(square - 0.25, rel=0.02)


def test_c24_needs_both_the_turns_and_the_steps():
    keys = list(c24_zigzag.SETTINGS)
    zigzag = {f"{key}_turn": 120.0 for key in keys} | {f"{key}_turn_centred": 20.0 for key in keys}
    numbers = zigzag | {f"{key}_steps": 3.0 for key in keys} | {f"{key}_steps_low": 2.0 for key in keys}
    assert c24_zigzag.judge(numbers) == HOLDS
    assert c24_zigzag.judge(numbers | {f"{key}_turn": 80.0 for key in keys}) == FAILS
    assert c24_zigzag.judge(numbers | {f"{key}_turn_centred": 130.0 for key in keys}) == FAILS
    verdict = str(c24_zigzag.judge({**numbers, "adam_steps_low": 0.9}))
    assert "one sample a step" in verdict
    assert "Adam" not in verdict
