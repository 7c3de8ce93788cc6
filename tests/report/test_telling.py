"""What is said of how sure differences are, of ranks, of time, of what went on inside, of tuned rates."""

import math
from dataclasses import replace
from html import unescape

import pytest

from actscope.lab.comparison import summarise
from actscope.lab.records import Comparison, Estimate, Failure, Reached, Tuning
from actscope.lab.records_json import comparison_as_json, comparison_from_json
from actscope.report import as_json, captions, commands, figures, html, rendering, rows, telling, text, words
from report.samples import sample, whole
from report.test_figures import datasets
from report.test_html import Document


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Six activations, four seeds, three depths: enough for every test."""
    return whole(depths=(2, 3, 4))


@pytest.fixture(scope="module")
def told(found: Comparison) -> str:
    return Document(html.page(found)).text.replace("\u00a0", " ")


def test_the_figures_that_need_several_seeds_are_there(found: Comparison):
    assert {"differences", "ranks", "updates", "associations"} <= figures.all_of(found).keys()
    alone = whole(("gelu", "relu"), seeds=1)
    assert not {"differences", "associations"} & figures.all_of(alone).keys()


def test_every_new_figure_is_valid_and_draws(found: Comparison):
    for name in ("differences", "ranks", "updates", "associations", "centre"):
        figure = figures.all_of(found)[name]
        figure.to_dict(validate=True)
        assert rendering.svg(figure).startswith("<svg")


def test_differences_are_the_standings(found: Comparison):
    drawn = {(row["condition"], row["activation"]): row for row in rows.differences(found)}
    behind = [s for s in found.standings if s.behind]
    assert len(drawn) == len(behind) == 15
    for standing in behind:
        row = drawn[words.condition_line(standing.condition), standing.activation]
        assert (row["mean"], row["low"], row["high"]) == (
            standing.behind.mean,
            standing.behind.low,
            standing.behind.high,
        )
        assert row["shown"] is standing.difference.shown


def test_what_is_shown_is_filled(found: Comparison):
    standings = tuple(
        replace(s, difference=replace(s.difference, shown=s.activation == "sigmoid")) if s.difference else s
        for s in found.standings
    )
    spec = rendering.spec_of(figures.differences(replace(found, standings=standings)))
    filled = [
        {row["activation"] for row in spec["datasets"][layer["data"]["name"]]}
        for panel in spec["concat"]
        for layer in panel["layer"]
        if layer["mark"].get("filled")
    ]
    assert filled == [{"sigmoid"}] * 3


def test_the_table_of_differences_has_the_numbers_of_the_record(found: Comparison):
    table = telling.sure(found)
    assert table.columns == (words.BEHIND, words.EFFECT, words.P, words.AHEAD, words.NEEDED, words.RANK)
    (_, lines), *_ = table.parts
    best, second, *_ = lines
    standing = found.standings[1]
    assert best.cells[0].mean == words.BEST
    assert second.cells[0].mean == f"{100 * standing.behind.mean:.1f} pp"
    assert second.cells[1].mean == f"{standing.difference.effect:.2f}"
    assert [line.cells[2].interval for line in lines[1:]] == [
        words.SHOWN if s.difference.shown else "" for s in found.standings[1:6]
    ]
    assert second.cells[3].mean == "4 of 4"
    assert [line.cells[5].mean for line in lines] == ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"]
    assert "over 15 pairs of activations" in table.caption
    assert "twice the error of counting" in table.caption


def test_ranks_have_half_the_critical_difference_on_either_side(found: Comparison):
    assert found.ranking.blocks == 12
    for row in rows.ranks(found):
        assert row["high"] - row["low"] == pytest.approx(found.ranking.critical)
    (drawn, *_) = datasets(rendering.spec_of(figures.ranks(found)))
    assert drawn == rows.ranks(found)


def test_the_test_of_ranks_is_told(told: str, found: Comparison):
    assert f"Friedman’s test: χ² = {found.ranking.statistic:.1f}, p < 0.001" in told
    assert f"{found.ranking.critical:.2f}: activations whose bars do not meet differ at 5 %" in told
    assert "somewhat too sure" in told
    few = captions.of_figures(whole(("gelu", "relu"), seeds=2), [])
    assert "Friedman’s test needs 10 blocks (here 2) and 3 activations (here 2)" in few["ranks"]


def test_what_goes_with_the_outcome_is_said_with_care(told: str, found: Comparison):
    silent = [one for one in found.associations if one.quantity == "silent"]
    assert [one.correlation.mean for one in silent] == pytest.approx([-1.0] * 3)
    assert "need not be its cause" in told
    drawn = rows.associations(found)
    assert {row["quantity"] for row in drawn} <= set(words.INSIDE_QUANTITIES.values())


def test_the_inside_stands_beside_outcome_and_cause(found: Comparison):
    (_, lines), *_ = telling.inside(found).parts
    assert [line.cells[1].mean for line in lines][:1] == [words.BEST]
    sigmoid = telling.inside(found).parts[1][1][-1]
    assert sigmoid.name == "sigmoid"
    assert sigmoid.cells[1].mean == "vanishing"
    assert sigmoid.cells[2].mean == "2e-4"
    assert sigmoid.cells[6].mean == "0.006"


def test_epochs_say_who_never_got_there(found: Comparison):
    standing = found.standings[0]
    one = telling._reached(replace(standing.reached, epochs=Estimate(7.0, math.nan, math.nan, 1)))
    none = telling._reached(Reached(0.9, 4, None))
    every = telling._reached(Reached(0.9, 4, Estimate(7.04, 6.0, 8.0, 4)))
    assert [(cell.mean, cell.interval) for cell in (one, none, every)] == [
        ("7.0", "1 of 4 seeds"),
        ("–", "0 of 4 seeds"),
        ("7.0", "6.0 to 8.0"),
    ]


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (None, "with a test accuracy 95 % of the way from chance to the best mean of the condition."),
        (0.9, "with a test accuracy of 90.0 %."),
    ],
)
def test_the_threshold_is_told(threshold, said):
    assert said in telling.caption(whole(("gelu", "relu"), depths=(2, 3), threshold=threshold))


def test_a_threshold_is_part_of_the_call_that_repeats_it():
    from actscope.report import commands

    assert "--threshold 0.9" in commands.command_line(whole(("gelu", "relu"), threshold=0.9))
    assert "threshold=0.9" in commands.python(whole(("gelu", "relu"), threshold=0.9))


def test_times_are_called_a_share(told: str):
    assert "Networks of one shape train together, and their times are each network’s share" in told
    assert "2.5 ms" in told, "0.5 s of 200 steps"


def of_rates(*chosen: float) -> tuple[Tuning, ...]:
    scores = (Estimate(0.6, 0.5, 0.7, 3), Estimate(0.9, 0.85, 0.95, 3), Estimate(0.8, 0.7, 0.9, 3))
    at = whole(("gelu", "relu"), seeds=2).conditions[0]
    return tuple(
        Tuning(name, at, (0.001, 0.01, 0.1), scores, rate) for name, rate in zip(("gelu", "relu"), chosen, strict=False)
    )


def test_tuned_rates_are_shown_and_told():
    found = whole(("gelu", "relu"), seeds=2, rates=(0.01,), tuned=of_rates(0.01, 0.1))
    spec = rendering.spec_of(figures.tuning(found))
    figures.tuning(found).to_dict(validate=True)
    drawn = [row for values in datasets(spec) for row in values]
    assert {(row["activation"], row["rate"]) for row in drawn if row["chosen"]} == {("gelu", 0.01), ("relu", 0.1)}
    assert spec["description"].endswith("gelu 0.01; relu 0.1.")
    told = Document(html.page(found)).text.replace("\u00a0", " ")
    assert "on validation data, which are neither trained nor tested on, over 3 seeds" in told
    assert "0.001, 0.01, 0.1, the same for all activations" in told
    assert "Chosen at the edge of the grid, beyond which a better one may lie: relu (0.1)." in told
    assert found.settings["lr"] == "auto"
    assert any("the chosen rate lies at the edge of the grid for relu at depth 3 (0.1)" in note for note in found.notes)


def test_the_tables_name_the_tuned_rate():
    found = whole(("gelu", "relu"), seeds=2, rates=(0.01,), tuned=of_rates(0.01, 0.1))
    table = telling.results(found)
    assert table.columns[1] == "learning rate"
    assert [line.cells[1].mean for _, lines in table.parts for line in lines] == ["0.01", "0.1"]
    printed = text(found).split("Means over")[0]
    assert "learning" in printed
    assert "learning" not in text(whole(("gelu", "relu"), seeds=2)).split("Means over")[0]
    assert "tuned: gelu 0.01; relu 0.1" in found.notes


def test_the_axis_of_rates_has_a_tick_at_each_rate():
    drawn = str(figures.tuning(whole(("gelu", "relu"), seeds=2, tuned=of_rates(0.01, 0.1))).to_dict())
    assert "'values': [0.001, 0.01, 0.1]" in drawn


def test_scores_of_kept_weights_are_called_so():
    plain = whole(("gelu", "relu"), seeds=2)
    kept = replace(plain, runs=tuple(replace(run, kept=4) for run in plain.runs))
    told = [figures.learning(one).to_dict()["description"] for one in (plain, kept)]
    assert "after the last epoch" in told[0]
    assert "with the weights kept" in told[1]
    mean = sum(run.final.test_score for run in kept.runs[::2]) / 2
    assert f"gelu {100 * mean:.1f} %" in told[1]


def test_a_model_of_ones_own_has_no_depth():
    plain = whole(("gelu", "relu"), seeds=2)
    runs = [replace(one, experiment=replace(one.experiment, model="nets.py:takes")) for one in plain.runs]
    found = summarise([one.experiment for one in runs], runs, plain.task)
    settings = dict(commands.settings(found))
    assert (settings["model"], settings["activations in the model"]) == ("nets.py:takes", "3")
    assert not {"depth", "width", "initial weights"} & set(settings)
    page = Document(html.page(found)).text
    assert "gelu, relu · the model nets.py:takes · 2 seeds" in page
    for told in (page, text(found), commands.command_line(found), commands.python(found)):
        assert "depth" not in told
        assert "3 hidden layers" not in told


def test_rates_within_the_grid_need_no_warning():
    found = whole(("gelu", "relu"), seeds=2, tuned=of_rates(0.01, 0.01))
    assert not any("edge" in note for note in found.notes)
    assert "edge" not in captions.of_figures(found, [])["tuning"]


def test_failed_cells_are_told_and_the_rest_is_compared():
    plain = whole(("gelu", "relu"))
    lost = tuple(Failure(replace(plain.runs[0].experiment, seed=9 + n), "error", f"no {n}") for n in range(4))
    found = whole(("gelu", "relu"), planned=4, failed=lost)
    assert not found.interrupted
    told = " ".join(text(found).split())
    assert "4 networks could not be trained: gelu at depth 3 with seed 9 failed: no 0" in told
    assert "failed: no 2 and 1 more" in told
    assert found.standings == plain.standings


def test_an_interrupted_grid_says_so():
    found = whole(("gelu", "relu"), planned=3)
    assert found.interrupted
    assert "interrupted after 8 of 11 runs" in found.notes[0]


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_a_comparison_comes_back_from_json(kind):
    found = whole(depths=(2, 3), kind=kind, planned=1, tuned=of_rates(0.01), threshold=0.8)
    again = comparison_from_json(comparison_as_json(found))
    assert comparison_as_json(again) == comparison_as_json(found)
    assert text(again) == text(found)


def test_the_reports_json_can_be_read_again():
    found = whole(depths=(2, 3))
    again = comparison_from_json(as_json(found, files=("report.html",)))
    assert text(again) == text(found)
    assert as_json(again) == as_json(found)


def test_a_hand_written_record_without_the_new_numbers_is_told_too():
    found = sample(("gelu", "relu"))
    assert telling.sure(found) is None
    assert words.DIFFERENCES not in unescape(html.page(found))
