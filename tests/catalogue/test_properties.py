"""What is derived from a formula is what SciPy, SymPy, mpmath and the papers say of the function."""

import math
from dataclasses import fields
from functools import cache
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import sympy
import torch

from actscope.catalogue import CATALOGUE, get
from actscope.catalogue.defining import define
from actscope.catalogue.properties import gaussian_mean, limit, symmetry_of
from actscope.catalogue.properties.limits import Limit, sure_limit
from actscope.errors import ParameterError
from actscope.formula import Interval, parse, substitute
from truth import TRUTH

POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
ALL = pytest.mark.parametrize("activation", POINTWISE, ids=lambda a: a.name)
# Where the conditions of any formula of the catalogue change, at the default parameters.
PLACES = (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)
GRID = np.unique(np.concatenate([np.linspace(-12, 12, 481), np.geomspace(1e-6, 1e3, 40), -np.geomspace(1e-6, 1e3, 40)]))


def true_value(activation, x: float) -> float:
    with mp.workdps(25):
        return float(TRUTH[activation.name].value(mp.mpf(x)))


def true_slope(activation, x: float) -> float:
    with mp.workdps(25):
        return float(TRUTH[activation.name].slope(mp.mpf(x)))


@cache
def on_grid(activation) -> tuple[np.ndarray, np.ndarray]:
    """Return true values and slopes on the grid."""
    return tuple(np.array([f(activation, x) for x in GRID]) for f in (true_value, true_slope))


def test_the_truth_knows_every_activation():
    assert {activation.name for activation in POINTWISE} <= set(TRUTH)


def normal_mean(function, cuts=(0.0,)):
    def integrand(z):
        return function(z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    ends = [-10.0, *cuts, 10.0]
    parts = (scipy.integrate.quad(integrand, *pair, epsabs=1e-11, epsrel=1e-11) for pair in pairwise(ends))
    return sum(value for value, _ in parts)


def check_moments(activation, properties):
    cuts = sorted({0.0, *properties.kinks} & set(PLACES))
    mean = normal_mean(lambda z: true_value(activation, z), cuts)
    second = normal_mean(lambda z: true_value(activation, z) ** 2, cuts)
    slope = normal_mean(lambda z: true_slope(activation, z) ** 2, cuts)
    assert properties.mean == pytest.approx(mean, abs=1e-10), "mean"
    assert properties.gain == pytest.approx(1 / math.sqrt(second), rel=1e-10), "gain"
    assert properties.mean_square_slope == pytest.approx(slope, abs=1e-10), "mean_square_slope"
    assert properties.chi == pytest.approx(slope / second, rel=1e-9), "chi"


@ALL
def test_the_moments_are_the_integrals(activation):
    check_moments(activation, activation.properties)


def test_the_integral_oracle_bites():
    with pytest.raises(AssertionError, match="mean"):
        check_moments(get("gelu"), get("gelu_tanh").properties)


def test_gain_agrees_with_torch_where_torch_is_right():
    # torch's tanh is 5/3 and its SELU 3/4, by experience; for ReLU and its leaky kin He's derivation is the integral.
    assert get("relu").properties.gain == pytest.approx(torch.nn.init.calculate_gain("relu"), abs=1e-14)
    assert get("relu").properties.gain == pytest.approx(math.sqrt(2), abs=1e-14)
    assert get("identity").properties.gain == pytest.approx(torch.nn.init.calculate_gain("linear"), abs=1e-13)
    for slope in (0.01, 0.2, 0.5, 1.0, -0.3):
        expected = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert get("leaky_relu").properties_at(negative_slope=slope).gain == pytest.approx(expected, abs=1e-13)
    for name in ("tanh", "selu", "sigmoid"):
        assert abs(get(name).properties.gain - torch.nn.init.calculate_gain(name)) > 0.05


def test_closed_forms_of_the_moments():
    assert get("relu").properties.mean == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-14)
    assert get("gelu").properties.mean == pytest.approx(1 / (2 * math.sqrt(math.pi)), abs=1e-14)
    assert get("cosine").properties.mean == pytest.approx(math.exp(-0.5), abs=1e-14)
    assert get("cosine").properties.gain == pytest.approx(((1 + math.exp(-2)) / 2) ** -0.5, abs=1e-13)
    assert get("step").properties.gain == pytest.approx(math.sqrt(2), abs=1e-14)


