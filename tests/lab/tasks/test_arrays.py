"""Arrays in NPZ files: which are inputs, which images and sequences, and a split that came with them."""

import numpy as np
import pytest

from actscope.errors import DataError
from actscope.lab.tasks import find
from actscope.lab.tasks.arrays import read_arrays
from actscope.lab.tasks.loading import _data

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 4))
Y = np.arange(30) % 3
PIXELS = RANDOM.integers(0, 256, (30, 6, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("names", [("X", "y"), ("x", "Y"), ("inputs", "targets"), ("Inputs", "Targets")])
def test_inputs_and_targets_go_by_usual_names(npz, names):
    raw = read_arrays(npz(**dict(zip(names, (X, Y), strict=True)), other=X), "mine.npz", None)
    assert np.array_equal(raw.inputs, X)
    assert np.array_equal(raw.targets, Y)
    assert raw.labels == ("0", "1", "2")


@pytest.mark.parametrize(
    ("inputs", "shape", "images"),
    [
        (X, (4,), False),
        (X.astype(np.float32), (4,), False),
        (X > 0, (4,), False),
        (PIXELS, (3, 6, 5), True),
        (PIXELS.transpose(0, 3, 1, 2), (3, 6, 5), True),
        (PIXELS[..., 0], (1, 6, 5), True),
        (PIXELS[..., :1], (1, 6, 5), True),
        (PIXELS[..., 0] / 255, (6, 5), False),
    ],
)
def test_the_axes_say_whether_a_sample_is_a_vector_a_sequence_or_an_image(npz, inputs, shape, images):
    raw = read_arrays(npz(X=inputs, y=Y), "mine.npz", None)
    assert raw.inputs.shape == (30, *shape)
    assert raw.images is images
    channels_last = images and inputs.shape[1] != 3
    found = raw.inputs[7].transpose(1, 2, 0) if channels_last else raw.inputs[7]
    assert np.array_equal(found.ravel(), inputs[7].ravel())


def test_text_may_name_the_classes_and_several_numbers_may_be_predicted(npz):
    assert read_arrays(npz(X=X, y=np.array(["b", "a", "c"])[Y]), "m", None).labels == ("a", "b", "c")
    several = read_arrays(npz(X=X, y=RANDOM.standard_normal((30, 2))), "m", None)
    assert several.targets.shape == (30, 2)
    assert read_arrays(npz(X=X, y=Y[:, None]), "m", None).targets.shape == (30,)


def split(npz, tmp_path, **arrays):
    path = tmp_path / "split.npz"
    path.write_bytes(npz(**arrays))
    return find(path)[0]


def test_a_split_that_came_with_the_data_is_kept_for_every_seed(npz, tmp_path):
    """Who splits has a reason, such as patients of whom none may be on both sides; the seed leaves it alone."""
    marked, tests = (np.column_stack([X[:size], np.full(size, mark)]) for size, mark in ((30, 0.0), (10, 1.0)))
    task = split(npz, tmp_path, x_train=marked, y_train=Y, x_test=tests, y_test=Y[:10])
    assert (task.samples, task.apart) == (40, 10)
    for seed in range(5):
        data = _data(task, 40, 0.0, seed, validation=True)
        assert [len(data.train_inputs), len(data.validation_inputs), len(data.test_inputs)] == [22, 8, 10]
        # The mark varies in the test part alone, so it is 1 there, less a centre of 0, over a spread of 1.
        assert not data.train_inputs[:, 4].any()
        assert not data.validation_inputs[:, 4].any()
        assert (data.test_inputs[:, 4] == 1).all()
    some = _data(task, 20, 0.0, 0)
    assert len(some.test_inputs) == 5
    assert (some.test_inputs[:, 4] == 1).all()


def test_bytes_are_scaled_by_the_mean_and_spread_of_each_channel(npz, tmp_path):
    task = split(npz, tmp_path, X=PIXELS, y=Y)
    data = _data(task, 30, 0.0, 0, model="conv")
    wide = data.train_inputs.astype(np.float64)
    assert wide.shape == (24, 3, 6, 5)
    assert np.abs(wide.mean(axis=(0, 2, 3))).max() < 1e-6
    assert np.abs(wide.std(axis=(0, 2, 3)) - 1).max() < 1e-6
    # One scale for a channel: the pixels keep their differences.
    assert np.abs(wide.mean(axis=(0, 3))).max() > 0.01


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ({"a": X, "y": Y}, "mine.npz holds a, y; the arrays must be called X and y, inputs and targets, or x_train"),
        ({"X": X, "y": Y[:7]}, "the inputs and targets of mine.npz have 30 and 7 rows; each input needs its target"),
        ({"X": X[:, 0], "y": Y}, "(rows, numbers) is needed; one number a row is X.reshape(-1, 1)"),
        ({"X": X[:, :0], "y": Y}, "the inputs have the shape (30, 0)"),
        ({"X": X[:3], "y": Y[:3]}, "y of mine.npz has 3 rows; at least 10 are needed"),
        ({"X": np.where(X > 2, np.nan, X), "y": Y}, "the inputs of mine.npz have nan or infinity in"),
        (
            {"X": X, "y": np.where(Y, np.inf, 0.5)},
            "targets of mine.npz have nan or infinity in 20 rows (2, 3, 5, ...)",
        ),
        ({"X": X, "y": np.eye(3)[Y]}, "has a column for each class; give the classes themselves: y.argmax(axis=1)"),
        ({"X": X, "y": X[:, :, None]}, "y of mine.npz has the shape (30, 4, 1)"),
        ({"X": X, "y": np.stack([X[:, 0], X[:, 0] * 0], 1)}, "column 1 has one value in every row"),
        ({"X": X, "y": np.zeros(30)}, "y of mine.npz is 0.0 in every row"),
        ({"X": X.astype("U"), "y": Y}, "the inputs of mine.npz are of type <U"),
        ({"X": np.zeros((30, 5, 6, 7)), "y": Y}, "(rows, numbers), (rows, length, features) and images with 1, 3 or 4"),
        ({"X": X, "y": np.float64(3)}, "the array y of mine.npz has the type float64 and shape ()"),
        (
            {"x_train": X, "y_train": Y, "x_test": X[:, :2], "y_test": Y},
            "training and test parts of mine.npz differ",
        ),
        (
            {"x_train": X, "y_train": Y % 2, "x_test": X, "y_test": Y},
            "the class 2, which the training part has not",
        ),
    ],
)
def test_what_cannot_be_learned_is_named(npz, arrays, text):
    with pytest.raises(DataError) as caught:
        read_arrays(npz(**arrays), "mine.npz", None)
    assert text in str(caught.value)


def test_what_is_no_npz_is_refused_and_nothing_in_it_is_run(npz):
    for content in (b"", b"junk", b"PK\x03\x04junk", npz(X=X, y=Y)[:-200]):
        with pytest.raises(DataError, match=r"mine.npz (is no NPZ file|cannot be read as NPZ)"):
            read_arrays(content, "mine.npz", None)
    with pytest.raises(DataError, match="an array of Python objects is not read, since reading it could run code"):
        read_arrays(npz(X=X, y=np.array([{}] * 30, dtype=object)), "mine.npz", None)
