"""The same grid for all, validation data alone, and the best rate of each."""

from dataclasses import replace

import numpy as np
import pytest

from actscope.lab.batching import runs
from actscope.lab.planning import plan
from actscope.lab.tasks import data_of
from actscope.lab.tuning import rates, trials, tuned
from lab.planted import run as planted

SETTINGS = {"depth": 2, "width": 16, "seeds": 4, "epochs": 3, "samples": 200}


def tried(activation, lr, seed, score, **more):
    made = planted(activation, seed=seed, test=score, **more)
    return replace(made, experiment=replace(made.experiment, lr=lr, judged_on="validation"))


def test_all_activations_try_the_same_rates_on_the_same_seeds():
    found = trials(plan("moons", ["relu", "tanh"], **SETTINGS))
    grids = {}
    for one in found:
        grids.setdefault(one.activation, []).append((one.lr, one.seed))
    assert sorted(grids["relu"]) == sorted(grids["tanh"])
    assert {seed for _, seed in grids["relu"]} == {0, 1, 2}
    assert {lr for lr, _ in grids["relu"]} == set(rates("adam"))


def test_no_test_sample_is_seen():
    for experiment in trials(plan("moons", ["relu"], **SETTINGS))[:2]:
        data, whole = data_of(experiment), data_of(replace(experiment, judged_on="test"))
        # The parts are scaled by other samples, which is one line through all of them.
        seen = np.concatenate([data.train_inputs, data.test_inputs])
        first, second = (np.sort(part[:, 0]) for part in (seen, whole.train_inputs))
        assert np.allclose(first, np.polyval(np.polyfit(second, first, 1), second), atol=1e-4)


def test_the_best_rate_of_each_is_chosen():
    experiments = plan("digits", ["relu", "tanh"], depth=4, seeds=2)
    runs = [tried("relu", lr, seed, score) for lr, score in ((0.001, 0.8), (0.01, 0.9)) for seed in (0, 1)]
    runs += [tried("tanh", lr, seed, score) for lr, score in ((0.001, 0.7), (0.01, 0.6)) for seed in (0, 1)]
    settled, told = tuned(experiments, runs)
    assert {(one.activation, one.lr) for one in settled} == {("relu", 0.01), ("tanh", 0.001)}
    assert {one.judged_on for one in settled} == {"test"}
    assert [(one.activation, one.grid, one.chosen) for one in told] == [
        ("relu", (0.001, 0.01), 0.01),
        ("tanh", (0.001, 0.01), 0.001),
    ]
    assert told[0].scores[1].mean == pytest.approx(0.9)
    assert told[0].at_edge


def test_of_equal_scores_the_smaller_loss_wins():
    runs = [tried("relu", 0.001, 0, 0.9, test_loss=0.3), tried("relu", 0.01, 0, 0.9, test_loss=0.2)]
    assert tuned(plan("digits", ["relu"], depth=4, seeds=1), runs)[1][0].chosen == 0.01


def test_a_rate_that_diverged_with_one_seed_comes_last():
    nan = float("nan")
    runs = [tried("relu", 0.1, 0, 0.99), tried("relu", 0.1, 1, 0.99, losses=(2.3, nan)), tried("relu", 0.01, 0, 0.5)]
    assert tuned(plan("digits", ["relu"], depth=4, seeds=2), runs)[1][0].chosen == 0.01


def test_conditions_are_tuned_by_themselves():
    experiments = plan("moons", ["relu"], depth=[1, 2], width=8, seeds=1, epochs=1, samples=50)
    tried = list(runs(trials(experiments)))
    settled, told = tuned(experiments, tried)
    assert [one.condition.depth for one in told] == [1, 2]
    assert tuned(experiments, tried[::-1]) == (settled, told)
    for one in told:
        assert {e.lr for e in settled if e.depth == one.condition.depth} == {one.chosen}


def test_without_a_trial_the_default_stays():
    experiments = plan("moons", ["relu"], seeds=1)
    assert tuned(experiments, []) == (experiments, ())
