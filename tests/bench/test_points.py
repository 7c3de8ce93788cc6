"""The sample holds what hurts: tails, neighbours of kinks and roots, the ends of the format."""

import mpmath as mp
import numpy as np
import pytest

from actscope import kernels
from actscope.bench import measuring, points
from actscope.bench.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64
from actscope.bench.subjects import Subject
from actscope.catalogue import CATALOGUE
from truth import EVERYWHERE, TRUTH


def sampled(name: str, kind: str = "value", form=FLOAT32, count: int = 100_000) -> np.ndarray:
    subject = Subject(CATALOGUE[name], kind)
    special, _ = measuring.places(subject)
    return points.sample(form, lambda x: getattr(kernels, kind)(CATALOGUE[name], x), special, count)


def has_neighbours(x: np.ndarray, at: float) -> bool:
    number = np.asarray(at).astype(x.dtype)
    with np.errstate(over="ignore"):
        beside = np.array([number, *(np.nextafter(number, x.dtype.type(side * np.inf)) for side in (-1, 1))])
    return bool(np.isin(beside[np.isfinite(beside)], x).all())


@pytest.mark.parametrize(
    ("name", "kind", "at"),
    [
        ("hardswish", "slope", 3.0),
        ("hardshrink", "value", -0.5),
        ("silu", "slope", -1.2784645427610738),
        ("sigmoid", "value", -87.33654475055312),  # where the result becomes subnormal
        ("sigmoid", "value", -103.97207708399179),  # half the smallest subnormal
        ("tanh", "slope", 44.36141955583649),
        ("gelu", "value", 1.0),
        ("gelu", "value", float(np.finfo(np.float32).max)),
        ("gelu", "value", -float(np.finfo(np.float32).tiny)),
        ("squared_relu", "value", 1.8446744e19),  # where the result overflows
    ],
)
def test_what_hurts_is_there_with_its_neighbours(name, kind, at):
    x = sampled(name, kind)
    assert has_neighbours(x, at)
    assert np.isfinite(x).all()


def test_zero_of_both_signs_and_the_smallest_are_there():
    x = sampled("tanh")
    assert {0.0, 2.0**-149, -(2.0**-149)} <= set(x[np.abs(x) < 1e-44].tolist())
    assert np.signbit(x[x == 0]).any()
    assert not np.signbit(x[x == 0]).all()


def test_every_exponent_is_there_and_those_where_things_bend_more_often():
    x = np.abs(sampled("tanh").astype(np.float64))
    exponents = np.frexp(x[x > 0])[1]
    assert set(range(-148, 129)) <= set(exponents.tolist())
    assert np.mean((x >= 2.0**-12) & (x < 2.0**10)) > 0.4


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
def test_of_16_bits_all_are_there(form):
    wide = form.widened(points.every(form))
    assert len(wide) == (1 << 16) - 2 * (1 << form.digits)
    assert np.isfinite(wide).all()


def test_float64_has_its_own_turns():
    x = sampled("sigmoid", form=FLOAT64, count=4000)
    assert np.min(np.abs(x + 745.1332191019411)) < 1e-12
    assert 4000 <= len(x) < 6000


@pytest.mark.parametrize("name", ["silu", "gelu", "mish", "hardswish", "phish", "logish", "gcu", "snake"])
def test_roots_of_slopes_are_found_where_the_truth_has_them(name):
    slope = TRUTH[name].slope
    places, regions = measuring.places(Subject(CATALOGUE[name], "slope"))
    roots = [place for place in places if place not in CATALOGUE[name].properties.kinks]
    assert roots
    for root in roots[:: max(1, len(roots) // 5)]:
        at, beside = (abs(slope(mp.mpf(root + off))) for off in (0.0, 1e-3))
        assert at < 1e-5 * beside
    low, high = TRUTH[name].slope_roots
    if (low, high) == EVERYWHERE:
        assert regions[0][0] == -np.inf
        assert regions[-1][1] == np.inf
    else:
        assert all(low - 0.3 <= region[0] and region[1] <= high + 0.3 for region in regions)
    assert not any(region[0] <= 0.0 <= region[1] for region in regions)


def test_where_nothing_crosses_0_there_is_no_region():
    for name in ("tanh", "sigmoid", "relu", "elu", "softplus", "step", "hardshrink"):
        for kind in ("value", "slope"):
            assert measuring.places(Subject(CATALOGUE[name], kind))[1] == ()


def test_pairs_hold_special_ones_with_each_other():
    a, b = points.pairs(FLOAT32, [-1.25], 10_000)
    assert np.any((a == np.float32(-1.25)) & (b == np.float32(3.4028235e38)))
    assert np.isfinite(a).all()
    assert np.isfinite(b).all()
    assert {-1.0, 1.0} == set(np.sign(a[a != 0]).tolist())
