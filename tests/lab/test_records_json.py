"""Records become JSON and come back as they were, to the bit."""

import dataclasses
import json
import math
import random
import struct

import pytest

from actscope.catalogue.defining import define
from actscope.catalogue.definition import definition_of
from actscope.errors import RecordError
from actscope.lab import records
from actscope.lab.records import Boundary, Curve, Epoch, Estimate, Experiment, LayerState, Run, Snapshot, Source
from actscope.lab.records_json import record, run_as_json, run_from_json, text
from lab.planted import experiment, run


def bits(found):
    """Return a record as nested tuples in which every float is its eight bytes, so that nan equals nan, 0 not -0."""
    if isinstance(found, float):
        return struct.pack("<d", math.nan if math.isnan(found) else found)  # the sign of a nan says nothing
    if isinstance(found, tuple | list):
        return tuple(bits(one) for one in found)
    if dataclasses.is_dataclass(found):
        return type(found), tuple(bits(getattr(found, field.name)) for field in dataclasses.fields(found))
    return type(found), found


def a_run_that_has_everything() -> Run:
    parameter = define("bent", "a*x*tanh(x)", a=0.25)
    own = dataclasses.replace(
        experiment("bent"),
        defined=definition_of(parameter),
        model="mine.models:build",
        model_digest="ab" * 32,
        schedule="cosine",
        patience=3,
        judged_on="validation",
        source=Source('/data/пример "1".csv', "cd" * 32, "target", "regression", (100, 80)),
    )
    drawn = random.Random(0)
    hard = (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, math.nan, math.inf, -math.inf, 2.0**53 + 2)
    return Run(
        own,
        history=tuple(Epoch(n, value, -value, value, drawn.random()) for n, value in enumerate(hard)),
        snapshots=(Snapshot(0, (LayerState(1, *hard[:5]), LayerState(2, *hard[4:9], math.nan))),),
        boundary=Boundary((-1.5, 2.5), (-math.inf, 1.0), ((0.1, math.nan), (drawn.random(), 1.0))),
        seconds=drawn.random(),
        steps=1234,
        kept=7,
        fit=Curve((0.0, 0.5), (math.inf, -0.0)),
    )


@pytest.mark.parametrize("found", [run(), a_run_that_has_everything()], ids=["plain", "everything"])
def test_a_run_comes_back_to_the_bit(found):
    written = run_as_json(found)
    again = run_from_json(written)
    assert bits(again) == bits(found)
    assert bits(run_from_json(written.encode())) == bits(found)
    assert run_as_json(again) == written


def test_the_text_is_strict_json_on_one_line():
    def refuse(name):
        raise AssertionError(name)

    written = run_as_json(a_run_that_has_everything())
    assert json.loads(written, parse_constant=refuse)["experiment"]["source"]["target"] == "target"
    assert "\n" not in written


def test_a_users_activation_works_after_the_way_there_and_back():
    from actscope.lab.activations import activation_of

    again = run_from_json(run_as_json(a_run_that_has_everything()))
    assert activation_of(again.experiment).latex() == define("bent", "a*x*tanh(x)", a=0.25).latex()


@pytest.mark.parametrize("place", ["history", "snapshots", "boundary", "seconds", "kept", "fit"])
def test_the_comparison_by_bits_bites(place):
    found = a_run_that_has_everything()
    changed = math.nextafter(found.seconds, 1.0) if place == "seconds" else getattr(run(), place)
    other = dataclasses.replace(found, **{place: changed})
    assert bits(run_from_json(run_as_json(other))) != bits(found)


def test_a_field_with_a_default_may_be_missing():
    written = json.loads(run_as_json(run()))
    del written["fit"], written["kept"], written["experiment"]["patience"]
    assert bits(run_from_json(json.dumps(written))) == bits(run())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "a Run was expected, but the text is no JSON"),
        (b"\xff\xfe", "a Run was expected, but the text is no JSON"),
        ("[1, 2]", r"a Run was expected, but got '\[1, 2\]'"),
        ("{}", "a Run has no boundary, experiment, history, seconds, snapshots"),
    ],
)
def test_what_is_no_run_is_refused(written, said):
    with pytest.raises(RecordError, match=said):
        run_from_json(written)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": 1}, "a Run has colour, which this actscope does not know"),
        ({"seconds": "soon"}, "a number was expected, but got 'soon'"),
        ({"steps": 1.5}, "a value of type int was expected, but got '1.5'"),
        ({"history": [1]}, "a Epoch was expected, but got '1'"),
        ({"history": 1}, "a Run was expected, but the text holds another record"),
    ],
)
def test_a_run_with_something_wrong_in_it_is_refused(change, said):
    with pytest.raises(RecordError, match=said):
        run_from_json(json.dumps(json.loads(run_as_json(run())) | change))


def test_every_record_can_be_written_and_read():
    """A new field of a type that nothing reads would be found by the first user otherwise."""
    from actscope.lab.records_json import _reader

    for kind in vars(records).values():
        if dataclasses.is_dataclass(kind):
            assert callable(_reader(kind)), kind


def test_any_record_goes_both_ways():
    found = Estimate(0.9, math.nan, math.inf, 1)
    assert bits(record(Estimate, text(found))) == bits(found)
    assert record(Experiment, text(experiment())) == experiment()
