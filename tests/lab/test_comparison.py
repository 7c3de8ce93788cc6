"""The whole way: planned, run, summarised, also when it is cut short."""

import json
import math
import subprocess
import sys

import pytest

from actscope.errors import SettingError
from actscope.lab.comparison import checked_threshold, compare, runs, summarise
from actscope.lab.planning import plan
from actscope.lab.records import Condition, Failure

SMALL = {"width": 16, "epochs": 8, "samples": 200}


@pytest.fixture(scope="module")
def comparison():
    return compare("moons", ["relu", "tanh", "step"], depth=[1, 2], seeds=2, **SMALL)


def test_everything_is_there(comparison):
    assert comparison.activations == ("relu", "tanh", "step")
    assert comparison.conditions == (Condition(1), Condition(2))
    assert comparison.depths == (1, 2)
    assert comparison.planned == len(comparison.runs) == 12
    assert not comparison.interrupted
    assert len(comparison.standings) == 6
    assert [sum(s.behind is None for s in comparison.standings if s.condition.depth == depth) for depth in (1, 2)] == [
        1,
        1,
    ]
    assert {(r.condition, r.activation) for r in comparison.reasons} == {
        (s.condition, s.activation) for s in comparison.standings if s.behind is not None
    }
    assert comparison.settings == {
        "model": "mlp",
        "width": 16,
        "seeds": 2,
        "epochs": 8,
        "optimizer": "adam",
        "lr": 0.003,
        "schedule": "constant",
        "init": "auto",
        "batch_size": 64,
        "samples": 200,
        "noise": 0.2,
        "patience": None,
    }
    assert (comparison.task.train, comparison.task.test) == (160, 40)


def test_a_slope_of_zero_is_noted(comparison):
    assert any("the slope of step is 0 everywhere" in note for note in comparison.notes)


def test_the_record_is_json_ready(comparison):
    assert [at["depth"] for at in json.loads(json.dumps(comparison.as_dict()))["conditions"]] == [1, 2]


def test_the_order_of_activations_changes_no_number(comparison):
    again = compare("moons", ["step", "tanh", "relu"], depth=[2, 1], seeds=2, **SMALL)
    scores = [
        {(s.condition, s.activation): (s.test_score, s.test_loss) for s in one.standings} for one in (comparison, again)
    ]
    assert scores[0] == scores[1]


def test_progress_hears_every_epoch():
    heard = []
    compare("xor", ["relu", "tanh"], depth=1, seeds=2, progress=lambda *told: heard.append(told), **SMALL)
    assert len(heard) == 2 * 2 * (8 + 1)
    # They train together, so that each is heard of before any goes on.
    for seen in {experiment for experiment, _ in heard}:
        assert [epoch.epoch for experiment, epoch in heard if experiment == seen] == list(range(9))


