"""Prediction beside measurement: they agree, float32 ends where it must, and nothing of the user's is touched."""

import json
import math
import subprocess
import sys

import pytest
import torch

import actscope as act
from actscope.catalogue import CATALOGUE, Activation
from actscope.errors import SettingError, UnknownActivationError
from actscope.lab.flow import ask, look
from actscope.lab.flow.records import SMALLEST, Flow
from actscope.report.data import without_nan

SMOOTH = [a for a in CATALOGUE if a.pointwise and not a.properties.jumps and a.properties.largest_slope > 0]


@pytest.fixture(scope="module")
def deep() -> Flow:
    return look(ask(["sigmoid", "tanh", "step"], depth=130, width=64, seeds=2, samples=16))


def line(flow: Flow, name: str):
    return next(found for found in flow.lines if found.activation == name)


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda a: a.name)
def test_what_is_predicted_is_measured(activation: Activation):
    flow = look(ask([activation], depth=6, width=256, seeds=1, samples=32))
    (found,) = flow.lines
    if found.deviation_growth > 1.2:
        # Chance grows by a fifth and more from layer to layer: that this is said is all that can be asked.
        assert f"signal of {activation.name} is not stable" in flow.answer
        return
    assert found.measured_rate.mean == pytest.approx(found.predicted_rate, rel=0.05)
    for predicted, measured in zip(found.predicted, found.measured, strict=True):
        assert measured.signal.mean == pytest.approx(predicted.signal, rel=0.25)


def test_the_comparison_bites():
    (found,) = look(ask(["tanh"], depth=6, width=192, seeds=1, samples=32, init="lecun")).lines
    (other,) = look(ask(["tanh"], depth=6, width=192, seeds=1, samples=32)).lines
    assert found.measured_rate.mean != pytest.approx(other.predicted_rate, rel=0.05)


def test_verdicts(deep):
    assert [found.verdict for found in deep.lines] == ["vanishing", "exploding", "none"]
    sigmoid = line(deep, "sigmoid")
    assert sigmoid.ratio < 1e-40
    assert sigmoid.measured_rate.low <= sigmoid.measured_rate.mean <= sigmoid.measured_rate.high
    assert line(deep, "step").measured_rate.mean == 0.0
    assert deep.answer.startswith("Through 130 layers the gradient of sigmoid shrinks to ")
    assert "and that of tanh grows " in deep.answer
    assert deep.answer.endswith("No gradient passes step: the slope is 0.")


def test_level_gradients_are_called_so():
    flow = look(ask(["relu", "identity"], depth=8, width=64, seeds=2, samples=16))
    assert flow.answer == "Through 8 layers the gradients of relu and identity stay level."


def test_float32_gives_up_where_it_was_predicted(deep):
    sigmoid = line(deep, "sigmoid")
    assert sigmoid.predicted_end.cause == "gradient underflows"
    assert len(sigmoid.measured_ends) == 2
    for end in sigmoid.measured_ends:
        assert end.cause == "gradient underflows"
        assert end.depth == pytest.approx(sigmoid.predicted_end.depth, abs=6)
    assert sigmoid.single[0].gradient.mean == 0.0
    assert 0.0 < sigmoid.measured[0].gradient.mean < SMALLEST
    for name in ("tanh", "step"):
        assert line(deep, name).measured_ends == ()


def test_float32_and_float64_agree_as_long_as_float32_holds(deep):
    for found in deep.lines:
        for single, double in zip(found.single, found.measured, strict=True):
            if found.activation != "step" and double.gradient.low > 1e-38:
                # tanh is chaotic here: roundings change the path, not the sizes.
                assert single.gradient.mean == pytest.approx(double.gradient.mean, rel=0.3)


def test_a_signal_that_overflows_ends_float32():
    flow = act.flow(["squared_relu"], depth=20, width=32, seeds=1, samples=8, init="he")
    (end,) = flow.lines[0].measured_ends
    assert end.cause == "signal overflows"
    assert flow.lines[0].verdict == "exploding"
    assert "grows beyond what float64 holds" in flow.answer
    json.dumps(without_nan(flow.as_dict()), allow_nan=False)
    assert "squared_relu" in str(flow)


def test_equal_questions_give_equal_numbers_in_another_process():
    code = "import actscope as act; print(act.flow(['gelu'], depth=5, width=32, seeds=2, samples=8).as_dict())"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert there == str(act.flow(["gelu"], depth=5, width=32, seeds=2, samples=8).as_dict())


def test_nothing_of_the_users_is_touched():
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with torch.no_grad():
        act.flow(["rrelu", "prelu"], depth=3, width=8, seeds=1, samples=4)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_progress_hears_of_each_network():
    heard = []
    look(ask(["relu", "tanh"], depth=2, width=4, seeds=2, samples=2), lambda name, seed: heard.append((name, seed)))
    assert heard == [("relu", 0), ("relu", 1), ("tanh", 0), ("tanh", 1)]


def test_one_network_has_no_interval():
    (found,) = act.flow(["tanh"], depth=3, width=8, seeds=1).lines
    assert math.isnan(found.measured_rate.low)


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        ("relu", {}, r"`activations` must be a list of names, but got 'relu'; write \['relu'\]"),
        ([], {}, "must name at least one activation, such as sigmoid"),
        (["relu", "relu"], {}, "names relu more than once"),
        (["softmax"], {}, "softmax mixes the units of a layer"),
        (["maxout"], {}, "maxout mixes the units of a layer"),
        (["swiglu"], {}, "swiglu takes two inputs"),
        (["relu"], {"depth": 1}, "`depth` must be a whole number of at least 2"),
        (["relu"], {"width": 0}, "`width` must be a whole number of at least 1"),
        (["relu"], {"seeds": 1.5}, "`seeds` must be a whole number"),
        (["relu"], {"init": "hee"}, "`init` must be one of auto, he.*did you mean 'he'"),
    ],
)
def test_what_makes_no_question_is_refused(given, options, told):
    with pytest.raises(SettingError, match=told):
        act.flow(given, **options)


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownActivationError, match="did you mean 'relu'"):
        act.flow(["rellu"])


@pytest.mark.parametrize(("missing", "need"), [("torch", "measuring a network"), ("scipy", "an interval over seeds")])
def test_a_missing_library_is_named_with_its_remedy(missing, need):
    code = f"""
import sys
sys.modules["{missing}"] = None
import actscope as act
from actscope.cli import run
try:
    act.flow(["relu"], depth=2, width=4, seeds=2, samples=4)
except act.ActscopeError as error:
    print(type(error).__name__, error)
print(run(["flow", "relu", "--depth", "2", "--width", "4", "--samples", "4"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = f"{need} needs the extra 'lab': pip install 'actscope[lab]', or '.[lab]' in a checkout"
    assert done.stdout.splitlines() == [f"MissingExtraError {told}", "2"]
    assert done.stderr == f"actscope: {told}\n"
