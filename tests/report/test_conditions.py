"""A grid of many conditions: everything at a glance first, a bounded number in full, nothing lost."""

import re

import pytest

from actscope.lab.records import Comparison, Condition
from actscope.report import figures, html, rendering, rows, telling, text, words
from report.samples import whole
from report.test_figures import datasets, marks
from report.test_html import Document

RATES = (0.0001, 0.001, 0.01, 0.1, 1.0)
INITS = ("he", "xavier", "lecun", "default")


@pytest.fixture(scope="module")
def grid() -> Comparison:
    """60 conditions of three activations, two seeds."""
    return whole(("gelu", "relu", "sigmoid"), depths=(1, 2, 4), seeds=2, rates=RATES, inits=INITS)


@pytest.fixture(scope="module")
def page(grid: Comparison) -> str:
    return html.page(grid)


def test_a_condition_is_named_by_what_varies(grid: Comparison):
    assert len(grid.conditions) == 60
    assert grid.conditions[0] == Condition(1, (("lr", 0.0001), ("init", "he")))
    assert words.condition_line(grid.conditions[0]) == "depth 1, lr 0.0001, he"
    assert grid.settings["lr"] == RATES
    assert grid.settings["init"] == INITS


def test_those_with_the_highest_best_score_are_shown(grid: Comparison):
    best = {s.condition: s.test_score.mean for s in grid.standings if s.behind is None}
    shown = rows.shown(grid)
    assert len(shown) == rows.MOST_SHOWN
    assert min(best[at] for at in shown) >= max(score for at, score in best.items() if at not in shown)
    assert shown == [at for at in grid.conditions if at in shown]


def test_the_map_has_every_condition_and_activation(grid: Comparison):
    spec = rendering.spec_of(figures.overview(grid))
    (drawn, *_) = datasets(spec)
    assert len(drawn) == 180
    means = {(words.condition_line(s.condition), s.activation): s.test_score.mean for s in grid.standings}
    assert {(row["condition"], row["activation"]): row["mean"] for row in drawn} == means
    assert sum(row["best"] for row in drawn) == 60
    assert spec["description"].count("gelu") == 60


def test_the_page_shows_all_at_a_glance_and_few_in_full(grid: Comparison, page: str):
    document = Document(page)
    assert "There are 60 conditions. Tables, reasons and figures below show the 6 of them" in document.text
    headings = re.findall(r'<h3 class="depth">([^<]*)', page)
    assert set(headings) == {words.condition_line(at) for at in rows.shown(grid)}
    assert len(document.attributes("table")) == 3 * rows.MOST_SHOWN
    assert "sigmoid: " in document.text
    assert "in 40 conditions" in document.text, "vanishing, wherever there are 2 layers and more or as the seeds allow"
    assert len(page) < 3_000_000


def test_no_figure_grows_with_the_grid(grid: Comparison):
    for name, figure in figures.all_of(grid).items():
        panels = rendering.spec_of(figure).get("concat", [])
        assert len(panels) <= 4 * rows.MOST_SHOWN, name


@pytest.mark.parametrize(("width", "every"), [(60, True), (44, False)])
def test_a_terminal_has_all_means_or_the_best(grid: Comparison, width, every):
    printed = text(grid, width)
    assert max(map(len, printed.splitlines())) <= width
    table = printed.split("There are 60 conditions")[0]
    assert table.count("depth ") == 60
    assert ("sigmoid" in table) is every
    assert len(printed.splitlines()) < 60 + 6 * 15 + 120


def test_few_conditions_need_no_map():
    few = whole(("gelu", "relu"), seeds=2, rates=(0.01, 0.001), inits=("he", "xavier", "lecun"))
    assert "overview" not in figures.all_of(few)
    assert rows.shown(few) == list(few.conditions)
    told = Document(html.page(few)).text
    assert "There are 6 conditions" not in told
    assert "depth 3, lr 0.01, he" in told


def test_the_command_names_what_varies():
    from actscope.report import commands

    found = whole(("gelu", "relu"), seeds=2, rates=(0.01, 0.001), inits=("he", "xavier"))
    assert "--lr 0.01,0.001" in commands.command_line(found)
    assert "--init he,xavier" in commands.command_line(found)
    assert "lr=[0.01, 0.001]" in commands.python(found)
    assert "init=['he', 'xavier']" in commands.python(found)


def test_the_answer_of_many_conditions_counts(grid: Comparison):
    assert grid.answer.startswith("On digits, each at its best: gelu 94.3 % at depth 1, lr 1, he; relu 91.3 % at ")
    assert "picked from 60 conditions by the same test data, and so likely to be lower next time" in grid.answer
    assert "In 60 conditions, gelu has the highest mean test accuracy in 60; in " in grid.answer


def test_the_map_has_one_hue(grid: Comparison):
    shades = [mark for mark in marks(rendering.spec_of(figures.overview(grid))) if mark["mark"]["type"] == "rect"]
    assert all("color" not in mark["encoding"] and mark["mark"]["style"] == "heat" for mark in shades)


def test_causes_are_counted_over_all_conditions(grid: Comparison):
    for name, _, told in telling.causes(grid):
        counts = [int(count) for count in re.findall(r"in (\d+) condition", told)]
        assert sum(counts) == sum(reason.activation == name for reason in grid.reasons) == 60


def test_a_map_is_valid_and_draws(grid: Comparison):
    figure = figures.overview(grid)
    figure.to_dict(validate=True)
    svg = rendering.svg(figure)
    assert svg.count("depth 4, lr 1, default") >= 1
    assert {mark["mark"]["type"] for mark in marks(rendering.spec_of(figure))} == {"rect", "text"}