def test_selu_has_the_fixed_point_that_its_paper_claims():
    selu = get("selu")
    assert selu.properties.mean == pytest.approx(0.0, abs=1e-14)
    assert selu.properties.gain == pytest.approx(1.0, abs=1e-13)
    # Klambauer et al. (2017), after equation 6: at (0, 1) the Jacobian of the map of (mean, variance) is
    # ((0, 0), (0, 0.782648)), for weights of sum 0 and square sum 1; its last entry is d E[f(sqrt(v) z)^2]/dv.
    f, slope = selu.formula, selu.slope_formula
    x = parse("x")
    moved = gaussian_mean(f * slope * x, selu.properties.kinks)
    by_hand = (second_moment_of_selu(1 + 1e-5) - second_moment_of_selu(1 - 1e-5)) / 2e-5
    assert moved == pytest.approx(by_hand, abs=1e-7)
    assert moved == pytest.approx(0.782648, abs=1e-6)


def second_moment_of_selu(variance: float) -> float:
    return normal_mean(lambda z: true_value(get("selu"), math.sqrt(variance) * z) ** 2)


@pytest.mark.parametrize(
    ("name", "lowest", "where"),
    [
        ("gelu", -0.16997, -0.75179),
        ("silu", -0.27846, -1.27846),
        ("mish", -0.30884, -1.19241),
        ("gelu_tanh", -0.17004, -0.75246),
    ],
)
def test_the_dip_of_the_self_gated(name, lowest, where):
    activation = get(name)
    found = scipy.optimize.minimize_scalar(
        lambda x: true_value(activation, x), bracket=(-3, -1, 0), tol=1e-10, options={"maxiter": 200}
    )
    assert activation.properties.range.low == pytest.approx(found.fun, abs=1e-12)
    assert activation.properties.range.low == pytest.approx(lowest, abs=5e-6)
    assert found.x == pytest.approx(where, abs=1e-4)
    assert not activation.properties.increasing


@ALL
def test_the_range_holds_every_value_and_is_not_larger(activation):
    values, _ = on_grid(activation)
    p = activation.properties
    assert p.range.low - 1e-11 <= values.min()
    assert values.max() <= p.range.high + 1e-11
    for bound, nearest in ((p.range.low, values.min()), (p.range.high, values.max())):
        if math.isfinite(bound):
            assert abs(bound - nearest) < 2e-3
        else:
            assert abs(nearest) > 9


def check_slopes(activation, p):
    _, slopes = on_grid(activation)
    assert np.abs(slopes).max() <= p.largest_slope * (1 + 1e-11), "some slope is larger"
    if math.isinf(p.largest_slope):
        assert np.abs(slopes).max() > 500
    elif math.isfinite(p.steepest_at):
        beside = (p.steepest_at + side * 1e-12 for side in (-1, 0, 1))
        assert p.largest_slope == pytest.approx(max(abs(true_slope(activation, x)) for x in beside), abs=1e-11)
    else:
        assert p.largest_slope == pytest.approx(abs(true_slope(activation, math.copysign(1e6, p.steepest_at))))
    values, _ = on_grid(activation)
    assert p.increasing == (np.diff(values).min() >= 0)
    assert p.decreasing == (np.diff(values).max() <= 0)


@ALL
def test_the_largest_slope_is_reached_and_never_passed(activation):
    check_slopes(activation, activation.properties)


def test_the_oracle_of_slopes_bites():
    with pytest.raises(AssertionError, match="some slope is larger"):
        check_slopes(get("gelu"), get("silu").properties)


