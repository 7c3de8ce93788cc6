import io
import re
from dataclasses import replace
from importlib import import_module

import pytest
from rich.console import Console

from actscope.lab import explaining
from actscope.lab.records import Comparison, Estimate
from actscope.lab.statistics import paired, standings
from actscope.report import table, telling, text
from actscope.report.scores import scores_of
from report.samples import sample

# The package has a function of this name.
written = import_module("actscope.report.text")


def test_the_table_of_a_comparison(comparison: Comparison, agrees_with_golden):
    agrees_with_golden("comparison.txt", text(comparison))


def test_the_table_of_two_depths(plane: Comparison, agrees_with_golden):
    agrees_with_golden("two-depths.txt", text(plane))


def test_the_table_of_one_seed(single: Comparison, agrees_with_golden):
    agrees_with_golden("one-seed.txt", text(single))


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_no_line_is_wider_than_asked(comparison: Comparison, width):
    assert all(len(line) <= width for line in text(comparison, width).splitlines())


def test_every_activation_and_reason_is_told(comparison: Comparison):
    told = " ".join(text(comparison, 300).split())
    for reason in comparison.reasons:
        if reason.cause != "no difference":
            assert f"{reason.activation}: {reason.sentence}" in told
    assert "2 seeds are too few to say: try --seeds 5. Measured: relu (1.2 points behind" in told
    assert comparison.answer in told
    assert "8 of 9 runs were finished" in told


def test_names_in_brackets_are_not_markup():
    paper = Console(file=io.StringIO(), width=120, color_system="truecolor", force_terminal=True)
    found = sample(("gelu", "[red]x"))
    paper.print(table(found))
    assert "[red]x" in paper.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_word_of_the_table_is_broken(width):
    found = sample(("leaky_relu", "hard_sigmoid", "gelu_tanh", "step"), depths=(2, 12))
    printed = text(found, width).split("Means over")[0]
    whole = set(text(found, 300).split("Means over")[0].split())
    assert set(printed.split()) <= whole
    for name in found.activations:
        assert len(re.findall(rf"^{name} ", printed, re.MULTILINE)) == 2


def test_the_oracle_for_broken_words_bites(monkeypatch):
    monkeypatch.setattr(written, "DISPENSABLE", ())
    with pytest.raises(AssertionError):
        test_no_word_of_the_table_is_broken(40)


@pytest.mark.parametrize(("width", "there"), [(80, False), (100, True)])
def test_the_loss_waits_for_a_wider_terminal(plane: Comparison, width, there):
    found = replace(plane, standings=tuple(replace(s, test_score=Estimate(0.9, 0.7, 1.2, 2)) for s in plane.standings))
    assert ("loss" in text(found, width)) == there
    assert "70.0 to 100" in text(found, width)


def test_each_depth_has_its_table_with_a_title(plane: Comparison, comparison: Comparison):
    printed = text(plane)
    assert printed.index("2 hidden layers") < printed.index("activation") < printed.index("3 hidden layers")
    assert printed.count("activation ") == 2
    assert "hidden layers\n" not in text(comparison)


def test_the_ratio_is_the_one_that_a_reason_cites():
    runs = tuple(
        replace(run, snapshots=(replace(run.start, layers=(replace(layer, gradient=gradient), *rest, last)), run.end))
        for run, gradient in zip(sample(("gelu", "sigmoid")).runs, (0.02, 4e-6, 0.03, 1e-6), strict=True)
        for layer, *rest, last in [run.start.layers]
    )
    found = replace(sample(("gelu", "sigmoid")), runs=runs)
    groups = paired(found.runs)
    best, other = standings(groups, found.task)
    (told,) = explaining.reasons((best, other), groups, found.task)
    shown = written.line(other, scores_of(found.task))["ratio"]
    assert told.cause == "vanishing"
    assert f"at the first layer is {shown} of the last" in told.sentence
    assert telling.inside(replace(found, standings=(best, other))).parts[0][1][1].cells[2].mean == shown
    assert shown in text(replace(found, standings=(best, other)), 80)
