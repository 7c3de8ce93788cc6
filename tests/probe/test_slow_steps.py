"""Steps that change nothing, that soon shrink to nothing, or only begin small: rates of 0, schedules, warm-ups."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import actscope as act
from actscope.probe.findings import findings_of
from actscope.probe.findings import thresholds as t
from actscope.probe.records import Diagnosis, Recording
from actscope.probe.rows.statistics import PARAMETER, blank
from probe.recordings import Layer, in_turns, recording

LOW = "learning-rate-too-low"
Schedule = Callable[[int], float]


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5))


def trained(
    optimizer_of: Callable[[list[nn.Parameter]], torch.optim.Optimizer],
    schedule: Schedule = lambda _: 1.0,
    steps: int = 100,
    model: nn.Sequential | None = None,
    budget: float | None = None,
    labels: Callable[[torch.Tensor], torch.Tensor] = lambda x: x[:, :5].argmax(1),
) -> Diagnosis:
    """Return what a training finds whose rate is that of the optimiser times `schedule`, called at every batch."""
    model = model or network()
    optimizer = optimizer_of(list(model.parameters()))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    torch.manual_seed(1)
    with act.watch(model, budget=budget) as probe:
        for _ in range(steps):
            x = torch.randn(64, 20)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), labels(x)).backward()
            optimizer.step()
            scheduler.step()
    return probe.diagnosis()


def adam(rate: float) -> Callable[[list[nn.Parameter]], torch.optim.Optimizer]:
    return lambda weights: torch.optim.Adam(weights, rate)


def sgd(rate: float) -> Callable[[list[nn.Parameter]], torch.optim.Optimizer]:
    return lambda weights: torch.optim.SGD(weights, rate)


def names(found: Diagnosis | Recording) -> list[str]:
    return [one.name for one in (found.findings if isinstance(found, Diagnosis) else findings_of(found))]


@pytest.mark.parametrize("optimizer_of", [adam(0.0), adam(1e-12), sgd(0.0), sgd(1e-12)])
@pytest.mark.parametrize("budget", [0.02, None])
def test_steps_that_change_nothing_are_too_small(optimizer_of, budget):
    found = trained(optimizer_of, budget=budget)
    assert names(found) == [LOW]
    assert found.findings[0].measured == 0
    assert "No step changed any weight" in found.findings[0].evidence


def test_a_schedule_that_stays_at_0_is_named_with_a_usual_rate():
    found = trained(sgd(0.1), lambda step: step // 1000, steps=60)
    assert names(found) == [LOW]
    assert "rate was 0." in found.findings[0].evidence
    assert "schedule" in found.findings[0].advice[0]
    assert found.findings[0].advice[1].endswith("SGD(model.parameters(), lr=0.01)")


def test_a_first_step_of_0_is_a_warm_up():
    assert trained(adam(1e-2), lambda step: min(1.0, step / 5), steps=t.FEWEST_STEPS).healthy


def test_frozen_layers_do_not_move_by_intent():
    model = network()
    model[:3].requires_grad_(False)
    assert trained(adam(1e-2), model=model).healthy
    model.requires_grad_(False)
    assert LOW not in names(trained_by_its_biases(model))


def trained_by_its_biases(model: nn.Sequential) -> Diagnosis:
    for one in model[::2]:
        one.bias.requires_grad_(True)
    return trained(adam(1e-2), model=model)


def test_weights_held_at_0_while_the_rest_brings_the_loss_down_are_so_by_intent():
    def groups(weights: list[nn.Parameter]) -> torch.optim.Optimizer:
        wide = [one for one in weights if one.dim() > 1]
        rest = [one for one in weights if one.dim() == 1]
        return torch.optim.Adam([{"params": wide, "lr": 0.0}, {"params": rest, "lr": 1e-1}])

    found = trained(groups, labels=lambda x: (x[:, 0] > 1.5).long())
    assert not found.recording.moved
    assert LOW not in names(found)


def test_steps_that_a_scaler_leaves_out_are_none():
    model = network()
    optimizer, scaler = torch.optim.SGD(model.parameters(), 0.1), torch.amp.GradScaler("cpu", init_scale=2.0**120)
    with act.watch(model, budget=None) as probe:
        for _ in range(20):
            x = torch.randn(64, 20)
            optimizer.zero_grad()
            scaler.scale(1e9 * nn.functional.cross_entropy(model(x), x[:, :5].argmax(1))).backward()
            scaler.step(optimizer)
            scaler.update()
    found = probe.diagnosis()
    assert not found.recording.moved
    assert LOW not in names(found)


def test_softmax_over_a_batch_of_one_has_no_gradient_rather_than_no_rate():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(dim=0))
    optimizer = torch.optim.Adam(model.parameters())
    with act.watch(model, budget=None) as probe:
        for _ in range(20):
            optimizer.zero_grad()
            (model(torch.randn(1, 4)) + 1).log().sum().backward()
            optimizer.step()
    assert LOW not in names(probe.diagnosis())


@pytest.mark.parametrize(
    ("optimizer_of", "schedule"),
    [(sgd(0.1), lambda step: 0.1 ** (step // 5)), (adam(1e-3), lambda step: 0.5**step)],
)
@pytest.mark.parametrize("budget", [0.02, None])
def test_a_schedule_of_epochs_that_is_called_at_each_batch_shrinks_the_steps_to_nothing(optimizer_of, schedule, budget):
    found = trained(optimizer_of, schedule, steps=150, budget=budget)
    assert names(found) == [LOW]
    one = found.findings[0]
    assert "Steps shrank from" in one.evidence
    assert 5 <= one.since <= 40
    assert "    scheduler.step()" in one.advice


@pytest.mark.parametrize(
    "schedule",
    [
        lambda step: 0.5 * (1 + math.cos(math.pi * min(step, 150) / 150)),
        lambda step: max(0.0, 1 - step / 150),
        lambda step: min(1.0, step / 40) * max(0.0, 1 - step / 150),
        lambda step: 0.1 ** (step // 50),
    ],
    ids=["cosine", "linear", "one cycle", "three levels"],
)
def test_schedules_that_decay_over_the_run_are_healthy(schedule):
    assert trained(adam(1e-2), schedule, steps=150).healthy


def shrinking(at: float, gradient: float = 1.0, loss: float = 2.0, fall: float = 0.0) -> Recording:
    """Steps that fall below the bound at a share of the run, and gradients that are so many times as large then."""
    return recording(
        *(
            Layer(
                update=lambda now: 1e-3 if now <= at else 0.1 * t.SMALL_STEP,
                gradient=lambda now: 1e-3 * (1.0 if now <= at else gradient),
            )
            for _ in range(3)
        ),
        loss=lambda now: loss * (1 - fall * now),
    )


def test_steps_that_shrink_are_judged_on_both_sides_of_each_bound():
    assert names(shrinking(t.SHRUNK_BY)) == [LOW]
    assert findings_of(shrinking(t.SHRUNK_BY))[0].since == 51
    assert names(shrinking(t.SHRUNK_BY + 0.1)) == []
    assert names(shrinking(0.2, gradient=2 * t.GRADIENT_KEPT)) == [LOW]
    assert names(shrinking(0.2, gradient=0.5 * t.GRADIENT_KEPT)) == []
    assert [one.weight for one in findings_of(shrinking(0.2, fall=3 * t.FALLS))] == ["hint"]
    assert names(shrinking(0.2, fall=0.9)) == []


def seen_first(made: Recording, steps: int) -> Recording:
    """Return a recording of which only the first steps were looked at."""
    away = made.bins > steps
    kept = []
    for one in made.parameters:
        rows = one.bins.copy()
        rows[away] = blank(PARAMETER)
        kept.append(replace(one, bins=rows))
    return replace(made, parameters=tuple(kept), unseen=made.steps - steps)


@pytest.mark.parametrize("spacing", [1, 4, 10])
def test_a_warm_up_is_one_though_only_its_first_steps_were_seen(spacing):
    def early(update) -> Recording:
        made = recording(*(Layer(update=update) for _ in range(6)), bins=50, loss=2.0)
        as_made = tuple(replace(one, as_made=True) for one in made.parameters)
        return seen_first(in_turns(replace(made, parameters=as_made), spacing), 20 if spacing < 10 else 30)

    assert names(early(lambda now: 5e-5 * now)) == []
    assert names(early(2e-5)) == [LOW]
    assert names(early(lambda now: 2e-5 * (1 + 0.2 * math.sin(99 * now)))) == [LOW]


@pytest.mark.parametrize("budget", [0.02, None])
def test_a_long_warm_up_is_told_from_a_small_rate(budget):
    assert trained(adam(1e-3), lambda step: min(1.0, step / 5000), budget=budget).healthy
    found = trained(adam(1e-3), lambda _: 1e-3, budget=budget)
    assert np.isfinite(found.findings[0].measured)
    assert names(found) == [LOW]
