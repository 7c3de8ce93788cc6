"""Each cause planted in a run made by hand, and found; its healthy twin is not blamed for it."""

import math
import re
from typing import get_args

import pytest

from actscope.lab.explaining import RULES, measured, reasons
from actscope.lab.records import Cause as Causes
from actscope.lab.records import Condition, LayerState, Snapshot, TaskCard
from actscope.lab.statistics import gradient_ratio, paired, standings
from lab.planted import EPOCHS, run

DIGITS = TaskCard("digits", "", 800, 200, 64, 10, None)
SINE = TaskCard("sine", "", 800, 200, 1, 0, None, "regression")
FALLING = [2.3 * 0.9**epoch for epoch in range(EPOCHS + 1)]

PLANTED = {
    "diverged": {"losses": [2.3, 1.0, *[math.nan] * (EPOCHS - 1)]},
    "no slope": {"last_gradient": 0.0, "flat_at_start": 1.0},
    "linear": {"loser": "identity"},
    "vanishing": {"ratio": 2e-7},
    "exploding": {"ratio": 5e3},
    "silent units": {"silent": 0.8},
    "saturated": {"saturated": 0.9},
    "slow": {"losses": FALLING, "train": 0.6},
    "overfitted": {"train": 1.0},
    "unexplained": {"train": 0.6, "losses": [2.3, *[1.5] * EPOCHS]},
}


def explained(seeds=3, winner=None, loser="tanh", **faults):
    """Return the reason of a tanh, or another, that is far behind a healthy relu."""
    runs = [run("relu", seed=seed, test=0.97 + 0.002 * seed, **(winner or {})) for seed in range(seeds)]
    runs += [run(loser, seed=seed, **{"test": 0.5 + 0.001 * seed, **faults}) for seed in range(seeds)]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, DIGITS), groups, DIGITS)
    return reason


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("cause", PLANTED)
def test_a_planted_fault_is_named(cause, seeds):
    reason = explained(seeds, **PLANTED[cause])
    assert (reason.activation, reason.condition, reason.cause) == (
        PLANTED[cause].get("loser", "tanh"),
        Condition(4),
        cause,
    )


@pytest.mark.parametrize("cause", ["vanishing", "exploding", "silent units", "saturated"])
def test_what_the_winner_has_too_is_no_reason(cause):
    assert explained(**PLANTED[cause], winner=PLANTED[cause]).cause == "overfitted"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("diverged", "vanishing"),
        ("vanishing", "silent units"),
        ("vanishing", "slow"),
        ("silent units", "saturated"),
        ("saturated", "slow"),
    ],
)
def test_the_cause_is_named_before_its_consequence(first, then):
    assert explained(**{**PLANTED[then], **PLANTED[first]}).cause == first


def test_every_cause_has_a_rule_and_is_planted_here():
    assert {rule.cause for rule in RULES} == set(get_args(Causes)) == {*PLANTED, "no difference"}


def test_a_loss_that_blows_up_without_nan_diverged_too():
    assert explained(losses=[2.3, *[1e5] * EPOCHS]).cause == "diverged"


def test_a_difference_that_cannot_be_shown_needs_no_cause():
    runs = [run("relu", seed=seed, test=0.97) for seed in range(3)]
    runs += [run("tanh", seed=seed, test=test, ratio=1e-7) for seed, test in enumerate((0.95, 0.98, 0.965))]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, DIGITS), groups, DIGITS)
    assert reason.cause == "no difference"
    assert reason.sentence == (
        "it ends 0.5 points behind relu, with a 95 % interval of the paired difference from -3.2 to 4.2: "
        "no difference can be shown with 3 seeds; as a rough guide, 224 seeds would show a difference of this size"
    )


def test_one_seed_and_a_small_difference():
    reason = explained(1, test=0.96)
    assert reason.cause == "no difference"
    assert "among 200 test samples, all seeds together, has an error of 1.8 points" in reason.sentence


def test_the_sentence_of_a_vanishing_gradient():
    assert explained(ratio=2e-7).sentence == (
        "before training the gradient at the first layer is 2e-7 of the last hidden layer's (0.5 for relu), "
        "so the layers next to the input hardly learn"
    )


def test_a_wide_gap_that_cannot_be_shown_still_tells_what_was_measured_inside():
    runs = [run("relu", seed=seed, test=0.97) for seed in range(3)]
    runs += [run("tanh", seed=seed, test=test, ratio=2e-7) for seed, test in enumerate((0.1, 0.95, 0.97))]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, DIGITS), groups, DIGITS)
    assert reason.cause == "no difference"
    assert "of this size. What was measured all the same: before training" in reason.sentence
    assert "2e-7 of the last hidden layer's" in reason.sentence
    assert reason.measured["gradient_ratio"] == pytest.approx(2e-7)


@pytest.mark.parametrize("cause", [*PLANTED, "no difference"])
def test_every_number_of_the_sentence_is_in_the_record(cause):
    reason = explained(3, **PLANTED.get(cause, {"test": 0.971}))
    assert reason.cause == cause
    said = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", reason.sentence.replace("95 % interval", ""))
    forms = ["{:.0f}", "{:z.1f}", "{:.1g}", "{:.3g}", "{:g}"]
    known = {float(form.format(value)) for x in reason.measured.values() for value in (x, 100 * x) for form in forms}
    assert said
    assert {float(number) for number in said} <= known


def test_numbers_are_means_over_seeds():
    runs = [run("relu", seed=seed, test=0.97) for seed in range(2)]
    runs += [run("tanh", seed=seed, test=0.5, silent=silent) for seed, silent in enumerate((0.6, 1.0))]
    groups = paired(runs)
    best, other = standings(groups, DIGITS)
    found = measured(other, best, groups[Condition(4), "tanh"], groups[Condition(4), "relu"], DIGITS)
    assert found["silent"] == pytest.approx(0.8)
    assert found["silent_layer"] == 3


def test_ratios_have_a_geometric_mean():
    def snapshot(first, last):
        return Snapshot(0, tuple(LayerState(n, g, 0, 1, 0, 0) for n, g in enumerate((first, last), 1)))

    assert gradient_ratio([snapshot(1e-8, 1.0), snapshot(1e-4, 1.0)]) == pytest.approx(1e-6)
    assert gradient_ratio([snapshot(0.0, 1.0), snapshot(1e-4, 1.0)]) == 0.0
    assert math.isnan(gradient_ratio([snapshot(0.0, 0.0)]))


@pytest.mark.parametrize("seeds", [1, 3])
def test_equal_accuracies_are_called_equal(seeds):
    runs = [
        run(name, seed=seed, test=0.97, test_loss=loss)
        for name, loss in (("relu", 0.1), ("tanh", 0.2))
        for seed in range(seeds)
    ]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, DIGITS), groups, DIGITS)
    assert reason.cause == "no difference"
    assert reason.sentence == f"it has as many test samples right as relu, with {seeds} of {seeds} seeds"
