"""A cell's identity follows from what determines its numbers, in any process, and from nothing else."""

import dataclasses
import math
import subprocess
import sys
import unicodedata

import pytest

from actscope.catalogue import Parameter
from actscope.catalogue.defining import define, named
from actscope.lab.identity import canonical, cell_id, described, sweep_name
from actscope.lab.planning import plan
from actscope.lab.records import Experiment, Source

ONE = Experiment(
    task="moons",
    activation="relu",
    depth=2,
    width=8,
    seed=3,
    epochs=4,
    optimizer="adam",
    lr=0.001,
    init="auto",
    batch_size=16,
    samples=100,
    noise=0.2,
)
# Ends the life of all stored results when it changes: raise identity.MEASURED instead if numbers change.
GOLDEN = "b787a50452481cb73c9d3c4cb7f01f192e16f0c63fc5fe8e55cfd489a790f350"


def test_the_identity_of_an_experiment_never_changes():
    assert canonical(described(ONE)) == (
        '{"activation":"relu","batch_size":16,"depth":2,"epochs":4,"init":"auto","lr":0.001,"measured":1,"noise":0.2,'
        '"optimizer":"adam","samples":100,"seed":3,"task":"moons","width":8}'
    )
    assert cell_id(ONE) == GOLDEN


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_every_process_gives_the_same_identity(seed):
    code = (
        "from actscope.lab.planning import plan; from actscope.lab.identity import cell_id, sweep_name\n"
        "from actscope.catalogue.defining import named\n"
        "found = plan('xor', ['relu', named('x*tanh(x)')], depth=[1, 2], lr=[0.1, 1.0])\n"
        "print(*map(cell_id, found), sweep_name(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
    )
    found = plan("xor", ["relu", named("x*tanh(x)")], depth=[1, 2], lr=[0.1, 1.0])
    assert done.stdout.decode().split() == [*map(cell_id, found), sweep_name(found)]


def test_order_and_spelling_do_not_matter():
    assert canonical({"b": 1.0, "a": 2}) == canonical({"a": 2.0, "b": 1}) == '{"a":2,"b":1}'
    assert canonical("é") == canonical(unicodedata.normalize("NFD", "é"))
    assert canonical(-0.0) == canonical(0)
    assert canonical([1e22, 0.1]) == canonical((10**22, 0.1))
    assert canonical(True) != canonical(1)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError, match="cannot have"):
        canonical({"lr": number})
    with pytest.raises(ValueError, match="cannot have"):
        cell_id(dataclasses.replace(ONE, lr=number))


def test_what_json_has_no_word_for_is_refused():
    with pytest.raises(TypeError, match="a set"):
        canonical({"lr": {1, 2}})


OTHERS = {
    "task": "xor",
    "activation": "tanh",
    "depth": 3,
    "width": 9,
    "seed": 4,
    "epochs": 5,
    "optimizer": "sgd",
    "lr": 0.0011,
    "init": "he",
    "batch_size": 17,
    "samples": 101,
    "noise": 0.21,
    "defined": plan("xor", [named("x*tanh(x)")])[0].defined,
    "model": "residual",
    "model_digest": "a",
    "schedule": "cosine",
    "patience": 3,
    "judged_on": "validation",
    "source": Source("/data/a.csv", "abc"),
}


def test_every_field_is_part_of_the_identity():
    assert OTHERS.keys() == {field.name for field in dataclasses.fields(Experiment)}
    ids = {cell_id(dataclasses.replace(ONE, **{name: value})) for name, value in OTHERS.items()}
    assert len(ids | {cell_id(ONE)}) == len(OTHERS) + 1


def test_a_field_that_has_its_default_is_not_part_of_it():
    """So that a field which is added to Experiment, with a default that changes no number, renames no result."""
    added = dataclasses.make_dataclass("Added", [("extra", int, 0)], bases=(Experiment,), frozen=True)
    values = {field.name: getattr(ONE, field.name) for field in dataclasses.fields(Experiment)}
    assert cell_id(added(**values)) == cell_id(ONE) != cell_id(added(**values, extra=1))


def test_names_that_change_no_number_are_no_part_of_it():
    here = Source("/here/a.csv", "abc", "y", "regression", (8, 8))
    there = dataclasses.replace(here, path="/there/b.csv")
    one, two = (dataclasses.replace(ONE, task=source.path[-5:], source=source) for source in (here, there))
    assert cell_id(one) == cell_id(two)
    for name, value in {"digest": "abd", "target": "x", "kind": "classification", "size": (8, 9)}.items():
        other = dataclasses.replace(one, source=dataclasses.replace(here, **{name: value}))
        assert cell_id(other) != cell_id(one)

    mine, yours = (
        define("mine", "x*tanh(x)"),
        define("yours", "x*tanh(x)", story="Made for a test. It does what the other does.", title="My own"),
    )
    assert len({cell_id(plan("xor", [activation])[0]) for activation in (mine, yours, named("x*tanh(x)"))}) == 1


def test_what_an_activation_computes_is_part_of_it():
    def of(*arguments, **options):
        return cell_id(plan("xor", [define("mine", *arguments, **options)])[0])

    steep, steeper = (of("x*sigmoid(beta*x)", beta=Parameter("beta", value)) for value in (1.0, 2.0))
    learnt = of("x*sigmoid(beta*x)", beta=Parameter("beta", 1.0, learnable=True))
    flat, tilted = (of("where(x > 0, x, 0)", slope_at={0.0: slope}) for slope in (0.0, 0.5))
    assert len({steep, steeper, learnt, flat, tilted}) == 5


def test_a_factory_is_known_by_its_file_and_name():
    one = dataclasses.replace(ONE, model="nets.py:narrow", model_digest="abc")
    assert cell_id(dataclasses.replace(one, model="../here/nets.py:narrow")) == cell_id(one)
    assert cell_id(dataclasses.replace(one, model="nets.py:wide")) != cell_id(one)
    assert cell_id(dataclasses.replace(one, model_digest="abd")) != cell_id(one)


def test_a_sweep_is_called_by_its_task_and_cells():
    both = plan("curve:sin(3*x)", ["relu", "tanh"])
    assert sweep_name(both) == sweep_name(both[::-1]) != sweep_name(both[:-1])
    assert sweep_name(both).startswith("curve-sin-3-x-")
