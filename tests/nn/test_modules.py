"""Modules: one class per activation, ordinary in every way PyTorch expects, taking what PyTorch's take."""

import copy
import inspect
import io
import pickle

import pytest
import torch
from torch import nn

import actscope as act
from actscope import nn as act_nn
from actscope.catalogue import CATALOGUE, Activation, Paper, Parameter
from actscope.errors import ArrayTypeError, ParameterError, UnknownActivationError
from actscope.formula import parse
from actscope.nn import functional
from tensors import EVERY, LEARNABLE, POINTWISE, each, learned

OWN = Activation(
    name="bent",
    title="Bent",
    formula=parse("(sqrt(x**2 + 1) - 1)/2 + alpha*x"),
    parameters=(Parameter("alpha", 1.0, "steepness"),),
    introduced=Paper("Nobody", 2020, "A title", "A journal"),
    story="It was made to be tested. It bends.",
)
X = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0))


@EVERY
def test_every_activation_has_its_module(activation):
    made = getattr(act_nn, activation.class_name)().eval()
    assert type(made).__name__ == activation.class_name
    assert isinstance(made, act_nn.ActivationModule)
    assert made.activation is activation
    assert activation.class_name in dir(act_nn)
    assert activation.story in type(made).__doc__
    assert type(act_nn.module(activation)) is type(made) is type(act_nn.module(activation.name))
    x = X.clone().requires_grad_()
    torch.testing.assert_close(made(x), functional.apply(activation, x))
    made(x).sum().backward()
    assert x.grad is not None
    if activation.gated:
        assert torch.equal(made(X, X.flip(0)), functional.apply(activation, X, X.flip(0)))


def twins(module):
    """Return copies made in every way that PyTorch's users copy modules."""
    buffer = io.BytesIO()
    torch.save(module, buffer)
    buffer.seek(0)
    # A module is code, so its file is trusted or not: torch.load asks for weights_only=False, as for PyTorch's own.
    return [
        copy.copy(module),
        copy.deepcopy(module),
        pickle.loads(pickle.dumps(module)),
        torch.load(buffer, weights_only=False),
    ]


@EVERY
def test_modules_are_ordinary_modules(activation):
    made = act_nn.module(activation)
    assert list(made.state_dict()) == list(learned(activation)) == [name for name, _ in made.named_parameters()]
    assert list(made.buffers()) == []
    assert made.training
    assert not made.eval().training
    for used in (False, True):
        if used:
            made(X.clone().requires_grad_()).sum().backward()
        for twin in twins(made):
            assert type(twin) is type(made)
            assert not twin.training
            assert repr(twin) == repr(made)
            assert torch.equal(twin(X), made(X))
            twin.load_state_dict(made.state_dict())
    assert torch.equal(made.half()(X.half()), functional.apply(activation, X.half()))
    assert all(parameter.dtype == torch.float16 for parameter in made.parameters())
    nn.Sequential(nn.Linear(2, 2), made).requires_grad_(False)
    assert not any(parameter.requires_grad for parameter in made.parameters())


@each([f for f in POINTWISE if f.parameters and not learned(f)])
def test_parameters_by_place_and_by_name(activation):
    made = getattr(act_nn, activation.class_name)
    names = [parameter.name for parameter in activation.parameters]
    values = dict(zip(names, (0.25, 0.75), strict=False))
    expected = functional.apply(activation, X, **values)
    for module in (made(*values.values()), made(**values), act_nn.module(activation, **values)):
        module.eval()
        assert torch.equal(module(X), expected)
        assert module.parameters_given == values
        assert ", ".join(f"{name}={value}" for name, value in values.items()) in repr(module)
        assert all(torch.equal(twin(X), expected) for twin in twins(module))
    name = names[0]
    with pytest.raises(ParameterError, match=f"{activation.class_name}: `{name}` is given twice, by place and by name"):
        made(0.25, **{name: 0.25})
    with pytest.raises(ParameterError, match=rf"{activation.class_name} takes \d values by place .*, but got 5"):
        made(1.0, 2.0, 3.0, 4.0, 5.0)
    with pytest.raises(ParameterError, match=f"{activation.name} has no parameter '{name}s', did you mean '{name}'"):
        made(**{name + "s": 1.0})
    with pytest.raises(ParameterError, match=f"{activation.name}: `{name}` must be a number, but got 'a'"):
        made("a")


