"""Swapping activations: what goes, what stays, what is told of both; parameters, axes, devices and modes go along."""

import pytest
import torch
from torch import nn

import actscope as act
from actscope import nn as act_nn
from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter
from actscope.errors import ArrayTypeError, UnknownActivationError
from actscope.formula import parse

EVERY = pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
OWN = Activation(
    name="bent",
    title="Bent",
    formula=parse("(sqrt(x**2 + 1) - 1)/2 + alpha*x"),
    parameters=(Parameter("alpha", 1.0, "steepness"),),
    introduced=Paper("Nobody", 2020, "A title", "A journal"),
    story="It was made to be tested. It bends.",
)


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
    assert (
        str(done)
        == "3 activations replaced: '1', '2.1', '2.2.act'; left: '3' (gelu), '4' (gelu_tanh), '5' (leaky_relu)"
    )
    assert done.calls == ()
    for path in done.swapped:
        assert isinstance(model.get_submodule(path), act_nn.GELU)
    assert not any(isinstance(module, nn.ReLU | act_nn.ReLU) for module in model.modules())
    assert act_nn.replace(model, "relu", "gelu").swapped == ()
    assert str(act_nn.replace(nn.Sequential(nn.Linear(2, 2)), "relu", "gelu")).startswith(
        "0 activations replaced; only modules are seen"
    )


def test_replace_tells_the_two_gelus_apart():
    model = network()
    assert act_nn.replace(model, "gelu", "relu").swapped == ("3",)
    model = network()
    assert act_nn.replace(model, "gelu_tanh", "relu").swapped == ("4",)


def test_replace_takes_classes_aliases_records_and_makers():
    assert act_nn.replace(network(), nn.ReLU, "silu").swapped == ("1", "2.2.act")
    assert act_nn.replace(network(), act_nn.ReLU, "silu").swapped == ("2.1",)
    model = network()
    act_nn.replace(model, "relu", "logistic")
    assert isinstance(model[1], act_nn.Sigmoid)
    act_nn.replace(model, "logistic", lambda: act_nn.LeakyReLU(0.2))
    assert model[1].parameters_given == {"negative_slope": 0.2}
    act_nn.replace(model, "leaky_relu", OWN)
    assert repr(model[1]) == "Bent(alpha=1)"
    act_nn.replace(model, "gelu", nn.Tanh)
    assert isinstance(model[3], nn.Tanh)


def test_each_place_gets_a_copy_of_a_module():
    x = torch.randn(2, 4)
    for given in (nn.GELU(), nn.PReLU(4), act_nn.LeakyReLU(0.3), act_nn.GELU("tanh"), Loud()):
        model = network().eval()
        assert act_nn.replace(model, "relu", given).swapped == ("1", "2.1", "2.2.act")
        places = [model[1], model[2][1], model[2][2]["act"]]
        assert all(type(place) is type(given) and repr(place) == repr(given) for place in places)
        assert len({*map(id, places), id(given)}) == 4
        assert given.training
        assert not any(place.training for place in places)
        torch.testing.assert_close(places[0](x), given(x))


def test_what_makes_no_module_is_refused():
    for new, told in (
        (3, "a class or function that makes one, but got 3"),
        (torch.relu, "for the activation of that name type 'relu'"),
        (nn.functional.gelu, "for the activation of that name type 'gelu'"),
        (lambda: 3, "that returns a module when called, but it returned 3"),
    ):
        model = network()
        with pytest.raises(ArrayTypeError, match=told):
            act_nn.replace(model, "relu", new)
        assert isinstance(model[1], nn.ReLU)
    with pytest.raises(ArrayTypeError, match=r"a name or a class for `old`, but got the module ReLU\(\); pass ReLU"):
        act_nn.replace(network(), nn.ReLU(), "gelu")


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


