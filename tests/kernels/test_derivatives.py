"""Second derivatives, and derivatives by each input and each learned parameter, against 60-digit truth."""

import numpy as np
import pytest

from actscope.catalogue import CATALOGUE
from actscope.formula import derivative
from actscope.kernels.compiler import compiled
from actscope.kernels.settle import settled_in
from actscope.kernels.sources import joint, pointwise
from actscope.kernels.threads import run
from edges import edges
from truth import DIGITS, JOINT, TRUTH, Real, exact, mp, ulps

# A second derivative within 8 units in the last place, a partial one within 2 and 4 as every slope, and one more in
# float64 for the product; where it crosses zero, an absolute error is what counts.
LIMIT = {np.float32: 2.0, np.float64: 5.0}
CURVATURE_LIMIT = 8.0
NEAR_ROOT = {np.float32: 2.0**-22, np.float64: 2.0**-49}
# In float64 a rounded argument is in the exponent here: of softplus in serf, exp in tanhexp, gelu in phish; and the
# constant of gelu_tanh is rounded. What is that small is lost on everyone but float64.
FLOAT64_GAPS = {"serf": (3.0, 30.0), "tanhexp": (2.0, 7.0), "gelu_tanh": (-25.0, 25.0), "phish": (4.0, 20.0)}
LEAST = 1e-290
GATES = ["glu", "bilinear", "reglu", "geglu", "swiglu"]
LEARNED = [(a.name, p.name) for a in CATALOGUE for p in a.parameters if p.learnable]


def curvature(activation, x):
    bound = activation.defaults
    second = derivative(activation.slope_formula)
    kernel = compiled(pointwise(second, derivative(second), "value", x.dtype.name, bound))
    result = np.empty_like(x)
    run(kernel, [x.ctypes.data, result.ctypes.data], x.size, 1, kernel.given(bound))
    return result


def curvature_errors(activation, x, got):
    truth = TRUTH[activation.name]
    true = exact(truth.curvature, x)
    found = ulps(got, true)
    if truth.curvature_roots:
        low, high = truth.curvature_roots
        found = np.where((x > low) & (x < high), ulps(got, true, NEAR_ROOT[x.dtype.type]), found)
    if x.dtype == np.float64:
        tiny = np.array([0 < abs(value) < LEAST for value in true])
        low, high = FLOAT64_GAPS.get(activation.name, (0.0, 0.0))
        found = np.where(tiny | ((x > low) & (x < high)), 0.0, found)
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_second_derivatives(pointwise, dtype):
    x = np.ascontiguousarray(edges(dtype, pointwise.properties.kinks)[::5])
    found = curvature_errors(pointwise, x, curvature(pointwise, x))
    worst = int(np.argmax(found))
    assert found[worst] <= CURVATURE_LIMIT, f"{found[worst]:.3g} ulp at x = {x[worst]!r}"


@pytest.mark.parametrize(("name", "gap"), FLOAT64_GAPS.items())
def test_the_gaps_are_as_small_as_told(name, gap):
    activation = CATALOGUE[name]
    x = np.linspace(*gap, 301)
    got = curvature(activation, x)
    true = np.array([float(value) for value in exact(TRUTH[name].curvature, x)])
    np.testing.assert_allclose(got, true, rtol=1e-12, atol=1e-15)


def test_the_oracle_of_second_derivatives_bites():
    x = np.linspace(-9, 9, 101)
    tanh = CATALOGUE["tanh"]
    assert curvature_errors(tanh, x, curvature(tanh, x) * (1 + 2.0**-48)).max() > CURVATURE_LIMIT


def pairs(dtype, seed=0):
    """Return two arrays that pair inputs that hurt with plain ones, both ways; a gate of float64 is no subnormal."""
    rng = np.random.default_rng(seed)
    hurt = edges(dtype)[::11]
    hurt = hurt[np.abs(hurt) > 1e-300]
    plain = rng.normal(0, 3, hurt.size).astype(dtype)
    return np.concatenate([hurt, plain]), np.concatenate([plain, hurt])


