"""Each definition has its page: the rule that the code has, claims that exist, and a figure, light and dark."""

import re
from pathlib import Path

import pytest

from actscope.lab.claims import claims
from actscope.probe.findings import DEFINITIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = DOCS / "findings"
LARGEST = 60_000
RENEW = "run: python -m tools.finding_pages"


def read(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def quoted(text):
    """The quotation of a page, as one line."""
    lines = [line.removeprefix("> ") for line in text.splitlines() if line.startswith(">")]
    return " ".join(lines)


def as_one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_page_says_what_its_definition_says(definition):
    text = read(definition.name)
    title = definition.title[0].upper() + definition.title[1:]
    assert text.startswith(f"# {title}\n"), RENEW
    assert quoted(text) == f"**{definition.name}**: {definition.rule}.", RENEW
    assert f"Source: {definition.source}." in as_one_line(text), RENEW
    assert re.findall(r"actscope claims (C\d+)", text) == list(definition.claims), RENEW


def test_a_rule_that_has_moved_is_noticed():
    definition = DEFINITIONS["saturation"]
    moved = read("saturation").replace("above 0.5", "above 0.6")
    assert quoted(moved) != f"**saturation**: {definition.rule}."


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_page_names_claims_that_exist(name):
    assert set(re.findall(r"\bC\d\d\b", read(name))) <= set(claims())


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_page_shows_its_figure_in_both_themes(name):
    text = read(name)
    for theme in ("light", "dark"):
        assert f"../images/findings/{name}-{theme}.svg" in text
        image = (DOCS / f"images/findings/{name}-{theme}.svg").read_text(encoding="utf-8")
        assert image.startswith("<svg")
        assert len(image) < LARGEST
        assert "Sick: " in image
        assert "Healthy: " in image
    assert re.search(r'<img alt="[^"]{40,}"', text)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_page_tells_how_to_see_it_and_what_to_change(name):
    text = read(name)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "How it is found",
        "See it",
        "What to change",
        "Where it cannot be told",
    ]
    first, change = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert "sick, healthy = " in first
    assert f'"{name}"' in first
    assert "act.diagnose(*healthy" in first
    assert change


def test_there_is_no_page_without_a_definition():
    assert {page.stem for page in PAGES.glob("*.md")} == {"README", *DEFINITIONS}
    images = {image.name for image in (DOCS / "images/findings").iterdir()}
    assert images == {f"{name}-{theme}.svg" for name in DEFINITIONS for theme in ("light", "dark")}


def test_the_index_lists_all_in_the_order_in_which_they_are_told():
    rows = re.findall(r"^\| \[(.*?)\]\((.*?)\.md\) \| (.*?) \| (.*?) \|$", read("README"), re.MULTILINE)
    told = [(one.name, one.name, one.title, one.meaning) for one in DEFINITIONS.values()]
    assert rows == told, RENEW
