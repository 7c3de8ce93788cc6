import math
from statistics import fmean

import numpy as np
import pytest

from actscope.lab.records import Comparison, Run
from actscope.lab.statistics import condition_of
from actscope.report import rows, words
from report.samples import MINE, sample


def line_of(run: Run) -> str:
    return words.condition_line(condition_of(run.experiment))


@pytest.mark.parametrize("quantity", ["score", "loss"])
def test_learning_rows_are_means_and_ranges_of_the_runs(comparison: Comparison, quantity):
    for row in rows.learning(comparison, quantity):
        found = [
            getattr(epoch, f"{row['part']}_{quantity}")
            for run in comparison.runs
            if (run.experiment.activation, line_of(run)) == (row["activation"], row["condition"])
            for epoch in run.history
            if epoch.epoch == row["epoch"]
        ]
        finite = [value for value in found if math.isfinite(value)]
        assert (row["low"], row["high"]) == (min(finite), max(finite))
        if len(finite) == len(found):
            assert row["mean"] == pytest.approx(fmean(found), rel=1e-14)
        else:
            assert row["mean"] is None


def test_a_diverged_seed_ends_the_mean_and_is_not_averaged_away(comparison: Comparison):
    losses = [r for r in rows.learning(comparison, "loss") if (r["activation"], r["part"]) == (MINE, "train")]
    assert [row["mean"] is None for row in losses] == [epoch > 6 for epoch in range(13)]


@pytest.mark.parametrize("quantity", ["gradient", "mean", "spread", "saturated", "silent"])
def test_layer_rows_are_the_snapshots(single: Comparison, quantity):
    for row in rows.layers(single, quantity):
        run = next(run for run in single.runs if run.experiment.activation == row["activation"])
        state = getattr(run, row["when"]).layers[row["layer"] - 1]
        assert row["mean"] == row["low"] == row["high"] == getattr(state, quantity)


def test_finals_are_every_run(plane: Comparison):
    got = {(r["activation"], r["condition"], r["seed"]): r["score"] for r in rows.finals(plane)}
    assert got == {
        (run.experiment.activation, line_of(run), run.experiment.seed): run.final.test_score for run in plane.runs
    }


def test_one_map_per_activation_and_depth(plane: Comparison):
    drawn = [(r.experiment.activation, at.depth, r.experiment.seed) for at, r in rows.mapped(plane)]
    assert drawn == [(name, depth, 0) for depth in (2, 3) for name in ("tanh", "relu", "step")]


def test_the_contour_lies_where_the_odds_are_even(plane: Comparison):
    boundary = plane.runs[0].boundary
    assert boundary is not None
    pieces = rows.contour(boundary.probability, boundary.x, boundary.y)
    assert len(pieces) > 20
    for piece in pieces:
        for u, v in ((piece["x"], piece["y"]), (piece["x2"], piece["y2"])):
            assert v == pytest.approx(0.25 + 0.45 * math.cos(2.2 * u + 0.05 * 4), abs=0.03)


def test_the_contour_of_a_certain_network_is_empty():
    assert rows.contour(((1.0, 1.0), (1.0, math.nan)), (0.0, 1.0), (0.0, 1.0)) == []


def test_long_trainings_are_thinned_but_keep_both_ends():
    epochs = {row["epoch"] for row in rows.learning(sample(("relu",), seeds=1, epochs=1000), "loss")}
    assert len(epochs) == rows.MOST_EPOCHS
    assert {0, 1000} <= epochs
    assert max(np.diff(sorted(epochs))) <= 6
