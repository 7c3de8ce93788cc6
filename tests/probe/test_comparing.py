"""What is kept of a regression's targets and outputs, against NumPy and PyTorch's own losses."""

import numpy as np
import pytest
import torch
from torch import nn

from actscope.probe.rows.statistics import pooled
from actscope.probe.watching import watch

LOSSES = [nn.MSELoss(), nn.SmoothL1Loss(), nn.HuberLoss(), nn.MSELoss(reduction="sum")]


def seen_of(loss_fn, model, x, y):
    with watch(model, budget=None) as probe:
        loss_fn(model(x), y).backward()
    return pooled(probe.recording().course)


@pytest.mark.parametrize("loss_fn", LOSSES, ids=str)
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e5])
def test_the_sizes_of_targets_outputs_and_errors_are_those_of_the_first_batch(loss_fn, size):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 2))
    x, y = torch.randn(40, 6), size * (3 + torch.randn(40, 2))
    row = seen_of(loss_fn, model, x, y)
    given, wanted = model(x).detach().double(), y.double()
    one_error = nn.MSELoss(reduction="sum") if isinstance(loss_fn, nn.MSELoss) else nn.SmoothL1Loss(reduction="sum")
    expected = {
        "target_count": 80,
        "target_mean": wanted.numpy().mean(),
        "target_m2": 80 * wanted.numpy().var(),
        "target_outputs": (given.numpy() ** 2).sum(),
        "target_errors": float(one_error(given, wanted)),
        "target_constant": float(one_error(wanted.mean().expand_as(wanted), wanted)),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(row[name], value, rtol=1e-5, err_msg=name)


def test_what_is_kept_tells_targets_from_outputs():
    """Planted: the two the wrong way round, as a loss may be called; then what needs a gradient is the output."""
    torch.manual_seed(0)
    model, x, y = nn.Linear(6, 1), torch.randn(40, 6), 1e3 + torch.randn(40, 1)
    right = seen_of(nn.functional.mse_loss, model, x, y)
    turned = seen_of(lambda outputs, targets: nn.functional.mse_loss(targets, outputs), model, x, y)
    assert right["target_mean"] == turned["target_mean"] == pytest.approx(float(y.mean()))
    assert right["target_outputs"] == turned["target_outputs"] == pytest.approx(float(model(x).detach().square().sum()))


def test_only_a_share_of_many_is_looked_at():
    model = nn.Linear(4, 300)
    row = seen_of(nn.functional.mse_loss, model, torch.randn(1000, 4), torch.randn(1000, 300))
    assert 1 << 15 < row["target_count"] <= 1 << 16
    assert row["target_m2"] / row["target_count"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("loss_fn", [nn.L1Loss(), lambda outputs, y: (outputs - y).square().mean()])
def test_losses_that_store_no_targets_tell_nothing(loss_fn):
    assert seen_of(loss_fn, nn.Linear(4, 1), torch.randn(8, 4), torch.randn(8, 1))["target_count"] == 0


def test_numbers_that_are_not_finite_are_left_out():
    y = torch.randn(8, 1)
    y[3] = torch.nan
    assert seen_of(nn.functional.mse_loss, nn.Linear(4, 1), torch.randn(8, 4), y)["target_count"] == 0