def test_an_activation_called_as_a_function_stays_and_is_told():
    model = Functional()
    x = torch.randn(3, 2)
    before = model(x)
    done = act_nn.replace(model, "relu", "gelu")
    assert done.swapped == ()
    assert torch.equal(model(x), before)
    assert str(done) == "0 activations replaced; functions stay: nn.functional.relu in the model"


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Functional()
        self.act = nn.functional.silu
        self.ours = act.gelu
        self.relu = nn.ReLU()
        self.tower = nn.TransformerEncoderLayer(4, 2, 8, activation="gelu")

    def forward(self, x):
        # F.elu(x) in a comment is no call; neither is torch.abs(x), which is no activation here.
        x = self.relu(x).tanh() + torch.sigmoid(x) + act.mish(x).abs().sum()
        return self.helper(x)

    def helper(self, x):
        return x.leaky_relu_(0.1) if hasattr(x, "leaky_relu_") else x


def test_calls_are_seen_in_the_code_and_in_attributes():
    found = {(call.name, call.activation, call.where) for call in act_nn.replace(Mixed(), "elu", "gelu").calls}
    assert found == {
        ("", "silu", "self.act"),
        ("", "gelu", "self.ours"),
        ("", "tanh", "x.tanh"),
        ("", "sigmoid", "torch.sigmoid"),
        ("", "mish", "act.mish"),
        ("", "leaky_relu", "x.leaky_relu_"),
        ("inner", "relu", "nn.functional.relu"),
        ("tower", "gelu", "self.activation"),
    }


def test_a_class_without_text_is_passed_over():
    made = type("Made", (nn.Module,), {"forward": lambda _, x: x})
    assert act_nn.replace(nn.Sequential(made(), nn.ReLU()), "relu", "gelu").swapped == ("1",)


class Loud(nn.ReLU):
    def forward(self, x):
        return 2 * super().forward(x)


def test_a_class_of_ones_own_is_left_and_told():
    model = nn.Sequential(nn.Linear(2, 2), Loud(), nn.ReLU())
    done = act_nn.replace(model, "relu", "gelu")
    assert done.swapped == ("2",)
    assert str(done.left[0]) == "'1' (relu, in a class of its own, Loud)"
    assert isinstance(model[1], Loud)
    assert act_nn.replace(model, Loud, "gelu").swapped == ("1",)


@pytest.mark.parametrize("kept", ["eval", "double"])
def test_prelu_keeps_what_it_learned(kept):
    theirs = nn.PReLU(3)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor([0.1, -0.7, 1 / 3]))
    model = nn.Sequential(nn.Linear(3, 3), theirs)
    model = getattr(model, kept)()
    x = torch.randn(5, 3, dtype=theirs.weight.dtype)
    before = model(x)
    assert act_nn.replace(model, nn.PReLU, "prelu").swapped == ("1",)
    assert isinstance(model[1], act_nn.PReLU)
    assert model[1].weight.dtype == theirs.weight.dtype
    assert torch.equal(model[1].weight, theirs.weight)
    assert model[1].training == (kept != "eval")
    torch.testing.assert_close(model(x), before)
    assert set(model.state_dict()) == {"0.weight", "0.bias", "1.weight"}


def test_a_frozen_weight_stays_frozen():
    model = nn.Sequential(nn.PReLU().requires_grad_(False))
    act_nn.replace(model, "prelu", "prelu")
    assert not model[0].weight.requires_grad


def test_new_parameters_are_at_home():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).double()
    act_nn.replace(model, "relu", "prelu")
    assert model[1].weight.dtype == torch.float64
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    act_nn.replace(model, "relu", "swish")
    assert model[1].beta.is_meta
    half = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).bfloat16()
    act_nn.replace(half, "relu", nn.PReLU)
    assert half[1].weight.dtype == torch.bfloat16


def test_parameters_and_axes_go_along():
    model = nn.Sequential(nn.ELU(0.7), nn.Softmax(dim=1), nn.GLU(dim=0), nn.Softmax2d(), nn.Softmax(dim=None))
    assert act_nn.replace(model, "elu", "elu").swapped == ("0",)
    assert model[0].parameters_given == {"alpha": 0.7}
    done = act_nn.replace(model, "softmax", "log_softmax")
    assert done.swapped == ("1", "3")
    assert (model[1].dim, model[3].dim) == (1, -3)
    assert done.left[2].why == "its axis depends on the shape that it meets"
    assert act_nn.replace(model, "glu", "swiglu").swapped == ("2",)
    assert model[2].dim == 0
    x = torch.randn(4, 6)
    torch.testing.assert_close(model[2](x), nn.functional.silu(x[:2]) * x[2:])


