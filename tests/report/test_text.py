import io

import pytest
from rich.console import Console

from actscope.lab.records import Comparison
from actscope.report import table, text
from report.samples import MINE


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
        assert f"{reason.activation}: {reason.sentence}" in told
    assert comparison.answer in told
    assert "8 of 9 runs were finished" in told


def test_names_in_brackets_are_not_markup(comparison: Comparison):
    paper = Console(file=io.StringIO(), width=120, color_system="truecolor", force_terminal=True)
    paper.print(table(comparison))
    assert MINE in paper.file.getvalue()
    assert "[95" in paper.file.getvalue()
