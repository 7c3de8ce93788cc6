"""A regression speaks of R² and mean squared error, never of accuracy, points or guessing."""

import math
import re
from dataclasses import replace

import pytest

from actscope.lab.records import Comparison, Estimate
from actscope.report import figures, html, rendering, rows, telling, text, words
from report.samples import whole
from report.test_figures import datasets
from report.test_html import Document


@pytest.fixture(scope="module")
def curve() -> Comparison:
    return whole(("gelu", "relu", "tanh"), kind="regression")


@pytest.fixture(scope="module")
def told(curve: Comparison) -> str:
    return Document(html.page(curve)).text.replace("\u00a0", " ")


def test_the_terminal(curve: Comparison, agrees_with_golden):
    agrees_with_golden("regression.txt", text(curve))


def test_no_word_of_classification_is_said(curve: Comparison, told: str):
    fragment = Document(html.notebook(curve)).text
    # What the catalogue tells of an activation may speak of classes.
    page = told.split(words.ACTIVATIONS)[0]
    for said in (page, fragment, text(curve), text(curve, 200)):
        assert not re.search(r"accurac|guessing|percentage points|cross-entropy|\bpp\b|classes|points behind", said)
        assert "R²" in said


def test_the_answer_is_an_r_squared(curve: Comparison):
    assert curve.answer.startswith("On curve:sin(3*x) at depth 3, gelu reaches a test R² of 0.90")


def test_one_input_and_a_number(told: str):
    assert "1 input, a number to predict." in told


def test_the_axes_are_those_of_a_regression(curve: Comparison):
    learning = str(rendering.spec_of(figures.learning(curve)))
    assert "loss (mean squared error)" in learning
    assert "'R²'" in learning
    assert "accuracy" not in learning
    scores = rendering.spec_of(figures.all_of(curve)["r2"])
    assert scores["concat"][0]["layer"][0]["encoding"]["x"]["axis"]["format"] == ".3~g"


def test_the_fitted_curve_lies_over_the_points(curve: Comparison):
    spec = rendering.spec_of(figures.fit(curve))
    figures.fit(curve).to_dict(validate=True)
    assert len(spec["concat"]) == 3
    (points,) = (values for values in datasets(spec) if len(values) == 3)
    assert points == [{"x": -1.0, "y": -0.5}, {"x": 0.0, "y": 0.1}, {"x": 1.0, "y": 0.4}]
    drawn = {(row["activation"], row["x"]): row["y"] for values in datasets(spec) for row in values if "seed" in row}
    for run in curve.runs[:3]:
        for x, y in zip(run.fit.x, run.fit.y, strict=True):
            assert drawn[run.experiment.activation, x] == y
    assert "<svg" in rendering.svg(figures.fit(curve))


def test_a_network_that_answers_anything_does_not_take_the_room(curve: Comparison):
    wild = replace(curve.runs[0], fit=replace(curve.runs[0].fit, y=(1e30, math.nan, *curve.runs[0].fit.y[2:])))
    spec = rendering.spec_of(figures.fit(replace(curve, runs=(wild, *curve.runs[1:]))))
    low, high = spec["concat"][0]["layer"][1]["encoding"]["y"]["scale"]["domain"]
    assert -1.0 < low < high < 1.0


def test_an_r_squared_far_below_zero_is_drawn_at_the_edge(curve: Comparison):
    bad = replace(curve.standings[-1], test_score=Estimate(-40.0, -90.0, 10.0, 4))
    found = replace(curve, standings=(*curve.standings[:-1], bad))
    spec = rendering.spec_of(figures.intervals(found))
    scale = spec["concat"][0]["layer"][0]["encoding"]["x"]["scale"]
    assert scale["domain"][0] == -1.0
    assert scale["clamp"]
    cells = telling.cells(bad, telling.scores_of(curve.task))
    assert (cells[0].mean, cells[0].interval) == ("−40", "−90 to 1")
    assert "cut at an R² of 1" in telling.caption(found)


def test_a_reason_is_in_r_squared(told: str, curve: Comparison):
    assert rows.differences(curve)[0]["mean"] == pytest.approx(0.03, abs=0.01)
    assert re.search(r"0\.0\d\d behind|R² only|training R²", told)


def test_a_regression_that_learnt_nothing_is_told_so():
    from actscope.lab.answering import answer
    from actscope.lab.explaining import reasons
    from actscope.lab.statistics import paired, standings
    from lab.planted import run

    runs = [run(name, seed=seed, test=test) for seed in range(3) for name, test in (("relu", 0.95), ("step", 0.01))]
    card = whole(("gelu",), kind="regression").task
    groups = paired(runs)
    placed = standings(groups, card)
    assert answer(card, placed, reasons(placed, groups, card)).endswith(
        "step stays at 0.010, where the mean of the targets gives 0."
    )
    (alone,) = standings(paired([one for one in runs if one.experiment.activation == "step"]), card)
    assert "hardly better than the mean of the targets, an R² of 0" in answer(card, [alone], [])


def test_points_of_another_seed_are_not_drawn_under_a_curve(curve: Comparison):
    later = replace(curve, runs=tuple(run for run in curve.runs if run.experiment.seed > 0))
    assert not any(len(values) == 3 for values in datasets(rendering.spec_of(figures.fit(later))))
