"""Networks of a user's own: found, fitted to the data, trained like any other, with random numbers of their own."""

import dataclasses
import textwrap

import pytest
import torch
from torch import nn

from actscope.catalogue import get
from actscope.errors import SettingError
from actscope.lab.batching import batches
from actscope.lab.models import Shape
from actscope.lab.models.own import build, digest, factory
from actscope.lab.planning import plan
from actscope.lab.training import together, train

FACTORIES = """
import torch
from torch import nn

def takes(activation):
    return nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 1))

def optional(act_layer=nn.ReLU):
    return nn.Sequential(nn.Linear(2, 8), act_layer(), nn.Linear(8, 1))

def returns():
    inner = (nn.Dropout(0.2), nn.BatchNorm1d(16), nn.Linear(16, 16), nn.Tanh())
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), *inner, nn.Linear(16, 2))

def wide(activation):
    return nn.Sequential(nn.Linear(2, 4), activation(), nn.Linear(4, 3))

def fails(activation):
    return nn.Linear(2, 4).nothing

def text(activation):
    return "a network"

def functional():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 1)
        def forward(self, x):
            return torch.relu(self.inner(x))
    return Net()

def other_inputs(activation):
    return nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 1))

def two(activation, width):
    return None

def weightless(activation):
    return activation()

def forgets(activation):
    return nn.Linear(2, 1)

def classy(activation):
    return nn.Sequential(nn.Linear(2, 4), activation, nn.Linear(4, 1))

number = 3
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "networks.py"
    path.write_text(textwrap.dedent(FACTORIES))
    return lambda name: f"{path}:{name}"


def experiments(model, **options):
    settings = {"depth": 2, "seeds": 2, "epochs": 3, "samples": 200, **options}
    return [dataclasses.replace(one, model=model) for one in plan("moons", ["relu", "tanh"], **settings)]


@pytest.mark.parametrize("name", ["takes", "optional", "returns"])
def test_a_network_of_ones_own_is_trained_and_measured(own, name):
    before = torch.get_rng_state()
    first, second = (train(one) for one in experiments(own(name), seeds=1, epochs=30, lr=0.01))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.final.test_score > 0.8
    assert first.history != second.history
    assert len(first.end.layers) == {"takes": 2, "optional": 1, "returns": 2}[name]
    assert all(layer.gradient > 0 for layer in first.start.layers)
    assert all(0 < layer.update < 1 for layer in first.end.layers)


def test_two_outputs_for_two_classes_have_the_boundary_of_one(own):
    (one, two) = (train(experiments(own(name), seeds=1, epochs=40, lr=0.01)[0]) for name in ("takes", "returns"))
    for run in (one, two):
        upper, lower = run.boundary.probability[-8], run.boundary.probability[7]
        # The half ring of class 0 lies above that of class 1.
        assert sum(upper) < sum(lower)


def test_it_trains_alone_and_the_same_numbers_come_again(own):
    every = experiments(own("returns"))
    assert [len(batch) for batch in batches(every)] == [1] * 4
    assert repr(dataclasses.replace(train(every[0]), seconds=0)) == repr(
        dataclasses.replace(train(every[0]), seconds=0)
    )
    with pytest.raises(ValueError, match="unpack"):
        together(every)


@pytest.mark.parametrize("activation", ["rrelu", "prelu"])
def test_an_activation_that_draws_or_learns_leaves_the_generator_alone(activation):
    (experiment,) = plan("moons", [activation], depth=2, seeds=1, epochs=3, samples=100)
    before = torch.get_rng_state()
    found = [repr(dataclasses.replace(train(experiment), seconds=0)) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert found[0] == found[1]


def test_the_same_draws_for_every_activation(own):
    first, second = (build(own("takes"), get(name), Shape((2,), 1), seed=5) for name in ("relu", "tanh"))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert type(first[1]) is not type(second[1])


def test_activations_of_a_model_are_replaced_by_kind(own):
    model = build(own("returns"), get("gelu"), Shape((2,), 1), seed=0)
    assert [layer.activation.name for layer in model.modules() if hasattr(layer, "activation")] == ["gelu", "gelu"]
    assert not any(isinstance(layer, nn.ReLU | nn.Tanh) for layer in model.modules())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wide", r"gives \(2, 3\) for two samples, but the task needs \(2, 1\): 1 number per sample"),
        ("fails", "failed in line 19 with AttributeError: .*nothing.*called with the activation relu"),
        ("classy", r"write activation\(\), with parentheses, where a module belongs"),
        ("forgets", "was given relu, but the Linear that it returns has no module of it, so nothing would be compared"),
        ("text", "returned a str, not a torch module"),
        ("functional", "takes no activation, and the Net that it returns has no activation modules"),
        ("other_inputs", r"cannot take samples of shape \(2,\)"),
        ("two", "needs 2 arguments"),
        ("weightless", "without weights to train"),
        ("number", "is of type int, not a function"),
        ("takse", "has nothing called 'takse', did you mean 'takes'"),
    ],
)
def test_what_does_not_fit_is_named(own, name, told):
    with pytest.raises(SettingError, match=told):
        build(own(name), get("relu"), Shape((2,), 1), seed=0)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "names no factory"),
        ("no_such_module_here:f", "there is no module 'no_such_module_here'"),
        ("no/such/file.py:f", "there is no file"),
        (":f", "names no factory"),
    ],
)
def test_a_factory_that_is_not_there_is_named(name, told):
    with pytest.raises(SettingError, match=told):
        factory(name)


def test_what_a_file_imports_and_is_not_there_is_named(tmp_path):
    (tmp_path / "networks.py").write_text("import no_such_library\n")
    with pytest.raises(SettingError, match=r"networks.py imports 'no_such_library', which is not found: is it a file"):
        factory(f"{tmp_path}/networks.py:f")


def test_a_file_without_a_name_tells_what_it_has(own):
    with pytest.raises(SettingError, match="names no factory; it has takes, optional, returns, wide"):
        factory(own("takes").removesuffix(":takes"))


def test_a_file_that_does_not_import_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("import torch\n1/0\n")
    with pytest.raises(SettingError, match="failed with ZeroDivisionError"):
        factory(f"{tmp_path}/broken.py:f")


def test_another_text_is_another_network(own, tmp_path):
    before = digest(own("takes"))
    (tmp_path / "networks.py").write_text(FACTORIES + "\n# changed\n")
    assert len(before) == 64
    assert digest(own("takes")) != before
