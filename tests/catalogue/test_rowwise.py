"""Activations of a row: their limits in temperature and score, their digits, their gradients, against mpmath."""

import math

import mpmath as mp
import numpy as np
import pytest

from actscope import kernels
from actscope.catalogue import get
from actscope.formula import evaluate
from actscope.kernels.rows import row_gradient
from truth import ulps

INF = math.inf
SHARES = [
    # scores, temperature, shares
    ([1.0, 3.0, 2.0], 0.0, [0.0, 1.0, 0.0]),
    ([3.0, 3.0, 2.0], 0.0, [0.5, 0.5, 0.0]),
    ([1.0, 3.0, 2.0, 7.0], INF, [0.25, 0.25, 0.25, 0.25]),
    ([-INF, 3.0, 2.0], INF, [0.0, 0.5, 0.5]),
    ([-INF, 3.0, 3.0], 1.0, [0.0, 0.5, 0.5]),
    ([-INF, 3.0, 2.0], 0.0, [0.0, 1.0, 0.0]),
    ([INF, 3.0, INF], 1.0, [0.5, 0.0, 0.5]),
    ([INF, 3.0, -INF], 0.0, [1.0, 0.0, 0.0]),
    ([INF, 3.0, -INF], INF, [1.0, 0.0, 0.0]),
    ([-INF, -INF], 1.0, [math.nan, math.nan]),
    ([-INF, 5.0], 1.0, [0.0, 1.0]),
    ([5.0], 0.0, [1.0]),
    ([1.0, math.nan, INF], 1.0, [math.nan] * 3),
    ([1.0, math.nan, 2.0], 0.0, [math.nan] * 3),
    ([1.0, math.nan, 2.0], INF, [math.nan] * 3),
]


@pytest.mark.parametrize(("scores", "temperature", "shares"), SHARES)
@pytest.mark.parametrize("way", ["numpy", "float32", "float64"])
def test_limits_of_temperature_and_score(scores, temperature, shares, way):
    def value(name, x):
        if way == "numpy":
            return evaluate(get(name).formula, x=np.array(x), temperature=temperature)
        return kernels.value(get(name), np.array(x, way), temperature=temperature)

    near = {"rtol": 2**-23, "atol": 0}
    np.testing.assert_allclose(value("softmax", scores), shares, **near)
    np.testing.assert_allclose(value("softmin", [-score for score in scores]), shares, **near)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(value("log_softmax", scores), np.log(shares), **near)


def exactly(scores, temperature):
    """Return the shares and their logarithms, to 60 digits."""
    with mp.workdps(60):
        weights = [mp.exp((mp.mpf(float(s)) - mp.mpf(float(max(scores)))) / mp.mpf(temperature)) for s in scores]
        order = sorted(weights)
        total = mp.fsum(order)
        # Of the largest share, close to 1, the logarithm is that of 1 minus the others.
        logs = [
            -mp.log1p(mp.fsum(order[:-1])) if w == 1 else mp.log(w) - mp.log1p(mp.fsum(order[:-1])) for w in weights
        ]
        return [w / total for w in weights], logs


@pytest.mark.parametrize("spread", [1.0, 30.0, 80.0, 600.0])
@pytest.mark.parametrize("temperature", [1.0, 0.1, 7.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_share_keeps_its_digits(spread, temperature, dtype):
    rng = np.random.default_rng(0)
    for size in (2, 5, 300):
        scores = rng.uniform(-spread, spread, size).astype(dtype)
        shares, logs = exactly(scores, temperature)
        got = kernels.value(get("softmax"), scores, temperature=temperature)
        assert ulps(got, shares).max() <= 4.0
        assert ulps(kernels.value(get("softmin"), -scores, temperature=temperature), shares).max() <= 4.0
        assert ulps(kernels.value(get("log_softmax"), scores, temperature=temperature), logs).max() <= 4.0


def test_the_oracle_of_shares_bites():
    scores = np.array([0.0, 40.0])
    _, logs = exactly(scores, 1.0)
    with np.errstate(divide="ignore"):
        assert ulps(np.log(np.exp(scores - 40) / np.exp(scores - 40).sum()), logs).max() > 1e9


@pytest.mark.parametrize("temperature", [1.0, 0.3, 5.0])
def test_gradients_are_the_closed_forms(temperature):
    rng = np.random.default_rng(1)
    x, g = rng.normal(0, 3, 9), rng.normal(size=9)
    x[3] = x[5] = x.max()
    p, _ = exactly(x, temperature)
    p = np.array([float(share) for share in p])
    expected = {
        "softmax": p * (g - np.sum(g * p)) / temperature,
        "log_softmax": (g - p * np.sum(g)) / temperature,
    }
    for name, closed in expected.items():
        got = evaluate(row_gradient(get(name).formula), x=x, g=g, temperature=temperature)
        np.testing.assert_allclose(got, closed, rtol=1e-11, atol=1e-14)
    got = evaluate(row_gradient(get("softmin").formula), x=-x, g=g, temperature=temperature)
    np.testing.assert_allclose(got, -expected["softmax"], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 5.0, INF])
def test_the_output_tells_the_gradient_as_well(name, temperature):
    rng = np.random.default_rng(2)
    x, g = rng.normal(0, 3, 9), rng.normal(size=9)
    activation = get(name)
    y = evaluate(activation.formula, x=x, temperature=temperature)
    through_x = evaluate(row_gradient(activation.formula), x=x, g=g, temperature=temperature)
    through_y = evaluate(activation.by_output, y=y, g=g, temperature=temperature)
    np.testing.assert_allclose(through_y, through_x, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize("temperature", [0.0, INF])
def test_gradients_at_the_ends_of_temperature_are_0(name, temperature):
    x = np.array([1.0, 4.0, -INF, 4.0])
    got = evaluate(row_gradient(get(name).formula), x=x, g=np.array([1.0, -2.0, 0.5, 3.0]), temperature=temperature)
    np.testing.assert_array_equal(np.broadcast_to(got, 4), np.zeros(4))


def test_a_masked_score_gets_no_gradient():
    x, g = np.array([1.0, -INF, 2.0]), np.array([1.0, -2.0, 3.0])
    got = evaluate(row_gradient(get("softmax").formula), x=x, g=g, temperature=1.0)
    assert got[1] == 0
    assert np.all(np.isfinite(got))


def test_maxout_is_the_largest_and_its_inputs_share_the_gradient():
    maxout = get("maxout")
    assert maxout.pooled
    assert maxout.row_length == "pieces"
    x = np.array([[1.0, 3.0, 3.0], [-2.0, -1.0, -5.0]])
    np.testing.assert_array_equal(evaluate(maxout.formula, x=x), [[3.0], [-1.0]])
    got = evaluate(row_gradient(maxout.formula), x=x, g=np.array([[2.0], [7.0]]))
    np.testing.assert_array_equal(got, [[0.0, 1.0, 1.0], [0.0, 7.0, 0.0]])
