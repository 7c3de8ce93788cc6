"""Mixed precision: what a GradScaler multiplies and leaves out, with optimisers that are fused and others."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from actscope.probe.records import Recording
from actscope.probe.rows.statistics import root_mean_square
from actscope.probe.watching import watch

STEPS, OVERFLOW = 8, (0, 4)


def train(fused: bool, unscale: bool, watched: bool) -> tuple[list[Tensor], list[float], Recording | None]:
    """Return the weights, the true gradients' root mean squares (nan where a step was left out), and what was seen."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=3)
    probe = watch(model, budget=None) if watched else None
    true = []
    for step in range(STEPS):
        x, y = torch.randn(16, 8), torch.randint(0, 3, (16,))
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        gradient = model[0].weight.grad
        assert gradient is not None
        true.append(float((gradient.double() / scaler.get_scale()).square().mean().sqrt()))
        if step in OVERFLOW:
            gradient[0, 0], true[-1] = float("inf"), float("nan")
        if unscale:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
    recording = None
    if probe is not None:
        recording = probe.recording()
        probe.close()
    return [parameter.detach().clone() for parameter in model.parameters()], true, recording


@pytest.mark.parametrize("unscale", [False, True])
@pytest.mark.parametrize("fused", [False, True])
def test_gradients_are_those_of_the_loss_and_left_out_steps_are_counted(fused: bool, unscale: bool) -> None:
    alone, _, _ = train(fused, unscale, watched=False)
    weights, true, recording = train(fused, unscale, watched=True)
    assert all(map(torch.equal, alone, weights))
    assert recording is not None
    assert recording.steps == STEPS
    assert np.flatnonzero(recording.course["skipped"]).tolist() == list(OVERFLOW)
    assert recording.course["loss_count"].tolist() == [1] * STEPS
    rows = recording.parameters[0].bins
    np.testing.assert_allclose(root_mean_square(rows, "gradient_"), true, rtol=1e-5)
    assert not rows["gradient_nonfinite"].any()
    assert recording.first_bad is None


def test_a_scaled_gradient_would_be_noticed() -> None:
    _, true, recording = train(fused=True, unscale=False, watched=True)
    assert recording is not None
    scaled = np.array(true) * 2.0**9
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(root_mean_square(recording.parameters[0].bins, "gradient_"), scaled, rtol=1e-5)
