"""The pictures and sequences are what their descriptions say; the oracles are scikit-learn's, and counting."""

import numpy as np
import pytest

from actscope.lab.tasks import checkerboard, load, shapes
from actscope.lab.tasks.generated import LENGTH, SYMBOLS, sequences


@pytest.mark.parametrize("name", ["xor", "circles", "moons", "spirals", "shapes", "checkerboard"])
def test_neighbours_tell_the_class_and_no_line_does(name):
    """The oracles are scikit-learn's: three neighbours see the picture, a linear classifier must fail on it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    data = load(name, 1000)
    train, test = (data.train_inputs, data.train_targets), (data.test_inputs, data.test_targets)
    assert KNeighborsClassifier(3).fit(*train).score(*test) > 0.9
    assert LogisticRegression().fit(*train).score(*test) < 0.92


def test_three_lines_cut_the_circles_out_and_two_do_not():
    points, labels = shapes(3000, 0.0, np.random.default_rng(0))
    # The triangle with corners at distance 1 has its sides at distance 1/2, opposite the corners.
    angles = np.pi / 2 + 2 * np.pi / 3 * np.arange(3)
    beyond = points @ -np.stack([np.cos(angles), np.sin(angles)]) > 0.5
    assert np.array_equal(labels == 1, ~beyond.any(axis=1))
    for side in range(3):
        assert not np.array_equal(labels == 1, ~np.delete(beyond, side, axis=1).any(axis=1))


def test_the_squares_of_the_board_alternate():
    points, labels = checkerboard(4000, 0.0, np.random.default_rng(0))
    column, row = np.floor(points).astype(int).T
    assert {*column} == {*row} == {-2, -1, 0, 1}
    assert np.array_equal((column + row) % 2, labels)
    # Every square has its share, to within five standard deviations of counting.
    counts = np.unique(np.stack([column, row]), axis=1, return_counts=True)[1]
    assert len(counts) == 16
    assert np.abs(counts - 250).max() < 5 * np.sqrt(250)


def symbols_of(samples, noise=0.0):
    vectors, labels = sequences(samples, noise, np.random.default_rng(0))
    return vectors.reshape(samples, LENGTH, SYMBOLS).argmax(axis=2), labels


def test_the_class_of_a_sequence_says_whether_its_first_symbol_comes_once_more():
    symbols, labels = symbols_of(2000)
    again = (symbols[:, 1:] == symbols[:, :1]).sum(axis=1)
    assert np.array_equal(again, labels)


def test_no_symbol_and_no_place_gives_the_class_away():
    symbols, labels = symbols_of(60_000)
    for place in range(LENGTH):
        of_zero, of_one = (np.bincount(symbols[labels == label, place]) / 30_000 for label in (0, 1))
        assert np.abs(of_zero - 1 / SYMBOLS).max() < 0.012
        assert np.abs(of_one - 1 / SYMBOLS).max() < 0.012


def test_no_linear_rule_tells_the_sequences_apart():
    from sklearn.linear_model import LogisticRegression

    data = load("sequences", 4000)
    found = LogisticRegression().fit(data.train_inputs, data.train_targets)
    assert found.score(data.test_inputs, data.test_targets) < 0.6
