"""Equal experiments give equal runs, in any process, and PyTorch is left as it was found."""

import dataclasses
import json
import math
import os
import subprocess
import sys

import pytest
import torch

from actscope.lab import tasks
from actscope.lab.feeding import batch_seed
from actscope.lab.models import mlp
from actscope.lab.models.chain import Chain
from actscope.lab.planning import plan
from actscope.lab.training import rate_factor, snapshot_epochs, together, train

SMALL = {"depth": 2, "width": 16, "seeds": 1, "epochs": 4, "samples": 200}

IN_ANOTHER_PROCESS = """
import dataclasses, json, sys
from actscope.lab.planning import plan
from actscope.lab.training import train
experiments = plan(sys.argv[1], ["gelu", "tanh"], optimizer=sys.argv[2], **json.loads(sys.argv[3]))
runs = [dataclasses.asdict(train(experiment)) for experiment in experiments]
print(json.dumps([{**run, "seconds": 0} for run in runs]))
"""


def numbers(run):
    return repr(dataclasses.replace(run, seconds=0.0))  # nan is equal to nothing, but reads the same


@pytest.mark.parametrize(("task", "optimizer"), [("digits", "adam"), ("moons", "momentum")])
def test_a_second_process_gives_the_same_bits(task, optimizer):
    here = [dataclasses.asdict(train(e)) for e in plan(task, ["gelu", "tanh"], optimizer=optimizer, **SMALL)]
    there = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, task, optimizer, json.dumps(SMALL)],
        env={**os.environ, "PYTHONHASHSEED": "4321", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = json.loads(json.dumps([{**run, "seconds": 0} for run in here]))
    assert json.loads(there.stdout) == expected


COMPANY = {"depth": [2], "width": 16, "seeds": 3, "epochs": 3, "samples": 203, "batch_size": 50}


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "momentum"])
@pytest.mark.parametrize("task", ["xor", "digits"])
def test_a_network_has_the_same_bits_in_any_company(task, optimizer):
    every = plan(task, ["sigmoid", "relu", "gelu"], optimizer=optimizer, **COMPANY)
    every = [dataclasses.replace(one, lr=one.lr * (1 + number % 2)) for number, one in enumerate(every)]
    found = [numbers(run) for run in together(every)]
    assert found == [numbers(train(one)) for one in every]
    assert found[2:7] == [numbers(run) for run in together(every[2:7])]


@pytest.mark.parametrize("shape", [{"width": 16}, {"samples": 10, "batch_size": 7, "width": 32}, {"depth": [1]}])
@pytest.mark.parametrize("task", ["xor", "sine"])
def test_bits_are_the_same_for_odd_data(task, shape):
    every = plan(task, ["tanh", "relu"], **{**COMPANY, "width": 48, **shape})
    alone = [numbers(train(one)) for one in every]
    assert [numbers(run) for run in together(every)] == alone
    assert [numbers(run) for run in together(every[1:4])] == alone[1:4]


@pytest.mark.parametrize("shape", [{"width": 1}, {"width": 17, "batch_size": 29}, {"width": 100}])
@pytest.mark.parametrize("task", ["xor", "sine"])
def test_widths_that_are_no_multiple_of_16_are_the_same_to_rounding(task, shape):
    """Products depend on where their numbers lie in memory, which for such widths is not where it is alone."""
    every = plan(task, ["tanh", "relu"], **{**COMPANY, **shape})
    for run, one in zip(together(every), every, strict=True):
        found, alone = ([epoch.train_loss for epoch in of.history] for of in (run, train(one)))
        assert found == pytest.approx(alone, rel=1e-5)


@pytest.mark.parametrize("model", ["residual", "conv", "transformer"])
def test_other_architectures_have_the_same_bits_in_any_company(model):
    every = [dataclasses.replace(one, model=model) for one in plan("digits", ["tanh", "relu"], **COMPANY)]
    assert [numbers(run) for run in together(every)] == [numbers(train(one)) for one in every]


def test_nothing_before_a_run_matters():
    experiment, other = plan("xor", ["relu", "tanh"], **SMALL)
    alone = numbers(train(experiment))
    train(other)
    torch.manual_seed(99)
    torch.rand(7)
    assert numbers(train(experiment)) == alone


@pytest.mark.parametrize(
    "change", [{"lr": 0.01}, {"seed": 1}, {"batch_size": 32}, {"init": "he"}, {"optimizer": "sgd"}, {"noise": 0.5}]
)
def test_every_setting_matters(change):
    (experiment,) = plan("moons", ["tanh"], **SMALL)
    assert train(dataclasses.replace(experiment, **change)).history != train(experiment).history