@pytest.mark.parametrize(
    ("name", "largest", "where"),
    [
        ("sigmoid", 0.25, 0.0),
        ("tanh", 1.0, 0.0),
        ("relu", 1.0, 0.0),
        ("identity", 1.0, 0.0),
        ("elu", 1.0, 0.0),
        ("softplus", 1.0, math.inf),
        ("logsigmoid", 1.0, -math.inf),
        ("selu", 1.6732632423543772 * 1.0507009873554805, 0.0),
        ("hardswish", 1.5, 3.0),
        ("gaussian", math.sqrt(2 / math.e), math.sqrt(0.5)),
        ("snake", 2.0, math.pi / 4),
        ("cosine", 1.0, math.pi / 2),
        ("gelu", 1.1289041451851548, math.sqrt(2)),
        # As the literature rounds them.
        ("silu", pytest.approx(1.0998, abs=5e-5), pytest.approx(2.3994, abs=5e-5)),
        ("mish", pytest.approx(1.0885, abs=5e-5), pytest.approx(1.4906, abs=5e-5)),
        ("gelu_tanh", pytest.approx(1.1290, abs=5e-5), pytest.approx(1.4185, abs=5e-5)),
    ],
)
def test_lipschitz_constants_known_from_elsewhere(name, largest, where):
    p = get(name).properties
    assert (
        p.lipschitz == p.largest_slope == (pytest.approx(largest, abs=1e-14) if isinstance(largest, float) else largest)
    )
    assert p.steepest_at == (pytest.approx(where, abs=1e-8) if isinstance(where, float) else where)


def test_what_jumps_has_no_lipschitz_constant():
    assert [get(name).properties.lipschitz for name in ("step", "sign", "hardshrink", "threshold")] == [math.inf] * 4
    assert get("step").properties.largest_slope == 0.0


X = sympy.Symbol("x", real=True)
LOGISTIC = 1 / (1 + sympy.exp(-X))
IN_SYMPY = {
    "identity": X,
    "relu": sympy.Max(X, 0),
    "leaky_relu": sympy.Max(X, X / 100),
    "step": (1 + sympy.sign(X)) / 2,
    "sigmoid": LOGISTIC,
    "tanh": (1 - sympy.exp(-2 * X)) / (1 + sympy.exp(-2 * X)),
    "elu": sympy.Max(X, 0) + sympy.exp(sympy.Min(X, 0)) - 1,
    "softplus": sympy.log(1 + sympy.exp(X)),
    "gelu": X * (1 + sympy.erf(X / sympy.sqrt(2))) / 2,
    "silu": X * LOGISTIC,
}


@pytest.mark.parametrize("name", IN_SYMPY)
@pytest.mark.parametrize("side", [-1, 1])
def test_limits_are_those_of_sympy(name, side):
    expected = sympy.limit(IN_SYMPY[name], X, side * sympy.oo)
    properties = get(name).properties
    assert float(expected) == (properties.limit_left if side < 0 else properties.limit_right)


@ALL
def test_limits_are_where_the_function_goes(activation):
    properties = activation.properties
    for side, end in ((-1, properties.limit_left), (1, properties.limit_right)):
        values = [true_value(activation, side * 10.0**k) for k in (4, 5, 6)]
        if math.isnan(end):
            assert len({math.copysign(1, value) for value in values}) == 2 or max(values) - min(values) > 0.5
        elif math.isinf(end):
            assert all(np.diff(np.abs(values)) > 500)
            assert values[-1] * end > 0
        else:
            assert values[-1] == pytest.approx(end, abs=2e-6)


@ALL
def test_saturation_is_a_slope_that_fades(activation):
    p = activation.properties
    for side, saturates in ((-1, p.saturates_left), (1, p.saturates_right)):
        assert saturates == all(abs(true_slope(activation, side * x)) < 1e-9 for x in (1e6, 1.1e6, 1.3e6))
    assert p.saturating == (p.saturates_left and p.saturates_right)


@ALL
def test_smoothness_is_the_first_derivative_that_jumps(activation):
    truth, p = TRUTH[activation.name], activation.properties

    def jumping(function) -> list[float]:
        with mp.workdps(40):
            sides = [(x, [function(mp.mpf(x) + side * mp.mpf("1e-25")) for side in (-1, 1)]) for x in PLACES]
        return [x for x, (before, after) in sides if abs(after - before) > 1e-6]

    jumps, kinks = jumping(truth.value), sorted({*jumping(truth.value), *jumping(truth.slope)})
    assert list(p.jumps) == jumps
    assert list(p.kinks) == kinks
    smoothness = -1 if jumps else 0 if kinks else 1 if jumping(truth.curvature) else math.inf
    assert p.smoothness == smoothness


@ALL
def test_symmetry_is_seen_in_the_values(activation):
    pairs = [(true_value(activation, x), true_value(activation, -x)) for x in (0.1, 0.7, 1.3, 4.0)]
    odd = all(right == pytest.approx(-left, abs=1e-14) for left, right in pairs)
    even = all(right == pytest.approx(left, abs=1e-14) for left, right in pairs)
    assert activation.properties.symmetry == ("odd" if odd else "even" if even else "none")


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_properties_follow_the_parameters(alpha):
    properties = get("elu").properties_at(alpha=alpha)
    assert properties.range.low == -alpha
    assert properties.kinks == (() if alpha == 1 else (0.0,))
    assert properties.largest_slope == pytest.approx(max(1.0, alpha), abs=1e-14)