# As models are written; each with PyTorch's classes and with ours.
WRITTEN = [
    "ELU(0.7)",
    "ELU(alpha=0.7, inplace=True)",
    "CELU(0.7, True)",
    "SELU(True)",
    "ReLU(True)",
    "ReLU(inplace=True)",
    "ReLU6(inplace=True)",
    "LeakyReLU(0.2, inplace=True)",
    "LeakyReLU(0.2, True)",
    "Hardtanh(-2, 0.5)",
    "Hardtanh(min_val=-2.0, max_val=0.5, inplace=True)",
    "Threshold(0.1, 20)",
    "Threshold(threshold=-0.5, value=3.0, inplace=True)",
    "Softplus(2)",
    "Softplus(beta=0.5)",
    "Softshrink(0.7)",
    "Hardshrink(lambd=0.3)",
    "PReLU()",
    "PReLU(4)",
    "PReLU(4, 0.1)",
    "PReLU(num_parameters=4, init=0.1, dtype=torch.float32)",
    "GLU()",
    "GLU(1)",
    "GLU(dim=-2)",
    "Softmax(1)",
    "Softmax(dim=-1)",
    "Softmin(dim=0)",
    "LogSoftmax(dim=2)",
    "RReLU(0.1, 0.3)",
    "RReLU(lower=0.1, upper=0.3, inplace=True)",
    *("GELU()", "SiLU()", "SiLU(inplace=True)", "Mish(inplace=True)", "Hardswish(True)", "Hardsigmoid(inplace=True)"),
    *("Tanh()", "Sigmoid()", "Softsign()", "Tanhshrink()", "LogSigmoid()"),
]


def built(module, written):
    return eval(f"module.{written}", {"module": module, "torch": torch})


@pytest.mark.parametrize("written", WRITTEN)
def test_what_is_written_for_torch_works_here(written):
    ours, theirs = built(act_nn, written).eval(), built(nn, written).eval()
    x = X.clone().requires_grad_()
    y = ours(x)
    torch.testing.assert_close(y, theirs(X.clone()), rtol=2e-6, atol=1e-6)
    assert torch.equal(x.detach(), X), "inplace=True changes nothing"
    y.sum().backward()
    assert [(name, p.shape) for name, p in ours.named_parameters()] == [
        (name, p.shape) for name, p in theirs.named_parameters()
    ]
    assert type(ours).__name__ == type(theirs).__name__


# Values that differ from the defaults; PyTorch's softplus is exact below its threshold.
GIVEN = {"inplace": True, "dim": 1, "approximate": "tanh", "num_parameters": 4, "device": "cpu", "dtype": torch.float32}
GIVEN |= {"lower": 0.25, "min_val": -0.5, "threshold": 30.0, "value": -2.0}
DEPRECATED = {"min_value", "max_value"}


