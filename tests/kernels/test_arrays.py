"""Arrays of every type, shape and layout; what is refused, and how."""

import numpy as np
import pytest

from actscope import kernels
from actscope.catalogue import get
from actscope.errors import ArrayTypeError, ParameterError

GELU, RELU, TANH = get("gelu"), get("relu"), get("tanh")
BASE = np.random.default_rng(0).normal(size=(6, 8, 10))


@pytest.mark.parametrize(
    "view",
    [
        BASE,
        BASE.T,
        BASE[::2, 1:, ::-3],
        BASE[:, 3, :],
        np.asfortranarray(BASE),
        BASE.transpose(1, 0, 2),
        BASE[:0],
        BASE[0, 0, 0],
        np.broadcast_to(BASE[0, 0], (4, 10)),
    ],
    ids=["c", "t", "strided", "slice", "fortran", "permuted", "empty", "0-d", "broadcast"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f4", ">f8"])
def test_layout_does_not_matter(view, dtype):
    x = np.asarray(view).astype(dtype) if np.dtype(dtype) != view.dtype else view
    x = np.lib.stride_tricks.as_strided(x, x.shape, x.strides, writeable=False)
    before = x.copy()
    got = kernels.value(GELU, x)
    wanted = kernels.value(GELU, np.ascontiguousarray(x.astype(x.dtype.newbyteorder("=")))).reshape(x.shape)
    assert got.shape == x.shape
    assert got.dtype == x.dtype.newbyteorder("=")
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int16, np.int32, np.int64])
def test_integers_are_promoted_as_by_numpy(dtype):
    x = np.array([0, 1, 1], dtype)
    assert kernels.value(TANH, x).dtype == np.exp(x).dtype


def test_python_numbers_give_python_floats():
    for x in (1, 1.0, True):
        assert type(kernels.value(TANH, x)) is float
        assert kernels.value(TANH, x) == pytest.approx(np.tanh(1.0), rel=1e-15)
    assert type(kernels.value(TANH, np.float32(1))) is np.float32
    assert kernels.value(TANH, [0.0, 1.0]).dtype == np.float64


def test_out_is_filled_and_returned_even_where_it_is_the_input():
    x = np.linspace(-2, 2, 9, dtype=np.float32)
    wanted = kernels.value(GELU, x)
    out = np.empty((18,), np.float32)[::2]
    assert kernels.value(GELU, x, out=out) is out
    np.testing.assert_array_equal(out, wanted)
    assert kernels.value(GELU, x, out=x) is x
    np.testing.assert_array_equal(x, wanted)


def test_large_arrays_in_threads_give_the_same_bits():
    x = np.random.default_rng(3).normal(size=1_000_003).astype(np.float32)
    pieces = np.concatenate([kernels.value(GELU, piece) for piece in np.array_split(x, 101)])
    np.testing.assert_array_equal(kernels.value(GELU, x), pieces)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: kernels.value(GELU, np.zeros(2, complex)), "gelu is defined on real numbers, but got complex numbers"),
        (lambda: kernels.value(GELU, ["a"]), "but got an array of <U1"),
        (lambda: kernels.value(GELU, np.zeros(2, np.longdouble)), "computes in float64 at most, but got"),
        (lambda: kernels.value(GELU, None), "but got an array of object"),
        (lambda: kernels.value(GELU, np.zeros(3), out=np.zeros(2)), r"`out` must be an array of float64 \(3,\)"),
        (lambda: kernels.value(GELU, np.zeros(3), out=np.zeros(3, np.float32)), "`out` must be an array of float64"),
    ],
)
def test_what_is_no_real_number_is_refused(call, text):
    with pytest.raises(ArrayTypeError, match=text):
        call()


def test_out_that_is_read_only_is_refused():
    out = np.zeros(2)
    out.flags.writeable = False
    with pytest.raises(ArrayTypeError, match="`out` is read-only"):
        kernels.value(RELU, np.zeros(2), out=out)


def test_wrong_parameters_are_refused():
    with pytest.raises(ParameterError, match="relu has no parameter 'alpha'; it has none"):
        kernels.value(RELU, 1.0, alpha=2)
    with pytest.raises(ParameterError, match="elu: `alpha` must be a number > 0, but got -1"):
        kernels.value(get("elu"), 1.0, alpha=-1)


def test_no_rows_have_no_groups():
    maxout = get("maxout")
    assert kernels.value(maxout, np.zeros((0, 6), np.float32)).shape == (0, 3)
    assert kernels.value(maxout, np.zeros((3, 0))).shape == (3, 0)
