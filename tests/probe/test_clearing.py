"""A forgotten `zero_grad` is found; gradients that are cleared, in whatever way, are no finding."""

import pytest
import torch
from torch import nn

from actscope.probe.findings.thresholds import KEPT_STEPS
from actscope.probe.watching import watch

X = torch.linspace(-2, 2, 48).reshape(8, 6)
Y = X[:, :1].sin()
STEPS = 12


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))


def loss_of(model):
    return nn.functional.mse_loss(model(X), Y)


def kept(loop, budget=None):
    """The findings of this kind that a loop leaves behind."""
    model = network()
    with watch(model, budget=budget) as probe:
        loop(model, torch.optim.Adam(model.parameters(), lr=1e-3))
    return [one for one in probe.diagnosis().findings if one.name == "kept-gradients"]


def forgotten(model, optimizer, steps=STEPS):
    for _ in range(steps):
        loss_of(model).backward()
        optimizer.step()


def cleared_once_an_epoch(model, optimizer):
    for _ in range(3):
        optimizer.zero_grad()
        forgotten(model, optimizer, 6)


def accumulating_for_ever(model, optimizer):
    for step in range(3 * STEPS):
        loss_of(model).backward()
        if step % 3 == 2:
            optimizer.step()


def scaled_for_ever(model, optimizer):
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(STEPS):
        scaler.scale(loss_of(model)).backward()
        scaler.step(optimizer)
        scaler.update()


def clipped_for_ever(model, optimizer):
    for _ in range(STEPS):
        loss_of(model).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()


def of_one_of_two(model, _):
    head = torch.optim.SGD(model[2:].parameters(), lr=1e-3)
    body = torch.optim.SGD(model[:2].parameters(), lr=1e-3)
    for _ in range(STEPS):
        body.zero_grad()
        loss_of(model).backward()
        body.step()
        head.step()


SICK = [
    forgotten,
    cleared_once_an_epoch,
    accumulating_for_ever,
    scaled_for_ever,
    clipped_for_ever,
    of_one_of_two,
]


@pytest.mark.parametrize("loop", SICK)
@pytest.mark.parametrize("budget", [None, 0.02])
def test_gradients_that_are_never_cleared_are_found(loop, budget):
    (found,) = kept(loop, budget)
    assert (found.weight, found.since) == ("finding", 2)
    assert found.where == ("2.weight" if loop is of_one_of_two else "0.weight")
    assert f"{KEPT_STEPS + 1} steps" in found.evidence


def before(model, optimizer):
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()


def behind(model, optimizer):
    for _ in range(STEPS):
        loss_of(model).backward()
        optimizer.step()
        model.zero_grad()


def to_zeros(model, optimizer):
    for _ in range(STEPS):
        optimizer.zero_grad(set_to_none=False)
        loss_of(model).backward()
        optimizer.step()


def by_hand(model, optimizer):
    for _ in range(STEPS):
        for weight in model.parameters():
            weight.grad = None
        loss_of(model).backward()
        optimizer.step()


def by_data(model, optimizer):
    for _ in range(STEPS):
        for weight in model.parameters():
            if weight.grad is not None:
                weight.grad.data.zero_()
        loss_of(model).backward()
        optimizer.step()


def accumulating(model, optimizer):
    for step in range(3 * STEPS):
        (loss_of(model) / 3).backward()
        if step % 3 == 2:
            optimizer.step()
            optimizer.zero_grad(set_to_none=step % 2 == 0)


def scaled(model, optimizer):
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(STEPS):
        optimizer.zero_grad()
        scaler.scale(loss_of(model)).backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()


def closures(model, _):
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = loss_of(model)
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)


def given(model, optimizer):
    """Gradients by `torch.autograd.grad`, set anew for each step; another model learns by `backward` between."""
    other = network()
    for _ in range(STEPS):
        found = torch.autograd.grad(loss_of(model), list(model.parameters()))
        for weight, gradient in zip(model.parameters(), found, strict=True):
            weight.grad = gradient
        loss_of(other).backward()
        optimizer.step()


def copied(model, optimizer):
    """Gradients written into the same tensors, with no backward pass that goes through `torch.autograd.backward`."""
    for _ in range(STEPS):
        found = torch.autograd.grad(loss_of(model), list(model.parameters()))
        for weight, gradient in zip(model.parameters(), found, strict=True):
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            weight.grad.copy_(gradient)
        optimizer.step()


def stale(model, optimizer):
    """Steps by one gradient, while another model learns."""
    other = network()
    loss_of(model).backward()
    for _ in range(STEPS):
        loss_of(other).backward()
        optimizer.step()


def adversaries(set_to_none):
    """The first half's backward leaves gradients in the second half, which clears them before its own."""

    def loop(model, _):
        making, judging = (torch.optim.Adam(part.parameters(), lr=1e-3) for part in (model[:1], model[1:]))
        for _ in range(STEPS):
            making.zero_grad(set_to_none=set_to_none)
            model(X).mean().backward()
            making.step()
            judging.zero_grad(set_to_none=set_to_none)
            (model(X) - model[1:](model[0](X).detach()).mean()).square().mean().backward()
            judging.step()

    return loop


def two_steps_to_a_gradient(model, optimizer):
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()
        optimizer.step()


def few(model, optimizer):
    forgotten(model, optimizer, KEPT_STEPS)


def as_an_experiment_later(model, optimizer):
    before(model, optimizer)
    forgotten(model, optimizer)


HEALTHY = [
    *(before, behind, to_zeros, by_hand, by_data, accumulating, scaled, closures, given, copied, stale),
    *(two_steps_to_a_gradient, few, as_an_experiment_later),
    *(pytest.param(adversaries(to_none), id=f"adversaries-{to_none}") for to_none in (True, False)),
]


@pytest.mark.parametrize("loop", HEALTHY)
def test_cleared_gradients_are_no_finding(loop):
    assert kept(loop) == []


def test_what_is_looked_at_ends_after_the_first_steps():
    """A gradient that is always 0 tells nothing, and nobody looks at it for ever."""
    model = network()
    with watch(model, budget=None) as probe:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(30):
            (0 * loss_of(model)).backward()
            optimizer.step()
        assert not probe._training.clearing._followed
    assert "kept-gradients" not in {one.name for one in probe.diagnosis().findings}
