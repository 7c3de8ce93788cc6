"""A watched model trains bit for bit as one that nobody watches, and nothing stays behind when the probe has gone."""

from collections.abc import Callable
from contextlib import suppress

import pytest
import torch
from probe.loops import LOOPS, Loop, Swish, plain
from torch import nn
from torch.optim import optimizer as optim

from actscope.probe import tap
from actscope.probe.operators import OPERATORS
from actscope.probe.watching import watch

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
        "step": torch.optim.SGD.step,
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
    functions = {history.place.name: int(history.pooled()["passes"]) for history in probe.recording().places}
    assert functions == {"1": 5, "3": 4, "6": 4}
