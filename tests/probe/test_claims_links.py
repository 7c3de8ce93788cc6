"""A finding leads to the claims that explain it, and to its page: they exist, and are about what was found."""

import shlex

import pytest

from actscope.lab.claims.collection import chosen, claims
from actscope.probe.findings import DEFINITIONS
from actscope.probe.records import Finding
from actscope.report.probe import words
from actscope.report.probe.explaining import explanation

ABOUT = {
    "unscaled-inputs": "slope close to 0",
    "learning-rate-too-high": "that a step has made",
    "unsuited-initialisation": "grow",
    "dead-units": "updated|dying",
    "one-sided-units": "linear|negative",
    "saturation": "slope",
    "vanishing-gradient": "vanish|smaller and smaller",
    "exploding-gradient": "explode",
    "zigzag": "zigzag|all weights|centred",
    "missing-activation": "without activation|affine",
    "softmax-twice": "softmax",
    "sigmoid-twice": "sigmoid",
    "logits-as-probabilities": "probabilit",
    "softmax-over-batch": "softmax",
    "wrong-output-activation": "last layer|sum to 1",
    "unreachable-targets": "range of outputs",
    "no-slope": "cannot be trained",
}
"""Words of which a claim that explains a finding has one."""
EXPLAINED = [name for name, definition in DEFINITIONS.items() if definition.claims]


def strangers(name: str, ids: tuple[str, ...]) -> list[str]:
    """Return those of the claims that do not speak of a finding."""
    every = claims()
    texts = {id: f"{every[id].title} {every[id].statement}".lower() for id in ids}
    return [id for id, text in texts.items() if not any(word in text for word in ABOUT[name].split("|"))]


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_claims_of_a_finding_exist_and_are_about_it(name):
    assert set(DEFINITIONS[name].claims) <= set(claims())
    assert strangers(name, DEFINITIONS[name].claims) == []


def test_a_claim_about_something_else_is_seen():
    assert strangers("dead-units", ("C29", "C48")) == ["C48"]
    assert list(ABOUT) == EXPLAINED


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_diagnosis_tells_the_command_that_shows_them(name):
    told = words.claims_of(Finding(name, "", 1.0, 0.5, "", ()))
    command, claims_, *ids = shlex.split(told)
    assert (command, claims_) == ("actscope", "claims")
    assert tuple(claim.id for claim in chosen(ids)) == DEFINITIONS[name].claims


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_finding_has_a_page_which_names_its_claims(name):
    told = words.page_of(Finding(name, "", 1.0, 0.5, "", ()))
    assert told == f"actscope findings {name}"
    text = explanation(name)
    assert [id for id in DEFINITIONS[name].claims if id not in text] == []
