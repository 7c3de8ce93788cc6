"""The answer reads as a sentence and carries its uncertainty."""

import math
from dataclasses import replace

import pytest

from actscope.lab.answering import answer
from actscope.lab.comparison import summarise
from actscope.lab.explaining import reasons
from actscope.lab.noting import notes
from actscope.lab.records import Condition, Failure, TaskCard, Tuning
from actscope.lab.statistics import paired, standings
from lab.planted import experiment, run

DIGITS = TaskCard("digits", "", 800, 200, 64, 10, None)


def answered(accuracies, depths=(6,)):
    """Return answer and notes from {activation: [accuracy of each seed]}, or a list of such lists, one a depth."""
    runs = [
        run(name, depth=depth, seed=seed, test=value, ratio=1e-7 if value < 0.3 else 0.5)
        for name, lists in accuracies.items()
        for depth, values in zip(depths, lists if len(depths) > 1 else [lists], strict=True)
        for seed, value in enumerate(values)
    ]
    groups = paired(runs)
    placed = standings(groups, DIGITS)
    return answer(DIGITS, placed, reasons(placed, groups, DIGITS)), notes(DIGITS, placed, runs, len(runs))


def test_one_depth():
    said, _ = answered(
        {
            "gelu": [0.970, 0.971, 0.972],
            "relu": [0.969, 0.970, 0.972],
            "tanh": [0.966, 0.972, 0.969],
            "elu": [0.900, 0.905, 0.901],
            "sigmoid": [0.12, 0.121, 0.119],
        }
    )
    assert said == (
        "On digits at depth 6, gelu reaches 97.1 % test accuracy (95 % interval 96.9 to 97.3, 3 seeds); "
        "relu and tanh are within 0.2 points, which 3 seeds cannot tell apart; elu reaches 90.2 %; "
        "sigmoid stays at 12.0 %, where guessing gives 10 %."
    )


def test_one_seed():
    said, _ = answered({"gelu": [0.97], "relu": [0.965]})
    assert said == (
        "On digits at depth 6, gelu reaches 97.0 % test accuracy (one seed, so no interval); "
        "relu is within 0.5 points; one seed is too few to say: try --seeds 5."
    )


def test_alone():
    said, _ = answered({"gelu": [0.97, 0.96, 0.95]})
    assert said == "On digits at depth 6, gelu reaches 96.0 % test accuracy (95 % interval 93.5 to 98.5, 3 seeds)."


def test_nobody_learns():
    said, _ = answered({"gelu": [0.1, 0.11, 0.12], "relu": [0.1, 0.1, 0.1]})
    assert "gelu reaches 11.0 % test accuracy" in said
    assert "8.5 to 13.5, 3 seeds), hardly better than the 10 % of guessing" in said


def test_an_interval_beyond_a_hundred_is_said_and_not_printed():
    said, noted = answered({"gelu": [0.93, 1.0]})
    assert "95 % interval 52.0 and above, 2 seeds" in said
    assert any("the interval of gelu reaches below 0 or above 100 %" in note for note in noted)


def test_the_same_in_every_seed():
    assert "(the same with each of 3 seeds)" in answered({"gelu": [0.97, 0.97, 0.97]})[0]


def test_far_apart_but_not_shown():
    said, _ = answered({"gelu": [0.97, 0.96, 0.98], "relu": [0.97, 0.10, 0.97]})
    assert "relu reaches 68.0 %, and 3 seeds that differ so much cannot show a difference" in said


def test_several_depths():
    said, _ = answered(
        {
            "relu": [[0.970, 0.971, 0.973], [0.955, 0.957, 0.956]],
            "sigmoid": [[0.971, 0.970, 0.972], [0.10, 0.10, 0.11]],
        },
        depths=(2, 8),
    )
    assert said == (
        "On digits at depth 2, relu reaches 97.1 % test accuracy (95 % interval 96.8 to 97.5, 3 seeds) and sigmoid "
        "cannot be told apart from it; at depth 8, relu reaches 95.6 % test accuracy (95 % interval 95.4 to "
        "95.8, 3 seeds). From depth 2 to 8, sigmoid falls from 97.1 % to 10.3 %."
    )


def test_a_best_that_diverged_is_noted():
    runs = [run("relu", seed=seed, losses=[2.3, math.nan]) for seed in range(2)]
    assert notes(DIGITS, standings(paired(runs), DIGITS), runs, 2)[0].startswith(
        "even relu, the best at depth 4, diverged with some seed"
    )


def test_linear_is_noted_from_the_formula():
    _, noted = answered({"identity": [0.9, 0.9, 0.9], "relu": [0.97, 0.98, 0.96], "step": [0.5, 0.5, 0.6]})
    assert "identity is linear, so all its layers together are one linear layer, at any depth" in noted
    assert sum("is linear" in note for note in noted) == 1
    assert sum("is 0 everywhere" in note for note in noted) == 1


UNEQUAL = replace(DIGITS, name="ills", classes=2, majority=0.9)


def test_who_names_the_most_frequent_class_has_learnt_nothing():
    runs = [run("relu", seed=seed, test=0.91) for seed in range(3)]
    (alone,) = standings(paired(runs), UNEQUAL)
    assert answer(UNEQUAL, [alone], []).endswith("hardly better than the 90 % of naming the most frequent class.")
    assert alone.reached.threshold == pytest.approx(0.9 + 0.95 * 0.01)


