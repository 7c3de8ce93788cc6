"""JAX arrays: values, slopes and curvatures held to mpmath in every tail; every transformation; any order."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

import actscope as act
from actscope.catalogue import CATALOGUE, Activation
from actscope.errors import ArrayTypeError, ParameterError
from actscope.formula import Symbol, derivative, evaluate
from actscope.formula.ops import OPS
from actscope.jax.operations import JAX
from edges import edges
from truth import EVERYWHERE, TRUTH

POINTWISE = [a for a in CATALOGUE if a.pointwise]
EVERY = pytest.mark.parametrize("activation", POINTWISE, ids=lambda a: a.name)
# Of each kind one: exponential, normal, straight pieces, periodic, algebraic, with parameters.
SOME = pytest.mark.parametrize("name", ["silu", "gelu", "leaky_relu", "snake", "mish"])
TINY, ROUNDING = np.finfo(np.float32).tiny, 2.0**-24


def check(name: str, got, x: np.ndarray, true, roots) -> None:
    """Compare with the truth: to XLA's relative accuracy, and where the function crosses 0, to that of its terms."""
    with mp.workdps(30):
        expected = np.array([float(true(mp.mpf(float(at)))) for at in x])
    got = np.asarray(got, np.float64)
    low, high = roots or (np.inf, -np.inf)
    near_root = np.where((x >= low) & (x <= high), 16 * ROUNDING, 0.0)
    with np.errstate(all="ignore"):
        wrong = ~(np.abs(got - expected) <= 3e-5 * np.abs(expected) + TINY + near_root)
        # What is on the edge of float32 may round to infinity.
        beyond = np.abs(expected) * (1 + 1e-6) > np.finfo(np.float32).max
        wrong &= ~(beyond & (got == np.sign(expected) * np.inf))
    where = np.flatnonzero(wrong)
    assert not len(where), f"{name} differs at x = {x[where[:3]]}: {got[where[:3]]}, true {expected[where[:3]]}"


@EVERY
def test_value_and_slope_are_true_in_every_tail_and_at_infinity(activation: Activation):
    x = edges(np.float32, activation.properties.kinks)[::9]
    # Numbers below the smallest normal one are 0 for XLA.
    x = x[(np.abs(x) >= TINY) | (x == 0)]
    ends = np.array([-np.inf, np.inf, np.nan], np.float32)
    truth, f = TRUTH[activation.name], act.get(activation)
    value, slope = jax.jit(lambda x: (f(x), f.slope(x)))(np.concatenate([x, ends]))
    waves = EVERYWHERE if activation.name in ("snake", "gcu", "sine", "cosine") else None
    check(activation.name, value[:-3], x, truth.value, waves)
    check(activation.name, slope[:-3], x, truth.slope, waves or truth.slope_roots)
    np.testing.assert_allclose(np.asarray(value[-3:]), f(ends), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(slope[-3:]), f.slope(ends), rtol=1e-6)


def test_the_oracle_bites():
    x = np.array([-20.0, -90.0], np.float32)
    with pytest.raises(AssertionError, match="sigmoid differs at x ="):
        check("sigmoid", jax.vmap(jax.grad(jax.nn.sigmoid))(-jnp.asarray(x)), -x, TRUTH["sigmoid"].slope, None)
    with pytest.raises(AssertionError, match="silu differs at x ="):
        check("silu", jax.nn.silu(jnp.asarray(x)), x, TRUTH["silu"].value, None)


@pytest.mark.parametrize(
    ("name", "x"),
    [("sigmoid", 40.0), ("tanh", 20.0), ("silu", -40.0), ("gelu", -6.8), ("mish", -88.0), ("selu", -80.0)],
)
def test_gradients_do_not_vanish_where_the_slope_does_not(name, x):
    f = getattr(act, name)
    with mp.workdps(30):
        true = float(TRUTH[name].slope(mp.mpf(x)))
    assert float(jax.grad(f)(x)) == pytest.approx(true, rel=2e-5)
    assert float(jax.jit(jax.grad(f))(x)) == pytest.approx(true, rel=2e-5)


