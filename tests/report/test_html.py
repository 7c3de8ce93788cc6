import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from actscope.lab import explaining
from actscope.lab.records import Comparison, Condition, Estimate, Reason
from actscope.lab.statistics import paired, standings
from actscope.report import captions, figures, html, numerals, rows, telling, words
from actscope.report.scores import SCORES
from report.samples import MINE, sample


class Document(HTMLParser):
    """The elements of a page, the text of its inline blocks and its visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.text = ""
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = (tag, dict(attrs))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data):
        if self._open:
            self.blocks.append((*self._open, data))
        else:
            self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag]


@pytest.fixture(scope="module")
def document(page) -> Document:
    return Document(page)


@pytest.fixture(scope="module")
def policy(document) -> str:
    (found,) = [m["content"] for m in document.attributes("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    return found


def test_the_policy_names_the_very_blocks_of_the_page(document, policy):
    def digests(tag: str) -> set[str]:
        return {
            "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
            for name, attributes, text in document.blocks
            if name == tag and attributes.get("type") != "application/json"
        }

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert set(rules["script-src"].split()) == digests("script")
    assert set(rules["style-src"].split()) == digests("style")
    assert len(digests("script")) == 2
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"


def test_the_policy_oracle_bites(page, policy):
    spoiled = Document(page.replace("const AXIS", "const  AXIS"))
    with pytest.raises(AssertionError):
        test_the_policy_names_the_very_blocks_of_the_page(spoiled, policy)


def test_the_policy_comes_before_what_it_governs(page):
    assert page.index("Content-Security-Policy") < page.index("<style") < page.index("<script")


def test_nothing_is_loaded_from_elsewhere(page, document):
    for tag, attributes in document.tags:
        assert not attributes.keys() & {"src", "href", "srcset", "action", "style", "onload", "onclick"}, tag
    assert not {tag for tag, _ in document.tags} & {"link", "iframe", "img", "object", "embed", "base", "form"}
    for tag, _, text in document.blocks:
        if tag == "style":
            assert not re.search(r"@import|url\(", text)
    # In the script there are names of namespaces and a schema, which are compared and never fetched.
    hosts = set(re.findall(r"https?://([\w.]+)", page))
    assert hosts <= {"www.w3.org", "vega.github.io", "github.com"}


def test_the_data_are_strict_json_and_the_figures_those_of_the_record(document, specs):
    (text,) = [text for tag, attributes, text in document.blocks if attributes.get("type") == "application/json"]

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(text, parse_constant=refuse)
    assert data["figures"].keys() == specs.keys()
    assert data["figures"]["learning"] == json.loads(json.dumps(specs["learning"]))


def test_names_and_sentences_are_escaped(page, document):
    assert MINE not in page
    assert "<script>alert" not in page
    assert "<i>alas" not in page
    assert "A network of <script>alert(1)</script> & co. is <b>not</b> a thing." in document.text
    assert MINE in document.text


def test_the_page_tells_everything_in_order(document, comparison: Comparison):
    told = document.text.replace("\u00a0", " ")
    expected = [
        words.title("digits"),
        words.unfinished(8, 9),
        comparison.answer,
        words.RESULTS,
        words.WHY,
        "2 seeds are too few to say: try --seeds 5. Measured: relu (1.2 points behind",
        *(words.sentence(reason.sentence) for reason in comparison.reasons[1:]),
        words.LEARNING,
        words.GRADIENT,
        words.UNITS,
        words.OUTPUT,
        words.ACTIVATIONS,
        "Fukushima (1969)",
        words.SETTINGS,
        words.REPEAT,
        "actscope compare digits --activations 'gelu,relu,<b>mine</b>,sigmoid' --depth 3 --width 32 --seeds 2",
        "act.compare('digits', ['gelu', 'relu', '<b>mine</b>', 'sigmoid'], depth=3, width=32, seeds=2",
        words.NOTES,
        "BSD-3-Clause",
    ]
    places = [told.find(part) for part in expected]
    assert -1 not in places, expected[places.index(-1)]
    assert places == sorted(places)


def test_every_number_of_the_table_is_the_records(document, comparison: Comparison):
    for standing in comparison.standings:
        assert numerals.percent(standing.test_score.mean) in document.text
        assert numerals.seconds(standing.seconds) in document.text
    ((_, (best, second, third, _)),) = telling.results(comparison).parts
    assert best.best
    assert best.cells[3].mean == words.BEST
    assert second.cells[3].mean == f"{100 * comparison.standings[1].behind.mean:.1f} pp"
    assert "A dash in place of a mean: a run diverged" in document.text
    assert third.cells[2].mean == numerals.MISSING  # a diverged run has no mean loss


def test_the_page_can_be_read_without_seeing_it(document):
    levels = [int(tag[1]) for tag, _ in document.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - higher <= 1 for higher, deeper in pairwise(levels))
    drawings = [a for tag, a in document.tags if tag == "figure"]
    assert len(drawings) == 9
    assert all(len(attributes["aria-label"] or "") > 30 for attributes in drawings)
    assert len(document.attributes("caption")) == 2
    assert {a.get("scope") for a in document.attributes("th")} == {"row", "col"}
    assert len(document.attributes("math")) == 6
    assert document.attributes("html")[0]["lang"] == "en"
    assert document.attributes("noscript")


def test_a_finished_comparison_has_no_warning():
    text = Document(html.page(sample(("relu", "gelu"), seeds=1))).text
    assert "interrupted" not in text
    assert captions.ONE_SEED in text
    assert words.BOUNDARY not in text


def test_two_dimensional_tasks_show_their_maps(plane: Comparison):
    text = Document(html.page(plane)).text
    assert words.BOUNDARY in text
    assert captions.boundary(0) in text
    assert "2 hidden layers" in text
    assert "3 hidden layers" in text


def test_every_activation_of_the_catalogue_has_its_card():
    from actscope.catalogue import CATALOGUE

    found = sample(tuple(a.name for a in CATALOGUE), seeds=1)
    specs = {f"curve-{name}": {"description": "x"} for name in figures.with_curve(found)}
    for activation in CATALOGUE:
        card = html.card(found, activation.name, specs)
        assert card.story == activation.story
        assert str(card.formula).startswith("<math")
        assert bool(card.slope) == bool(card.alt) == activation.pointwise
        # What MathML could not translate would stand there as LaTeX.
        assert "\\" not in re.sub(r"<annotation.*?</annotation>", "", str(card.formula) + str(card.slope))


def test_drawn_figures_in_one_document_keep_their_ids_apart(comparison: Comparison):
    fragment = html.notebook(comparison)
    ids = re.findall(r'\bid="([^"]+)"', fragment)
    assert len(ids) == len(set(ids))
    for used in re.findall(r"url\(#([^)]+)\)", fragment):
        assert used in ids


def test_a_notebook_gets_no_scripts(comparison: Comparison):
    fragment = html.notebook(comparison)
    assert "<script" not in fragment
    assert fragment.count("<svg") == 6
    assert comparison.answer in Document(fragment).text.replace("\u00a0", " ")
    assert MINE not in fragment
    assert not re.search(r'(?:src|href)="https?:', fragment)


def test_colours_of_table_and_figures_agree(comparison: Comparison):
    assert [telling.swatch(comparison, name) for name in comparison.activations] == [0, 1, 2, 3]
    assert rows.standings(comparison)[0]["activation"] == "gelu"


def test_a_notebook_tells_what_the_terminal_tells(comparison: Comparison):
    told = Document(html.notebook(comparison)).text.replace("\u00a0", " ")
    for expected in (words.RATIO, words.SILENT, words.WHY, words.NOTES, *comparison.notes):
        assert expected in told
    assert telling.caption(comparison) in told


def test_intervals_are_cut_at_what_is_possible_and_say_so(comparison: Comparison):
    wide = replace(
        comparison.standings[1],
        test_score=Estimate(0.95, 0.781, 1.135, 2),
        train_score=Estimate(0.02, -0.3, 0.2, 2),
        test_loss=Estimate(0.4, -0.264, 1.067, 2),
        behind=Estimate(0.6, -1.2, 2.1, 2),
    )
    found = replace(comparison, standings=(comparison.standings[0], wide))
    cells = telling.cells(wide, SCORES["classification"])
    assert [cell.interval for cell in cells[:4]] == ["78.1 to 100", "0 to 20.0", "0 to 1.067", "−100 to 100"]
    for told in (html.page(found), html.notebook(found)):
        assert "cut at 0 and 100 %, at 100 points and at a loss of 0" in told.replace("\u00a0", " ")
        assert "113.5" not in told
    assert "cut at" not in telling.caption(comparison)


def test_the_numbers_of_a_reason_have_plain_names():
    numbers = {"counting_error": 0.0094, "low": -0.00698, "flat_at_start": 1.0, "own_thing": 2.0}
    reason = Reason("relu", Condition(3), "slow", numbers, "")
    told = dict(telling.measured(reason, "classification"))
    assert told == {
        "error of counting, in points": "0.94",
        "lower end of its interval, in points": "−0.698",
        "share of flat elements before training": "1",
        "own thing": "2",
    }
    assert dict(telling.measured(reason, "regression"))["lower end of its interval"] == "−0.00698"


def test_every_number_that_a_reason_may_carry_has_a_plain_name():
    found = sample(("gelu", "relu"))
    groups = paired(found.runs)
    best, other = standings(groups, found.task)
    numbers = explaining.measured(other, best, groups[Condition(3), "relu"], groups[Condition(3), "gelu"], found.task)
    assert numbers.keys() <= words.QUANTITIES.keys()
    assert len(set(words.QUANTITIES.values())) == len(words.QUANTITIES)


def test_a_paper_is_given_as_a_source(document):
    assert "Source: Fukushima (1969)" in document.text


def test_a_table_wider_than_the_screen_shows_a_shadow_at_its_edge_but_not_on_paper():
    screen, paper = html.template("report.css").split("@media print")
    assert "100% local" in screen
    assert "var(--edge)" in screen
    assert "background: none" in paper