def test_a_row_has_no_properties_of_one_number():
    with pytest.raises(ParameterError, match="softmax acts on a row of numbers"):
        _ = get("softmax").properties
    with pytest.raises(ParameterError, match="elu: `alpha` must be a number > 0"):
        get("elu").properties_at(alpha=-1.0)


@ALL
def test_fixed_points_are_left_as_they_are(activation):
    p = activation.properties
    for x in p.fixed_points:
        assert true_value(activation, x) == pytest.approx(x, abs=1e-6 * max(1, abs(x)))
    for stretch in p.fixed_stretches:
        low, high = max(stretch.low, -9.0), min(stretch.high, 9.0)
        assert true_value(activation, 0.3 * low + 0.7 * high) == pytest.approx(0.3 * low + 0.7 * high, rel=1e-9)
    values, _ = on_grid(activation)
    beyond = np.abs(GRID) < 60
    above = np.where(np.abs(values - GRID) > 1e-9, np.sign(values - GRID), 0)
    crossed = GRID[1:][(above[1:] * above[:-1] < 0) & (np.abs(np.diff(values)) < 0.5) & beyond[1:]]
    for x in crossed:
        near = [abs(x - point) for point in p.fixed_points]
        assert min(near, default=9.0) < 0.3 or any(s.low - 0.3 <= x <= s.high + 0.3 for s in p.fixed_stretches)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("cosine", [0.7390851332151607]),  # Dottie's number
        ("sigmoid", [0.6590460684074066]),
        ("hardsigmoid", [0.6]),
        ("elliott", [math.sqrt(0.5)]),
        ("softplus", []),
        ("tanh", [0.0]),
        ("squared_relu", [0.0, 1.0]),
    ],
)
def test_fixed_points_known_from_elsewhere(name, points):
    assert list(get(name).properties.fixed_points) == pytest.approx(points, abs=1e-12)
    assert get("relu").properties.fixed_stretches == (Interval(0.0, math.inf),)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "cosine", "gaussian", "hardsigmoid", "squareplus", "step"])
def test_the_fixed_square_maps_to_itself(name):
    activation, q = get(name), get(name).properties.fixed_square
    cuts = sorted({0.0, *(kink / math.sqrt(q) for kink in activation.properties.kinks)})
    assert normal_mean(lambda z: true_value(activation, math.sqrt(q) * z) ** 2, cuts) == pytest.approx(q, rel=1e-9)


def test_where_a_deep_signal_goes():
    squares = {name: get(name).properties.fixed_square for name in ("selu", "identity", "relu", "tanh", "squared_relu")}
    assert squares == {"selu": 1.0, "identity": 1.0, "relu": 0.0, "tanh": 0.0, "squared_relu": math.inf}
    # sigma_w = 1.2, sigma_b = 0 of Poole et al. (2016): the ordered phase ends at 1, above it the signal settles.
    beyond = gaussian_mean(parse("(1.2*tanh(x))**2"), scale=math.sqrt(0.2495130402))
    assert beyond == pytest.approx(0.2495130402, abs=1e-9)


def test_each_property_says_how_it_is_known():
    relu, gelu = get("relu").properties, get("gelu").properties
    assert relu.how("kinks") == relu.how("range") == "exact"
    assert relu.how("smoothness") == "exact"
    assert get("tanhexp").properties.how("smoothness").startswith("seen in the derivatives up to order 5")
    assert gelu.how("smoothness") == "exact: one formula without conditions"
    assert gelu.how("largest_slope").startswith("enclosed to within ")
    assert gelu.how("limit_right") == "seen at x = 2^100, 2^200, 2^300"
    assert gelu.how("gain").startswith("quadrature, error below ")
    assert get("tanh").properties.how("mean") == "exact"
    assert get("cosine").properties.how("limit_left").startswith("unknown")
    with pytest.raises(ParameterError, match="no property is called 'gian', did you mean 'gain'"):
        gelu.how("gian")
    assert set(gelu.known) <= set(gelu.as_dict())


