"""Intervals against scipy.stats, and the ranking on runs made by hand."""

import math

import numpy as np
import pytest
import scipy.stats

from actscope.errors import SettingError
from actscope.lab.records import Estimate
from actscope.lab.statistics import estimate, paired, standings, told_apart
from lab.planted import run


@pytest.mark.parametrize("count", [2, 3, 5, 30])
def test_the_interval_is_students_t(count):
    values = np.random.default_rng(count).normal(0.9, 0.05, count)
    low, high = scipy.stats.t.interval(0.95, count - 1, loc=values.mean(), scale=scipy.stats.sem(values))
    found = estimate(list(values))
    assert (found.mean, found.low, found.high) == pytest.approx((values.mean(), low, high), rel=1e-12)
    assert found.seeds == count


def test_the_interval_holds_the_truth_nineteen_times_in_twenty():
    random = np.random.default_rng(0)
    found = [estimate(list(random.normal(0.5, 0.1, 4))) for _ in range(2000)]
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) == pytest.approx(0.95, abs=0.015)


def test_one_value_has_no_interval():
    found = estimate([0.9])
    assert found.mean == 0.9
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_a_loss_that_is_not_finite_has_no_interval():
    assert math.isnan(estimate([1.0, math.nan]).mean)
    assert math.isnan(estimate([1.0, math.inf]).low)


def test_intervals_are_not_cut():
    assert estimate([0.9, 1.0]).high > 1.0


def test_the_difference_is_paired():
    """Seeds that differ wildly, and one activation that is a point behind in each: the paired interval is narrow."""
    accuracies = [0.5, 0.7, 0.9]
    runs = [run("relu", seed=seed, test=value) for seed, value in enumerate(accuracies)]
    runs += [run("tanh", seed=seed, test=value - 0.01 * (seed + 1)) for seed, value in enumerate(accuracies)]
    best, other = standings(paired(runs))
    assert (best.activation, best.behind) == ("relu", None)
    assert other.behind is not None
    assert other.behind.mean == pytest.approx(0.02)
    assert (other.behind.high - other.behind.mean) == pytest.approx(0.01 / 3**0.5 * scipy.stats.t.ppf(0.975, 2))
    assert other.behind.high - other.behind.low < 0.1 * (best.test_score.high - best.test_score.low)


def test_a_tie_goes_to_the_smaller_loss_and_never_to_nan():
    runs = [
        run("tanh", test=0.9, test_loss=0.5),
        run("relu", test=0.9, test_loss=0.4),
        run("gelu", test=0.9, losses=[2.3, math.nan]),
    ]
    assert [standing.activation for standing in standings(paired(runs))] == ["relu", "tanh", "gelu"]


def test_depths_are_ranked_apart():
    runs = [
        run("relu", depth=8, test=0.5),
        run("tanh", depth=8, test=0.9),
        run("relu", depth=2),
        run("tanh", depth=2, test=0.1),
    ]
    assert [(s.depth, s.activation) for s in standings(paired(runs))] == [
        (2, "relu"),
        (2, "tanh"),
        (8, "tanh"),
        (8, "relu"),
    ]


def test_only_shared_seeds_count():
    runs = [run("relu", seed=0, test=0.8), run("tanh", seed=0, test=0.7), run("relu", seed=1, test=0.0)]
    best, other = standings(paired(runs))
    assert (best.activation, best.test_score.mean, best.test_score.seeds) == ("relu", 0.8, 1)
    assert other.behind is not None
    assert other.behind.mean == pytest.approx(0.1)


def test_no_shared_seed_is_an_error():
    with pytest.raises(SettingError, match="the activations at depth 4 have no seed in common"):
        paired([run("relu", seed=0), run("tanh", seed=1)])


@pytest.mark.parametrize(
    ("behind", "shown"),
    [
        (Estimate(0.2, 0.1, 0.3, 3), True),
        (Estimate(0.2, -0.1, 0.5, 3), False),
        (Estimate(0.0, 0.0, 0.0, 3), False),
        (Estimate(0.01, 0.01, 0.01, 2), False),
        (Estimate(0.2, 0.2, 0.2, 2), True),
        (Estimate(0.2, math.nan, math.nan, 1), True),
        (Estimate(0.01, math.nan, math.nan, 1), False),
    ],
)
def test_what_can_be_told_apart(behind, shown):
    assert told_apart(behind, Estimate(0.97, 0.9, 1.0, behind.seeds), test_samples=200) is shown
