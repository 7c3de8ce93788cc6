"""Errors in ulp, against the slow and plain way of `truth.ulps`, and the rules about infinity, nan and roots."""

import mpmath as mp
import numpy as np
import pytest

from actscope.bench.formats import FLOAT32, FLOAT64, spacing
from actscope.bench.records import Errors, Worst, joined
from actscope.bench.scoring import near_roots, summed_up, ulps
from truth import ulps as plainly


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)
def test_errors_are_those_of_the_plain_way(form):
    rng = np.random.default_rng(0)
    info = np.finfo(form.stored)
    exponents = rng.integers(info.minexp - info.nmant, info.maxexp, 2000)
    true = np.concatenate(
        [np.ldexp(1 + rng.random(2000), exponents - 1), info.max * (1 - info.eps * (2 + 4 * rng.random(50)))]
    )
    true = np.concatenate([true, -true, [0.0]])
    rest = rng.random(true.shape) if form is FLOAT64 else np.zeros(true.shape)
    with np.errstate(over="ignore"):
        got = true + spacing(true, form) * rng.normal(0, 3, true.shape)
    got = got.clip(-float(info.max), float(info.max)).astype(form.stored)
    with mp.workdps(60):
        exactly = [
            mp.mpf(t) + mp.mpf(r) * mp.mpf(u)
            for t, r, u in zip(true.tolist(), rest.tolist(), spacing(true, form).tolist(), strict=True)
        ]
    found = ulps(got.astype(np.float64), true, form, rest)
    np.testing.assert_allclose(found, plainly(got, exactly), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("got", "true", "error"),
    [
        (np.nan, np.nan, 0.0),
        (np.nan, 1.0, np.inf),
        (1.0, np.nan, np.inf),
        (np.inf, np.inf, 0.0),
        (-np.inf, np.inf, np.inf),
        (np.inf, 1e39, 0.0),
        (3.4028234663852886e38, 1e39, 0.0),
        (1e38, 1e39, np.inf),
        (np.inf, 3e38, np.inf),
        (0.0, 1e-50, 1e-50 / 2.0**-149),
        (-0.0, 0.0, 0.0),
        (2.0**-149, 0.0, 1.0),
    ],
)
def test_infinity_nan_and_nothing(got, true, error):
    assert ulps(np.array([got]), np.array([true]), FLOAT32)[0] == pytest.approx(error)


def test_near_a_root_an_absolute_error_is_enough_and_a_larger_one_is_not():
    x = np.array([-1.25, -1.25, -5.0])
    near = near_roots([x], [(-1.9, -0.6)])
    true = np.array([1e-8, 1e-8, 1e-8])
    got = true + np.array([0.9, 1.1, 0.9]) * 2.0**-24
    found = ulps(got, true, FLOAT32, near_root=near)
    assert found[0] == pytest.approx(0.45)
    assert found[1] > 1e6
    assert found[2] > 1e6
    # Of a gated activation's derivative, which is b times that of one number, b times as much is enough.
    scaled = near_roots([x, np.full(3, 1024.0)], [(-1.9, -0.6)])
    assert ulps(got * 1024, true * 1024, FLOAT32, near_root=scaled)[0] == pytest.approx(0.45)
    assert near_roots([x], []) is None


def test_errors_are_summed_up_with_the_worst_and_where_it_is():
    x = np.array([1.0, 2.0, 1e-40, 4.0])
    true = np.array([1.0, 1.0, 1e-40, 1.0])
    got = np.array([1.0, 1.0 + 3 * 2.0**-23, 0.0, np.nan])
    errors = summed_up(ulps(got, true, FLOAT32), FLOAT32, [x], got, true)
    assert (errors.inputs, errors.misrounded, errors.beyond, errors.broken) == (4, 3, 3, 1)
    assert errors.worst.at == (1e-40,)
    assert errors.worst_normal == Worst(3.0, (2.0,), got[1], 1.0)
    assert errors.broken_worst.at == (4.0,)
    assert not errors.kept


def test_parts_joined_are_the_whole():
    rng = np.random.default_rng(1)
    x, true = rng.random(1000), rng.random(1000)
    got = true * (1 + 2.0**-22 * rng.normal(size=1000))
    got[500] = np.inf

    def of(part: slice) -> Errors:
        return summed_up(ulps(got[part], true[part], FLOAT32), FLOAT32, [x[part]], got[part], true[part])

    assert joined(of(slice(0, 300)), of(slice(300, None))) == of(slice(None))
