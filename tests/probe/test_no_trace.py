"""A watched model trains bit for bit as one that nobody watches, and nothing stays behind when the probe has gone."""

import copy
import gc
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
import torch
from torch import nn
from torch.optim import optimizer as optim

from actscope.probe.rows import course, sites
from actscope.probe.seeing import lesson, tap
from actscope.probe.seeing.operators import OPERATORS
from actscope.probe.watching import Probe, watch
from probe.loops import LOOPS, Loop, Swish, plain

STEPS = 6


def trained(loop: Loop, watching: Callable | None) -> dict[str, torch.Tensor]:
    """Return all that training leaves: losses, parameters, buffers, gradients, momenta, the random state."""
    torch.manual_seed(0)
    model = loop.make()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    probe = watching(model) if watching else None
    left = {f"loss {k}": loop.step(model, optimizer, *loop.batch()).detach().clone() for k in range(STEPS)}
    if probe is not None:
        probe.close()
    left |= {f"gradient of {name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    left |= {name: value.clone() for name, value in model.state_dict().items()}
    left |= {f"momentum {k}": state["momentum_buffer"] for k, state in enumerate(optimizer.state.values())}
    return left | {"random state": torch.get_rng_state()}


def differing(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name, value in one.items() if not torch.equal(value, other[name])]


@pytest.mark.parametrize("budget", [None, 0.02])
@pytest.mark.parametrize("name", LOOPS)
def test_training_is_the_same_to_the_last_bit(name: str, budget: float | None) -> None:
    probes = []

    def watching(model: nn.Module):
        probes.append(watch(model, budget=budget))
        return probes[0]

    assert differing(trained(LOOPS[name], None), trained(LOOPS[name], watching)) == []
    recording = probes[0].recording()
    assert recording.steps == STEPS
    assert not [note for note in recording.notes if "stopped" in note]
    if budget is None:
        assert {h.place.name: h.place.function for h in recording.places} == LOOPS[name].sees


def test_the_comparison_bites() -> None:
    def meddling(model: nn.Module):
        probe = watch(model, budget=None)
        torch.rand(1)
        return probe

    assert "random state" in differing(trained(LOOPS["mlp"], None), trained(LOOPS["mlp"], meddling))


HOOKS = [name for name in vars(nn.Module()) if name.endswith(("_hooks", "_with_kwargs", "_always_called"))]


def marks(model: nn.Module) -> dict[str, object]:
    """Return all that a probe attaches something to, as it is now."""
    kernels = {name: torch._C._dispatch_dump(f"aten::{name}") for name in OPERATORS}
    return {
        "hooks": [{name: dict(getattr(module, name)) for name in HOOKS} for module in model.modules()],
        "attributes": [sorted(vars(module)) for module in model.modules()],
        "forward": [module.forward.__func__ for module in model.modules()],
        "modes": [module.training for module in model.modules()],
        "gradients": [p.grad is None for p in model.parameters()],
        "trained": [p.requires_grad for p in model.parameters()],
        "parameters": [dict(p._backward_hooks or {}) for p in model.parameters()],
        "optimizers": (dict(optim._global_optimizer_pre_hooks), dict(optim._global_optimizer_post_hooks)),
        "global hooks": [
            dict(getattr(nn.modules.module, name)) for name in dir(nn.modules.module) if name.startswith("_global_f")
        ],
        "backward": torch.autograd.backward,
        "scale": torch.amp.GradScaler.scale,
        "kernels": kernels,
        "listener": tap.HERE.listener,
        "modes of functions": torch.overrides._get_current_function_mode_stack(),
    }


class Fails(nn.Module):
    """Raises in the forward or in the backward pass when its time has come."""

    def __init__(self, problem: type[BaseException], at: int, backward: bool) -> None:
        super().__init__()
        self.problem, self.left, self.backward = problem, at, backward

    def fail(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.problem("on purpose")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.backward:
            y = x * 1
            y.register_hook(self.fail)
            return y
        self.fail()
        return torch.sigmoid(x)


def net(inside: nn.Module | None = None) -> nn.Sequential:
    frozen = nn.Linear(16, 16)
    frozen.weight.requires_grad_(False)
    dropout = nn.Dropout(0.5).eval()
    return nn.Sequential(
        *(nn.Linear(6, 16), nn.ReLU(inplace=True), frozen, inside or nn.Tanh(), dropout, nn.BatchNorm1d(16)),
        *(Swish(), nn.Linear(16, 3)),
    )


def train(model: nn.Module, steps: int = 4) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(steps):
        plain(model, optimizer, torch.randn(8, 6), torch.randint(3, (8,)))


def passes(probe: Probe) -> dict[str, int]:
    """Return how many passes were measured at each place."""
    return {history.place.name: int(history.pooled()["passes"]) for history in probe.recording().places}


def test_nothing_is_left_after_the_block() -> None:
    model = net()
    train(model)
    before = marks(model)
    with watch(model) as probe:
        assert marks(model) != before
        train(model)
    assert marks(model) == before
    probe.close()
    assert marks(model) == before
    assert "closed" in repr(probe)
    train(model)
    assert probe.recording().steps == 4


@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_after_an_exception(problem: type[BaseException], backward: bool, at: int) -> None:
    model = net(Fails(problem, at, backward))
    before = marks(model)
    with pytest.raises(problem, match="on purpose"), watch(model, budget=None) as probe:
        train(model)
    after = marks(model)
    before["gradients"] = after["gradients"]
    assert after == before
    assert probe.recording().steps == at


def test_a_pass_that_failed_does_not_disturb_the_next() -> None:
    model = net(Fails(ValueError, 2, backward=False))
    with watch(model, budget=None) as probe:
        for _ in range(5):
            with suppress(ValueError):
                train(model, 1)
    assert passes(probe) == {"1": 5, "3/sigmoid": 4, "6": 4}


@pytest.mark.parametrize("first", [True, False])
def test_an_interrupt_leaves_nothing_while_the_probe_stays(first: bool) -> None:
    model = net(Fails(KeyboardInterrupt, 1 if first else 3, backward=False))
    with watch(model, budget=None) as probe:
        train(model, 0 if first else 2)
        with pytest.raises(KeyboardInterrupt):
            train(model, 1)
        with torch.no_grad():
            model(torch.randn(8, 6))
        assert tap.HERE.listener is None
        train(model, 3)
        counts = [len(module._forward_hooks) for module in model.modules()]
    assert passes(probe) == ({"1": 4, "3/sigmoid": 3, "6": 3} if first else {"1": 6, "3/sigmoid": 5, "6": 5})
    assert counts == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    assert sum(len(module._forward_hooks) for module in model.modules()) == 0


def test_two_probes_see_what_one_would() -> None:
    torch.manual_seed(0)
    model, other = net(), net()
    before = marks(model), marks(other)
    with watch(model, budget=None) as outer:
        train(model, 1)
        with watch(model, budget=None) as same, watch(model[1:4], budget=None), watch(model[3], budget=None) as part:
            train(model, 2)
            with watch(other, budget=None) as second:
                for _ in range(2):
                    train(other, 1)
                    train(model, 1)
        train(model, 1)
    after = marks(model), marks(other)
    assert [one["hooks"] for one in after] == [one["hooks"] for one in before]
    assert all(
        now[key] == then[key] for now, then in zip(after, before, strict=True) for key in now if key != "gradients"
    )
    assert [passes(probe) for probe in (outer, same, part, second)] == [
        {"1": 6, "3": 6, "6": 6},
        {"1": 4, "3": 4, "6": 4},
        {"": 4},
        {"1": 2, "3": 2, "6": 2},
    ]


def test_a_probe_closes_in_any_order() -> None:
    model = net()
    before = marks(model)
    first, second = watch(model), watch(model)
    train(model, 2)
    first.close()
    train(model, 2)
    second.close()
    after = marks(model)
    assert after | {"gradients": before["gradients"]} == before
    assert (first.recording().steps, second.recording().steps) == (2, 4)


def test_a_probe_that_is_dropped_closes_itself() -> None:
    model = net()
    before = marks(model)
    probe = watch(model)
    train(model, 3)
    del probe
    gc.collect()
    assert marks(model) | {"gradients": before["gradients"]} == before


def test_threads_train_models_of_their_own() -> None:
    models = [net() for _ in range(4)]
    alone = [copy.deepcopy(model) for model in models]

    def work(model: nn.Module, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        for _ in range(6):
            x, y = torch.randn(8, 6, generator=generator), torch.randint(3, (8,), generator=generator)
            plain(model, optimizer, x, y)

    probes = [watch(model, budget=None) for model in models[:3]]
    threads = [threading.Thread(target=work, args=(model, seed)) for seed, model in enumerate(models)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for probe in probes:
        probe.close()
    for seed, (model, twin) in enumerate(zip(models, alone, strict=True)):
        work(twin, seed)
        assert all(
            torch.equal(a, b) for a, b in zip(model.state_dict().values(), twin.state_dict().values(), strict=True)
        )
    for probe in probes:
        assert passes(probe) == {"1": 6, "3": 6, "6": 6}


def test_another_thread_that_evaluates_is_not_measured() -> None:
    model = net()
    inside, leave = threading.Event(), threading.Event()

    class Waits(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if threading.current_thread() is threading.main_thread():
                inside.set()
                assert leave.wait(10)
            return x

    model[4] = Waits()

    def evaluate() -> None:
        assert inside.wait(10)
        model(torch.randn(8, 6))
        leave.set()

    with watch(model, budget=None) as probe:
        for _ in range(3):
            inside.clear()
            leave.clear()
            thread = threading.Thread(target=evaluate)
            thread.start()
            train(model, 1)
            thread.join()
    assert passes(probe) == {"1": 3, "3": 3, "6": 3}
    assert probe.recording().notes == ()


def test_a_watched_model_is_copied_and_stored_without_its_probe() -> None:
    torch.manual_seed(0)
    model = net()
    with watch(model, budget=None) as probe:
        train(model, 2)
        twin, stored = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
        train(twin, 2)
        train(stored, 2)
        train(model, 2)
    train(twin, 1)
    assert passes(probe) == {"1": 4, "3": 4, "6": 4}
    assert differing(twin.eval().state_dict(), copy.deepcopy(twin).state_dict()) == []


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (lesson.Lesson, "_arrives"),
        (lesson.Lesson, "_leave"),
        (lesson.Lesson, "close"),
        (sites.Site, "arrived"),
        (sites.Site, "left"),
        (sites.Site, "arriving"),
        (course.Course, "forward"),
        (course.Course, "backward"),
        (course.Course, "optimizer"),
    ],
)
def test_a_mistake_of_ours_is_a_note_and_the_model_trains_on(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a planted fault")

    alone = trained(LOOPS["mlp"], None)
    monkeypatch.setattr(owner, name, fail)
    probes = []

    def watching(model: nn.Module):
        probes.append(watch(model, budget=None))
        return probes[0]

    assert differing(alone, trained(LOOPS["mlp"], watching)) == []
    monkeypatch.undo()
    assert ["a planted fault" in note for note in probes[0].recording().notes] == [True]
    assert tap.HERE.listener is None
