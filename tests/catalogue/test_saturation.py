"""Beyond the bound every slope is smaller, just before it one is not: mpmath knows the slopes."""

import math

import mpmath as mp
import pytest

from actscope.catalogue import CATALOGUE, get
from actscope.catalogue.properties import properties_of
from actscope.errors import ParameterError
from actscope.formula import derivative, parse
from truth import TRUTH

POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
FURTHER = [mp.mpf(10) ** (k / mp.mpf(8)) for k in range(-72, 241, 4)]


def properties(written):
    formula = parse(written)
    return properties_of(formula, derivative(formula))


def check_bounds(name, bounds, eps):
    """Hold both bounds to the true slope: smaller beyond, at least eps within 1e-9 of the bound on the other side."""
    slope = TRUTH[name].slope
    with mp.workdps(40):
        for side, bound in zip((-1, 1), bounds, strict=True):
            if bound is None:
                assert any(abs(slope(side * x)) >= eps for x in FURTHER[-12:]), "it does saturate"
                continue
            for step in FURTHER:
                assert abs(slope(mp.mpf(bound) + side * step * max(1, abs(mp.mpf(bound))))) < eps, f"{eps} is passed"
            near = mp.mpf("1e-9") * max(1, abs(mp.mpf(bound)))
            before, after = mp.mpf(bound) - side * near, mp.mpf(bound) + side * near
            jumped = abs(TRUTH[name].value(after) - TRUTH[name].value(before)) > 1e-3
            assert abs(slope(before)) >= eps or jumped, "not sharp"


@pytest.mark.parametrize("activation", POINTWISE, ids=lambda a: a.name)
@pytest.mark.parametrize("eps", [0.05, 1e-7, 1e-12])
def test_the_bounds_are_certain_and_sharp(activation, eps):
    bounds = activation.properties.saturation(eps)
    if activation.name in ("sine", "cosine", "snake", "gcu"):
        assert bounds == (None, None)
    else:
        check_bounds(activation.name, bounds, eps)


@pytest.mark.parametrize(
    ("bounds", "text"),
    [((-8.75, 8.7522), "is passed"), ((-8.8, 8.7522), "not sharp"), ((None, 8.7522), "does saturate")],
)
def test_the_oracle_bites(bounds, text):
    with pytest.raises(AssertionError, match=text):
        check_bounds("tanh", bounds, 1e-7)


@pytest.mark.parametrize(
    ("name", "eps", "bound"),
    [
        ("tanh", 1e-7, math.acosh(math.sqrt(1e7))),
        ("sigmoid", 1e-7, 2 * math.acosh(math.sqrt(1e7 / 4))),
        ("softsign", 1e-7, math.sqrt(1e7) - 1),
        ("arctan", 1e-6, math.sqrt(1e6 - 1)),
        ("softplus", 1e-7, None),
        ("relu6", 1e-7, 6.0),
        ("hardtanh", 1e-7, 1.0),
        ("step", 1e-7, 0.0),
        ("relu", 1e-7, None),
    ],
)
def test_bounds_in_closed_form(name, eps, bound):
    right = get(name).properties.saturation(eps)[1]
    assert right == (bound if bound is None else pytest.approx(bound, rel=1e-11))


def slow(x):
    return mp.atan(x) / mp.pi + x / (1 + x * x) / mp.pi + mp.mpf(1) / 2


def wave(x):
    return mp.sin(x) / x**2 - 2 * (1 - mp.cos(x)) / x**3


@pytest.mark.parametrize("eps", [1e-3, 1e-7])
def test_bounds_of_formulas_that_cancel_are_sharp(eps):
    sides = properties("x/sqrt(1 + x^2)").saturation(eps)
    assert sides == pytest.approx([side * math.sqrt(eps ** (-2 / 3) - 1) for side in (-1, 1)], rel=1e-9)
    left, right = properties("x*arctan(x)/pi + x/2").saturation(eps)
    assert right is None
    with mp.workdps(40):
        assert left == pytest.approx(float(mp.findroot(lambda x: slow(x) - eps, left)), rel=1e-7)


def test_a_bound_stands_before_the_last_wave_that_is_too_steep():
    right = properties("(1 - cos(x))/x**2").saturation(1e-7)[1]
    with mp.workdps(40):
        assert abs(wave(right - mp.mpf("1e-6"))) > 1e-7 > abs(wave(right + mp.mpf("1e-6")))
        # From 3170 on 1/x**2 + 4/x**3, which it never exceeds, is smaller.
        steps = (right + mp.mpf(k) / 50 for k in range(1, 600))
        assert max(abs(wave(x)) for x in steps) < 1e-7
        assert right + 12 > 3170


@pytest.mark.parametrize(
    ("written", "eps", "true"),
    [
        ("x*arctan(x)/pi + x/2", 1e-13, -((2 / (3 * math.pi * 1e-13)) ** (1 / 3))),
        ("log(x**2 + 1) - 2*log(abs(x))", 1e-13, -(2e13 ** (1 / 3))),
    ],
)
def test_a_bound_that_is_not_sharp_says_so(written, eps, true):
    p = properties(written)
    left, how = p.saturation(eps)[0], p.saturation_known(eps)
    assert left < true
    assert how.how == "enclosed"
    assert left + how.error > true
    assert "the true bounds may lie further in" in str(how)


def test_how_bounds_are_known():
    for name in ("tanh", "relu", "gelu"):
        known = get(name).properties.saturation_known()
        assert known.how == "enclosed"
        assert known.error < 1e-10
    assert get("softsign").properties.saturation_known(1e-30).how == "enclosed"
    assert get("identity").properties.saturation_known().how == "seen"
    assert properties("(exp(x) - exp(-x))/(exp(x) + exp(-x))").saturation_known().how == "unknown"
    with pytest.raises(ParameterError, match="`eps` must be a number > 0"):
        get("tanh").properties.saturation_known(0.0)


def test_the_slope_that_counts_is_positive():
    for eps in (0.0, -1.0, math.nan):
        with pytest.raises(ParameterError, match="`eps` must be a number > 0"):
            get("tanh").properties.saturation(eps)


def test_a_slope_that_is_always_small_has_no_edge():
    assert get("hardsigmoid").properties.saturation(0.2) == (math.inf, -math.inf)
    assert get("leaky_relu").properties.saturation(0.1) == (0.0, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tanh(x - 1000)", (1000 - 8.752194981039, 1000 + 8.752194981039)),
        ("where(x*x > 4, 3, x)", (-2.0, 2.0)),
        ("exp(-x**2)*where(x > 1, 1, 0)", (1.0, 4.27360510451)),
        ("x*cos(x)", (None, None)),
        ("exp(x)", (-16.1180956509583, None)),
        # Typed as it stands it is inf/inf far out, where nothing can be certified.
        ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", (math.nan, math.nan)),
    ],
)
def test_formulas_of_ones_own(written, expected):
    found = properties(written).saturation(1e-7)
    assert found == tuple(end if end is None else pytest.approx(end, rel=1e-9, nan_ok=True) for end in expected)
