"""The searches behind the properties: bounds on many cells at once, roots, cuts, extremes, means of any formula."""

import math
import time

import mpmath as mp
import numpy as np
import pytest

from actscope.catalogue.properties import kinks_of, properties_of
from actscope.catalogue.properties.extremes import extremes, largest
from actscope.catalogue.properties.gaussian import gaussian_mean, mean_of
from actscope.catalogue.properties.line import enclosure, ladder
from actscope.catalogue.properties.pieces import cuts_of, order_of_break, pieces_of
from actscope.catalogue.properties.roots import roots
from actscope.catalogue.properties.symmetry import is_proven, symmetry_of
from actscope.formula import Apply, Interval, Symbol, bounds, derivative, evaluate, parse
from actscope.formula.ops import OPS, ROW_OPS

x = Symbol("x")
ELEMENTWISE = [name for name in OPS if name not in ROW_OPS]


def applied(name: str) -> Apply:
    """Return the primitive of x, with numbers where it takes more arguments."""
    op = OPS[name]
    others = {"pow": [3], "where": [2 * x, 1 - x]}.get(name, [1.5, 0.5][: len(op.arguments) - 1])
    first = x > 0 if name == "where" else x
    return Apply(name, (first, *(parse(str(other)) if not hasattr(other, "op") else other for other in others)))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_bounds_of_many_cells_are_those_of_each(name):
    expr = applied(name)
    low = np.array([-700.0, -3.0, -1e-9, 0.0, 0.3, 2.0, 40.0])
    high = np.array([-699.0, 2.5, 0.0, 0.0, 0.7, 1e9, 1e300])
    together = bounds(expr, x=Interval(low, high))
    ends = [np.broadcast_to(end, low.shape) for end in (together.low, together.high)]
    for k in range(len(low)):
        single = bounds(expr, x=Interval(float(low[k]), float(high[k])))
        assert (ends[0][k], ends[1][k]) == pytest.approx((single.low, single.high), rel=1e-12, abs=1e-300)


def check_enclosure(expr, found, low, high):
    inside = low + (high - low) * np.linspace(0, 1, 9)[:, None]
    values = np.broadcast_to(evaluate(expr, x=inside), inside.shape)
    known = ~np.isnan(values)
    assert np.all((values >= found.low - 1e-12 * np.abs(values)) | ~known), "a value lies below"
    assert np.all((values <= found.high + 1e-12 * np.abs(values)) | ~known), "a value lies above"


@pytest.mark.parametrize("written", ["x*sigmoid(x)", "sin(x)/x", "x**3 - 2*x", "exp(-x*x)*cos(3*x)", "log(x)/x"])
def test_an_enclosure_holds_every_value(written):
    expr = parse(written)
    low, high = ladder(-math.inf, math.inf)
    check_enclosure(expr, enclosure(expr, derivative(expr), low, high), low, high)


def test_the_oracle_of_enclosures_bites():
    low, high = ladder(-2.0, 2.0)
    wrong = enclosure(parse("x*x"), parse("0*x"), low, high)
    with pytest.raises(AssertionError, match="a value lies"):
        check_enclosure(parse("x*x"), wrong, low, high)


@pytest.mark.parametrize(
    ("written", "points"),
    [
        ("2*x - 3", [1.5]),
        ("x**3 - 2*x", [-math.sqrt(2), 0.0, math.sqrt(2)]),
        ("exp(x) - 2", [math.log(2)]),
        ("x*x - x - 1e-9", [(1 - math.sqrt(1 + 4e-9)) / 2, (1 + math.sqrt(1 + 4e-9)) / 2]),
        ("1e-9*(x - 1)*(x - 2)", [1.0, 2.0]),
        ("(x - 0.5)**2", [0.5]),
        ("x*x", [0.0]),
        ("tanh(x) - x", [0.0]),
        ("sin(x) - x", [0.0]),
        ("x**2 + 1e-20", []),
        ("1e6*x - 1e12", [1e6]),
        ("x*sigmoid(x) + 0.25", [-1.86665122712135651, -0.81452661819608480]),
    ],
)
def test_roots(written, points):
    found = roots(parse(written))
    assert list(found.points) == pytest.approx(points, abs=1e-9)
    assert found.open == ()


def test_what_has_no_end_of_roots_says_so():
    found = roots(parse("cos(x)"))
    assert list(found.points) == pytest.approx([(k + 0.5) * math.pi for k in range(-20, 20)])
    assert [stretch.high for stretch in found.open] == [-64.0, 2.0**128]