@SOME
def test_every_order_and_every_transformation(name):
    f, x = getattr(act, name), np.asarray([-2.3, -0.4, 0.7, 3.1], np.float32)
    formula, values = act.get(name).slope_formula, dict(act.get(name).defaults)
    expected = []
    for _ in range(3):
        expected.append(evaluate(formula, x=np.asarray(x, np.float64), **values) * np.ones(4))
        formula = derivative(formula)

    @jax.jit
    def orders(x):
        first, second = jax.grad(f), jax.grad(jax.grad(f))
        return [
            (jax.vmap(first)(x), jax.vmap(jax.jacfwd(f))(x), jax.jvp(f, (x,), (jnp.ones(4),))[1]),
            (jax.vmap(second)(x), jax.vmap(jax.hessian(f))(x), jax.jvp(f.slope, (x,), (jnp.ones(4),))[1]),
            (jax.vmap(jax.grad(second))(x), jax.vmap(jax.jacfwd(jax.jacrev(first)))(x)),
        ]

    for found, true in zip(orders(x), expected, strict=True):
        for way in found:
            np.testing.assert_allclose(np.asarray(way), true, rtol=3e-5, atol=1e-6)
    # Not compiled as a whole, the same.
    np.testing.assert_allclose(np.asarray(jax.vmap(jax.grad(f))(x)), expected[0], rtol=3e-5, atol=1e-6)


def test_hessians_of_whole_arrays():
    x = jnp.asarray([0.3, -1.2, 2.0])

    @jax.jit
    def both(x):
        slope, curvature = act.gelu.slope(x), jax.vmap(jax.grad(act.gelu.slope))(x)
        expected = 2 * jnp.outer(slope, slope) + jnp.diag(2 * act.gelu(x).sum() * curvature)
        return jax.hessian(lambda v: act.gelu(v).sum() ** 2)(x), expected

    hessian, expected = both(x)
    np.testing.assert_allclose(np.asarray(hessian), np.asarray(expected), rtol=1e-5)


def test_remat_scan_and_pytrees():
    def network(weights, x):
        def layer(x, w):
            return act.mish(w @ x), None

        return jax.lax.scan(jax.checkpoint(layer), x, weights)[0].sum()

    weights = jax.random.normal(jax.random.key(0), (3, 4, 4))
    x = jnp.ones(4)
    gradient = jax.jit(jax.grad(network))(weights, x)
    step = 1e-3 * jnp.ones_like(weights)
    change = (network(weights + step, x) - network(weights - step, x)) / 2
    assert float((gradient * step).sum()) == pytest.approx(float(change), rel=1e-2)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
@pytest.mark.parametrize("name", ["gelu", "prelu"])
def test_halves_are_computed_in_float32_and_rounded_once(name, dtype):
    f = getattr(act, name)

    @jax.jit
    def both(x):
        return f(x), f.slope(x), jax.grad(lambda x: f(x).astype(jnp.float32).sum())(x)

    x = jnp.linspace(-12, 12, 401).astype(dtype)
    for got, wide in zip(both(x), both(x.astype(jnp.float32)), strict=True):
        assert got.dtype == dtype
        np.testing.assert_array_equal(np.asarray(got), np.asarray(wide.astype(dtype)))


