"""Curves to learn: the numbers are NumPy's, and a formula that is no curve is refused with the place."""

import numpy as np
import pytest

from actscope.errors import FormulaError, SettingError
from actscope.lab.tasks import load, task_called
from actscope.lab.tasks.curves import curve

TRUTHS = {
    "sine": lambda x: np.sin(2 * np.pi * x),
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "abs": np.abs,
    "curve:sin(3*x)+x/2": lambda x: np.sin(3 * x) + x / 2,
    "curve: x^2 - |x|": lambda x: x**2 - np.abs(x),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_a_curve_has_the_values_of_its_formula(name):
    x, y = task_called(name).draw(5000, 0.0, np.random.default_rng(0))
    assert x.shape == y.shape == (5000, 1)
    assert np.abs(y - TRUTHS[name](x)).max() < 1e-14
    assert -1 <= x.min() < -0.99
    assert 0.99 < x.max() <= 1
    # Evenly: the empirical distribution is within Kolmogorov's bound at the level of 1e-6.
    assert np.abs(np.sort(x[:, 0]) - np.linspace(-1, 1, 5000)).max() < 2 * 2.7 / np.sqrt(5000)


def test_the_oracle_of_values_bites():
    x, y = task_called("curve:sin(3*x)").draw(100, 0.0, np.random.default_rng(0))
    assert np.abs(y - np.sin(3.01 * x)).max() > 1e-3


def test_noise_is_added_to_the_values_alone():
    x, y = task_called("sine").draw(5000, 0.5, np.random.default_rng(0))
    clean_x, clean = task_called("sine").draw(5000, 0.0, np.random.default_rng(0))
    assert np.array_equal(x, clean_x)
    assert (y - clean).std() == pytest.approx(0.5, rel=0.05)


def test_the_loss_of_the_mean_is_one():
    """Targets are scaled by the training part, so that a loss says which share of the variance is left."""
    data = load("curve:100*x + 7")
    assert np.square(data.train_targets).mean() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "error", "text"),
    [
        ("1/x", SettingError, "1/x is inf at x = 0, so it is no curve to learn; x runs from -1 to 1"),
        ("log(x)", SettingError, "log(x) is nan at x = -1"),
        ("7", SettingError, "7 is 7 for all x from -1 to 1: there is nothing to learn"),
        ("x - x", SettingError, "there is nothing to learn"),
        ("x - row_max(x)", SettingError, "is a function of a whole row"),
        ("sin(z)", FormulaError, "unknown symbol 'z'"),
        ("sni(x)", FormulaError, "did you mean 'sin'?"),
        ("", FormulaError, "the formula is empty"),
        ("__import__('os')", FormulaError, "__import__"),
    ],
)
def test_what_is_no_curve_is_refused(formula, error, text):
    with pytest.raises(error) as caught:
        curve(formula)
    assert text in str(caught.value)
