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
    "small updates": {"update": 1e-4, "train": 0.6},
    "large updates": {"update": 0.02, "train": 0.6},
    "off centre": {"off_centre": 0.9, "train": 0.6, "learnt_at": 8},
    "slow": {"losses": FALLING, "train": 0.6},
    "overfitted": {"train": 1.0},
    "unexplained": {"train": 0.6, "losses": [2.3, *[1.5] * EPOCHS]},
}


def explained(seeds=3, winner=None, loser="tanh", tuned=False, **faults):
    """Return the reason of a tanh, or another, that is far behind a healthy relu."""
    runs = [run("relu", seed=seed, test=0.97 + 0.002 * seed, **(winner or {})) for seed in range(seeds)]
    runs += [run(loser, seed=seed, **{"test": 0.5 + 0.001 * seed, **faults}) for seed in range(seeds)]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, DIGITS), groups, DIGITS, tuned=tuned)
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
        ("vanishing", "small updates"),
        ("small updates", "slow"),
        ("large updates", "off centre"),
        ("off centre", "slow"),
    ],
)
def test_the_cause_is_named_before_its_consequence(first, then):
    assert explained(**{**PLANTED[then], **PLANTED[first]}).cause == first


def test_every_cause_has_a_rule_and_is_planted_here():
    assert {rule.cause for rule in RULES} == set(get_args(Causes)) == {*PLANTED, "no difference"}


@pytest.mark.parametrize("cause", ["diverged", "small updates", "large updates", "slow"])
def test_no_other_rate_is_advised_where_the_best_was_looked_for(cause):
    assert "learning rate" in explained(**PLANTED[cause]).sentence
    tuned = explained(tuned=True, **PLANTED[cause]).sentence
    assert "learning rate" not in tuned
    assert tuned.endswith(("at the best of the rates tried", "more epochs may close the gap"))


def test_two_seeds_are_too_few():
    assert explained(2, test=0.96).sentence.endswith("2 seeds are too few to say, try --seeds 5")


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


@pytest.mark.parametrize("cause", ["small updates", "large updates", "off centre"])
def test_what_does_not_go_with_learning_less_is_no_reason(cause):
    assert explained(**{**PLANTED[cause], "train": 1.0}).cause == "overfitted"
    assert explained(**PLANTED[cause], winner={**PLANTED[cause], "train": 1.0}).cause == "unexplained"


def test_off_centre_without_slower_learning_is_no_reason():
    assert explained(off_centre=0.9, train=0.6).cause == "off centre", "it never reaches what the winner reaches"
    assert explained(off_centre=0.9, train=0.6, test=0.93, learnt_at=2).cause == "unexplained"
    assert explained(off_centre=0.9, train=0.6, test=0.93, learnt_at=4).cause == "off centre"


def test_the_sentence_of_an_activation_off_centre():
    assert explained(**{**PLANTED["off centre"], "test": 0.93}).sentence == (
        "the outputs of its layers lie to one side of 0, their mean is 90 % of their root mean square (0 % for relu), "
        "and it learns more slowly: to reach 92.8 % it takes 8.0 epochs (2.0 epochs for relu)"
    )
    assert "it takes more epochs than there were (2.0 epochs for relu)" in explained(**PLANTED["off centre"]).sentence


def of_a_curve(*tests, winner=(0.97, 0.972, 0.974), **faults):
    """Return the reason of a tanh with these R² by seed on a regression."""
    runs = [run("relu", seed=seed, test=test) for seed, test in enumerate(winner)]
    runs += [run("tanh", seed=seed, test=test, **faults) for seed, test in enumerate(tests)]
    groups = paired(runs)
    (reason,) = reasons(standings(groups, SINE), groups, SINE)
    return reason


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            of_a_curve(0.5, 0.51, 0.52),
            "its training R² is 1.000 (1.000 for relu) but its test R² only 0.510 (0.972)",
        ),
        (
            of_a_curve(0.95, 0.99, 0.93),
            "it ends 0.015 behind relu, with a 95 % interval of the paired difference from -0.062 to 0.093: no "
            "difference can be shown with 3 seeds; as a rough guide, 105 seeds would show a difference of this size",
        ),
        (
            of_a_curve(0.97, 0.972, 0.974),
            "its test R² is the same as that of relu, with 3 of 3 seeds",
        ),
        (of_a_curve(0.2, winner=(0.97,)), "it ends 0.770 behind relu: no difference can be shown with 1 seeds"),
        (
            of_a_curve(0.5, 0.51, 0.52, losses=FALLING, train=0.6),
            "its training loss was still falling at the end, by 19 % over 2 epochs, with a training R² of 0.600 (1.000 "
            "for relu): a larger learning rate or more epochs may close the gap",
        ),
    ],
)
def test_a_regression_speaks_of_r_squared(reason, sentence):
    assert reason.sentence == sentence
    assert "points" not in reason.sentence
    assert "samples right" not in reason.sentence


def test_an_interval_that_leaves_out_zero_by_chance_among_many_is_told():
    runs = [run("relu", seed=seed, test=test) for seed, test in enumerate((0.95, 0.96, 0.97))]
    runs += [run("tanh", seed=seed, test=test) for seed, test in enumerate((0.85, 0.88, 0.89))]
    for name in ("gelu", "elu", "silu"):
        runs += [run(name, seed=seed, test=test) for seed, test in enumerate((0.95, 0.94, 0.96))]
    groups = paired(runs)
    reason = next(one for one in reasons(standings(groups, DIGITS), groups, DIGITS) if one.activation == "tanh")
    assert reason.cause == "no difference"
    assert reason.sentence.startswith(
        "it ends 8.7 points behind relu, with a 95 % interval of the paired difference from 5.8 to 11.5, but among 10 "
        "pairs of activations one such interval may leave out 0 by chance (p corrected for that: 0.059): no difference "
        "can be shown with 3 seeds; as a rough guide, 5 seeds would show a difference of this size"
    )
