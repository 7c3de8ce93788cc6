"""The truths themselves: typed slopes and curvatures are derivatives of typed values, by differences of 60 digits."""

import pytest

from truth import JOINT, TRUTH, Joint, Real, Truth, mp

# Between all kinks, on both sides of 0.
PLACES = ("-7.3", "-3.7", "-1.6", "-0.71", "-0.3", "0.23", "0.77", "1.9", "3.1", "8.2")


def check(truth: Truth) -> None:
    with mp.workdps(60):
        for place in map(Real, PLACES):
            for function, slope in ((truth.value, truth.slope), (truth.slope, truth.curvature)):
                found = mp.diff(function, place)
                assert abs(found - slope(place)) <= mp.mpf(10) ** -20 * max(1, abs(found)), f"wrong at {place}"


@pytest.mark.parametrize("name", TRUTH)
def test_slope_and_curvature_are_derivatives(name):
    check(TRUTH[name])


def test_the_oracle_bites():
    gelu = TRUTH["gelu"]
    with pytest.raises(AssertionError, match="wrong at"):
        check(Truth(gelu.value, lambda x: gelu.slope(x) * (1 + Real(10) ** -18), gelu.curvature))


def check_joint(truth: Joint) -> None:
    with mp.workdps(60):
        for first, second in zip(map(Real, PLACES), map(Real, reversed(PLACES)), strict=True):
            point = (first, abs(second))
            for k, partial in enumerate(truth.partials.values()):
                found = mp.diff(truth.value, point, tuple(int(k == i) for i in range(2)))
                assert abs(found - partial(*point)) <= mp.mpf(10) ** -20 * max(1, abs(found)), f"wrong at {point}"


@pytest.mark.parametrize("name", JOINT)
def test_partials_are_derivatives(name):
    check_joint(JOINT[name])


def test_the_oracle_of_partials_bites():
    with pytest.raises(AssertionError, match="wrong at"):
        check_joint(Joint(lambda a, b: a * b, {"a": lambda _, b: b, "b": lambda a, b: a + b * Real(10) ** -18}))