@ALL
def test_errors_are_small_and_told(activation):
    p = activation.properties
    for name, known in p.known.items():
        if known.how == "enclosed" and name not in ("fixed_points", "fixed_stretches"):
            assert known.error <= 1e-11 * max(1.0, abs(p.largest_slope) if math.isfinite(p.largest_slope) else 1.0), (
                name
            )
        if known.how == "quadrature":
            assert known.error <= 1e-12, name


@pytest.mark.parametrize(
    ("written", "left", "right"),
    [
        ("x*x", math.inf, math.inf),
        ("exp(x)", 0.0, math.inf),
        ("1/x", 0, 0),
        ("x/(1 + abs(x))", -1, 1),
        ("cos(x)/x", 0, 0),
    ],
)
def test_limits_of_formulas_of_ones_own(written, left, right):
    assert limit(parse(written), -1) == pytest.approx(left, abs=1e-25)
    assert limit(parse(written), 1) == pytest.approx(right, abs=1e-25)


@pytest.mark.parametrize(
    ("written", "side", "low"),
    [
        ("x*arctan(x)/pi + x/2", "left", -1 / math.pi),
        ("x*arctan(x) - x*pi/2", "right", -1.0),
    ],
)
def test_where_rounding_drowns_a_limit_none_is_told(written, side, low):
    p = define("mine", written).properties
    assert math.isnan(getattr(p, f"limit_{side}"))
    assert p.how(f"limit_{side}") == "unknown: rounding drowns it at x = 2^100, 2^200, 2^300"
    # What rounding makes of values far out does not count as the smallest.
    assert p.range.low == pytest.approx(low, abs=1e-8)
    assert p.range.high == math.inf


def test_a_limit_counts_where_its_bounds_agree():
    seen = {"tanh(x)": 1.0, "x**2 - x": math.inf, "cos(x)/x": 0.0, "x*exp(-x**2)": 0.0, "x/sqrt(1 + x**2)": 1.0}
    for written, value in seen.items():
        assert sure_limit(parse(written), 1) == Limit(pytest.approx(value, abs=1e-25), drowned=False)
    assert math.isnan(sure_limit(parse("x*cos(x)"), 1).value)
    assert not sure_limit(parse("x*cos(x)"), 1).drowned
    # An infinity whose sign rounding has made: 0 and 2^-53*x are equally far from what float64 gives.
    assert sure_limit(parse("x*(arctan(x) - 1.5707963267948966)*4"), 1).drowned


@ALL
def test_no_limit_of_the_catalogue_is_drowned(activation):
    p = activation.properties
    assert not any("drowns" in str(known) for known in p.known.values())
    formula = substitute(activation.formula, dict(activation.defaults))
    seen = (limit(formula, -1), limit(formula, 1))
    assert (p.limit_left, p.limit_right) == pytest.approx(seen, nan_ok=True)


def test_symmetry_of_formulas_of_ones_own():
    assert symmetry_of(parse("x**3 - sin(x)")) == "odd"
    assert symmetry_of(parse("abs(x) + cos(x)")) == "even"
    assert symmetry_of(parse("x + 1e-6")) == "none"
    # Not defined beyond 1, and infinite far out.
    assert symmetry_of(parse("sqrt(1 - x**2)")) == "even"
    assert symmetry_of(parse("(exp(x) - exp(-x))/x")) == "even"
    assert symmetry_of(parse("exp(x) - exp(-x)")) == "odd"
    assert symmetry_of(parse("log(x)")) == "none"


def test_moments_of_powers_are_double_factorials():
    for n, moment in ((0, 1), (1, 0), (2, 1), (4, 3), (6, 15), (8, 105)):
        assert gaussian_mean(parse(f"x**{n}")) == pytest.approx(moment, abs=1e-10)


def test_they_are_printed_in_a_few_lines():
    for activation in POINTWISE:
        told = repr(activation.properties)
        assert len(told.splitlines()) == 8
        assert max(map(len, told.splitlines())) <= 120
        assert all(f"{one.name}=" in told for one in fields(activation.properties) if one.repr)
    assert "range=[-0.169971, inf], limit_left=0, limit_right=inf," in str(get("gelu").properties)
    assert "kinks=(-3, 3)," in str(get("hardswish").properties)
    assert "in all), fixed_stretches=()" in str(get("snake").properties)