@pytest.mark.parametrize("name", [name for name in torch.nn.modules.activation.__all__ if name != "MultiheadAttention"])
def test_every_activation_module_of_torch_takes_here_what_it_takes_there(name):
    ours, theirs = getattr(act_nn, name), getattr(nn, name)
    signature = inspect.signature(theirs).parameters
    values = {one: GIVEN.get(one, 0.75) for one in signature if one not in {"args", "kwargs"} | DEPRECATED}
    needed = {one: values[one] for one in values if signature[one].default is inspect.Parameter.empty}
    by_place = [one for one in values if signature[one].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    calls = [((), needed | {one: value}) for one, value in values.items()] + [((), values), ((), needed)]
    calls += [(tuple(values[one] for one in by_place[:k]), {}) for k in range(max(1, len(needed)), len(by_place) + 1)]
    for args, named in calls:
        mine, other = ours(*args, **named).eval(), theirs(*args, **named).eval()
        if getattr(other, "dim", 1) is None:
            continue  # PyTorch chooses the axis by the shape; ours takes the last
        torch.testing.assert_close(mine(X), other(X.clone()), rtol=2e-6, atol=1e-6)
        assert list(mine.state_dict()) == list(other.state_dict())
        assert act_nn.activation_of(mine)[0] == act_nn.activation_of(other)[0]


def test_gelu_has_its_approximation_as_in_torch():
    made = act_nn.GELU("tanh")
    assert torch.equal(made(X), act.gelu_tanh(X))
    assert repr(made) == repr(nn.GELU("tanh")) == "GELU(approximate='tanh')"
    assert (made.approximate, act_nn.GELU().approximate, repr(act_nn.GELU("none"))) == ("tanh", "none", "GELU()")
    assert type(made) is act_nn.GELU
    for twin in twins(made):
        assert (type(twin), repr(twin), twin.approximate) == (act_nn.GELU, repr(made), "tanh")
        assert torch.equal(twin(X), made(X))
    assert act_nn.activation_of(act_nn.module("gelu", approximate="tanh")) == ("gelu_tanh", {})
    for wrong in ("Tanh", None, True, ["tanh"]):
        with pytest.raises(ParameterError, match="GELU: `approximate` must be 'none' or 'tanh', but got"):
            act_nn.GELU(wrong)


def test_softplus_needs_no_threshold():
    x = torch.tensor([0.0, 19.0, 25.0, 30.0], dtype=torch.float64)
    assert torch.equal(act_nn.Softplus(1.0, 20)(x), act.softplus(x))
    assert act_nn.Softplus(threshold=1)(x)[2] > x[2]  # PyTorch's is x itself from the threshold on
    assert "`threshold` changes nothing" in act_nn.Softplus.__doc__
    for wrong in ("20", True, None):
        with pytest.raises(ParameterError, match="Softplus: `threshold` must be a number, but got"):
            act_nn.Softplus(1.0, wrong)


def test_softmax2d_shares_among_channels():
    made = act_nn.Softmax2d()
    images = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(made(images), nn.Softmax2d()(images))
    assert all(torch.equal(twin(images), made(images)) for twin in twins(made))
    assert torch.equal(torch.fx.symbolic_trace(nn.Sequential(made))(images), made(images))
    with pytest.raises(ArrayTypeError, match="Softmax2d takes images, a tensor of 3 or 4 dimensions, but got one of 2"):
        made(images[0, 0])


def test_inplace_is_taken_where_torch_takes_it():
    for name, module in act_nn.MODULES.items():
        takes = "inplace" in inspect.signature(getattr(nn, name, nn.Identity)).parameters
        if takes:
            assert repr(module(inplace=True)) == repr(module())
            with pytest.raises(ParameterError, match=f"{name}: `inplace` must be True or False, but got 1"):
                module(inplace=1)
        else:
            with pytest.raises(ParameterError, match="has no parameter 'inplace'"):
                module(inplace=True)


def test_state_goes_to_torch_and_comes_from_it():
    theirs = nn.PReLU(64, init=0.4)
    ours = act_nn.PReLU(64)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 64, 3)
    torch.testing.assert_close(ours(x), theirs(x))
    with torch.no_grad():
        ours.weight.uniform_(0, 1)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x))
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        act_nn.PReLU(3).load_state_dict(theirs.state_dict())
    whole = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.PReLU(64), nn.GLU(), nn.Softmax(1))
    mine = nn.Sequential(nn.Linear(2, 64), act_nn.ReLU(), act_nn.PReLU(64), act_nn.GLU(), act_nn.Softmax(1))
    mine.load_state_dict(whole.state_dict())
    buffer = io.BytesIO()
    torch.save(mine.state_dict(), buffer)
    buffer.seek(0)
    whole.load_state_dict(torch.load(buffer, weights_only=True))
    torch.testing.assert_close(mine(x[0, :5, :2]), whole(x[0, :5, :2]))


