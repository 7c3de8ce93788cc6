"""`actscope findings`: the list, a page on a terminal and elsewhere, and a name that does not exist."""

import io
import re

import pytest
from rich.console import Console

from actscope.cli import run
from actscope.probe.findings import DEFINITIONS
from actscope.report.probe import explaining


def test_all_are_listed_with_their_meaning(capsys):
    assert run(["findings"]) == 0
    told = capsys.readouterr().out
    assert all(re.search(rf"^{name} ", told, re.MULTILINE) for name in DEFINITIONS)
    assert DEFINITIONS["dead-units"].meaning in " ".join(part.strip() for part in told.split())


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_page_is_told_without_what_a_terminal_cannot_show(name, capsys):
    assert run(["findings", name]) == 0
    told = capsys.readouterr().out
    assert DEFINITIONS[name].rule in " ".join(told.replace("\n> ", " ").split())
    assert "```python" in told
    assert not re.search(r"<picture|<img|\.svg|\]\(", told)
    assert set(re.findall(r"actscope findings ([\w-]+)", told)) <= set(DEFINITIONS)


def test_a_terminal_gets_it_laid_out():
    paper = Console(file=io.StringIO(), width=60, force_terminal=True, legacy_windows=False)
    explaining.show("saturation", paper)
    told = re.sub(r"\x1b\[[\d;]*m", "", paper.file.getvalue())
    assert "```" not in told
    assert max(map(len, told.splitlines())) <= 60


def test_a_slip_is_told(capsys):
    assert run(["findings", "dead-unit"]) == 2
    assert "no finding is called 'dead-unit', did you mean 'dead-units'?" in capsys.readouterr().err
