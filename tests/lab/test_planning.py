"""Every wrong setting is named before any training, with what was met and what is expected."""

import math

import numpy as np
import pytest

from actscope.catalogue import CATALOGUE, get
from actscope.errors import ActscopeError, SettingError, UnknownActivationError, UnknownTaskError
from actscope.lab.planning import plan
from actscope.lab.tasks import TASKS

WRONG = [
    ({"depth": 0}, "`depth` must be a whole number of at least 1, but got 0"),
    ({"depth": 2.5}, "`depth` must be a whole number of at least 1, but got 2.5"),
    ({"depth": "4"}, "`depth` must be a whole number of at least 1, but got '4'"),
    ({"depth": []}, "`depth` is an empty list; give it at least one value, or leave it out"),
    ({"depth": [2, -1]}, "`depth` must be a whole number of at least 1, but got -1"),
    ({"depth": [2, 4, 2]}, "`depth` holds 2 more than once; name it once"),
    ({"width": 0}, "`width` must be a whole number of at least 1, but got 0"),
    ({"width": True}, "`width` must be a whole number of at least 1, but got True"),
    ({"seeds": 0}, "`seeds` must be a whole number of at least 1, but got 0"),
    ({"epochs": -3}, "`epochs` must be a whole number of at least 1, but got -3"),
    ({"batch_size": None}, "`batch_size` must be a whole number of at least 1, but got None"),
    ({"task": "digits", "samples": 1798}, "`samples` must be at most 1797 for digits, all there are, but got 1798"),
    ({"samples": 3}, "`samples` must be a whole number of at least 10 for moons, five of each class, but got 3"),
    ({"lr": 0.0}, "`lr` must be > 0, but got 0.0; left out it is 0.003 with adam, 0.1 with sgd, 0.01 with momentum"),
    (
        {"lr": [0.1, -1]},
        "`lr` must be > 0, but got -1.0; left out it is 0.003 with adam, 0.1 with sgd, 0.01 with momentum",
    ),
    ({"lr": math.inf}, "`lr` must be a finite number, but got inf"),
    ({"lr": "fast"}, "`lr` must be a finite number, but got 'fast'"),
    ({"noise": -0.1}, "`noise` must be >= 0, but got -0.1; leave it out for 0.2"),
    ({"noise": math.nan}, "`noise` must be a finite number, but got nan"),
    ({"optimizer": "adm"}, "`optimizer` must be one of adam, sgd, momentum, but got 'adm', did you mean 'adam'?"),
    ({"init": "orthogonal"}, "`init` must be one of auto, he, xavier, lecun, default, but got 'orthogonal'"),
    ({"activations": []}, "`activations` must name at least one activation, such as sigmoid, tanh, relu, gelu"),
    ({"activations": "relu"}, "`activations` must be a list of names, but got 'relu'; write ['relu']"),
    (
        {"activations": "relu, tanh"},
        "`activations` must be a list of names, but got 'relu, tanh'; write ['relu', 'tanh']",
    ),
    (
        {"activations": "max(x, 0)"},
        "`activations` must be a list of names, but got 'max(x, 0)'; write ['max(x, 0)']",
    ),
    ({"activations": ["relu", "tanh", "relu"]}, "`activations` names relu more than once; name it once"),
    ({"activations": ["silu", "swish_1"]}, "`activations` names silu more than once; name it once"),
    (
        {"activations": ["softmax"]},
        "softmax mixes the units of a layer, so it cannot stand in a hidden layer; leave it out",
    ),
]


@pytest.mark.parametrize(("setting", "message"), WRONG, ids=[str(setting) for setting, _ in WRONG])
def test_wrong_settings(setting, message):
    with pytest.raises(SettingError) as caught:
        plan(**{"task": "moons"} | setting)
    assert str(caught.value) == message


def test_unknown_names():
    with pytest.raises(UnknownTaskError, match="no task is called 'spiral', did you mean 'spirals'"):
        plan("spiral")
    with pytest.raises(UnknownActivationError, match="no activation is called 'gleu', did you mean 'gelu'"):
        plan("moons", ["gleu"])
    with pytest.raises(ActscopeError):
        plan(3)


def test_one_seed_is_finished_before_the_next():
    experiments = plan("moons", ["relu", "tanh"], depth=[8, 2], seeds=2)
    assert [(e.seed, e.depth, e.activation) for e in experiments] == [
        (seed, depth, name) for seed in (0, 1) for depth in (2, 8) for name in ("relu", "tanh")
    ]


@pytest.mark.parametrize("task", TASKS)
def test_defaults_are_filled_in(task):
    first = plan(task)[0]
    assert first.noise == TASKS[task].noise
    assert first.lr == 0.003
    assert plan(task, optimizer="sgd")[0].lr == 0.1


def test_every_pointwise_activation_can_be_asked_for(pointwise):
    assert plan("xor", [pointwise], seeds=1)[0].activation == pointwise.name


def test_what_is_no_function_of_one_number_is_refused():
    for activation in CATALOGUE:
        if not activation.pointwise:
            with pytest.raises(SettingError, match=activation.name):
                plan("xor", [activation])


def test_an_activation_under_a_name_of_the_catalogue_is_refused():
    import dataclasses

    other = dataclasses.replace(get("gelu"), formula=get("relu").formula, convention="as relu", slope_at={})
    with pytest.raises(SettingError, match="gelu is not the catalogue's, but is called as one"):
        plan("xor", [other])


def test_numpy_numbers_are_numbers():
    first = plan("xor", depth=np.arange(2, 4), width=np.int64(8), lr=np.float32(0.5))[0]
    assert (first.depth, first.width, first.lr) == (2, 8, 0.5)
    assert type(first.width) is int
    assert type(first.lr) is float
