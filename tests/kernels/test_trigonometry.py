"""sin and cos, near and far: close to their roots, at piece borders, and with one far element among near ones."""

import mpmath as mp
import numpy as np
import pytest

from actscope import kernels
from actscope.catalogue import get
from actscope.kernels.elements import PIECE
from actscope.kernels.trigonometry import NEAR, two_over_pi
from edges import edges
from truth import TRUTH, exact, ulps

COS = get("cos")
LIMIT = {np.float32: 1.0, np.float64: 1.0}


def worst(x: np.ndarray, absolute: float = 0.0) -> float:
    value = ulps(kernels.value(COS, x), exact(TRUTH["cosine"].value, x), absolute)
    slope = ulps(kernels.slope(COS, x), exact(TRUTH["cosine"].slope, x), absolute)
    return max(value.max(), slope.max())


def beside_roots(dtype: type, largest: float) -> np.ndarray:
    """Return the numbers next to multiples of pi/2, where the result has the fewest digits to start from."""
    multiples = np.unique(np.geomspace(1, largest / 1.6, 400).astype(np.int64))
    with mp.workdps(40):
        centres = np.array([float(k * mp.pi / 2) for k in multiples.tolist()]).astype(dtype)
    found = np.concatenate([centres, np.nextafter(centres, dtype(0)), np.nextafter(centres, dtype(np.inf))])
    return np.concatenate([found, -found])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_near_arguments(dtype):
    x = edges(dtype)
    x = x[np.abs(x) < NEAR]
    assert worst(x) <= LIMIT[dtype]
    assert worst(beside_roots(dtype, NEAR)) <= LIMIT[dtype]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_arguments(dtype):
    x = beside_roots(dtype, 2.0**62)
    assert worst(x[np.abs(x) > NEAR], absolute=2.0**-100) <= LIMIT[dtype]
    x = edges(dtype)
    assert worst(x[np.abs(x) >= NEAR]) <= LIMIT[dtype]


def test_the_double_closest_to_a_root():
    # Found by Kahan and McDonald: of all doubles it comes closest to a multiple of pi/2, to 4.7e-19.
    x = np.array([6381956970095103 * 2.0**797])
    assert worst(x, absolute=2.0**-100) <= LIMIT[np.float64]
    assert 4e-19 < abs(kernels.value(COS, x)[0]) < 5e-19


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("stranger", [1e30, np.inf, np.nan])
def test_one_far_element_spoils_no_other(size, stranger):
    x = np.random.default_rng(0).normal(0, 30, size)
    for place in {0, size // 2, size - 1}:
        mixed = x.copy()
        mixed[place] = stranger
        got, alone = kernels.value(COS, mixed), kernels.value(COS, x)
        others = np.arange(size) != place
        np.testing.assert_allclose(got[others], alone[others], rtol=3e-16)
        expected = np.cos(stranger) if np.isfinite(stranger) else np.nan
        np.testing.assert_allclose(got[place], expected, rtol=1e-15)


def test_the_constant_is_that_of_mpmath():
    with mp.workprec(1500):
        assert two_over_pi() == int(mp.floor(2 / mp.pi * mp.mpf(2) ** 1400))