def of_two_inputs(formula, first, second):
    """Return a formula of a and b by compiled code."""
    result = np.empty_like(first)
    source = joint((settled_in(formula, ("a", "b")),), ("a", "b"), (), (), first.dtype.name, ())
    run(compiled(source), [array.ctypes.data for array in (first, second, result)], result.size, 1, [])
    return result


def partial_errors(name, of, got, *arguments):
    function = JOINT[name].value if of == "value" else JOINT[name].partials[of]
    with mp.workdps(DIGITS):
        true = [function(*map(Real, map(float, point))) for point in zip(*arguments, strict=True)]
    return ulps(got, true)


def check_partial(name, of, found, *arguments):
    worst = int(np.argmax(found))
    at = ", ".join(f"{argument[worst]!r}" for argument in arguments)
    assert found[worst] <= LIMIT[arguments[0].dtype.type], f"{name}, {of}: {found[worst]:.3g} ulp at {at}"


def by(activation, of):
    return activation.formula if of == "value" else activation.partial(of)


@pytest.mark.parametrize(("name", "of"), [(name, of) for name in GATES for of in ("value", "a", "b")])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_partial_derivatives_of_gates(name, of, dtype):
    a, b = pairs(dtype)
    found = partial_errors(name, of, of_two_inputs(by(CATALOGUE[name], of), a, b), a, b)
    # The slopes of GELU and SiLU cross zero there.
    check_partial(name, of, np.where((of == "a") & (a > -2) & (a < 0), 0.0, found), a, b)


@pytest.mark.parametrize(("name", "parameter"), LEARNED)
@pytest.mark.parametrize("of", ["value", "slope", "parameter"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_partial_derivatives_by_learned_parameters(name, parameter, of, dtype):
    activation = CATALOGUE[name]
    kind = {"value": "value", "slope": "x", "parameter": parameter}[of]
    x = np.ascontiguousarray(edges(dtype)[::11])
    x = x[np.abs(x) < np.finfo(dtype).max / 2]  # so that parameter times x does not overflow
    for value in (0.01, 0.25, 1.0, 1.7):
        got = with_parameter(by(activation, kind), x, parameter, value)
        at = np.full_like(x, value, np.float64)
        found = partial_errors(name, kind, got, x, at)
        if name == "snake" and of != "value":
            # Farther out the waves cross zero again and again.
            found = np.where(np.abs(x) > 0.1, 0.0, found)
            # The square of a tiny sine is subnormal.
            found = np.where((kind == "a") & (np.abs(x) < 1e-140), 0.0, found)
        check_partial(name, kind, np.where((kind == "x") & (x > -2 / value) & (x < 0), 0.0, found), x, at)


def with_parameter(formula, x, parameter, value):
    bound = ((parameter, value),)
    kernel = compiled(pointwise(formula, formula, "value", x.dtype.name, bound))
    result = np.empty_like(x)
    run(kernel, [x.ctypes.data, result.ctypes.data], x.size, 1, kernel.given(bound))
    return result


def test_every_gate_and_every_learned_parameter_has_a_truth():
    assert set(GATES) == {a.name for a in CATALOGUE if a.gated}
    assert {(name, *truth.partials) for name, truth in JOINT.items() if name in GATES} == {(n, "a", "b") for n in GATES}
    assert {(name, "x", parameter) for name, parameter in LEARNED} == {
        (name, *truth.partials) for name, truth in JOINT.items() if name not in GATES
    }


def test_the_oracle_of_partial_derivatives_bites():
    a, b = np.linspace(-3.0, 3.0, 9), np.linspace(1.0, 2.0, 9)
    wrong = CATALOGUE["glu"].partial("b") * (1 + 2.0**-48)
    assert partial_errors("glu", "b", of_two_inputs(wrong, a, b), a, b).max() > LIMIT[np.float64]
