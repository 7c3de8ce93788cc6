"""Formulas by mpmath: complete, and the same as the closed forms that were typed from the papers."""

import mpmath as mp
import numpy as np
import pytest

from actscope.bench import by_mpmath
from actscope.bench.by_mpmath import exact, in_two_parts, quotient
from actscope.bench.formats import FLOAT32, FLOAT64
from actscope.catalogue import CATALOGUE
from actscope.formula import parse, substitute
from actscope.formula.ops import OPS, ROW_OPS
from edges import edges
from truth import TRUTH

# Rows of numbers are measured elsewhere; `where` is computed lazily.
OTHERS = {*ROW_OPS, "tempered", "share", "where"}
# Their constants are doubles, and those of the truth have more digits: 1e-16 of an exponent of 100 shows.
ROUNDED_CONSTANTS = {"gelu_tanh", "selu", "rrelu", "serf", "hardsigmoid"}


def disagreements(name: str, kind: str, x: np.ndarray) -> list[float]:
    activation = CATALOGUE[name]
    formula = activation.formula if kind == "value" else activation.slope_formula
    filled = substitute(formula, dict(activation.defaults))
    truth = getattr(TRUTH[name], kind)
    found = []
    for at in x.tolist():
        with mp.workdps(by_mpmath.DIGITS):
            true = truth(mp.mpf(at))
        got = exact(filled, x=at)
        with mp.workdps(by_mpmath.DIGITS):
            # What underflows in every format may be off by as much as it likes.
            found.append(float(abs(got - true) / abs(true)) if mp.mag(true) > -2000 else float(abs(got)))
    return found


def some(x: np.ndarray, count: int = 60) -> np.ndarray:
    return x[np.unique(np.random.default_rng(0).integers(0, len(x), count))]


def test_every_primitive_of_one_element_is_there():
    assert set(OPS) - OTHERS == set(by_mpmath.TABLE)


@pytest.mark.parametrize("kind", ["value", "slope"])
def test_formulas_are_the_closed_forms_of_the_papers(pointwise, kind):
    x = some(edges(np.float32, pointwise.properties.kinks))
    tolerance = 1e-13 if pointwise.name in ROUNDED_CONSTANTS else 1e-35
    found = disagreements(pointwise.name, kind, x)
    worst = int(np.argmax(found))
    assert found[worst] <= tolerance, f"{found[worst]:.3g} of it at x = {x[worst]!r}"


def test_the_comparison_bites(monkeypatch):
    x = some(edges(np.float32))
    monkeypatch.setitem(by_mpmath.TABLE, "sigmoid", lambda u: 1 / (1 + mp.exp(-u)) * (1 + mp.mpf(2) ** -60))
    assert max(disagreements("silu", "value", x)) > 1e-20


@pytest.mark.parametrize(
    ("formula", "x", "told"),
    [
        ("x - tanh(x)", 1e-300, "3.333333333333e-901"),
        ("log(1 + exp(x))", -100.0, "3.720075976021e-44"),
        ("(1 - cos(x))/x", 1e-20, "5.0e-21"),
        ("sqrt(x*x + 1) - 1", 1e-30, "5.0e-61"),
        ("0/(x - x)", 1.0, "nan"),
        ("log(x)", -1.0, "nan"),
        ("x*log(x)", 0.0, "nan"),
        ("x*sigmoid(x)", -1e308, "0.0"),
        ("1/(1 + exp(x))", 1e300, "0.0"),
        ("exp(x*x)", 1e9, "inf"),
    ],
)
def test_cancellation_is_met_with_more_digits(formula, x, told):
    found = exact(parse(formula), x=x)
    small = not mp.isnan(found) and found and mp.mag(found) < -3000
    large = not mp.isnan(found) and found and mp.mag(found) > 3000
    assert ("0.0" if small else "inf" if large else mp.nstr(found, 13)) == told


@pytest.mark.parametrize(
    ("formula", "x"),
    [
        ("log(1 + exp(x))", -1992295.125),
        ("log(1 + exp(x))/exp(x)", -1e6),
        ("exp(x)*log(1 + exp(-x))", 10000000.5),
        ("exp(2*x) - exp(x)**2", 1000000.5),
    ],
)
def test_what_no_digits_settle_is_nan(formula, x):
    assert mp.isnan(exact(parse(formula), x=x))
    assert mp.isnan(quotient(parse(formula), x=x))


@pytest.mark.parametrize(
    ("formula", "x", "true"),
    [
        ("(x + |x|)/2", -3.1, 0),
        ("(x + |x|)/2", -1e-300, 0),
        ("x*(1 + erf(x))", -60.1, 0),
        ("min(max(x, 0), 6) - 6", 1e300, 0),
        ("log(x - x)", 1.0, -mp.inf),
    ],
)
def test_a_zero_is_believed_where_no_format_has_what_it_may_hide(formula, x, true):
    assert exact(parse(formula), x=x) == true


@pytest.mark.parametrize("formula", ["|log(x)|", "sqrt(x)**2", "normal_cdf(sqrt(x))", "tanh(log(x))"])
def test_what_is_no_real_number_on_the_way_is_nan(formula):
    assert mp.isnan(exact(parse(formula), x=-1.0))
    assert exact(parse("where(sqrt(x) > 1, 2, 3)"), x=-1.0) == 3


def test_two_parts_hold_what_float64_cannot():
    with mp.workdps(60):
        third = mp.mpf(1) / 3
        heads, rests = in_two_parts([third, mp.mpf("1e-400"), mp.mpf("-1e400"), mp.nan, mp.mpf("3e-320")], FLOAT64)
        assert float((third - heads[0]) / mp.mpf(2) ** -54) == rests[0]
        kept = mp.mpf(float(heads[4])) + mp.mpf(float(rests[4])) * mp.mpf(2) ** -1074
        assert abs(kept - mp.mpf("3e-320")) < mp.mpf("1e-335")
    np.testing.assert_array_equal(heads[1:4], [0.0, -np.inf, np.nan])
    assert in_two_parts([third], FLOAT32)[1][0] == rests[0] * 2.0**-29


@pytest.mark.parametrize(
    ("formula", "slope", "x"),
    [
        ("tanh(x)", "sech2(x)", 0.3),
        ("tanh(x)", "sech2(x)", -60.0),
        ("x*normal_cdf(x)", "normal_cdf(x) + x*normal_pdf(x)", -37.5),
        ("where(x > 0, x, 0)", "0", -2.0),
        ("x**3", "3*x**2", 1e-200),
        ("sin(x)", "cos(x)", 1e10),
    ],
)
def test_quotients_tend_to_the_slope(formula, slope, x):
    found, true = quotient(parse(formula), x=x), exact(parse(slope), x=x)
    assert abs(found - true) <= mp.mpf(10) ** -12 * abs(true) + mp.mpf(2) ** -80
    # By another symbol it is another slope.
    assert quotient(parse("a*x"), "a", a=2.0, x=x) == pytest.approx(x, rel=1e-12)


def test_pi_is_pi_and_decimals_are_what_they_say():
    with mp.workdps(40):
        assert abs(exact(parse("sqrt(2/pi) - 0.1*x"), x=3.0) - (mp.sqrt(2 / mp.pi) - mp.mpf("0.3"))) < mp.mpf(10) ** -30
        assert abs(exact(parse("0 - pi")) + mp.pi) < mp.mpf(10) ** -30
