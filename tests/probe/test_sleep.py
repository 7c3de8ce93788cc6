"""Between measured steps of a network whose steps are short, nothing of a probe is left but its clock."""

import copy
import threading
import time
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import actscope as act
from actscope.probe import governor
from actscope.probe.rows.course import Course
from actscope.probe.seeing import tap

WINDOW = 24


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have hooks and kernels leave early, and however long a step takes."""

    def space(self: governor.Governor, step: int, _cost: float, _allowed: float) -> None:
        self.window = WINDOW if self.leaves and step >= 30 else 0
        self.forward = self.window // governor.BURST or 1

    monkeypatch.setattr(governor.Governor, "_space", space)
    monkeypatch.setattr(governor, "_REMEMBERED", 1)


def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3))


def wrapped() -> bool:
    return ("cpu", "relu") in tap._taps.libraries


def steps(model: nn.Module, count: int, optimized: bool = True) -> list[bool]:
    """Train, and return at which steps hooks were there."""
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.randn(16, 8), torch.randint(0, 3, (16,))
    there = []
    for _ in range(count):
        there.append(bool(model._forward_hooks))
        assert there[-1] == wrapped()
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        if optimized:
            optimizer.step()
    return there


def leave(model: nn.Module) -> None:
    """Train until hooks are gone."""
    steps(model, 30)
    for _ in range(2 * WINDOW):
        steps(model, 1)
        if not model._forward_hooks:
            return
    pytest.fail("the hooks stayed")


@pytest.mark.parametrize("optimized", [True, False])
def test_hooks_and_kernels_are_gone_between_bursts_and_come_back(optimized: bool):
    model = small()
    with act.watch(model) as probe:
        there = steps(model, 300, optimized)
        assert all(there[:30])
        gone = [k for k, here in enumerate(there) if not here]
        back = [k for k in range(1, len(there)) if there[k] and not there[k - 1]]
        assert len(back) > 8
        assert all(there[k : k + governor.BURST + 1] == [True] * governor.BURST + [False] for k in back[:-1])
        # A burst lies somewhere in its window, so that two of them are never two windows apart.
        assert max(after - before for before, after in pairwise(back)) < 2 * WINDOW
    recording = probe.recording()
    assert recording.steps == 300
    assert recording.course["loss_count"].sum() == 300
    measured = sum(int(place.bins["count"].sum()) for place in recording.places[:1]) // (16 * 16)
    assert measured == recording.looked == 300 - len(gone)
    assert recording.places[0].bins["count"][len(recording.bins) // 2 :].sum() > 0
    assert not model._forward_hooks
    assert not tap._taps.libraries


@pytest.mark.parametrize("optimized", [True, False])
def test_a_loss_that_leaps_wakes_the_probe(optimized: bool):
    model, aims = small(), torch.randint(0, 3, (16,))
    with act.watch(model) as probe:
        steps(model, 30, optimized)
        while model._forward_hooks:
            steps(model, 1, optimized)
        slept = probe.recording().steps
        nn.functional.cross_entropy(1e3 * model(torch.randn(16, 8)), aims).backward()
        if optimized:
            torch.optim.SGD(model.parameters(), lr=0.01).step()
        assert model._forward_hooks
        assert wrapped()
        steps(model, 1, optimized)
        recording = probe.recording()
    assert recording.steps == slept + 2
    assert recording.places[0].bins["count"][-1] > 0


def test_numbers_are_bit_for_bit_those_of_a_model_that_nobody_watches():
    watched = small()
    alone = copy.deepcopy(watched)
    with act.watch(watched):
        steps(watched, 100)
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(alone.parameters(), lr=0.01)
    x, y = torch.randn(16, 8), torch.randint(0, 3, (16,))
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(alone(x), y).backward()
        optimizer.step()
    for one, other in zip(watched.parameters(), alone.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_probe_that_is_closed_while_nothing_is_attached_stays_away():
    model = small()
    probe = act.watch(model)
    leave(model)
    probe.close()
    assert not any(steps(model, 50))


def test_nothing_leaves_while_another_thread_calls_activations():
    model, stop = small(), threading.Event()

    def other() -> None:
        x = torch.randn(4, requires_grad=True)
        while not stop.is_set():
            torch.relu(x)
            time.sleep(1e-4)

    thread = threading.Thread(target=other)
    with act.watch(model):
        thread.start()
        try:
            there = steps(model, 100)
        finally:
            stop.set()
            thread.join()
    assert all(there)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
def test_nothing_leaves_a_compiled_model():
    model = small()
    model[1].compile(backend="eager")
    with act.watch(model) as probe:
        assert all(steps(model, 60))
    assert not probe.recording().broken


def test_what_python_shows_once_is_shown_once():
    model = small()
    with warnings.catch_warnings(record=True) as seen, act.watch(model):
        warnings.simplefilter("default")
        for _ in range(6):
            steps(model, 60)
            warnings.warn("once", stacklevel=1)
    assert sum(str(one.message) == "once" for one in seen) == 1


def test_a_loss_that_is_not_finite_is_met_while_nothing_is_attached():
    model = small()
    with act.watch(model) as probe:
        leave(model)
        seen = probe.recording().steps
        (model(torch.randn(4, 8)).sum() * float("nan")).backward()
    bad = probe.recording().first_bad
    assert bad is not None
    assert bad.place == "the loss"
    assert bad.step == seen + 1


def test_a_paused_probe_sees_nothing_and_goes_on():
    model = small()
    with act.watch(model) as probe:
        steps(model, 5)
        with probe.paused():
            assert not model._forward_hooks
            assert not tap._taps.libraries
            steps_there = [bool(model._forward_hooks)]
            nn.functional.cross_entropy(model(torch.randn(4, 8)), torch.tensor([0, 1, 2, 0])).backward()
        assert steps_there == [False]
        assert probe.recording().steps == 5
        assert all(steps(model, 5))
    assert probe.recording().steps == 10
    with probe.paused():
        pass
    assert not model._forward_hooks


def test_losses_of_a_long_sleep_are_read_now_and_then():
    course = Course(lambda _: None, lambda _: None)
    course.forward()
    course.optimizer()
    waiting = []
    for step in range(30_000):
        course.backward((torch.tensor(float(step)),), ahead=True)
        course.passed()
        waiting.append(len(course._waiting))
    assert max(waiting) <= 4097
    assert np.mean(np.array(waiting) > 4000) < 0.1
    rows = course.rows(len(course.ends()))
    assert rows["loss_count"].sum() == 30_000
    assert np.average(rows["loss_mean"], weights=rows["loss_count"]) == pytest.approx(29_999 / 2)
