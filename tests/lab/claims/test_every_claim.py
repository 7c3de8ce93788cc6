"""Laws over all claims; what a claim finds is held to oracles in the files beside this one."""

import pytest

from actscope.errors import UnknownClaimError
from actscope.lab.claims import ARTICLES, chosen, claims
from actscope.lab.claims.claim import NOT_MEASURED

EVERY = list(claims().values())


@pytest.fixture(scope="module")
def findings():
    from actscope.lab.claims import measured

    return {finding.id: finding for finding in measured(EVERY)}


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_a_claim_is_measured_and_its_verdict_follows_from_its_numbers(claim, findings):
    found = findings[claim.id]
    assert not found.problem
    assert found.numbers
    assert found.pictures
    values = {name: number.value for name, number in found.numbers.items()}
    assert claim.judge(values) == found.verdict != NOT_MEASURED
    assert bool(found.instead) == (found.verdict.word == "does not hold")


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_other_numbers_would_have_turned_the_verdict(claim, findings):
    values = {name: number.value for name, number in findings[claim.id].numbers.items()}
    assert claim.refuting
    assert claim.refuting.keys() <= values.keys()
    assert claim.judge({**values, **claim.refuting}) != findings[claim.id].verdict


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_a_claim_says_all_that_a_reader_needs(claim):
    assert set(claim.articles) <= set(ARTICLES)
    assert claim.articles
    for sentence in (claim.statement, claim.how, claim.criterion, claim.why):
        assert sentence.endswith(".")
    assert not claim.title.endswith(".")


def test_there_are_49_claims_and_each_has_its_number():
    assert list(claims()) == [f"C{number:02}" for number in range(1, 50)]


def test_a_claims_file_and_folder_say_its_id_and_group():
    for claim in EVERY:
        *_, group, file = claim.measure.__module__.split(".")
        assert (claim.group, claim.id.lower()) == (group, file.partition("_")[0])


def test_claims_are_chosen_by_id_and_by_group():
    assert [claim.id for claim in chosen(["c25"])] == ["C25"]
    assert [claim.id for claim in chosen(["C5", "c1, C049"])] == ["C01", "C05", "C49"]
    assert {claim.group for claim in chosen(["function"])} == {"function"}
    with pytest.raises(UnknownClaimError, match="C01 to C49"):
        chosen(["C50"])
    with pytest.raises(UnknownClaimError, match=r"did you mean 'depth'\? there are C01"):
        chosen(["dept"])


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_no_interval_of_a_share_goes_beyond_0_and_1(claim, findings):
    for number in findings[claim.id].numbers.values():
        if number.meaning.startswith(("share", "accuracy of", "accuracy on", "accuracy with")):
            assert not number.low < 0
            assert not number.high > 1


def test_what_tables_leave_out_an_interval_tells(findings):
    for finding in findings.values():
        ends = {end for number in finding.numbers.values() for end in (number.low, number.high)}
        assert all(number.value in ends for number in finding.numbers.values() if not number.shown)