def test_pytorch_is_left_as_found():
    (experiment,) = plan("xor", ["relu"], **SMALL)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch.no_grad():
            train(experiment)
            assert not torch.is_grad_enabled()
        assert torch.get_num_threads() == 2
        with pytest.raises(ZeroDivisionError):
            train(experiment, lambda *_: 1 / 0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_default_dtype() == torch.float32


def test_a_users_default_dtype_and_inference_mode_do_not_matter():
    (experiment,) = plan("xor", ["relu"], **SMALL)
    usual = numbers(train(experiment))
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode():
            assert numbers(train(experiment)) == usual
    finally:
        torch.set_default_dtype(torch.float32)


def test_batches_come_in_the_same_order_for_every_activation(monkeypatch):
    seen = []
    original = Chain.learn
    monkeypatch.setattr(
        Chain, "learn", lambda self, x, t, kind: (seen.append((x.clone(), t.clone())), original(self, x, t, kind))[1]
    )
    for experiment in plan("moons", ["relu", "tanh"], **SMALL):
        train(experiment)
    half = len(seen) // 2
    pairs = zip(seen[:half], seen[half:], strict=True)
    assert all(torch.equal(a, b) for pair in pairs for a, b in zip(*pair, strict=True))
    assert not torch.equal(seen[0][0], seen[1][0])


def test_what_is_recorded():
    (experiment,) = plan("moons", ["relu"], **{**SMALL, "epochs": 30})
    told = []
    run = train(experiment, lambda of, epoch: told.append((of, epoch)))
    assert [epoch.epoch for epoch in run.history] == list(range(31))
    assert told == [(experiment, epoch) for epoch in run.history]
    assert [snapshot.epoch for snapshot in run.snapshots] == [0, 8, 15, 22, 30]
    assert all(len(snapshot.layers) == 2 for snapshot in run.snapshots)
    assert run.boundary is not None
    assert run.final.train_loss < run.history[0].train_loss
    assert run.final.test_score > 0.8


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 7, 30, 1000])
def test_snapshots_have_both_ends(epochs):
    found = snapshot_epochs(epochs)
    assert found[0] == 0
    assert found[-1] == epochs
    assert len(found) == min(5, epochs + 1)


def test_a_run_that_diverges_is_recorded_to_its_end():
    (experiment,) = plan("digits", ["relu"], optimizer="sgd", lr=1e6, **SMALL)
    run = train(experiment)
    assert len(run.history) == 5
    assert math.isnan(run.final.train_loss)
    assert 0.0 <= run.final.test_score <= 0.3
    assert len(run.end.layers) == 2


def plain_run(experiment, factor=lambda _: 1.0):
    """Return the weights that PyTorch's own optimizers and modules come to, one network at a time."""
    data = tasks.data_of(experiment)
    x, t = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_targets)
    outputs = 1 if t.max() == 1 else int(t.max()) + 1
    shape = {"inputs": x.shape[1], "outputs": outputs, "depth": experiment.depth, "width": experiment.width}
    model = mlp(experiment.activation, **shape, init=experiment.init, seed=experiment.seed)
    functions = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    for number in range(1, len(model), 2):
        model[number] = functions[experiment.activation]()
    steps = {
        "adam": lambda: torch.optim.Adam(model.parameters(), lr=experiment.lr),
        "sgd": lambda: torch.optim.SGD(model.parameters(), lr=experiment.lr),
        "momentum": lambda: torch.optim.SGD(model.parameters(), lr=experiment.lr, momentum=0.9),
    }[experiment.optimizer]()
    order = torch.Generator().manual_seed(batch_seed(experiment.seed))
    losses = []
    for epoch in range(1, experiment.epochs + 1):
        steps.param_groups[0]["lr"] = experiment.lr * factor(epoch)
        for some in torch.split(torch.randperm(len(t), generator=order), experiment.batch_size):
            steps.zero_grad()
            cost(model(x[some]), t[some]).backward()
            steps.step()
        with torch.no_grad():
            losses.append(float(cost(model(x), t)))
    return losses


def cost(outputs, targets):
    if outputs.shape[1] == 1:
        return torch.nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], targets.float())
    return torch.nn.functional.cross_entropy(outputs, targets)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "momentum"])
@pytest.mark.parametrize("task", ["moons", "digits"])
def test_many_networks_together_do_what_pytorchs_plain_loop_does_one_by_one(task, optimizer):
    every = plan(task, ["sigmoid", "tanh", "relu"], optimizer=optimizer, **{**SMALL, "seeds": 2})
    for run in together(every):
        found = [epoch.train_loss for epoch in run.history[1:]]
        assert found == pytest.approx(plain_run(run.experiment), rel=2e-4)


def test_the_plain_loop_bites():
    (experiment,) = plan("moons", ["tanh"], **SMALL)
    found = [epoch.train_loss for epoch in train(experiment).history[1:]]
    assert found != pytest.approx(plain_run(dataclasses.replace(experiment, lr=1.01 * experiment.lr)), rel=2e-4)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_schedules_are_those_of_pytorch(schedule):
    (experiment,) = plan("moons", ["tanh"], **SMALL)
    experiment = dataclasses.replace(experiment, schedule=schedule)
    weight = torch.nn.Parameter(torch.zeros(1))
    steps = torch.optim.SGD([weight], lr=1.0)
    scheduler = {
        "linear": torch.optim.lr_scheduler.LinearLR(steps, 1.0, 0.0, total_iters=4),
        "cosine": torch.optim.lr_scheduler.CosineAnnealingLR(steps, T_max=4),
    }[schedule]
    factors = []
    for _ in range(4):
        factors.append(steps.param_groups[0]["lr"])
        steps.step()
        scheduler.step()
    assert [rate_factor(schedule, epoch, 4) for epoch in (1, 2, 3, 4)] == pytest.approx(factors)
    found = [epoch.train_loss for epoch in train(experiment).history[1:]]
    assert found == pytest.approx(plain_run(experiment, lambda epoch: factors[epoch - 1]), rel=2e-4)


def test_training_stops_early_by_the_validation_loss_and_keeps_the_best_weights():
    every = plan("moons", ["relu", "tanh"], depth=3, width=64, seeds=2, epochs=60, samples=100, lr=0.03, noise=0.5)
    every = [dataclasses.replace(one, patience=3) for one in every]
    for run, one in zip(together(every), every, strict=True):
        assert run.kept is not None
        assert len(run.history) == run.kept + 4 < 61
        assert run.final == run.history[run.kept]
        assert run.end.epoch == run.history[-1].epoch
        assert numbers(run) == numbers(train(one))
        whole = together([dataclasses.replace(one, patience=60)])[0]
        assert whole.history[: len(run.history)] == run.history
