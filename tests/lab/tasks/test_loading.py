"""Laws of the data: balanced, standardised without a look at the test part, the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from actscope.errors import SettingError, UnknownTaskError
from actscope.lab.planning import plan
from actscope.lab.tasks import TASKS, card, card_of, data_of, load, splitting, stratified, task_called
from actscope.lab.tasks.loading import _data
from actscope.lab.tasks.splitting import some_of

every_task = pytest.mark.parametrize("name", TASKS)
classifications = pytest.mark.parametrize("name", [name for name in TASKS if TASKS[name].classes])
regressions = pytest.mark.parametrize("name", [name for name in TASKS if not TASKS[name].classes])


@every_task
@pytest.mark.parametrize("samples", [50, 333, 1000])
def test_shapes_types_and_split(name, samples):
    task, data = TASKS[name], load(name, samples)
    assert data.train_inputs.shape == (samples - round(0.2 * samples), task.inputs)
    assert data.test_inputs.shape == (round(0.2 * samples), task.inputs)
    assert data.train_inputs.dtype == data.test_inputs.dtype == np.float32
    assert np.isfinite(data.train_inputs).all()
    assert np.isfinite(data.test_inputs).all()
    if task.classes:
        assert data.train_targets.dtype == np.int64
        assert set(data.train_targets) == set(data.test_targets) == set(range(task.classes))
    else:
        assert data.train_targets.dtype == np.float32
        assert data.test_targets.shape == (round(0.2 * samples), 1)


@classifications
@pytest.mark.parametrize("seed", range(3))
def test_classes_have_the_same_share_on_both_sides(name, seed):
    data = load(name, 1000, seed=seed)
    train, test = (np.bincount(labels) / len(labels) for labels in (data.train_targets, data.test_targets))
    assert np.abs(train - test).max() <= 1 / len(data.test_targets)


@regressions
def test_small_and_large_numbers_have_the_same_share_on_both_sides(name):
    data = load(name, 1000)
    deciles = np.quantile(np.concatenate([data.train_targets, data.test_targets]), np.linspace(0.1, 0.9, 9))
    train, test = (
        np.bincount(np.searchsorted(deciles, part[:, 0]), minlength=10) / len(part)
        for part in (data.train_targets, data.test_targets)
    )
    if name == "step":  # the tenth in which 0 ends and 1 begins may fall either way
        assert abs((data.test_targets > 0).mean() - (data.train_targets > 0).mean()) < 0.05
    else:
        assert np.abs(train - test).max() <= 2 / len(data.test_targets)
        assert abs(data.test_targets.mean()) < 0.03


@every_task
def test_the_training_part_alone_is_standardised(name):
    data = load(name, 1000, noise=0.0)
    inputs, tests = data.train_inputs, data.test_inputs
    if TASKS[name].together:
        # All places of a sequence share one scale.
        inputs, tests = (part.reshape(-1, TASKS[name].shape[-1]) for part in (inputs, tests))
    varied = inputs.std(axis=0) > 0
    assert np.abs(inputs.mean(axis=0)).max() < 1e-4
    assert np.abs(inputs.std(axis=0)[varied] - 1).max() < 1e-4
    # Standardised by all samples, or by itself, the test part would have mean 0 too.
    assert np.abs(tests.mean(axis=0)).max() > 1e-3
    if not TASKS[name].classes:
        assert abs(data.train_targets.mean()) < 1e-4
        assert data.train_targets.std() == pytest.approx(1.0, abs=1e-4)
        assert abs(data.test_targets.mean()) > 1e-4


def moved(task, validation, monkeypatch):
    """Return the data of a task as they are, and with all samples outside the training part moved far away."""
    parts = []

    def parted(*args):
        # The second time the split is the first one: what is stratified by may be what is moved.
        parts.append(parts[0] if parts else splitting.parted(*args))
        return parts[-1]

    monkeypatch.setattr("actscope.lab.tasks.loading.parted", parted)
    clean = _data(task, task.samples, 0.0, seed=0, validation=validation)
    others = np.setdiff1d(np.arange(task.samples), parts[0].train)

    def spoiled(samples, noise, random):
        inputs, targets = (np.array(one) for one in task.draw(samples, noise, random))
        inputs[others] += 1000.0
        if not task.classes:
            targets[others] -= 1000.0
        return inputs, targets

    return clean, _data(replace(task, draw=spoiled), task.samples, 0.0, seed=0, validation=validation)


@pytest.mark.parametrize("name", ["moons", "sine", "sequences", "sklearn:diabetes"])
@pytest.mark.parametrize("validation", [False, True])
def test_outliers_outside_the_training_part_leave_it_as_it_is(name, validation, monkeypatch):
    """Statistics that leak would show: other samples are moved far away, and no training number changes."""
    task = task_called(name)
    clean, leaky = moved(task, validation, monkeypatch)
    assert np.array_equal(leaky.train_inputs, clean.train_inputs)
    assert np.array_equal(leaky.train_targets, clean.train_targets)
    assert leaky.test_inputs.min() > 100
    if validation:
        assert leaky.validation_inputs.min() > 100
    if not task.classes:
        assert leaky.test_targets.max() < -1


@pytest.mark.parametrize("validation", [False, True])
def test_a_scale_that_knows_the_other_parts_is_seen(validation, monkeypatch):
    def everyone(values, train, together=()):  # noqa: ARG001
        return splitting.scale_of(values, np.arange(len(values)), together)

    monkeypatch.setattr("actscope.lab.tasks.loading.scale_of", everyone)
    clean, leaky = moved(task_called("sine"), validation, monkeypatch)
    assert not np.allclose(leaky.train_inputs, clean.train_inputs, atol=0.1)
    assert not np.allclose(leaky.train_targets, clean.train_targets, atol=0.1)


@every_task
def test_a_seed_gives_the_same_data_and_another_seed_other_data(name):
    one, again, other = load(name, 200, seed=1), load(name, 200, seed=1), load(name, 200, seed=2)
    for field in ("train_inputs", "train_targets", "test_inputs", "test_targets"):
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


def test_the_card_of_a_curve_has_its_points():
    about = card("curve:x**2", samples=500)
    assert (about.kind, about.classes, about.inputs, about.test) == ("regression", 0, 1, 100)
    assert about.points is not None
    x, y = np.array(about.points.x), np.array(about.points.y)
    # Both are scaled, which leaves a parabola a parabola.
    assert np.abs(np.polyval(np.polyfit(x, y, 2), x) - y).max() < 1e-5


def test_the_card_of_an_experiment_is_that_of_its_task():
    (experiment,) = plan("circles", ["relu"], seeds=1, samples=500)
    assert card_of(experiment) == card("circles", samples=500)
    assert card_of(replace(experiment, patience=3)).train == 300


def test_unknown_task():
    with pytest.raises(UnknownTaskError) as caught:
        task_called("moon")
    assert str(caught.value) == (
        "no task is called 'moon', did you mean 'moons'? there are xor, circles, moons, spirals, shapes, checkerboard, "
        "digits, sequences, sine, step, abs, curve:FORMULA, sklearn:NAME, and the path of a file or folder of your own"
    )
    with pytest.raises(UnknownTaskError, match="no task is called 'zzz'; there are xor"):
        task_called("zzz")
    with pytest.raises(UnknownTaskError, match="no task is called '3'"):
        task_called(3)


def test_too_few_samples():
    with pytest.raises(SettingError, match="`samples` must be at least 50 for digits, five of each class, but got 49"):
        load("digits", 49)
    assert len(load("digits", 50).test_targets) == 10
    with pytest.raises(SettingError, match="`samples` must be at least 10 for sine, but got 9"):
        load("sine", 9)


def asked(name, **changes):
    (experiment,) = plan(name, ["relu"], seeds=1)
    return replace(experiment, **changes)


@every_task
def test_a_fifth_is_held_back_where_it_is_needed_and_the_test_part_stays(name):
    plain, stopping = data_of(asked(name, samples=500)), data_of(asked(name, samples=500, patience=5))
    assert plain.validation_inputs is None
    assert [len(plain.train_targets), len(plain.test_targets)] == [400, 100]
    sizes = [len(part) for part in (stopping.train_targets, stopping.validation_targets, stopping.test_targets)]
    assert sizes == [300, 100, 100]
    if TASKS[name].classes:
        assert np.array_equal(stopping.test_targets, plain.test_targets)
        shares = [np.bincount(part) / len(part) for part in (stopping.train_targets, stopping.validation_targets)]
        assert np.abs(shares[0] - shares[1]).max() <= 1 / 100


def test_no_sample_is_in_two_of_three_parts():
    data = data_of(asked("moons", patience=5))
    parts = (data.train_inputs, data.validation_inputs, data.test_inputs)
    assert len(np.unique(np.concatenate(parts), axis=0)) == 1000


def test_who_is_judged_on_validation_data_never_gets_the_test_part():
    seen = data_of(asked("moons", patience=5))
    tuning = data_of(asked("moons", judged_on="validation"))
    for field in ("train_inputs", "train_targets", "validation_inputs", "validation_targets"):
        assert np.array_equal(getattr(tuning, field), getattr(seen, field))
    assert np.array_equal(tuning.test_inputs, tuning.validation_inputs)
    assert np.array_equal(tuning.test_targets, tuning.validation_targets)
    tests = {tuple(row) for row in seen.test_inputs.tolist()}
    assert not tests & {tuple(row) for row in np.concatenate([tuning.train_inputs, tuning.test_inputs]).tolist()}


def test_activations_models_and_rates_of_a_seed_get_the_same_samples():
    one, other = asked("digits", samples=100), asked("digits", samples=100, activation="tanh", lr=0.5, depth=3)
    assert np.array_equal(data_of(one).train_inputs, data_of(other).train_inputs)
    folded = data_of(replace(one, model="conv")).train_inputs
    assert np.array_equal(folded.reshape(80, 64), data_of(one).train_inputs)


@pytest.mark.parametrize(
    ("name", "model", "axes"),
    [
        ("digits", "mlp", (64,)),
        ("digits", "residual", (64,)),
        ("digits", "conv", (1, 8, 8)),
        ("digits", "transformer", (8, 8)),
        ("digits", "mine:network", (1, 8, 8)),
        ("sequences", "mlp", (48,)),
        ("sequences", "transformer", (8, 6)),
        ("moons", "mine:network", (2,)),
        ("sine", "mlp", (1,)),
    ],
)
def test_a_model_gets_the_axes_that_it_takes(name, model, axes):
    data = data_of(asked(name, samples=100, model=model, patience=1))
    for part in (data.train_inputs, data.validation_inputs, data.test_inputs):
        assert part.shape[1:] == axes
        assert part.flags.c_contiguous


def test_rare_classes_are_in_every_part():
    labels = np.repeat([0, 1, 2], [1000, 5, 7])
    for size in (3, 10, 202):
        chosen = stratified(labels, size, np.random.default_rng(size))
        assert len(chosen) == size
        assert set(labels[chosen]) == {0, 1, 2}


def test_a_split_that_came_with_the_data_keeps_its_share():
    groups = np.tile([0, 1], 50)
    chosen, tests = some_of(groups, 40, 50, np.random.default_rng(0))
    assert tests == 20
    assert (chosen[-20:] >= 60).all()
    assert (chosen[:-20] < 60).all()
    assert np.bincount(groups[chosen[-20:]]).tolist() == [10, 10]


def test_data_of_many_seeds_take_no_time_beside_training():
    import time

    for name in ("moons", "sine", "sklearn:iris"):
        load(name)
        started = time.perf_counter()
        for seed in range(32):
            load(name, seed=seed)
        # About half a millisecond each; a busy machine takes some times as long.
        assert (time.perf_counter() - started) / 32 < 0.01