@pytest.mark.parametrize(
    ("written", "kinks", "jumps"),
    [
        ("abs(x - 2)", (2.0,), ()),
        ("where(x > 6, 6, where(x > 0, x, 0))", (0.0, 6.0), ()),
        ("where(2*x > 3, x, 0)", (1.5,), (1.5,)),
        ("where(x > 0, x, x)", (), ()),
        ("where(x > 0, x**2, 0)", (), ()),
        ("where(x > 1000, x, 1000)", (1000.0,), ()),
        ("max(min(x, 6), 0)", (0.0, 6.0), ()),
        ("abs(abs(abs(x) - 1) - 2)", (-3.0, -1.0, 0.0, 1.0, 3.0), ()),
        ("where(x*x > 1, x, x**3)", (-1.0, 1.0), ()),
        ("where(x*x > 2, 1, 0)", (-math.sqrt(2), math.sqrt(2)), (-math.sqrt(2), math.sqrt(2))),
        ("where(exp(x) > 2, x, 0)", (math.log(2),), (math.log(2),)),
        ("max(x, max(2*x - 1, x*x))", (0.0, 1.0), ()),
        ("x/abs(x)", (0.0,), (0.0,)),
        ("1/x", (0.0,), (0.0,)),
        ("1/(x*x - 2)", (-math.sqrt(2), math.sqrt(2)), (-math.sqrt(2), math.sqrt(2))),
        ("sqrt(abs(x))", (0.0,), ()),
        ("sqrt(x**2)", (0.0,), ()),
        ("sin(x)/x", (), ()),
        ("x/(1 + abs(x))", (), ()),
        ("x", (), ()),
    ],
)
def test_kinks_of_formulas_of_ones_own(written, kinks, jumps):
    formula = parse(written)
    found = kinks_of(formula, derivative(formula))
    assert found == (pytest.approx(kinks, abs=1e-14), pytest.approx(jumps, abs=1e-14))
    p = properties_of(formula, derivative(formula))
    assert (p.kinks, p.jumps) == found


def test_a_condition_that_changes_without_end():
    formula = parse("where(cos(x) > 0, 1, -1)")
    p = properties_of(formula, derivative(formula))
    assert [k for k in p.jumps if abs(k) < 50] == pytest.approx([(k + 0.5) * math.pi for k in range(-16, 16)])
    assert p.how("kinks") == "unknown: there may be more beyond |x| = 64"


@pytest.mark.parametrize(("power", "order"), [(0, 0), (1, 1), (2, 2), (5, 5), (9, math.inf)])
def test_the_order_of_a_break(power, order):
    left, right = pieces_of(parse(f"where(x > 0, x**{power} + x, x)" if power > 1 else f"where(x > 0, x**{power}, 0)"))
    assert order_of_break(left, right) == order


def test_the_edges_of_a_domain_are_cuts():
    assert cuts_of(parse("sqrt(1 - x*x)")).points == (-1.0, 1.0)
    assert cuts_of(parse("log(log(x))")).points == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("exp(-(x - 3)**2)", 0.0, 1.0),
        ("x*exp(-x**2/2)", -math.exp(-0.5), math.exp(-0.5)),
        ("sin(x)", -1.0, 1.0),
        ("sin(x*x)", -1.0, 1.0),
        ("1 + 2*sin(x)*cos(x)", 0.0, 2.0),
        ("x*cos(x)", -math.inf, math.inf),
        ("x**2 - 4*x", -4.0, math.inf),
        ("1/(1 + x**2)", 0.0, 1.0),
        ("exp(-1000*(x - 0.3)**2)", 0.0, 1.0),
        ("where(x > 0, 5, -5)", -5.0, 5.0),
        ("1/x", -math.inf, math.inf),
        ("1/(x*x)", 0.0, math.inf),
        ("log(abs(x))", -math.inf, math.inf),
        ("sin(x)/x", -0.21723362821122166, 1.0),
        ("tanh(x - 1000)", -1.0, 1.0),
        ("1e-9*tanh(x)", -1e-9, 1e-9),
        ("2", 2.0, 2.0),
    ],
)
def test_extremes_of_formulas_of_ones_own(written, low, high):
    formula = parse(written)
    found = extremes(formula, pieces_of(formula))
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == pytest.approx(high, abs=1e-12)


