"""Formats by their bit patterns, against NumPy's and PyTorch's own."""

import ml_dtypes
import numpy as np
import pytest
import torch

from actscope.bench.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FORMATS, spacing


@pytest.mark.parametrize("form", [FLOAT16, FLOAT32, FLOAT64], ids=lambda form: form.name)
def test_a_format_is_what_numpy_says(form):
    info = np.finfo(form.stored)
    assert (form.digits, form.smallest_exponent) == (info.nmant, info.minexp)
    assert (form.largest, form.smallest_normal) == (float(info.max), float(info.tiny))
    assert np.isposinf(form.numbers(np.array([form.infinity]))[0])


def test_bfloat16_is_what_pytorch_says():
    info = torch.finfo(torch.bfloat16)
    assert (BFLOAT16.largest, BFLOAT16.smallest_normal) == (info.max, info.tiny)


@pytest.mark.parametrize("form", [FLOAT16, FLOAT32, FLOAT64], ids=lambda form: form.name)
def test_one_ulp_is_the_distance_to_the_next_number(form):
    info = np.finfo(form.stored)
    x = np.array([0.0, info.smallest_subnormal, info.tiny, 0.1, 1.0, 1.75, 3.0, info.max], form.stored)
    beside = np.nextafter(x, form.stored(0))
    beside[0] = info.smallest_subnormal
    # Below a power of 2 the numbers are twice as close.
    x[2], x[4] = np.nextafter(x[2], form.stored(1)), np.nextafter(x[4], form.stored(2))
    beside[2], beside[4] = info.tiny, 1.0
    distance = np.abs(x.astype(np.float64) - beside.astype(np.float64))
    np.testing.assert_array_equal(spacing(x.astype(np.float64), form), distance)


def test_16_bit_patterns_widen_and_round_back():
    patterns = np.arange(1 << 16).astype(np.uint16)
    for form, theirs in ((FLOAT16, np.float16), (BFLOAT16, ml_dtypes.bfloat16)):
        wide = form.widened(form.numbers(patterns))
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(wide, patterns.view(theirs).astype(np.float64))
        kept = np.isfinite(wide)
        np.testing.assert_array_equal(form.rounded(wide).view(np.uint16)[kept], patterns[kept])


def test_rounding_to_bfloat16_is_to_nearest_even():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 1 << 32, 100_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    halves = np.ldexp(1.0 + np.arange(1, 512, 2) / 256, rng.integers(-140, 127, 256)).astype(np.float32)
    x = np.concatenate([x[np.isfinite(x)], halves])
    np.testing.assert_array_equal(
        BFLOAT16.widened(BFLOAT16.rounded(x)), x.astype(ml_dtypes.bfloat16).astype(np.float64)
    )


def test_names_are_those_of_the_formats():
    assert {name: form.name for name, form in FORMATS.items()} == {name: name for name in FORMATS}
