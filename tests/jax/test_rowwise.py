"""Rows of JAX arrays: softmax and its kin, maxout; every axis, temperature and order of derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import actscope as act
from actscope.errors import ArrayTypeError, ParameterError
from actscope.formula import parse
from rows import FORMULAS, gradient_by_quotients

THEIRS = {
    "softmax": jax.nn.softmax,
    "softmin": lambda x, axis=-1: jax.nn.softmax(-x, axis),
    "log_softmax": jax.nn.log_softmax,
}
EVERY = pytest.mark.parametrize("name", THEIRS)
X = np.random.default_rng(0).normal(size=(2, 3, 4)) * 3


@EVERY
def test_values_and_derivatives_are_those_of_jax_in_float64(name):
    ours, theirs = getattr(act, name), THEIRS[name]
    weights = np.random.default_rng(1).normal(size=X.shape)

    def everything(f, x):
        row = x[0, 0]
        found = [f(x, axis, t) for axis in (-1, 0, 1) for t in (1.0, 0.3)]
        found += [jax.grad(lambda x: (f(x, 1, 0.3) * weights).sum())(x), jax.jacfwd(lambda r: f(r, -1, 0.7))(row)]
        by_temperature = jax.grad(lambda t: (f(row, -1, t) * weights[0, 0]).sum())
        return [*found, jax.hessian(lambda r: f(r, -1, 1.0))(row), by_temperature(0.7), jax.grad(by_temperature)(0.7)]

    with jax.enable_x64(True):
        mine, reference = jax.jit(
            lambda x: (
                everything(lambda x, axis, t: ours(x, axis=axis, temperature=t), x),
                everything(lambda x, axis, t: theirs(x / t, axis=axis), x),
            )
        )(X)
        for got, expected in zip(mine, reference, strict=True):
            np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=1e-9, atol=1e-12)
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(mine[0], ours(X, temperature=1.0001), rtol=1e-9)


def test_masks_have_no_share_and_no_gradient():
    x = jnp.asarray([1.0, 2.0, -jnp.inf])
    assert act.softmax(x)[2] == 0.0
    gradient = jax.jit(jax.jacrev(act.softmax))(x)
    assert not np.isnan(np.asarray(gradient)).any()
    assert not np.asarray(gradient)[2].any()
    by_temperature = jax.jit(jax.grad(lambda t: act.softmax(x, temperature=t)[0]))(0.7)
    expected = jax.grad(lambda t: jax.nn.softmax(x[:2] / t)[0])(0.7)
    assert float(by_temperature) == pytest.approx(float(expected), rel=1e-5)


@EVERY
def test_extremes_are_those_of_numpy(name):
    rows = [[1.0, 2.0, 2.0], [1e30, -1e30, 3.0], [-np.inf, 0.0, 1.0], [np.inf, 1.0, 2.0], [np.nan, 1.0, 2.0]]
    x = np.asarray(rows, np.float32)
    f = jax.jit(lambda x, t: getattr(act, name)(x, temperature=t))
    for temperature in (0.0, 1e-6, 1.0, np.inf):
        expected = getattr(act, name)(x, temperature=temperature)
        np.testing.assert_allclose(np.asarray(f(x, temperature)), expected, rtol=1e-6)
        given = getattr(act, name)(jnp.asarray(x), temperature=temperature)
        np.testing.assert_allclose(np.asarray(given), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_halves_are_rounded_once(dtype):
    x = jnp.asarray(X, dtype)
    expected = act.softmax(x.astype(jnp.float32)).astype(dtype)
    np.testing.assert_array_equal(np.asarray(act.softmax(x)), np.asarray(expected))


def test_maxout_keeps_the_largest_of_each_group():
    x = jnp.asarray([[1.0, 5.0, 2.0, 2.0], [0.0, -1.0, 7.0, 3.0]])
    assert act.maxout(x).tolist() == [[5.0, 2.0], [0.0, 7.0]]
    assert act.maxout(x, pieces=4).tolist() == [[5.0], [7.0]]
    assert act.maxout(x, axis=0).tolist() == [[1.0, 5.0, 7.0, 3.0]]
    gradient = jax.jit(jax.grad(lambda x: (act.maxout(x) * jnp.asarray([1.0, 10.0])).sum()))(x)
    assert gradient.tolist() == [[0.0, 1.0, 5.0, 5.0], [1.0, 0.0, 10.0, 0.0]]
    assert not np.asarray(jax.jit(jax.hessian(lambda x: act.maxout(x).sum()))(x)).any()
    with pytest.raises(ArrayTypeError, match="takes groups of 3 along its axis, but that has 4"):
        act.maxout(x, pieces=3)
    with pytest.raises(ParameterError, match="cannot be traced"):
        jax.jit(lambda p: act.maxout(x, pieces=p))(2)


def test_vmap_over_rows():
    x = jnp.asarray(X[0], jnp.float32)
    np.testing.assert_allclose(np.asarray(jax.vmap(act.softmax)(x)), np.asarray(act.softmax(x)), rtol=1e-6)
    gradients = jax.jit(jax.vmap(jax.grad(lambda r: act.log_softmax(r)[0])))(x)
    np.testing.assert_allclose(np.asarray(gradients.sum(-1)), 0, atol=1e-6)


def test_what_makes_no_row_is_refused():
    with pytest.raises(ArrayTypeError, match="axis -1 does not exist in an array of 0 dimensions"):
        act.softmax(jnp.float32(1.0))
    with pytest.raises(ArrayTypeError, match="axis 3 does not exist in an array of 3 dimensions"):
        act.softmax(jnp.asarray(X), axis=3)
    with pytest.raises(ArrayTypeError, match="its derivative is a matrix"):
        act.softmax.slope(jnp.ones(3))
    with pytest.raises(ArrayTypeError, match="softmax takes no `bias`"):
        act.softmax(jnp.ones(3), bias=jnp.ones(3))
    with pytest.raises(ParameterError, match=r"`temperature` must be a single number, but its shape is \(3,\)"):
        act.softmax(jnp.ones(3), temperature=jnp.ones(3))
    with pytest.raises(ParameterError, match="`temperature` must be"):
        act.softmax(jnp.ones(3), temperature=-1.0)


@pytest.mark.parametrize("formula", FORMULAS)
def test_derivatives_of_any_formula_are_what_quotients_say(formula):
    f = act.define("own", formula)
    x, weights = np.random.default_rng(2).normal(0, 2, (2, 3, 8))
    weights = weights[:, :1] if f.pooled else weights
    with jax.enable_x64(True):
        gradient = jax.jit(jax.grad(lambda x: (f(x) * weights).sum()))
        np.testing.assert_allclose(gradient(x), gradient_by_quotients(parse(formula), x, weights), rtol=1e-6, atol=1e-8)
        step = 1e-6 * np.random.default_rng(3).normal(size=x.shape)
        _, tangent = jax.jvp(gradient, (x,), (step,))
        np.testing.assert_allclose(tangent, (gradient(x + step) - gradient(x - step)) / 2, rtol=1e-5, atol=1e-13)
