"""What is derived from a formula is what SciPy, SymPy and the papers say of the function."""

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import sympy
import torch

from actscope.catalogue import CATALOGUE, get
from actscope.catalogue.properties import extremes, gaussian_mean, kinks_of, limit, symmetry_of, thresholds
from actscope.errors import ParameterError
from actscope.formula import derivative, evaluate, parse
from truth import TRUTH

POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
ALL = pytest.mark.parametrize("activation", POINTWISE, ids=lambda a: a.name)


def true_value(activation, x: float) -> float:
    with mp.workdps(30):
        return float(TRUTH[activation.name].value(mp.mpf(x)))


def true_slope(activation, x: float) -> float:
    with mp.workdps(30):
        return float(TRUTH[activation.name].slope(mp.mpf(x)))


def test_the_truth_knows_every_activation():
    assert {activation.name for activation in POINTWISE} <= set(TRUTH)


def normal_mean(function, cut=0.0):
    def integrand(z):
        return function(z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    halves = (scipy.integrate.quad(integrand, *ends, epsabs=1e-12, limit=200) for ends in ((-12, cut), (cut, 12)))
    return sum(value for value, _ in halves)


def check_moments(activation, properties):
    mean = normal_mean(lambda z: true_value(activation, z))
    second = normal_mean(lambda z: true_value(activation, z) ** 2)
    assert properties.mean == pytest.approx(mean, abs=1e-10), "mean"
    assert properties.gain == pytest.approx(1 / math.sqrt(second), abs=1e-10), "gain"


@ALL
def test_mean_and_gain_are_the_integrals(activation):
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
    assert get("cos").properties.mean == pytest.approx(math.exp(-0.5), abs=1e-14)
    assert get("cos").properties.gain == pytest.approx(((1 + math.exp(-2)) / 2) ** -0.5, abs=1e-13)
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


GRID = np.unique(
    np.concatenate([np.linspace(-12, 12, 2401), np.geomspace(1e-6, 1e3, 60), -np.geomspace(1e-6, 1e3, 60)])
)


@ALL
def test_the_range_holds_every_value_and_is_not_larger(activation):
    values = np.array([true_value(activation, x) for x in GRID])
    low, high = activation.properties.range.low, activation.properties.range.high
    assert low - 1e-6 <= values.min()
    assert values.max() <= high + 1e-6
    assert math.isinf(low) or values.min() - low < 2e-3
    assert math.isinf(high) or high - values.max() < 2e-3
    assert not math.isinf(high) or values.max() >= 999
    assert not math.isinf(low) or values.min() <= -9


@ALL
def test_the_largest_slope_is_reached_and_never_passed(activation):
    slopes = np.array([abs(true_slope(activation, x)) for x in GRID])
    assert slopes.max() <= activation.properties.largest_slope + 1e-6
    assert activation.properties.largest_slope - slopes.max() < 1e-4
    rising = all(true_slope(activation, x) >= 0 for x in GRID)
    assert activation.properties.increasing == rising


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("sigmoid", 0.25),
        ("tanh", 1.0),
        ("relu", 1.0),
        ("identity", 1.0),
        ("step", 0.0),
        ("elu", 1.0),
        ("softplus", 1.0),
        ("selu", 1.6732632423543772 * 1.0507009873554805),
    ],
)
def test_largest_slopes_in_closed_form(name, largest):
    assert get(name).properties.largest_slope == pytest.approx(largest, abs=1e-15)


def test_the_largest_slope_of_gelu_is_at_sqrt_2():
    with mp.workdps(30):
        largest = float(mp.ncdf(mp.sqrt(2)) + mp.sqrt(2) * mp.npdf(mp.sqrt(2)))
    assert get("gelu").properties.largest_slope == pytest.approx(largest, abs=1e-12)
    assert get("gelu").properties.largest_slope == pytest.approx(1.1289, abs=5e-5)


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
    for far, end in ((-1e5, properties.limit_left), (1e5, properties.limit_right)):
        if math.isnan(end):
            values = [true_value(activation, far + k) for k in range(5)]
            assert max(values) - min(values) > 0.5
        elif math.isinf(end):
            assert true_value(activation, far) * math.copysign(1, end) >= 999
        else:
            assert true_value(activation, far) == pytest.approx(end, abs=1e-12)


@ALL
def test_saturation_is_a_slope_that_fades(activation):
    properties = activation.properties
    for side, saturates in ((-1, properties.saturates_left), (1, properties.saturates_right)):
        faded = all(abs(true_slope(activation, side * x)) < 1e-9 for x in (60.0, 61.0, 62.5))
        assert saturates == faded


@ALL
def test_kinks_are_where_one_sided_slopes_differ(activation):
    found = [
        x
        for x in (-3.0, -1.0, 0.0, 0.5, 1.0, 3.0, 6.0)
        if abs(true_slope(activation, x + 1e-9) - true_slope(activation, x - 1e-9)) > 1e-6
        or abs(true_value(activation, x + 1e-9) - true_value(activation, x - 1e-9)) > 1e-6
    ]
    assert list(activation.properties.kinks) == found
    jumping = [x for x in found if abs(true_value(activation, x + 1e-9) - true_value(activation, x - 1e-9)) > 1e-6]
    assert list(activation.properties.jumps) == jumping


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
    with pytest.raises(ParameterError, match="elu: `alpha` must be > 0"):
        get("elu").properties_at(alpha=-1.0)


@pytest.mark.parametrize(
    ("written", "kinks", "jumps"),
    [
        ("abs(x - 2)", (2.0,), ()),
        ("where(x > 6, 6, where(x > 0, x, 0))", (0.0, 6.0), ()),
        ("where(2*x > 3, x, 0)", (1.5,), (1.5,)),
        ("where(x > 0, x, x)", (), ()),
        ("where(x > 0, x**2, 0)", (), ()),
        ("where(x > 1000, x, 1000)", (1000.0,), ()),
        ("x", (), ()),
    ],
)
def test_kinks_of_formulas_of_ones_own(written, kinks, jumps):
    formula = parse(written)
    assert kinks_of(formula, derivative(formula)) == (kinks, jumps)
    assert set(kinks) <= thresholds(formula)


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("exp(-(x - 3)**2)", 0.0, 1.0),
        ("x*exp(-x**2/2)", -math.exp(-0.5), math.exp(-0.5)),
        ("sin(x)", -1.0, 1.0),
        ("x**2 - 4*x", -4.0, math.inf),
        ("1/(1 + x**2)", 0.0, 1.0),
        ("exp(-1000*(x - 0.3)**2)", 0.0, 1.0),
        ("where(x > 0, 5, -5)", -5.0, 5.0),
    ],
)
def test_extremes_of_formulas_of_ones_own(written, low, high):
    formula = parse(written)
    kinks, _ = kinks_of(formula, derivative(formula))
    found = extremes(formula, kinks)
    assert found.low == pytest.approx(low, abs=2e-6)
    assert found.high == pytest.approx(high, abs=2e-6)


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


def test_symmetry_of_formulas_of_ones_own():
    assert symmetry_of(parse("x**3 - sin(x)")) == "odd"
    assert symmetry_of(parse("abs(x) + cos(x)")) == "even"
    assert symmetry_of(parse("x + 1e-6")) == "none"


def test_moments_of_powers_are_double_factorials():
    for n, moment in ((0, 1), (1, 0), (2, 1), (4, 3), (6, 15), (8, 105)):
        assert gaussian_mean(parse(f"x**{n}")) == pytest.approx(moment, abs=1e-10)
    assert float(evaluate(parse("x"), x=1.0)) == 1.0
