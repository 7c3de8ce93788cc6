"""Modules: one class per activation, ordinary in every way PyTorch expects of a module; the gain; swapping them."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn

from actscope import nn as act_nn
from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter
from actscope.errors import ParameterError, UnknownActivationError
from actscope.formula import parse
from actscope.nn import functional

EVERY = pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
OWN = Activation(
    name="bent",
    title="Bent",
    formula=parse("(sqrt(x**2 + 1) - 1)/2 + alpha*x"),
    parameters=(Parameter("alpha", 1.0, "steepness"),),
    introduced=Paper("Nobody", 2020, "A title", "A journal"),
    story="It was made to be tested. It bends.",
)


@EVERY
def test_every_activation_has_its_module(activation):
    made = getattr(act_nn, activation.class_name)()
    assert type(made).__name__ == activation.class_name
    assert isinstance(made, act_nn.ActivationModule)
    assert made.activation is activation
    assert activation.class_name in dir(act_nn)
    assert activation.story in type(made).__doc__
    assert type(act_nn.module(activation)) is type(made) is type(act_nn.module(activation.name))
    x = torch.randn(3, 4, requires_grad=True)
    assert torch.equal(made(x), functional.apply(activation, x))
    made(x).sum().backward()
    assert x.grad is not None


@EVERY
def test_modules_are_ordinary_modules(activation):
    made = act_nn.module(activation)
    assert made.state_dict() == {}
    assert list(made.parameters()) == list(made.buffers()) == []
    assert made.training
    assert not made.eval().training
    x = torch.randn(3, 4)
    buffer = io.BytesIO()
    torch.save(made, buffer)
    buffer.seek(0)
    twins = [copy.deepcopy(made), pickle.loads(pickle.dumps(made)), torch.load(buffer, weights_only=False)]
    for twin in twins:
        assert type(twin) is type(made)
        assert not twin.training
        assert repr(twin) == repr(made)
        assert torch.equal(twin(x), made(x))
    assert torch.equal(made.half()(x.half()), made(x.half()))
    made.load_state_dict({})


@pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.parameters], ids=lambda a: a.name)
def test_parameters_by_place_and_by_name(activation):
    made = getattr(act_nn, activation.class_name)
    (name,) = [parameter.name for parameter in activation.parameters]
    x = torch.randn(3, 4)
    expected = functional.apply(activation, x, **{name: 2.5})
    for module in (made(2.5), made(**{name: 2.5}), act_nn.module(activation, **{name: 2.5})):
        assert torch.equal(module(x), expected)
        assert module.parameters_given == {name: 2.5}
        assert f"{name}=2.5" in repr(module)
        assert torch.equal(pickle.loads(pickle.dumps(module))(x), expected)
    with pytest.raises(ParameterError, match=f"{activation.class_name}: `{name}` is given twice, by place and by name"):
        made(2.5, **{name: 2.5})
    with pytest.raises(ParameterError, match=f"{activation.class_name} takes 1 parameters, but got 2"):
        made(1.0, 2.0)
    with pytest.raises(ParameterError, match=f"{activation.name} has no parameter '{name}s', did you mean '{name}'"):
        made(**{name + "s": 1.0})
    with pytest.raises(ParameterError, match=f"{activation.name}: `{name}` must be a number, but got 'a'"):
        made("a")


def test_representations_are_those_of_torch():
    assert repr(act_nn.LeakyReLU(0.2)) == repr(nn.LeakyReLU(0.2))
    assert repr(act_nn.Softmax(dim=1)) == "Softmax(temperature=1, dim=1)"
    assert repr(act_nn.GELU()) == "GELU()"


def test_softmax_takes_its_axis():
    x = torch.randn(3, 4, 5)
    torch.testing.assert_close(act_nn.Softmax(dim=1)(x), torch.softmax(x, 1))
    torch.testing.assert_close(act_nn.module("softmax", dim=0, temperature=2.0)(x), torch.softmax(x / 2, 0))


def test_a_module_of_ones_own_formula():
    made = act_nn.module(OWN, alpha=0.5)
    assert repr(made) == "Bent(alpha=0.5)"
    x = torch.linspace(-3, 3, 50, dtype=torch.float64)
    torch.testing.assert_close(made(x), (torch.sqrt(x * x + 1) - 1) / 2 + 0.5 * x, rtol=1e-14, atol=1e-14)


def test_a_name_that_is_no_module():
    with pytest.raises(AttributeError, match=r"module 'actscope\.nn' has no attribute 'Gelu'"):
        _ = act_nn.Gelu
    with pytest.raises(AttributeError, match="did you mean 'module'"):
        _ = act_nn.modul
    with pytest.raises(UnknownActivationError, match="no activation is called 'gleu', did you mean 'gelu'"):
        act_nn.module("gleu")
    for name in act_nn.__all__:
        assert getattr(act_nn, name) is not None


def test_training_with_modules_lowers_the_loss():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), act_nn.SiLU(), nn.Linear(16, 1))
    x = torch.randn(64, 2)
    y = (x[:, :1] * x[:, 1:]).detach()
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
