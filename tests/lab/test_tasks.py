"""Laws of the data: balanced, standardised without a look at the test part, the same for the same seed."""

import numpy as np
import pytest

from actscope.errors import SettingError, UnknownTaskError
from actscope.lab import tasks
from actscope.lab.tasks import TASKS, card, load, stratified, task_called

every_task = pytest.mark.parametrize("name", TASKS)


@every_task
@pytest.mark.parametrize("samples", [50, 333, 1000])
def test_shapes_types_and_split(name, samples):
    task, data = TASKS[name], load(name, samples)
    assert data.train_inputs.shape == (samples - round(0.2 * samples), task.inputs)
    assert data.test_inputs.shape == (round(0.2 * samples), task.inputs)
    assert data.train_inputs.dtype == data.test_inputs.dtype == np.float32
    assert data.train_targets.dtype == np.int64
    assert set(data.train_targets) == set(data.test_targets) == set(range(task.classes))
    assert np.isfinite(data.train_inputs).all()
    assert np.isfinite(data.test_inputs).all()


@every_task
@pytest.mark.parametrize("seed", range(3))
def test_classes_have_the_same_share_on_both_sides(name, seed):
    data = load(name, 1000, seed=seed)
    train, test = (np.bincount(labels) / len(labels) for labels in (data.train_targets, data.test_targets))
    assert np.abs(train - test).max() <= 1 / len(data.test_targets)


@every_task
def test_the_training_part_alone_is_standardised(name):
    data = load(name, 1000, noise=0.0)
    varied = data.train_inputs.std(axis=0) > 0
    assert np.abs(data.train_inputs.mean(axis=0)).max() < 1e-4
    assert np.abs(data.train_inputs.std(axis=0)[varied] - 1).max() < 1e-4
    # Standardised by all samples, or by itself, the test part would have mean 0 too.
    assert np.abs(data.test_inputs.mean(axis=0)).max() > 1e-3


def test_outliers_in_the_test_part_leave_the_training_part_as_it_is(monkeypatch):
    """Statistics that leak would show: test points are moved far away, and no training input changes."""
    clean = load("moons", 200)
    chosen: list[np.ndarray] = []
    original = tasks.stratified
    monkeypatch.setattr(tasks, "stratified", lambda *args: chosen.append(original(*args)) or chosen[-1])
    load("moons", 200)

    def spoiled(samples, noise, random):
        points, labels = tasks.moons(samples, noise, random)
        points[chosen[0]] += 1000.0
        return points, labels

    row = TASKS["moons"]
    changed = tasks.Task("moons", row.summary, spoiled, row.inputs, row.classes, row.noise)
    monkeypatch.setattr(tasks, "TASKS", {"moons": changed})
    leaky = load("moons", 200)
    assert np.array_equal(leaky.train_inputs, clean.train_inputs)
    assert leaky.test_inputs.min() > 100


@every_task
def test_a_seed_gives_the_same_data_and_another_seed_other_data(name):
    one, again, other = load(name, 200, seed=1), load(name, 200, seed=1), load(name, 200, seed=2)
    for field in one.__slots__:
        assert np.array_equal(getattr(one, field), getattr(again, field))
    assert not np.array_equal(one.train_inputs, other.train_inputs)


@every_task
def test_noise_matters_and_has_a_default(name):
    assert np.array_equal(load(name, 200).train_inputs, load(name, 200, TASKS[name].noise).train_inputs)
    assert not np.array_equal(load(name, 200).train_inputs, load(name, 200, TASKS[name].noise + 0.5).train_inputs)


def test_noise_on_digits_is_gaussian_and_added_to_standardised_pixels():
    clean, noisy = load("digits", 1797, 0.0), load("digits", 1797, 0.5)
    difference = noisy.train_inputs - clean.train_inputs
    assert np.array_equal(noisy.train_targets, clean.train_targets)
    assert difference.std() == pytest.approx(0.5, rel=0.02)
    assert abs(difference.mean()) < 0.01


def test_digits_keep_their_own_size():
    assert card("digits", samples=10_000).train + card("digits", samples=10_000).test == 1797


def test_no_sample_is_on_both_sides():
    data = load("moons", 1000)
    both = np.concatenate([data.train_inputs, data.test_inputs])
    assert len(np.unique(both, axis=0)) == 1000


@pytest.mark.parametrize("name", ["xor", "circles", "moons", "spirals", "shapes"])
def test_neighbours_tell_the_class_and_no_line_does(name):
    """The oracles are scikit-learn's: three neighbours see the picture, a linear classifier must fail on it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    data = load(name, 1000)
    train, test = (data.train_inputs, data.train_targets), (data.test_inputs, data.test_targets)
    assert KNeighborsClassifier(3).fit(*train).score(*test) > 0.93
    assert LogisticRegression().fit(*train).score(*test) < 0.92


def test_three_lines_cut_the_circles_out_and_two_do_not():
    points, labels = tasks.shapes(3000, 0.0, np.random.default_rng(0))
    # The triangle with corners at distance 1 has its sides at distance 1/2, opposite the corners.
    angles = np.pi / 2 + 2 * np.pi / 3 * np.arange(3)
    beyond = points @ -np.stack([np.cos(angles), np.sin(angles)]) > 0.5
    assert np.array_equal(labels == 1, ~beyond.any(axis=1))
    for side in range(3):
        assert not np.array_equal(labels == 1, ~np.delete(beyond, side, axis=1).any(axis=1))


def test_stratified_gives_each_class_its_share():
    random = np.random.default_rng(0)
    for size in range(1, 100, 7):
        labels = random.permutation(np.repeat([0, 1, 2], [50, 30, 20]))
        chosen = stratified(labels, size, random)
        assert len(np.unique(chosen)) == size
        assert np.abs(np.bincount(labels[chosen], minlength=3) - size * np.array([0.5, 0.3, 0.2])).max() < 1


def test_the_card_says_what_the_data_are():
    about = card("circles", samples=500)
    assert (about.train, about.test, about.inputs, about.classes) == (400, 100, 2, 2)
    assert about.points is not None
    assert len(about.points.x) == len(about.points.label) == 100
    assert card("digits").points is None


def test_unknown_task():
    with pytest.raises(UnknownTaskError) as caught:
        task_called("moon")
    assert str(caught.value) == (
        "no task is called 'moon', did you mean 'moons'? there are xor, circles, moons, spirals, shapes, digits"
    )
    with pytest.raises(UnknownTaskError, match="no task is called 'zzz'; there are xor"):
        task_called("zzz")


def test_too_few_samples():
    with pytest.raises(SettingError, match="`samples` must be at least 50 for digits, five of each class, but got 49"):
        load("digits", 49)
    assert len(load("digits", 50).test_targets) == 10