def test_where_there_is_no_value_there_is_no_slope():
    formula = parse("log(x)")
    p = properties_of(formula, derivative(formula))
    assert p.increasing
    assert p.saturation() == (pytest.approx(math.nan, nan_ok=True), pytest.approx(1e7))
    assert (p.saturates_left, p.saturates_right) == (False, True)
    assert math.isnan(p.mean_square_slope)


def test_an_extreme_that_cannot_be_bounded_says_so():
    formula = parse("x*tanh(log(1 + exp(x)))")
    p = properties_of(formula, derivative(formula))
    assert p.how("range").startswith("seen at the points of the search")
    assert largest(pieces_of(parse("log(-1 - x*x)"))).value is not None
    assert math.isnan(largest(pieces_of(parse("sqrt(-1 - x*x)"))).value)


def test_moments_of_powers_are_double_factorials():
    for n, moment in ((0, 1), (1, 0), (2, 1), (4, 3), (6, 15), (8, 105)):
        found = mean_of(parse(f"x**{n}"))
        assert abs(found.value - moment) <= found.error < 1e-12 * max(1, moment)
        assert gaussian_mean(parse(f"x**{n}"), scale=2.0) == pytest.approx(moment * 2**n, abs=1e-9)


@pytest.mark.parametrize(
    ("written", "mean"),
    [
        ("exp(x)", math.exp(0.5)),
        ("exp(10*x)", math.exp(50)),
        ("log(abs(x))", -(np.euler_gamma + math.log(2)) / 2),
        ("sqrt(abs(x))", 2**0.25 * math.gamma(0.75) / math.sqrt(math.pi)),
        ("cos(30*x)", math.exp(-450)),
        ("where(x > 0.3, 1, 0)", float(mp.ncdf(-0.3))),
        ("abs(x*x - 1)", 4 * float(mp.npdf(1))),
    ],
)
def test_means_in_closed_form(written, mean):
    formula = parse(written)
    found = mean_of(formula, cuts_of(formula).points)
    assert found.value == pytest.approx(mean, rel=1e-11, abs=1e-13)
    assert abs(found.value - mean) <= 10 * found.error


@pytest.mark.parametrize("written", ["1/x", "1/(x*x)", "1/(x*x - 2)", "exp(x*x)", "log(x)", "sqrt(x)", "x**-3"])
def test_a_mean_that_does_not_exist_is_nan(written):
    formula = parse(written)
    assert math.isnan(gaussian_mean(formula, cuts_of(formula).points))


def test_symmetry_of_formulas_of_ones_own():
    for written, symmetry, proven in (
        ("x**3 - sin(x)", "odd", True),
        ("abs(x) + cos(x)", "even", True),
        ("x*tanh(x)", "even", True),
        ("max(min(x, 1), -1)", "odd", True),
        ("where(x > 0, sin(x), -sin(-x))", "odd", False),
        ("x + 1e-6", "none", True),
    ):
        formula = parse(written)
        assert symmetry_of(formula) == symmetry
        assert is_proven(formula, pieces_of(formula), symmetry) == proven, written


ODD_ONES = """0*x, -x, exp(x), exp(x*x), exp(exp(x)), cos(x)/sin(x), sin(1/x), log(cos(x)), x**64, sqrt(1 - x*x),
    x*exp(-1/(x*x)), log(log(x)), x**3 - 3*x, sigmoid(x)**20, sin(sin(sin(x))), exp(700*x), 0/x, x/x, x - x,
    cos(x) + cos(sqrt(2)*x), (exp(x) - exp(-x))/(exp(x) + exp(-x)), 1/(x - x), 1e300*x, x*1e-300, log(0*x),
    where(x > 1e6,1,0), abs(x)**3, exp(-1e6*x*x), (x - 1)**3/(x - 1), tanh(1e9*x), softplus(-1000*x)"""


@pytest.mark.parametrize("written", [one.strip() for one in ODD_ONES.replace("\n", " ").split(", ")])
def test_no_formula_is_too_odd(written):
    formula = parse(written)
    start = time.perf_counter()
    p = properties_of(formula, derivative(formula))
    p.saturation()
    assert time.perf_counter() - start < 3
    assert all(isinstance(p.how(name), str) for name in p.known)
    if p.range.low <= p.range.high:
        values = np.broadcast_to(evaluate(formula, x=(at := np.linspace(-9, 9, 181))), at.shape)
        room = 1e-9 + p.known["range"].error
        assert np.nanmin(values, initial=math.inf) >= p.range.low - room
        assert np.nanmax(values, initial=-math.inf) <= p.range.high + room
