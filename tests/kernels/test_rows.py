"""Row-wise kernels against SciPy and against the limits that temperature has."""

import numpy as np
import pytest
import scipy.special

from actscope import kernels
from actscope.catalogue import get
from actscope.catalogue.defining import define
from actscope.errors import ArrayTypeError, ParameterError
from actscope.formula import evaluate, parse, substitute
from actscope.kernels.rows import row_gradient
from rows import FORMULAS, gradient_by_quotients

SOFTMAX = get("softmax")


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 1), (5, 17), (2, 3, 64), (4, 1000), (0, 5), (5, 0)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_agrees_with_scipy(shape, dtype):
    x = np.random.default_rng(0).normal(0, 20, shape).astype(dtype)
    got = kernels.value(SOFTMAX, x)
    assert got.dtype == dtype
    if x.size:
        wanted = scipy.special.softmax(x.astype(np.float64), axis=-1)
        # In float64 SciPy's own difference from the largest is rounded, and exp multiplies that by its size.
        rounded = 4 if dtype == np.float32 else 100
        np.testing.assert_allclose(got, wanted, rtol=rounded * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_any_axis(axis):
    x = np.random.default_rng(1).normal(size=(3, 4, 5))
    np.testing.assert_allclose(kernels.value(SOFTMAX, x, axis=axis), scipy.special.softmax(x, axis=axis), rtol=1e-14)


def test_temperature_from_one_hot_to_equal_shares():
    x = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(kernels.value(SOFTMAX, x, temperature=2.0), scipy.special.softmax(x / 2), rtol=1e-14)
    np.testing.assert_array_equal(kernels.value(SOFTMAX, x, temperature=1e-300), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(kernels.value(SOFTMAX, x, temperature=np.inf), np.full(3, 1 / 3))


def test_huge_inputs_do_not_overflow_and_nan_fills_its_row():
    x = np.array([[3e38, 3e38, -3e38], [1.0, np.nan, 2.0]], np.float32)
    got = kernels.value(SOFTMAX, x)
    np.testing.assert_array_equal(got[0], np.array([0.5, 0.5, 0.0], np.float32))
    assert np.isnan(got[1]).all()


def test_many_rows_in_threads_are_the_rows_one_by_one():
    x = np.random.default_rng(2).normal(size=(3000, 257)).astype(np.float32)
    together = kernels.value(SOFTMAX, x)
    np.testing.assert_array_equal(together, np.stack([kernels.value(SOFTMAX, row) for row in x]))


def test_what_cannot_be_is_said():
    with pytest.raises(ArrayTypeError, match="softmax: axis 2 does not exist in an array of 2 dimensions"):
        kernels.value(SOFTMAX, np.zeros((2, 2)), axis=2)
    with pytest.raises(ArrayTypeError, match="pass an array of at least one dimension"):
        kernels.value(SOFTMAX, 1.0)
    with pytest.raises(ArrayTypeError, match="its derivative is a matrix"):
        kernels.slope(SOFTMAX, np.zeros(2))
    with pytest.raises(ParameterError, match="`temperature` must be a number >= 0, but got -1"):
        kernels.value(SOFTMAX, np.zeros(2), temperature=-1)


@pytest.mark.parametrize("formula", FORMULAS)
def test_gradients_of_any_formula_are_what_quotients_say(formula):
    x, g = np.random.default_rng(3).normal(0, 2, (2, 4, 8))
    expr = parse(formula)
    if evaluate(expr, x=x).shape[-1] == 1:
        g = g[:, :1]
    got = np.broadcast_to(evaluate(row_gradient(expr), x=x, g=g), x.shape)
    np.testing.assert_allclose(got, gradient_by_quotients(expr, x, g), rtol=1e-6, atol=1e-8)


def test_parameters_may_have_any_name():
    formula = parse("x*tanh(shift*row_max(x)) + reduced0*largest0*row_sum(x)")
    values = {"shift": 0.5, "reduced0": 2.0, "largest0": 3.0}
    x, g = np.random.default_rng(4).normal(size=(2, 3, 5))
    got = evaluate(row_gradient(formula), x=x, g=g, **values)
    filled = substitute(formula, values)
    np.testing.assert_allclose(got, gradient_by_quotients(filled, x, g), rtol=1e-6, atol=1e-8)


def test_a_number_of_the_whole_row_takes_the_place_of_its_axis():
    spread = define("spread", "row_max(x) - row_sum(x)/4")
    x = np.arange(24.0).reshape(2, 4, 3)
    for axis in (0, 1, -1):
        wanted = x.max(axis, keepdims=True) - x.sum(axis, keepdims=True) / 4
        np.testing.assert_allclose(kernels.value(spread, x, axis=axis), wanted, rtol=1e-15)
    assert kernels.value(spread, np.zeros((2, 0))).shape == (2, 0)
