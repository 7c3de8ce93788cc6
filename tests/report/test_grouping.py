import math
from dataclasses import replace

import pytest

from actscope.lab.records import Comparison, Condition, Estimate, Reason
from actscope.report import grouping, html, text
from report.samples import sample

AT = Condition(3)
NAMES = ("gelu", "relu", "tanh", "elu", "silu", "sigmoid")
NEAR = {"behind": 0.001, "low": -0.0131, "high": 0.0152, "seeds": 3.0}
CHANCE = {"behind": 0.006, "counted_samples": 360.0, "counting_error": 0.0094}
FAR = {"behind": 0.12, "low": -1.8, "high": 2.04, "seeds": 3.0}


def reason(name: str, cause: str, measured: dict[str, float]) -> Reason:
    return Reason(name, AT, cause, measured, f"it ends {100 * measured.get('behind', 0):.1f} points behind gelu")


@pytest.fixture
def easy() -> Comparison:
    """Near ties of every kind, one wide gap that cannot be shown, one cause."""
    found = sample(NAMES)
    equal = Estimate(0.0, 0.0, 0.0, 2)
    standings = tuple(replace(s, behind=equal) if s.activation == "elu" else s for s in found.standings)
    reasons = (
        reason("relu", "no difference", NEAR),
        reason("tanh", "no difference", CHANCE),
        reason("elu", "no difference", {"seeds": 3.0}),
        reason("silu", "no difference", FAR),
        reason("sigmoid", "vanishing", {"gradient_ratio": 8e-5}),
    )
    return replace(found, standings=standings, reasons=reasons)


def test_small_differences_that_cannot_be_shown_are_one_entry(easy: Comparison):
    first, far, cause = grouping.entries(easy, AT)
    assert first.activations == ("relu", "tanh", "elu")
    assert first.text == (
        "2 seeds are too few to say: try --seeds 5. Measured: relu (0.1 points behind, −1.3 to 1.5), tanh (0.6 points "
        "behind, "
        "where counting the test samples alone has an error of 0.9), elu (equal)."
    )
    assert (far.activations, far.reason) == (("silu",), easy.reasons[3])
    assert (cause.activations, cause.cause) == (("sigmoid",), "vanishing")


def test_an_entry_for_each_is_told_everywhere(easy: Comparison):
    page, notebook = html.page(easy), html.notebook(easy)
    printed = " ".join(text(easy).split())
    for told in (page, notebook, printed):
        told = told.replace("\u00a0", " ")
        assert told.count("relu (0.1 points behind, −1.3 to 1.5)") == 1
        assert "t ends 12.0 points behind gelu" in told
        assert "t ends 0.1 points" not in told


def test_a_small_cause_that_is_known_stays_by_itself(easy: Comparison):
    known = replace(easy, reasons=(reason("relu", "slow", NEAR),))
    assert [entry.reason for entry in grouping.entries(known, AT)] == [known.reasons[0]]


def test_without_numbers_of_its_own_a_reason_takes_those_of_the_standing():
    found = sample(("gelu", "relu"), seeds=1)
    (entry,) = grouping.entries(found, AT)
    assert math.isnan(found.standings[1].behind.low)
    assert entry.text == "One seed is too few to say: try --seeds 5. Measured: relu (1.2 points behind)."


def test_each_depth_tells_its_own():
    found = sample(("gelu", "relu"), depths=(2, 3))
    assert [at for at, _ in grouping.told(found)] == [Condition(2), Condition(3)]
    assert text(found).count("2 seeds are too few to say") == 2


def test_nothing_is_told_of_nothing():
    assert list(grouping.told(replace(sample(("gelu",)), reasons=()))) == []