def grid(leads):
    """Return the answer for relu and tanh of which these lead, None for a tie, at one learning rate each."""
    runs = []
    for place, name in enumerate(leads):
        for seed in range(3):
            for activation in ("relu", "tanh"):
                test = 0.95 + 0.002 * seed - (0.0 if name in (activation, None) else 0.3)
                found = run(activation, seed=seed, test=test)
                runs.append(replace(found, experiment=replace(found.experiment, lr=10.0**-place)))
    groups = paired(runs, ("lr",))
    placed = standings(groups, DIGITS)
    return answer(DIGITS, placed, reasons(placed, groups, DIGITS))


def test_few_conditions_are_told_one_by_one():
    assert grid(["relu", "tanh"]).startswith(
        "On digits, each at its best: relu 95.2 % at depth 4, lr 1; tanh 95.2 % at depth 4, lr 0.1 (picked from 2 "
        "conditions by the same test data, and so likely to be lower next time). At depth 4, lr 1, relu reaches 95.2 %"
    )
    assert "; at depth 4, lr 0.1, tanh reaches 95.2 %" in grid(["relu", "tanh"])


def test_many_conditions_are_counted():
    assert grid(["relu"] * 5 + ["tanh"] * 2) == (
        "On digits, each at its best: relu 95.2 % at depth 4, lr 1; tanh 95.2 % at depth 4, lr 1e-05 (picked from 7 "
        "conditions by the same test data, and so likely to be lower next time). In 7 conditions, relu has the highest "
        "mean test accuracy in 5 and tanh in 2; in 0 of them the highest cannot be told apart from another."
    )


def test_a_tie_is_shared():
    said = grid([*["relu"] * 5, "tanh", None])
    assert "in 5 and tanh in 1; relu and tanh share the highest mean in 1; in 0 of them" in said
    assert "relu and tanh share the highest mean test accuracy in 7; " in grid([None] * 7)
    alike, _ = answered({"gelu": [0.97, 0.96, 0.95], "relu": [0.97, 0.96, 0.95]})
    assert (
        alike
        == "On digits at depth 6, gelu and relu both reach 96.0 % test accuracy (95 % interval 93.5 to 98.5, 3 seeds)."
    )


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([0.05, 0.06], "worse than the 10 % of guessing"),
        ([0.1, 0.1], "no better than the 10 % of guessing"),
        ([0.12, 0.13], "hardly better than the 10 % of guessing"),
    ],
)
def test_chance_is_met_from_either_side(scores, said):
    assert said in answered({"gelu": scores})[0]


def test_two_seeds_are_said_to_be_too_few_once():
    said, noted = answered({"gelu": [0.97, 0.96], "relu": [0.96, 0.965], "tanh": [0.97, 0.3]})
    assert said.endswith("relu is within 0.3 points; tanh reaches 63.5 %; 2 seeds are too few to say: try --seeds 5.")
    assert said.count("seeds") == 3, "of the interval, and twice in the one remark"
    assert sum("Student's t" in note for note in noted) == 1


def test_tuned_rates_are_noted():
    runs = [run(name, seed=seed) for name in ("sigmoid", "tanh") for seed in range(3)]
    placed = standings(paired(runs), DIGITS)
    score = placed[0].test_score
    rates = (("sigmoid", 4, 0.01), ("tanh", 4, 0.003), ("tanh", 5, 0.001))
    found = [Tuning(name, Condition(depth), (0.001, 0.01), (score, score), rate) for name, depth, rate in rates]
    assert "tuned: sigmoid 0.01; tanh 0.003" in notes(DIGITS, placed, runs, 6, tuned=found[:2])
    assert "tuned: sigmoid 0.01; tanh 0.001 to 0.003" in notes(DIGITS, placed, runs, 6, tuned=found)


def test_early_stopping_is_noted():
    runs = [run("relu", seed=0), run("relu", seed=1), run("relu", seed=2)]
    shorter = [replace(one, kept=3, history=one.history[: 5 + place]) for place, one in enumerate(runs[:2])]
    early = [*shorter, replace(runs[2], kept=9)]
    noted = notes(DIGITS, standings(paired(early), DIGITS), early, 3)
    assert noted[0] == (
        "2 of 3 networks stopped early, after epochs 4 to 5; each is judged with the weights of its smallest "
        "validation loss"
    )
    assert not any("stopped" in note for note in notes(DIGITS, standings(paired(runs), DIGITS), runs, 3))


def test_a_model_of_ones_own_is_named_instead_of_its_depth():
    runs = [
        replace(found, experiment=replace(found.experiment, model="nets.py:takes"))
        for found in (run(name, depth=2, seed=seed) for name in ("relu", "tanh") for seed in range(2))
    ]
    found = summarise([one.experiment for one in runs], runs, DIGITS)
    assert found.answer.startswith("On digits with the model nets.py:takes, relu and tanh both reach 90.0 %")
    assert "depth" not in found.answer + " ".join(found.notes)
    assert found.settings["model"] == "nets.py:takes"


def test_failures_and_what_was_left_out_are_noted():
    runs = [run("relu", seed=seed) for seed in range(4)] + [run("tanh", seed=0)]
    lost = [Failure(replace(experiment("tanh"), seed=seed), "lost", "its worker ended", 3) for seed in (1, 2, 3)]
    said = notes(DIGITS, standings(paired(runs), DIGITS), runs, 8, failed=lost)
    assert said[0].startswith("3 networks could not be trained: tanh at depth 4 with seed 1 failed: its worker ended, ")
    assert said[1] == (
        "tanh is left out of the standings at depth 4, because few or none of its seeds are the others' too"
    )