@pytest.mark.parametrize("finished", range(1, 7))
def test_a_comparison_that_is_cut_short_stays_paired(finished):
    experiments = plan("xor", ["relu", "tanh"], depth=1, seeds=3, **SMALL)
    done = [run for run, _ in zip(runs(experiments), range(finished), strict=False)]
    found = summarise(experiments, done)
    assert found.interrupted is (finished < 6)
    assert found.planned == 6
    assert found.settings["seeds"] == 3
    assert {s.test_score.seeds for s in found.standings} == {max(1, finished // 2)}
    assert any(f"interrupted after {finished} of 6" in note for note in found.notes) is found.interrupted


def test_nothing_finished_is_an_error():
    with pytest.raises(SettingError, match="no run was finished"):
        summarise(plan("xor"), [])


def test_ctrl_c_propagates():
    def press(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare("xor", ["relu"], depth=1, progress=press, **SMALL)


def test_one_seed_has_no_interval_and_says_so():
    found = compare("xor", ["relu"], depth=1, seeds=1, **SMALL)
    assert math.isnan(found.standings[0].test_score.low)
    assert "no interval can be given from one seed" in found.notes[0]
    assert "one seed, so no interval" in found.answer


def test_wrong_settings_are_found_before_any_training():
    heard = []
    with pytest.raises(SettingError):
        compare("xor", ["relu", "softmax"], progress=lambda *told: heard.append(told))
    assert not heard


def test_depth_separates_sigmoid_from_relu():
    """A claim of many texts, in small: deep sigmoid layers hardly learn what ReLU layers do; the gradient says why."""
    found = compare("digits", ["sigmoid", "relu"], depth=14, seeds=3, epochs=15)
    assert found.standings[0].activation == "relu"
    assert found.standings[1].test_score.mean < 0.3 < 0.8 < found.standings[0].test_score.mean
    assert [(reason.activation, reason.cause) for reason in found.reasons] == [("sigmoid", "vanishing")]
    assert found.reasons[0].measured["gradient_ratio"] < 1e-4


def test_planning_and_summarising_load_no_torch():
    code = """
import sys, actscope.lab.comparison as comparison
comparison.planning.plan("xor")
print([name for name in ("torch", "sklearn", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("missing", "task", "message"),
    [
        ("torch", "xor", "training needs the extra 'lab': pip install 'actscope[lab]'"),
        (
            "sklearn",
            "digits",
            "the data set 'digits' needs the extra 'lab': pip install 'actscope[lab]'",
        ),
        (
            "scipy",
            "xor",
            "an interval over seeds needs the extra 'lab': pip install 'actscope[lab]'",
        ),
    ],
)
def test_a_missing_library_is_named_with_its_remedy(missing, task, message):
    code = f"""
import sys
sys.modules["{missing}"] = None
from actscope.errors import MissingExtraError
from actscope.lab import compare
try:
    compare("{task}", ["relu"], depth=1, epochs=1, seeds=1, samples=100)
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{message}, or '.[lab]' in a checkout"


@pytest.mark.parametrize("threshold", [95, 0.0, -0.5, math.nan, "0.9", True])
def test_a_threshold_that_no_accuracy_can_be_is_refused(threshold):
    with pytest.raises(SettingError, match="`threshold` must be"):
        checked_threshold(threshold, "classification")


def test_an_r_squared_may_be_below_zero():
    assert checked_threshold(-0.5, "regression") == -0.5
    with pytest.raises(SettingError, match=r"an R² such as 0\.95, at most 1, but got 2"):
        checked_threshold(2, "regression")


def test_a_grid_makes_conditions_and_pairs_in_each():
    found = compare("moons", ["relu", "tanh"], depth=1, lr=[0.01, 0.1], init=["he", "xavier"], seeds=2, **SMALL)
    grid = [{"lr": lr, "init": init} for lr in (0.01, 0.1) for init in ("he", "xavier")]
    assert sorted(map(str, (dict(at.varied) for at in found.conditions))) == sorted(map(str, grid))
    assert found.settings["lr"] == (0.01, 0.1)
    assert [s.rank for s in found.standings if s.activation == "relu"] == pytest.approx(
        [3 - s.rank for s in found.standings if s.activation == "tanh"]
    )
    assert found.ranking.blocks == 8


def test_everything_that_was_measured_is_summarised(comparison):
    standing = comparison.standings[0]
    assert standing.step_seconds > 0
    assert 0 < standing.inside.update < 1
    assert 0 <= standing.inside.off_centre <= 1
    assert standing.reached.seeds == 2
    assert comparison.task.majority == 0.5


def test_a_regression_from_the_formula_to_the_answer():
    found = compare("curve:sin(3*x)", ["tanh", "identity"], depth=2, seeds=3, width=16, epochs=40, samples=200)
    assert found.standings[0].activation == "tanh"
    assert "tanh reaches a test R² of 0." in found.answer
    assert found.standings[1].test_score.mean < found.standings[0].test_score.mean <= 1.0
    assert found.runs[0].fit is not None
    assert [reason.cause for reason in found.reasons] == ["linear"]


def test_failures_are_neither_runs_nor_an_interruption():
    experiments = plan("xor", ["relu", "tanh"], depth=1, seeds=2, **SMALL)
    done = list(runs(experiments[:-1]))
    found = summarise(experiments, done, failed=[Failure(experiments[-1], "error", "out of memory")])
    assert not found.interrupted
    assert {s.test_score.seeds for s in found.standings} == {1}
    assert "tanh at depth 1 with seed 1 failed: out of memory" in found.notes[0]
    with pytest.raises(SettingError, match="and 1 failed: out of memory"):
        summarise(experiments, [], failed=[Failure(experiments[-1], "error", "out of memory")])
