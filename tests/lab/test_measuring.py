"""The oracle differentiates by finite differences and by its own forward pass, with PyTorch's functions in float64."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from actscope.lab.measuring import boundaries, layer_states, plane
from actscope.lab.models import hidden_layers, mlp
from actscope.lab.models.alone import Alone
from actscope.lab.models.chain import Chain
from actscope.lab.models.together import Stack

TORCH = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": F.gelu}


def network(activation, classes=3, depth=3):
    random = torch.Generator().manual_seed(3)
    model = mlp(activation, inputs=5, outputs=1 if classes == 2 else classes, depth=depth, width=8, seed=2)
    inputs = 2 * torch.randn(40, 5, generator=random)
    return model, inputs, torch.randint(0, classes, (40,), generator=random)


def states_of(model, inputs, labels, stack=Chain):
    (states,) = layer_states(stack([model]), inputs[None], labels[None])
    return states


def forward(weights, biases, function, x):
    inside = []
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        inside.append(x @ weight.T + bias)
        x = function(inside[-1])
    return x @ weights[-1].T + biases[-1], inside


def check_states(states, model, function, inputs, labels):
    """Raise AssertionError unless each state is what finite differences in float64 give."""
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    weights = [layer.weight.detach().double() for layer in linears]
    biases = [layer.bias.detach().double() for layer in linears]
    x, h = inputs.double(), 1e-5

    def cost():
        outputs, _ = forward(weights, biases, function, x)
        if outputs.shape[1] == 1:
            return float(-F.logsigmoid(torch.where(labels[:, None] == 1, outputs, -outputs)).mean())
        return float(-outputs.log_softmax(1)[torch.arange(len(labels)), labels].mean())

    _, inside = forward(weights, biases, function, x)
    for state, weight, z in zip(states, weights[:-1], inside, strict=True):
        squares = []
        for index in range(weight.numel()):
            kept = weight.view(-1)[index].item()
            weight.view(-1)[index] = kept + h
            up = cost()
            weight.view(-1)[index] = kept - h
            squares.append(((up - cost()) / (2 * h)) ** 2)
            weight.view(-1)[index] = kept
        slope = (function(z + 1e-6) - function(z - 1e-6)) / 2e-6
        flat = slope.abs() < 0.01
        y = function(z)
        assert state.gradient == pytest.approx(math.sqrt(sum(squares) / len(squares)), rel=1e-3), "gradient differs"
        assert state.mean == pytest.approx(float(y.mean()), abs=1e-5), "mean differs"
        assert state.spread == pytest.approx(float(y.std(correction=0)), rel=1e-4), "spread differs"
        assert state.saturated == pytest.approx(float(flat.double().mean())), "saturated differs"
        assert state.silent == pytest.approx(float(flat.all(0).double().mean())), "silent differs"


@pytest.mark.parametrize("stack", [Stack, Chain, Alone])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("activation", TORCH)
def test_states_agree_with_finite_differences(activation, classes, stack):
    model, inputs, labels = network(activation, classes)
    states = states_of(model, inputs, labels, stack)
    assert [state.layer for state in states] == [1, 2, 3]
    check_states(states, model, TORCH[activation], inputs, labels)


def test_the_oracle_bites():
    model, inputs, labels = network("tanh")
    states = states_of(model, inputs, labels)
    with pytest.raises(AssertionError, match="gradient differs"):
        check_states(states, model, lambda z: torch.tanh(1.01 * z), inputs, labels)


def test_silenced_units_are_counted():
    model, inputs, labels = network("relu")
    with torch.no_grad():
        hidden_layers(model)[1][0].bias[:2] = -1e3
    states = states_of(model, inputs, labels)
    assert states[1].silent >= 2 / 8
    assert states[1].silent > states[0].silent


def test_step_has_no_gradient_at_all():
    model, inputs, labels = network("step")
    states = states_of(model, inputs, labels)
    assert [(s.gradient, s.saturated, s.silent) for s in states] == [(0.0, 1.0, 1.0)] * 3


@pytest.mark.parametrize("stack", [Stack, Chain, Alone])
def test_nothing_is_left_on_the_networks(stack):
    model, inputs, labels = network("gelu")
    networks = stack([model])
    networks.learning(False)
    for number, weight in enumerate(networks.parameters):
        weight.grad = torch.full_like(weight, number)
    modes = [layer.training for layer in model]
    weights = networks.weights.clone()
    with torch.no_grad():
        layer_states(networks, inputs[None], labels[None])
        assert not torch.is_grad_enabled()
    assert [layer.training for layer in model] == modes
    assert all((weight.grad == number).all() for number, weight in enumerate(networks.parameters))
    assert torch.equal(networks.weights, weights)
    assert not any(layer._forward_hooks for layer in model)


def test_boundary_is_read_from_low_y_to_high_y_and_left_to_right():
    """A network of one unit that computes x + 10 y."""
    model = mlp("identity", inputs=2, outputs=1, depth=1, width=1)
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 10.0]]))
        model[2].weight.fill_(1.0)
    (found,) = boundaries(Chain([model]), [((-1.0, 1.0), (-0.1, 0.1))])
    assert len(found.probability) == len(found.probability[0]) == 48
    for row, y in ((0, -0.1), (-1, 0.1)):
        for column, x in ((0, -1.0), (-1, 1.0)):
            assert found.probability[row][column] == pytest.approx(1 / (1 + math.exp(-(x + 10 * y))), abs=1e-4)


def test_an_update_is_the_step_over_the_weights():
    model, inputs, labels = network("tanh")
    networks = Chain([model])
    before = networks.weights.clone()
    networks.weights[:, : 5 * 8] *= 1.25
    first, second, _ = layer_states(networks, inputs[None], labels[None], before=before)[0]
    assert first.update == pytest.approx(0.25)
    assert second.update == 0.0


def test_plane_has_a_margin():
    (left, right), (low, high) = plane(torch.tensor([[0.0, -1.0], [10.0, 1.0]]))
    assert (left, right, low, high) == pytest.approx((-1.0, 11.0, -1.2, 1.2))


def test_every_element_counts_where_the_probe_would_look_at_a_sample():
    """Of a layer so wide that the probe would read one element in five."""
    random = torch.Generator().manual_seed(1)
    model = mlp("relu", inputs=5, outputs=3, depth=1, width=64, seed=2)
    inputs = torch.randn(300, 5, generator=random)
    (state,) = states_of(model, inputs, torch.zeros(300, dtype=torch.long))
    y = model[:2](inputs).detach().double()
    assert state.mean == pytest.approx(float(y.mean()), rel=1e-6)
    assert state.spread == pytest.approx(float(y.std(correction=0)), rel=1e-6)
    assert state.saturated == float((y == 0).sum()) / y.numel()


def test_networks_of_several_activations_each_have_their_own_slopes():
    models = [mlp(name, inputs=5, outputs=3, depth=2, width=16, seed=2) for name in ("relu", "tanh", "tanh", "step")]
    random = torch.Generator().manual_seed(1)
    inputs, labels = torch.randn(4, 50, 5, generator=random), torch.randint(0, 3, (4, 50), generator=random)
    together = layer_states(Chain(models), inputs, labels)
    for number, model in enumerate(models):
        (by_itself,) = layer_states(Chain([model]), inputs[number : number + 1], labels[number : number + 1])
        for one, other in zip(together[number], by_itself, strict=True):
            assert (one.saturated, one.silent) == (other.saturated, other.silent)


def test_what_a_module_overwrites_is_measured_before():
    """ReLU6 that overwrites its input is flat above 6, which its result does not show."""
    pointed = [nn.Linear(1, 1), nn.ReLU6(inplace=True), nn.Linear(1, 1)]
    model = nn.Sequential(*pointed)
    with torch.no_grad():
        pointed[0].weight.fill_(1.0)
        pointed[0].bias.zero_()
    inputs = torch.tensor([[-1.0], [2.0], [3.0], [7.0], [8.0]])
    (state,) = states_of(model, inputs, torch.tensor([0, 1, 0, 1, 0]), Alone)
    assert state.saturated == 3 / 5
    assert state.mean == pytest.approx((2 + 3 + 6 + 6) / 5)


def test_a_module_that_mixes_units_is_no_place():
    model = nn.Sequential(nn.Linear(5, 8), nn.Softmax(dim=-1), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3))
    states = states_of(model, torch.randn(20, 5), torch.zeros(20, dtype=torch.long), Alone)
    assert [state.layer for state in states] == [1]


def test_what_is_not_finite_is_not_told():
    model, inputs, labels = network("relu")
    with torch.no_grad():
        model[2].weight[0, 0] = float("nan")
    first, second, third = states_of(model, inputs, labels)
    assert math.isfinite(first.mean)
    assert math.isnan(first.gradient)
    assert math.isnan(second.mean)
    assert math.isnan(second.spread)
    assert second.silent >= 1 / 8
    assert (third.saturated, third.silent) == (1.0, 1.0)
