"""The tap: what it tells, to whom, for how long, and the one that serves where kernels cannot be wrapped."""

import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from actscope.probe.seeing import tap
from actscope.probe.seeing.operators import ATEN
from actscope.probe.watching import watch
from probe.loops import LOOPS
from probe.test_no_trace import differing, trained
from probe.test_places import CALLS, IN_PLACE, MODULES, Around, seen


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Tensor, Tensor | None]] = []

    def before(self, operator: str, x: Tensor, *_: Any) -> "Ear":
        self.heard.append((operator, x.detach().clone(), None))
        return self

    def after(self, result: Tensor) -> None:
        operator, x, _ = self.heard[-1]
        self.heard[-1] = (operator, x, result.detach().clone())

    @property
    def names(self) -> list[str]:
        return [operator for operator, _, _ in self.heard]


@pytest.fixture
def opened():
    stop = tap.listen_on("cpu")
    yield
    stop()


def kernels() -> dict[str, str]:
    return {name: torch._C._dispatch_dump(f"aten::{name}") for name in ATEN}


def test_kernels_are_wrapped_from_the_first_listener_to_the_last() -> None:
    before = kernels()
    first, second = tap.listen_on("cpu"), tap.listen_on("cpu")
    assert kernels() != before
    first()
    assert kernels() != before
    second()
    assert kernels() == before


@pytest.mark.usefixtures("opened")
def test_what_arrives_is_told_before_it_is_overwritten() -> None:
    ear, x = Ear(), torch.tensor([-1.0, 2.0])
    tap.begin(ear)
    try:
        y = x.relu_()
    finally:
        tap.end(ear)
    x.sigmoid()
    ((operator, given, result),) = ear.heard
    assert (operator, given.tolist(), result.tolist()) == ("relu_", [-1.0, 2.0], [0.0, 2.0])
    assert y is x


def test_the_graph_is_the_one_without_a_tap() -> None:
    def graph() -> list[str]:
        x = torch.ones(3, requires_grad=True)
        prelu = functional.prelu(x, torch.ones(1))
        found = [functional.relu(x), torch.sigmoid(x), functional.elu(x), prelu, x.clamp(0)]
        return [type(y.grad_fn).__name__ for y in found]

    before, ear = graph(), Ear()
    stop = tap.listen_on("cpu")
    tap.begin(ear)
    assert graph() == before
    tap.end(ear)
    stop()
    assert ear.names == ["_prelu_kernel", "relu", "sigmoid", "elu", "clamp"]


@pytest.mark.usefixtures("opened")
def test_listeners_come_and_go_in_any_order() -> None:
    first, second, third = Ear(), Ear(), Ear()
    x = torch.ones(2)
    tap.begin(first)
    torch.relu(x)
    tap.begin(second)
    tap.begin(third)
    assert [tap.hears(ear) for ear in (first, second, third)] == [True, True, True]
    torch.tanh(x)
    tap.end(first)
    tap.end(first)
    torch.sigmoid(x)
    assert [tap.hears(ear) for ear in (first, second, third)] == [False, True, True]
    tap.end(third)
    torch.sin(x)
    tap.end(second)
    torch.cos(x)
    assert tap.HERE.listener is None
    assert first.names == ["relu", "tanh"]
    assert second.names == ["tanh", "sigmoid", "sin"]
    assert third.names == ["tanh", "sigmoid"]
    assert all(result is not None for ear in (first, second, third) for _, _, result in ear.heard)


@pytest.mark.usefixtures("opened")
def test_another_thread_is_not_heard() -> None:
    ear, x = Ear(), torch.ones(2)
    tap.begin(ear)
    thread = threading.Thread(target=torch.relu, args=(x,))
    thread.start()
    thread.join()
    tap.end(ear)
    assert ear.heard == []


@pytest.fixture
def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PyTorch whose kernels cannot be wrapped."""
    monkeypatch.setattr(tap, "available", lambda: False)


@pytest.mark.usefixtures("without_kernels")
def test_without_wrapped_kernels_the_same_places_are_seen() -> None:
    before = kernels()
    cases = [(call, name, name) for call, _, name in CALLS.values()]
    cases += [(layer, "f", name) for layer, name in MODULES.values()]
    cases += [(layer, "f", name) for layer, _, name in IN_PLACE.values()]
    for call, where, function in cases:
        (history,) = seen(Around(call), torch.randn(4, 6), torch.randn(4, 6)).places
        assert (history.place.name, history.place.function) == (where, function)
        row = history.pooled()
        assert (int(row["passes"]), int(row["leaving_count"])) == (2, 64), function
    assert kernels() == before


# What C++ calls, as the cells of a GRU or an LSTM, is seen by wrapped kernels alone.
@pytest.mark.usefixtures("without_kernels")
@pytest.mark.parametrize("name", [name for name in LOOPS if name not in ("gru", "lstm", "cells")])
def test_without_wrapped_kernels_training_is_the_same(name: str) -> None:
    probes = []

    def watching(model: nn.Module):
        probes.append(watch(model, budget=None))
        return probes[0]

    assert differing(trained(LOOPS[name], None), trained(LOOPS[name], watching)) == []
    assert {h.place.name: h.place.function for h in probes[0].recording().places} == LOOPS[name].sees
    assert torch.overrides._get_current_function_mode_stack() == []


class Interrupted(nn.Module):
    passes = 0

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.passes += 1
        if self.passes == 2:
            raise KeyboardInterrupt
        return x + y


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.inside = nn.Linear(6, 6), Interrupted()

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.a(x))
        return torch.tanh(self.inside(x, x))


@pytest.mark.usefixtures("without_kernels")
def test_an_interrupt_leaves_no_mode_behind() -> None:
    model = Net()
    with watch(model, budget=None) as outer, watch(model, budget=None) as inner:
        for k in range(4):
            if k == 1:
                with pytest.raises(KeyboardInterrupt):
                    model(torch.randn(8, 6))
            else:
                model(torch.randn(8, 6)).sum().backward()
        with torch.no_grad():
            model(torch.randn(8, 6))
        assert torch.overrides._get_current_function_mode_stack() == []
    for probe in (outer, inner):
        passes = {history.place.name: int(history.pooled()["passes"]) for history in probe.recording().places}
        assert passes == {"relu": 4, "tanh": 3}