@SOME
def test_float64_where_jax_has_it(name):
    with jax.enable_x64(True):
        x = np.linspace(-30, 30, 301)
        f = getattr(act, name)
        value, slope, single = jax.jit(lambda x: (f(x), f.slope(x), f(x.astype(jnp.float32))))(x)
        assert (value.dtype, slope.dtype, single.dtype) == (jnp.float64, jnp.float64, jnp.float32)
        np.testing.assert_allclose(np.asarray(value), f(x), rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(np.asarray(slope), f.slope(x), rtol=1e-12, atol=1e-16)


def test_shapes_and_kinds_of_input():
    for shape in ((), (0,), (3, 0, 2), (2, 3)):
        assert act.gelu(jnp.ones(shape)).shape == shape
        assert act.gelu.slope(jnp.ones(shape)).shape == shape
    assert isinstance(act.gelu(jnp.float32(1.0)), jax.Array)
    whole = jnp.arange(-2, 3)
    np.testing.assert_array_equal(np.asarray(act.tanh(whole)), np.asarray(act.tanh(whole.astype(jnp.float32))))
    assert act.identity.slope(jnp.ones((2, 2))).tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert act.step(jnp.asarray([True, False])).tolist() == [1.0, 0.0]
    with pytest.raises(ArrayTypeError, match=r"gelu is defined on real numbers, but got complex64; pass x\.real"):
        act.gelu(jnp.ones(2, jnp.complex64))
    with pytest.raises(ArrayTypeError, match="`out` is for NumPy arrays"):
        act.gelu(jnp.ones(2), out=np.ones(2))


def test_parameters_are_numbers_or_arrays_and_have_gradients():
    x = jnp.asarray([-3.0, -0.5, 0.0, 2.0])
    np.testing.assert_allclose(np.asarray(act.leaky_relu(x, negative_slope=0.2)), [-0.6, -0.1, 0, 2], rtol=1e-6)

    def total(beta):
        return act.swish(x, beta=beta).sum()

    u = np.asarray(x, np.float64)
    s = 1 / (1 + np.exp(-1.3 * u))
    assert float(jax.jit(jax.grad(total))(1.3)) == pytest.approx(float((u * u * s * (1 - s)).sum()), rel=1e-5)
    assert float(jax.jit(jax.grad(jax.grad(total)))(1.3)) == pytest.approx(
        float((u**3 * s * (1 - s) * (1 - 2 * s)).sum()), rel=1e-4
    )
    mixed = jax.jit(jax.grad(lambda b: jax.vmap(jax.grad(lambda v: act.swish(v, beta=b)))(x).sum()))(1.3)
    expected = (u * s * (1 - s) * (2 + 1.3 * u * (1 - 2 * s))).sum()
    assert float(mixed) == pytest.approx(float(expected), rel=1e-4)


def test_a_traced_parameter_with_a_plain_number_or_numpy_array():
    assert float(jax.grad(lambda b: act.swish(2.0, beta=b))(1.0)) == pytest.approx(4 * 0.1049936, rel=1e-5)
    assert jax.jit(lambda b: act.swish(np.ones(3, np.float32), beta=b))(1.0).shape == (3,)


@pytest.mark.parametrize("beta", [1.5, -1.5, 0.0])
def test_limits_follow_a_traced_parameter(beta):
    x = np.array([-np.inf, np.inf, np.nan], np.float32)
    traced = jax.jit(lambda b: (act.swish(x, beta=b), act.swish.slope(x, beta=b)))(beta)
    for got, expected in zip(traced, (act.swish(x, beta=beta), act.swish.slope(x, beta=beta)), strict=True):
        np.testing.assert_array_equal(np.asarray(got), expected)


def test_prelu_has_a_weight_for_each_channel():
    x = -jnp.ones((2, 3, 4))
    weight = jnp.asarray([0.1, 0.2, 0.3])
    assert act.prelu(x, weight=weight)[0, :, 0].tolist() == pytest.approx([-0.1, -0.2, -0.3])
    gradient = jax.grad(lambda w: act.prelu(x, weight=w).sum())(weight)
    assert gradient.tolist() == [-8.0, -8.0, -8.0]
    mapped = jax.vmap(act.prelu.__call__)(x[:, 0])
    assert mapped.shape == (2, 4)
    with pytest.raises(ArrayTypeError, match=r"`weight` has 2 numbers, one for each channel, but axis 1 .* has 3"):
        act.prelu(x, weight=weight[:2])


def test_wrong_parameters_are_refused():
    x = jnp.ones(3)
    with pytest.raises(ParameterError, match="did you mean 'beta'"):
        act.swish(x, betta=1.0)
    with pytest.raises(ParameterError, match="did you mean 'beta'"):
        act.swish(x, betta=jnp.ones(3))
    with pytest.raises(ParameterError, match="`alpha` must be"):
        act.elu(x, alpha=-1.0)
    with pytest.raises(ParameterError, match="`alpha` must be"):
        act.elu(x, alpha=jnp.asarray(-1.0))
    with pytest.raises(ArrayTypeError, match=r"`alpha` of shape \(2,\) does not broadcast to the input's \(3,\)"):
        act.elu(x, alpha=jnp.ones(2))
    with pytest.raises(ArrayTypeError, match="rrelu draws random numbers on torch tensors only"):
        act.rrelu(x, training=True)


def test_a_bias_is_added_first():
    x = jax.random.normal(jax.random.key(1), (4, 3))
    bias = jnp.asarray([1.0, -1.0, 0.5])
    np.testing.assert_allclose(np.asarray(act.gelu(x, bias=bias)), np.asarray(act.gelu(x + bias)), rtol=1e-6)
    gradient = jax.grad(lambda b: act.gelu(x, bias=b).sum())(bias)
    np.testing.assert_allclose(np.asarray(gradient), np.asarray(act.gelu.slope(x + bias).sum(0)), rtol=1e-5)
    with pytest.raises(ArrayTypeError, match="`bias` of shape"):
        act.gelu(x, bias=jnp.ones(4))


@pytest.mark.parametrize("name", ["glu", "bilinear", "reglu", "geglu", "swiglu"])
def test_gated_activations_take_two_arrays_or_halves(name):
    f = getattr(act, name)
    a, b = jax.random.normal(jax.random.key(2), (2, 5, 4))
    expected = f(np.asarray(a), np.asarray(b))
    np.testing.assert_allclose(np.asarray(f(a, b)), expected, rtol=1e-5, atol=1e-7)
    for axis in (0, 1, -1):
        np.testing.assert_array_equal(np.asarray(f(jnp.concatenate([a, b], axis), axis=axis)), np.asarray(f(a, b)))
    formula = act.get(name).formula
    gradients = jax.jit(jax.grad(lambda *ab: f(*ab).sum(), (0, 1)))(a, b)
    for gradient, symbol in zip(gradients, act.get(name).inputs, strict=True):
        given = {"a": np.asarray(a, np.float64), "b": np.asarray(b, np.float64)}
        expected = evaluate(derivative(formula, symbol), **given) * np.ones((5, 4))
        np.testing.assert_allclose(np.asarray(gradient), expected, rtol=2e-5, atol=1e-6)
    assert f(a[:, :1], b).shape == (5, 4)
    with pytest.raises(ArrayTypeError, match="odd size, 3"):
        f(jnp.ones((2, 3)))
    with pytest.raises(ArrayTypeError, match="do not broadcast"):
        f(a, b[:, :3])
    with pytest.raises(ArrayTypeError, match="axis 2 does not exist in an array of 2 dimensions"):
        f(a, axis=2)
    with pytest.raises(ArrayTypeError, match="it has one for each of its inputs"):
        f.slope(a)


def test_gates_keep_their_limits():
    a = jnp.asarray([-jnp.inf, -90.0, 3.0])
    got = act.swiglu(a, jnp.asarray([2.0, 1e5, 1.0]))
    assert float(got[0]) == 0.0
    assert float(got[1]) == pytest.approx(-90e5 * 8.194012e-40, rel=1e-4)


def test_every_primitive_has_its_row():
    assert JAX.keys() == OPS.keys()


def test_a_formula_of_ones_own():
    mine = Activation(
        name="mine",
        title="Mine",
        formula=Symbol("x") ** 3 + 2,
        introduced=act.gelu.introduced,
        story="It was made to be tested. It is a cube.",
    )
    from actscope.face import function

    assert float(jax.grad(jax.grad(function(mine)))(2.0)) == 12.0


def test_jax_arrays_do_not_load_torch():
    code = (
        "import jax.numpy as jnp, sys, actscope as act; assert act.gelu(jnp.ones(2)).shape == (2,);"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "JAX_PLATFORMS": "cpu"})
