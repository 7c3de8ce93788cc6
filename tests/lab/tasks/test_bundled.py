"""scikit-learn's own data sets are what its loaders give, and nothing is downloaded."""

import numpy as np
import pytest
from sklearn import datasets

from actscope.errors import SettingError, UnknownTaskError
from actscope.lab.tasks import card, find, load, source_of, task_called
from actscope.lab.tasks.bundled import NAMES, of_sklearn


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_those_of_the_loader(name):
    inputs, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    found = of_sklearn(name)
    assert np.array_equal(found.inputs.reshape(len(inputs), -1), inputs)
    assert np.array_equal(found.targets.reshape(targets.shape), targets)
    about = task_called(f"sklearn:{name}")
    assert about.inputs == inputs.shape[1]
    assert about.samples == about.most_samples == len(inputs)
    if name in ("diabetes", "linnerud"):
        assert (about.kind, about.classes, about.outputs) == ("regression", 0, 3 if name == "linnerud" else 1)
    else:
        assert (about.kind, about.classes) == ("classification", len(np.unique(targets)))


def test_digits_are_the_task_of_that_name():
    ours, theirs = load("sklearn:digits", 300, seed=4), load("digits", 300, seed=4)
    assert np.array_equal(ours.train_inputs, theirs.train_inputs)
    assert np.array_equal(ours.test_targets, theirs.test_targets)
    assert task_called("sklearn:digits").shape == (1, 8, 8)


def test_several_outputs_are_scaled_one_by_one():
    data = load("sklearn:linnerud", seed=1)
    assert data.train_targets.shape == (16, 3)
    assert np.abs(data.train_targets.mean(axis=0)).max() < 1e-6
    assert np.abs(data.train_targets.std(axis=0) - 1).max() < 1e-6


def test_an_imbalanced_set_keeps_its_shares():
    data = load("sklearn:breast_cancer", seed=3)
    shares = [(part == 0).mean() for part in (data.train_targets, data.test_targets)]
    assert abs(shares[0] - 212 / 569) < 0.01
    assert abs(shares[1] - 212 / 569) < 0.01


def test_a_source_of_them_knows_its_content():
    source = source_of("sklearn:wine")
    assert (source.path, source.kind, len(source.digest)) == ("sklearn:wine", "classification", 64)
    assert source.digest != source_of("sklearn:iris").digest


def test_the_card_tells_where_they_are_from():
    about = card("sklearn:iris")
    assert (about.summary, about.train, about.test, about.points) == ("scikit-learn's iris", 120, 30, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("california_housing", "would be downloaded by scikit-learn, and actscope uses no network; fetch it yourself"),
        ("fetch_openml", "would be downloaded"),
        ("openml:mnist_784", "would be downloaded"),
        ("iri", "scikit-learn brings no data set 'iri', did you mean 'iris'? there are iris, wine"),
        ("load_iris", "scikit-learn's iris is called sklearn:iris here"),
        ("", "scikit-learn brings no data set ''; there are iris"),
    ],
)
def test_what_scikit_learn_does_not_bring_is_refused(name, text):
    with pytest.raises(UnknownTaskError) as caught:
        find(f"sklearn:{name}")
    assert text in str(caught.value)


def test_they_need_no_target():
    with pytest.raises(SettingError, match="are for files, but sklearn:iris brings its own; leave them out"):
        find("sklearn:iris", target="species")