@each(LEARNABLE)
def test_learnable_modules(activation):
    (name,) = learned(activation)
    made = act_nn.module(activation, channels=4, **{name: 0.5}, dtype=torch.float64)
    parameter = getattr(made, name)
    assert (parameter.shape, parameter.dtype, parameter.requires_grad) == ((4,), torch.float64, True)
    assert parameter.tolist() == [0.5] * 4
    assert repr(made) == f"{activation.class_name}(channels=4)"
    x = X.double()
    made(x).square().sum().backward()
    assert parameter.grad.shape == (4,)
    leaf = parameter.detach().clone().requires_grad_()
    functional.apply(activation, x, **{name: leaf}).square().sum().backward()
    assert torch.equal(parameter.grad, leaf.grad)
    optimizer = torch.optim.SGD(made.parameters(), 1e-3)
    optimizer.step()
    assert parameter.tolist() != [0.5] * 4
    for twin in twins(made):
        assert torch.equal(twin(x), made(x))
    with pytest.raises(act.ActscopeError, match=f"`{name}` has 4 numbers, one for each channel, but axis 1 .* has 6"):
        made(x.transpose(1, 2))
    for channels in (0, -1, 2.0, True, "3"):
        with pytest.raises(ParameterError, match="`channels` must be a whole number >= 1, but got"):
            act_nn.module(activation, channels=channels)
    assert act_nn.module(activation, device="meta")(X.to("meta")).shape == X.shape


def test_representations_are_those_of_torch():
    assert repr(act_nn.LeakyReLU(0.2)) == repr(nn.LeakyReLU(0.2))
    assert repr(act_nn.Softmax(dim=1)) == "Softmax(temperature=1, dim=1)"
    assert repr(act_nn.GELU()) == "GELU()"
    assert repr(act_nn.GLU(1)) == "GLU(dim=1)"
    assert repr(act_nn.RReLU(0.1, 0.5)) == "RReLU(lower=0.1, upper=0.5)"


def test_axes():
    torch.testing.assert_close(act_nn.module("softmax", dim=0, temperature=2.0)(X), torch.softmax(X / 2, 0))
    assert act_nn.Maxout(dim=1, pieces=4)(X).shape == (3, 1, 6)
    for dim in (None, 1.5, True, "x"):
        with pytest.raises(ParameterError, match="softmax: `dim` must be a whole number, but got"):
            act_nn.Softmax(dim)
    with pytest.raises(ParameterError, match="relu takes each number by itself, so no `dim`"):
        act_nn.module("relu", dim=1)
    with pytest.raises(ParameterError, match="gelu has nothing to learn, so no `channels`"):
        act_nn.module("gelu", channels=3)


def test_training_and_evaluation_differ_where_slopes_are_drawn():
    module, x = act_nn.RReLU(0.1, 0.5), -torch.ones(100)
    assert module(x).unique().numel() > 50
    torch.testing.assert_close(module.eval()(x), 0.3 * x)
    torch.testing.assert_close(module.train(False)(x), nn.RReLU(0.1, 0.5).eval()(x))


def test_a_module_of_ones_own_formula():
    made = act_nn.module(OWN, alpha=0.5)
    assert repr(made) == "Bent(alpha=0.5)"
    x = torch.linspace(-3, 3, 50, dtype=torch.float64)
    torch.testing.assert_close(made(x), (torch.sqrt(x * x + 1) - 1) / 2 + 0.5 * x, rtol=1e-14, atol=1e-14)
    for twin in twins(made):
        assert repr(twin) == repr(made)
        assert torch.equal(twin(x), made(x))


def test_a_name_that_is_no_module():
    with pytest.raises(AttributeError, match=r"module 'actscope\.nn' has no attribute 'Gelu'"):
        _ = act_nn.Gelu
    with pytest.raises(AttributeError, match="did you mean 'module'"):
        _ = act_nn.modul
    with pytest.raises(UnknownActivationError, match="no activation is called 'gleu', did you mean 'gelu'"):
        act_nn.module("gleu")
    for name in act_nn.__all__:
        assert getattr(act_nn, name) is not None


def test_torch_fx_writes_modules_down():
    model = nn.Sequential(
        nn.Linear(6, 4), act_nn.GELU(), act_nn.PReLU(4), act_nn.SwiGLU(), act_nn.RReLU(), act_nn.Softmax()
    )
    graph = torch.fx.symbolic_trace(model.eval())
    assert torch.equal(graph(X), model(X))
    assert "actscope_nn_functional_apply('gelu'" in graph.code
    assert torch.equal(pickle.loads(pickle.dumps(graph))(X), model(X))


def test_training_with_modules_lowers_the_loss():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), act_nn.Swish(channels=16), nn.Linear(16, 1))
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
    assert model[1].beta.std() > 0


def test_the_catalogue_and_the_modules_are_the_same():
    assert set(act_nn.MODULES) == {activation.class_name for activation in CATALOGUE} | {"Softmax2d"}
