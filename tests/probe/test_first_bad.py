"""Who made a number that is not finite: weights count only if they were not finite when the loss was computed."""

import math

import pytest
import torch
from torch import nn

from actscope.probe.diagnosing import diagnose
from actscope.probe.watching import watch


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))


def batches():
    return [(torch.randn(32, 4), torch.zeros(32, 1))] * 10


def broken_from(step):
    """A loss that is nan from a step on, whatever it is given."""
    calls = iter(range(1, 100))

    def loss_fn(outputs, targets):
        return nn.functional.mse_loss(outputs, targets) * (math.nan if next(calls) >= step else 1.0)

    return loss_fn


@pytest.mark.parametrize("step", [1, 4])
def test_weights_that_the_step_has_spoilt_did_not_make_the_loss(step):
    bad = diagnose(model(), broken_from(step), batches(), steps=10).recording.first_bad
    assert (bad.place, bad.step, bad.cause) == ("the loss", step, "")


def test_weights_of_the_last_layer_made_it():
    harmed = model()
    with torch.no_grad():
        harmed[2].weight[0, 0] = math.inf
    bad = diagnose(harmed, nn.MSELoss(), batches(), steps=3).recording.first_bad
    assert (bad.place, bad.step, bad.cause) == ("the loss", 1, "2.weight")


def hole_at(step, budget):
    """The first bad number of a run whose inputs hold a nan at this step, and whether that was looked at."""
    trained = model()
    optimizer = torch.optim.Adam(trained.parameters())
    with watch(trained, budget=budget) as probe:
        for k in range(1, step + 1):
            x = torch.randn(32, 4)
            if k == step:
                x[0, 0] = math.nan
            before = probe.recording().looked
            nn.functional.mse_loss(trained(x), torch.zeros(32, 1)).backward()
            optimizer.step()
        return probe.recording().first_bad, probe.recording().looked > before


def test_it_is_known_whether_the_step_was_looked_at():
    found = [hole_at(step, 1e-9) for step in range(20, 50, 3)]
    assert not all(looked for _, looked in found)
    for bad, looked in found:
        assert bad.seen is looked
        assert bad.place == ("the input" if looked else "the loss")
    assert hole_at(20, None)[0].seen