def test_one_input_does_not_make_two():
    model = nn.Sequential(nn.ReLU(), nn.GLU())
    assert str(act_nn.replace(model, "relu", "swiglu")).startswith(
        "0 activations replaced; left: '0' (relu, swiglu takes two inputs), '1' (glu); only modules are seen"
    )
    assert act_nn.replace(model, "glu", "relu").left[1].why == "relu takes one input"


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
    if theirs:
        arguments = activation.bind().values() if activation.name == "threshold" else ()
        name, parameters = act_nn.activation_of(theirs(*arguments))
        assert name == activation.name
        assert parameters == activation.bind()


def test_modules_of_torch_with_parameters_of_their_own():
    assert act_nn.activation_of(nn.LeakyReLU(0.3)) == ("leaky_relu", {"negative_slope": 0.3})
    assert act_nn.activation_of(nn.ELU(2.0)) == ("elu", {"alpha": 2.0})
    assert act_nn.activation_of(nn.Softplus(3.0)) == ("softplus", {"beta": 3.0})
    assert act_nn.activation_of(nn.Threshold(0.5, -2.0)) == ("threshold", {"threshold": 0.5, "value": -2.0})
    assert act_nn.activation_of(nn.Hardtanh(-2.0, 3.0)) == ("hardtanh", {"min_val": -2.0, "max_val": 3.0})
    assert act_nn.activation_of(nn.RReLU(0.1, 0.2)) == ("rrelu", {"lower": 0.1, "upper": 0.2})
    assert act_nn.activation_of(nn.Softmax2d()) == ("softmax", {"temperature": 1.0})
    assert act_nn.activation_of(nn.PReLU(init=0.5)) == ("prelu", {"weight": 0.5})
    _, learned = act_nn.activation_of(nn.PReLU(3))
    assert learned["weight"].tolist() == [0.25] * 3
    assert act_nn.activation_of(nn.GELU("tanh")) == ("gelu_tanh", {})
    assert act_nn.activation_of(act_nn.GELU()) == ("gelu", {})
    assert act_nn.activation_of(act_nn.module(OWN, alpha=2.0)) == ("bent", {"alpha": 2.0})
    for other in (nn.Linear(2, 2), nn.Dropout(), nn.Sequential(nn.ReLU())):
        assert act_nn.activation_of(other) is None


@pytest.mark.parametrize(
    "theirs",
    [
        *(
            nn.LeakyReLU(0.2),
            nn.ELU(0.5),
            nn.Softplus(2.0),
            nn.Hardtanh(-2.0, 0.5),
            nn.Threshold(0.5, -2.0),
            nn.CELU(2.0),
        ),
        *(nn.Softshrink(0.3), nn.Hardshrink(0.7), nn.Hardswish(), nn.Hardsigmoid(), nn.ReLU6(), nn.SELU(), nn.Mish()),
        *(nn.LogSigmoid(), nn.Softsign(), nn.Tanhshrink(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.PReLU(init=-0.5)),
        *(nn.Softmax(dim=0), nn.Softmin(dim=1), nn.LogSoftmax(dim=-1), nn.GLU(dim=0), nn.RReLU(0.2, 0.3).eval()),
    ],
    ids=str,
)
def test_a_model_gives_the_same_after_its_modules_became_ours(theirs):
    model = nn.Sequential(theirs).double()
    x = torch.linspace(-8, 8, 200, dtype=torch.float64).reshape(20, 10)
    before = model(x)
    name, _ = act_nn.activation_of(theirs)
    assert act_nn.replace(model, name, name).swapped == ("0",)
    assert isinstance(model[0], act_nn.ActivationModule)
    torch.testing.assert_close(model(x), before, rtol=1e-12, atol=1e-13)
