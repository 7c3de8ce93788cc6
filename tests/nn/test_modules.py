"""Modules: one class per activation, ordinary in every way PyTorch expects of a module; the gain; swapping them."""

import copy
import io
import math
import pickle

import pytest
import torch
from torch import nn

from actscope import nn as act_nn
from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter, get
from actscope.errors import ArrayTypeError, ParameterError, UnknownActivationError
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


@pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.pointwise], ids=lambda a: a.name)
def test_the_gain_keeps_the_second_moment_of_a_wide_layer(activation):
    generator = torch.Generator().manual_seed(7)
    z = torch.randn(400_000, generator=generator, dtype=torch.float64)
    moment = functional.apply(activation, z).square().mean().sqrt()
    assert act_nn.gain(activation) * float(moment) == pytest.approx(1.0, abs=0.01)
    assert act_nn.gain(activation.name) == activation.properties.gain


def test_the_gain_follows_parameters():
    assert act_nn.gain("leaky_relu", negative_slope=0.2) == pytest.approx(nn.init.calculate_gain("leaky_relu", 0.2))
    assert act_nn.gain("relu") == pytest.approx(math.sqrt(2))
    with pytest.raises(ParameterError, match="softmax acts on a row"):
        act_nn.gain("softmax")
    with pytest.raises(ParameterError, match="relu has no parameter 'alpha'"):
        act_nn.gain("relu", alpha=1.0)


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, 4),
        nn.ReLU(),
        nn.Sequential(nn.Linear(4, 4), act_nn.ReLU(), nn.ModuleDict({"act": nn.ReLU(inplace=True)})),
        nn.GELU(),
        nn.GELU(approximate="tanh"),
        nn.LeakyReLU(0.3),
    )


def test_replace_swaps_torchs_and_our_modules_and_says_which():
    model = network()
    done = act_nn.replace(model, "relu", "gelu")
    assert done.swapped == ("1", "2.1", "2.2.act")
    assert str(done) == "3 activations replaced: 1, 2.1, 2.2.act"
    for path in done.swapped:
        assert isinstance(model.get_submodule(path), act_nn.GELU)
    assert not any(isinstance(module, nn.ReLU | act_nn.ReLU) for module in model.modules())
    assert act_nn.replace(model, "relu", "gelu").swapped == ()
    assert str(act_nn.replace(model, "relu", "gelu")).startswith("0 activations replaced; only modules are seen")


def test_replace_tells_the_two_gelus_apart():
    model = network()
    assert act_nn.replace(model, "gelu", "relu").swapped == ("3",)
    model = network()
    assert act_nn.replace(model, "gelu_tanh", "relu").swapped == ("4",)


def test_replace_takes_classes_aliases_records_and_makers():
    assert act_nn.replace(network(), nn.ReLU, "silu").swapped == ("1", "2.2.act")
    assert act_nn.replace(network(), act_nn.ReLU, "silu").swapped == ("2.1",)
    model = network()
    act_nn.replace(model, "relu", "swish")
    assert isinstance(model[1], act_nn.SiLU)
    act_nn.replace(model, "swish", lambda: act_nn.LeakyReLU(0.2))
    assert model[1].parameters_given == {"negative_slope": 0.2}
    act_nn.replace(model, "leaky_relu", OWN)
    assert repr(model[1]) == "Bent(alpha=1)"
    act_nn.replace(model, "gelu", nn.Tanh)
    assert isinstance(model[3], nn.Tanh)


def test_a_shared_module_stays_shared():
    shared = nn.ReLU()
    model = nn.Sequential(nn.Linear(2, 2), shared, nn.Linear(2, 2), shared, nn.Sequential(shared), nn.ReLU())
    done = act_nn.replace(model, "relu", "tanh")
    assert done.swapped == ("1", "3", "5", "4.0")
    assert model[1] is model[3] is model[4][0]
    assert model[5] is not model[1]


def test_replace_keeps_the_training_flag_and_all_else():
    model = network()
    model[1].eval()
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    act_nn.replace(model, "relu", "gelu")
    assert not model[1].training
    assert model[2][1].training
    assert all(torch.equal(tensor, weights[name]) for name, tensor in model.state_dict().items())
    assert list(model.state_dict()) == list(weights)


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return nn.functional.relu(self.layer(x))


def test_an_activation_called_as_a_function_stays():
    model = Functional()
    x = torch.randn(3, 2)
    before = model(x)
    assert act_nn.replace(model, "relu", "gelu").swapped == ()
    assert torch.equal(model(x), before)


def test_replace_refuses_what_it_cannot_do():
    with pytest.raises(ArrayTypeError, match="the model itself is the activation"):
        act_nn.replace(nn.ReLU(), "relu", "gelu")
    with pytest.raises(ArrayTypeError, match="replace needs a torch module, but got list"):
        act_nn.replace([nn.ReLU()], "relu", "gelu")
    model = network()
    for old, new in (("rellu", "gelu"), ("relu", "geluu")):
        with pytest.raises(UnknownActivationError, match="did you mean"):
            act_nn.replace(model, old, new)
    assert isinstance(model[1], nn.ReLU)


@EVERY
def test_modules_are_recognised_with_their_parameters(activation):
    assert act_nn.activation_of(act_nn.module(activation)) == (activation.name, activation.bind())
    theirs = getattr(nn, activation.class_name, None)
    if theirs and activation.name not in ("softmax", "gelu_tanh"):
        name, parameters = act_nn.activation_of(theirs())
        assert name == activation.name
        assert parameters == activation.bind()


def test_modules_of_torch_with_parameters_of_their_own():
    assert act_nn.activation_of(nn.LeakyReLU(0.3)) == ("leaky_relu", {"negative_slope": 0.3})
    assert act_nn.activation_of(nn.ELU(2.0)) == ("elu", {"alpha": 2.0})
    assert act_nn.activation_of(nn.Softplus(3.0)) == ("softplus", {"beta": 3.0})
    assert act_nn.activation_of(nn.GELU("tanh")) == ("gelu_tanh", {})
    assert act_nn.activation_of(act_nn.GELU()) == ("gelu", {})
    assert act_nn.activation_of(act_nn.module(OWN, alpha=2.0)) == ("bent", {"alpha": 2.0})
    for other in (nn.Linear(2, 2), nn.Dropout(), nn.Sequential(nn.ReLU())):
        assert act_nn.activation_of(other) is None


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "softplus"])
def test_our_module_gives_what_the_replaced_one_gave(name):
    theirs = getattr(nn, get(name).class_name)()
    found, parameters = act_nn.activation_of(theirs)
    x = torch.linspace(-8, 8, 200, dtype=torch.float64)
    torch.testing.assert_close(act_nn.module(found, **parameters)(x), theirs(x), rtol=1e-13, atol=1e-13)
