"""Intervals and tests against scipy.stats and published examples, and the ranking on runs made by hand."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats

from actscope.lab.records import Condition, TaskCard
from actscope.lab.statistics import (
    associations,
    condition_of,
    counting_error,
    critical_difference,
    differences,
    estimate,
    friedman,
    hedges,
    needed_seeds,
    paired,
    paired_p,
    places,
    ranking,
    score_to_reach,
    spearman,
    standings,
    stepped_down,
    varying,
)
from lab.planted import experiment, run

DIGITS = TaskCard("digits", "", 800, 200, 64, 10, None)
SINE = TaskCard("sine", "", 80, 20, 1, 0, None, "regression")


def planted(task=DIGITS, threshold=None, **scores):
    """Return the standings, by name, of activations with these test scores by seed."""
    runs = [run(name, seed=seed, test=value) for name, values in scores.items() for seed, value in enumerate(values)]
    return {standing.activation: standing for standing in standings(paired(runs), task, threshold)}


# Means and their intervals


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
    assert math.isnan(estimate([math.inf, -math.inf]).mean)


def test_numbers_beyond_any_square_are_no_warning():
    assert estimate([-1e300, -1.0, 1e300]).high == math.inf


def test_intervals_are_not_cut():
    assert estimate([0.9, 1.0]).high > 1.0


# One difference from each seed


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_p_is_that_of_the_paired_t_test(count):
    random = np.random.default_rng(count)
    one, other = random.normal(0.9, 0.05, count), random.normal(0.85, 0.05, count)
    assert paired_p(list(one - other)) == pytest.approx(scipy.stats.ttest_rel(one, other).pvalue, rel=1e-9)


def test_p_of_differences_that_do_not_vary():
    assert paired_p([0.01, 0.01, 0.01]) == 0.0
    assert paired_p([0.1 + 0.2 - 0.3, 0.0, 0.0]) == 1.0
    assert math.isnan(paired_p([0.1]))
    assert math.isnan(paired_p([0.1, math.nan]))


def test_chance_alone_is_called_a_difference_once_in_twenty():
    random = np.random.default_rng(1)
    found = [paired_p(list(random.normal(0.0, 0.1, 5))) for _ in range(2000)]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_the_effect_is_free_of_the_bias_of_few_seeds():
    """The mean over many experiments of 4 seeds is the true effect; without the correction it is a third too large."""
    random = np.random.default_rng(2)
    drawn = random.normal(0.8, 1.0, (20_000, 4))
    assert np.mean([hedges(list(one))[0] for one in drawn[:4000]]) == pytest.approx(0.8, abs=0.05)
    assert np.mean(drawn.mean(axis=1) / drawn.std(axis=1, ddof=1)) > 1.05


def test_the_factor_of_hedges_is_the_one_in_his_table():
    """Hedges (1981) has c(m) = 0.7979 for m = 2 ... and 1 - 3 / (4m - 1) is close to it for more."""
    for count in (3, 4, 10, 50):
        values = np.random.default_rng(count).normal(1.0, 1.0, count)
        factor = hedges(list(values))[0] / (values.mean() / values.std(ddof=1))
        assert factor == pytest.approx(1 - 3 / (4 * (count - 1) - 1), abs=0.01)


@pytest.mark.parametrize(("mean", "count"), [(0.5, 3), (2.0, 5), (0.1, 20), (-1.0, 8)])
def test_the_interval_of_an_effect_is_that_of_the_noncentral_t(mean, count):
    values = np.random.default_rng(count).normal(mean, 1.0, count)
    effect, low, high = hedges(list(values))
    t = values.mean() / values.std(ddof=1) * math.sqrt(count)
    for bound, share in ((low, 0.975), (high, 0.025)):
        centre = bound / effect * t
        if centre > -1:  # scipy.stats.nct has no digits left far on the other side
            assert scipy.stats.nct.cdf(t, count - 1, centre) == pytest.approx(share, abs=1e-5)
    assert low < effect < high


def test_two_seeds_have_no_effect_and_equal_differences_an_infinite_one():
    assert all(math.isnan(one) for one in hedges([0.1, 0.3]))
    effect, low, high = hedges([0.1, 0.1, 0.1])
    assert (effect, math.isnan(low), math.isnan(high)) == (math.inf, True, True)


def test_holm_is_the_closed_test_of_bonferroni():
    """Holm's is the closure of Bonferroni's: one falls if every set that holds it falls (Marcus 1976)."""
    random = np.random.default_rng(3)
    for _ in range(50):
        p = list(random.uniform(0, 0.2, random.integers(1, 7)))
        everything = [set(s) for n in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), n)]
        closed = [max(min(1.0, len(s) * min(p[i] for i in s)) for s in everything if one in s) for one in range(len(p))]
        assert stepped_down(p) == pytest.approx(closed, rel=1e-12)


def test_holm_on_a_published_example():
    """Holm (1979) as R prints it: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")."""
    assert stepped_down([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert stepped_down([math.nan, 0.01]) == pytest.approx([1.0, 0.02])


def test_a_step_down_that_forgets_to_step_is_seen():
    p = [0.01, 0.02, 0.03]
    assert stepped_down(p) != pytest.approx([min(1.0, 3 * one) for one in p])


@pytest.mark.parametrize(("effect", "seeds"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_needed_seeds_are_those_of_the_tables(effect, seeds):
    """Two-sided paired t test, 5 %, power 80 %, as G*Power (Faul et al. 2007) gives for small, medium, large."""
    assert needed_seeds(effect) == seeds


@pytest.mark.parametrize(("effect", "level"), [(0.3, 0.01), (1.5, 0.05), (4.0, 0.05 / 6)])
def test_needed_seeds_have_the_power_and_one_fewer_has_not(effect, level):
    def power(count):
        limit = scipy.stats.t.ppf(1 - level / 2, count - 1)
        return scipy.stats.nct.sf(limit, count - 1, effect * math.sqrt(count))

    seeds = needed_seeds(effect, level)
    assert power(seeds) >= 0.8 > (power(seeds - 1) if seeds > 2 else 0.0)


def test_no_number_of_seeds_shows_nothing():
    assert [needed_seeds(effect) for effect in (0.0, math.nan, 1e-6)] == [None, None, None]
    assert needed_seeds(math.inf) == 2


def test_differences_are_corrected_over_all_pairs():
    random = np.random.default_rng(4)
    scores = {name: list(random.normal(mean, 0.02, 5)) for name, mean in (("a", 0.95), ("b", 0.9), ("c", 0.5))}
    found = differences(scores, "a")
    p = {pair: paired_p(list(np.subtract(scores[pair[0]], scores[pair[1]]))) for pair in ("ab", "ac", "bc")}
    corrected = dict(zip(p, stepped_down(list(p.values())), strict=True))
    assert {name: (one.p, one.corrected) for name, one in found.items()} == {
        "b": (p["ab"], corrected["ab"]),
        "c": (p["ac"], corrected["ac"]),
    }
    assert {one.pairs for one in found.values()} == {3}
    assert found["c"].shown


def test_picking_the_best_of_equals_is_made_good_for():
    """Eight equal activations: without the correction the best would be called better than some in most experiments."""
    random = np.random.default_rng(5)
    wrong = naive = 0
    for _ in range(200):
        scores = {f"a{k}": list(random.normal(0.9, 0.02, 6)) for k in range(8)}
        best = max(scores, key=lambda name: np.mean(scores[name]))
        found = differences(scores, best)
        wrong += any(one.shown for one in found.values())
        naive += any(one.p < 0.05 for one in found.values())
    assert wrong / 200 <= 0.07
    assert naive / 200 == pytest.approx(0.5, abs=0.1)


def test_the_share_of_seeds_ahead_counts_equal_ones_half():
    found = differences({"a": [0.9, 0.9, 0.9, 0.9], "b": [0.8, 0.9, 0.95, 0.7]}, "a")
    assert found["b"].ahead == pytest.approx(2.5 / 4)


# Ranks


def test_places_are_those_of_rankdata():
    random = np.random.default_rng(6)
    for _ in range(20):
        scores = list(random.integers(0, 4, 6) / 10)
        assert places(scores) == list(scipy.stats.rankdata([-score for score in scores]))


@pytest.mark.parametrize("ties", [False, True])
def test_friedman_is_that_of_scipy(ties):
    random = np.random.default_rng(7)
    scores = random.integers(0, 5, (12, 4)) / 10 if ties else random.normal(size=(12, 4))
    ranks = np.array([places(list(block)) for block in scores])
    statistic, p = friedman(ranks)
    oracle = scipy.stats.friedmanchisquare(*scores.T)
    assert statistic == pytest.approx(oracle.statistic, rel=1e-12)
    f = 11 * statistic / (12 * 3 - statistic)
    assert p == pytest.approx(scipy.stats.f.sf(f, 3, 33), rel=1e-9)


def test_friedman_and_nemenyi_on_demsars_example():
    """Demšar (2006), table 6 and section 3.2.2: four classifiers on 14 data sets.

    Mean ranks 3.143, 2.000, 2.893 and 1.964 make chi-squared 9.28 and F(3, 39) = 3.69; the critical difference is 1.25.
    """
    scores = np.array(
        [
            [0.763, 0.768, 0.771, 0.798],
            [0.599, 0.591, 0.590, 0.569],
            [0.954, 0.971, 0.968, 0.967],
            [0.628, 0.661, 0.654, 0.657],
            [0.882, 0.888, 0.886, 0.898],
            [0.936, 0.931, 0.916, 0.931],
            [0.661, 0.668, 0.609, 0.685],
            [0.583, 0.583, 0.563, 0.625],
            [0.775, 0.838, 0.866, 0.875],
            [1.000, 1.000, 1.000, 1.000],
            [0.940, 0.962, 0.965, 0.962],
            [0.619, 0.666, 0.614, 0.669],
            [0.972, 0.981, 0.9751, 0.975],  # printed as equal, ranked 2 and 3
            [0.957, 0.978, 0.946, 0.970],
        ]
    )
    ranks = np.array([places(list(block)) for block in scores])
    assert ranks.mean(axis=0) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    plain = 12 * 14 / 20 * (np.square(ranks.mean(axis=0)).sum() - 4 * 25 / 4)
    assert plain == pytest.approx(9.28, abs=5e-3)
    statistic, p = friedman(ranks)
    assert statistic == pytest.approx(scipy.stats.friedmanchisquare(*scores.T).statistic)
    assert statistic > plain  # Demšar leaves the ties out
    assert p < scipy.stats.f.sf(3.69, 3, 39)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=5e-3)


@pytest.mark.parametrize(
    ("count", "quantile"),
    [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (8, 3.031), (9, 3.102), (10, 3.164)],
)
def test_the_critical_values_are_those_of_demsars_table(count, quantile):
    assert critical_difference(count, 6) / math.sqrt(count * (count + 1) / 36) == pytest.approx(quantile, abs=1e-3)


def test_the_critical_value_of_many_is_that_of_the_studentized_range():
    found = critical_difference(40, 10) / math.sqrt(40 * 41 / 60) * math.sqrt(2)
    assert found == pytest.approx(scipy.stats.studentized_range.ppf(0.95, 40, 1e6), rel=1e-4)


def test_all_tied_and_all_agreed():
    assert friedman(np.full((5, 3), 2.0)) == (0.0, 1.0)
    assert friedman(np.array([[1.0, 2.0, 3.0]] * 5)) == (pytest.approx(10.0), 0.0)


def test_spearman_is_that_of_scipy():
    random = np.random.default_rng(8)
    one, other = random.integers(0, 5, 12), random.normal(size=12)
    assert spearman(list(one), list(other)) == pytest.approx(scipy.stats.spearmanr(one, other).statistic, rel=1e-12)
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_the_ranking_is_over_seeds_and_conditions():
    runs = [
        run(name, seed=seed, depth=depth, test=test - (0.3 if (name, depth) == ("relu", 8) else 0.0))
        for depth in (2, 8)
        for seed in range(5)
        for name, test in (("relu", 0.9), ("tanh", 0.8), ("gelu", 0.7))
    ]
    found = ranking(paired(runs))
    assert found.activations == ("tanh", "relu", "gelu")
    assert found.ranks == pytest.approx((1.5, 2.0, 2.5))
    assert found.blocks == 10
    assert found.critical == pytest.approx(2.343 * math.sqrt(12 / 60), abs=1e-3)
    assert 0 < found.p < 1


def test_few_blocks_have_ranks_and_no_test():
    runs = [run(name, seed=seed, test=test) for seed in range(3) for name, test in (("relu", 0.9), ("tanh", 0.8))]
    found = ranking(paired(runs))
    assert (found.activations, found.ranks, found.blocks) == (("relu", "tanh"), (1.0, 2.0), 3)
    assert all(math.isnan(one) for one in (found.statistic, found.p, found.critical))
    assert ranking(paired(runs[::2])) is None


# Standings


def test_the_difference_is_paired():
    """Seeds that differ wildly, and one activation that is a point behind in each: the paired interval is narrow."""
    accuracies = [0.5, 0.7, 0.9]
    found = planted(relu=accuracies, tanh=[value - 0.01 * (seed + 1) for seed, value in enumerate(accuracies)])
    best, other = found["relu"], found["tanh"]
    assert best.behind is None
    assert best.difference is None
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
    assert [standing.activation for standing in standings(paired(runs), DIGITS)] == ["relu", "tanh", "gelu"]


def test_a_score_that_is_no_number_comes_last():
    runs = [run("tanh", test=math.nan), run("relu", test=-5.0), run("gelu", test=0.9)]
    assert [standing.activation for standing in standings(paired(runs), SINE)] == ["gelu", "relu", "tanh"]


def test_conditions_are_ranked_apart():
    runs = [
        run("relu", depth=2),
        run("tanh", depth=2, test=0.1),
        run("relu", depth=8, test=0.5),
        run("tanh", depth=8, test=0.9),
    ]
    assert [(s.condition, s.activation) for s in standings(paired(runs), DIGITS)] == [
        (Condition(2), "relu"),
        (Condition(2), "tanh"),
        (Condition(8), "tanh"),
        (Condition(8), "relu"),
    ]


def test_only_shared_seeds_count():
    runs = [run("relu", seed=0, test=0.8), run("tanh", seed=0, test=0.7), run("relu", seed=1, test=0.0)]
    best, other = standings(paired(runs), DIGITS)
    assert (best.activation, best.test_score.mean, best.test_score.seeds) == ("relu", 0.8, 1)
    assert other.behind is not None
    assert other.behind.mean == pytest.approx(0.1)


def test_who_shares_no_seed_or_has_few_is_left_out():
    alone = paired([run("relu", seed=0), run("tanh", seed=1)])
    assert [(name, len(runs)) for (_, name), runs in alone.items()] == [("relu", 1)]
    runs = [run("relu", seed=seed) for seed in range(4)] + [run("gelu", seed=seed) for seed in range(3)]
    few = paired([*runs, run("tanh", seed=0)])
    assert [(name, len(runs)) for (_, name), runs in few.items()] == [("relu", 3), ("gelu", 3)]


def test_what_varies_makes_the_conditions():
    from dataclasses import replace

    grid = [replace(experiment(), lr=lr, init=init) for lr in (0.1, 0.01) for init in ("he", "xavier")]
    assert varying(grid) == ("lr", "init")
    assert varying(grid, tuned=True) == ("init",)
    assert condition_of(grid[1], ("lr", "init")) == Condition(4, (("lr", 0.1), ("init", "xavier")))


@pytest.mark.parametrize(
    ("relu", "tanh", "shown"),
    [
        ([0.97, 0.98, 0.96], [0.76, 0.79, 0.75], True),
        ([0.97, 0.97, 0.97], [0.9, 0.6, 0.97], False),
        ([0.97, 0.97, 0.97], [0.97, 0.97, 0.97], False),
        ([0.97, 0.97], [0.96, 0.96], False),
        ([0.97, 0.97], [0.77, 0.77], True),
        ([0.97], [0.77], True),
        ([0.97], [0.96], False),
    ],
)
def test_what_accuracies_can_tell_apart(relu, tanh, shown):
    """Two seeds that agree to the sample, or a single one, must beat the error of counting 200 test samples."""
    assert planted(relu=relu, tanh=tanh)["tanh"].difference.shown is shown


def test_r_squared_is_not_counted():
    assert not planted(SINE, relu=[0.97], tanh=[0.2])["tanh"].difference.shown
    assert planted(SINE, relu=[0.97, 0.971, 0.972], tanh=[0.969, 0.9699, 0.9711])["tanh"].difference.shown


def test_counting_two_shares():
    assert counting_error(0.5, 0.5, 200) == pytest.approx(math.sqrt(2 * 0.25 / 200))


def test_mean_ranks_are_over_the_seeds():
    found = planted(relu=[0.9, 0.8, 0.9], tanh=[0.8, 0.9, 0.9], gelu=[0.1, 0.1, 0.1])
    assert {name: one.rank for name, one in found.items()} == {
        "relu": pytest.approx(1.5),
        "tanh": pytest.approx(1.5),
        "gelu": 3.0,
    }


# Epochs to a threshold


def learner(name, seed, *scores):
    """Return a run with these test scores by epoch."""
    from dataclasses import replace

    found = run(name, seed=seed, losses=[0.1] * len(scores))
    return replace(
        found, history=tuple(replace(e, test_score=one) for e, one in zip(found.history, scores, strict=True))
    )


def test_epochs_are_counted_to_the_threshold():
    runs = [learner("relu", 0, 0.1, 0.5, 0.9, 0.95), learner("relu", 1, 0.1, 0.9, 0.3, 0.96)]
    runs += [learner("tanh", 0, 0.1, 0.2, 0.3, 0.9), learner("tanh", 1, 0.1, 0.2, 0.3, 0.4)]
    relu, tanh = standings(paired(runs), DIGITS, threshold=0.9)
    assert (relu.reached.threshold, relu.reached.seeds, relu.reached.epochs.mean) == (0.9, 2, 1.5)
    assert (tanh.reached.seeds, tanh.reached.epochs.seeds, tanh.reached.epochs.mean) == (2, 1, 3.0)


def test_a_threshold_that_nobody_reaches_has_no_epochs():
    (relu,) = standings(paired([learner("relu", 0, 0.1, 0.5)]), DIGITS, threshold=0.9)
    assert (relu.reached.seeds, relu.reached.epochs) == (1, None)


def test_without_a_threshold_it_is_most_of_the_way_from_chance_to_the_best():
    assert score_to_reach(0.9, DIGITS) == pytest.approx(0.1 + 0.95 * 0.8)
    assert score_to_reach(0.9, SINE) == pytest.approx(0.95 * 0.9)
    assert planted(relu=[0.9, 0.9], tanh=[0.5, 0.5])["tanh"].reached.threshold == pytest.approx(0.86)
    assert planted(relu=[0.1], tanh=[0.1])["relu"].reached is None
    assert planted(SINE, relu=[-0.5], tanh=[-2.0])["relu"].reached is None


# What went on inside


def test_a_quantity_that_goes_with_the_outcome_is_found():
    names = ("relu", "tanh", "gelu", "elu", "silu", "mish")
    runs = [
        run(name, seed=seed, test=0.9 - 0.1 * k + 0.001 * seed, silent=0.1 * k, saturated=0.3)
        for seed in range(4)
        for k, name in enumerate(names)
    ]
    found = {one.quantity: one for one in associations(paired(runs))}
    assert found["silent"].correlation.mean == pytest.approx(-1.0)
    assert found["silent"].activations == 6
    assert "saturated" not in found, "it is the same for all"
    assert "update" not in found, "it was not measured"


def test_chance_shows_no_association_more_often_than_it_should():
    random = np.random.default_rng(9)
    names = ("relu", "tanh", "gelu", "elu", "silu", "mish", "sigmoid")
    away = 0
    for _ in range(150):
        runs = [
            run(name, seed=seed, test=random.uniform(), silent=random.uniform()) for seed in range(5) for name in names
        ]
        (found,) = [one for one in associations(paired(runs)) if one.quantity == "silent"]
        away += not found.correlation.low <= 0.0 <= found.correlation.high
    assert away / 150 <= 0.1


@pytest.mark.parametrize(("activations", "seeds"), [(4, 3), (6, 2)])
def test_few_activations_or_seeds_have_no_association(activations, seeds):
    names = ("relu", "tanh", "gelu", "elu", "silu", "mish")[:activations]
    runs = [run(name, seed=seed, silent=0.1 * k) for seed in range(seeds) for k, name in enumerate(names)]
    assert associations(paired(runs)) == ()


def test_what_went_on_inside_is_of_the_seeds_that_count():
    runs = [run("relu", seed=0, silent=0.4), run("relu", seed=1, silent=1.0), run("tanh", seed=0)]
    found = {standing.activation: standing.inside for standing in standings(paired(runs), DIGITS)}
    assert found["relu"].silent == pytest.approx(0.4 / 4)
    assert found["tanh"].silent == 0.0


def test_a_model_without_layers_to_measure_has_nothing_inside():
    from dataclasses import replace

    bare = replace(run(), snapshots=tuple(replace(shot, layers=()) for shot in run().snapshots))
    (standing,) = standings(paired([bare]), DIGITS)
    assert all(math.isnan(getattr(standing.inside, name)) for name in ("gradient_ratio", "silent", "update"))
