"""What looks like an activation and is none of the model's own, and scores that are gates."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from actscope.probe.records import Recording
from actscope.probe.watching import watch


class Of(nn.Module):
    """Two layers with something between, which gets a parameter of a number for each unit."""

    def __init__(self, between: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.a, self.b, self.between = nn.Linear(6, 8), nn.Linear(8, 3), between
        self.own = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.between(self.a(x), self.own))


def seen(between: Callable[[Tensor, Tensor], Tensor]) -> Recording:
    torch.manual_seed(0)
    model = Of(between)
    with watch(model, budget=None) as probe:
        for _ in range(2):
            model(torch.randn(16, 6)).square().mean().backward()
    return probe.recording()


NONE = {
    "a clamp with an infinite end": lambda x, _: x.clamp(0, math.inf),
    "hardtanh with an infinite end": lambda x, _: functional.hardtanh(x, -1.0, math.inf),
    "the clamp of a mask": lambda x, _: x * torch.ones(16, 8).clamp(0, 1),
    "sigmoid of a parameter": lambda x, own: x * own.sigmoid(),
    "sigmoid of a parameter, laid out anew": lambda x, own: x * torch.sigmoid(own.view(1, -1).expand(16, 8)) + x,
}


@pytest.mark.parametrize("name", NONE)
def test_these_are_no_places(name):
    recording = seen(NONE[name])
    assert recording.places == ()
    assert not recording.broken


def test_a_module_with_numbers_that_the_formula_has_no_room_for_is_measured():
    clip = nn.Hardtanh(0, math.inf)
    recording = seen(lambda x, _: clip(x))
    assert not recording.broken
    assert all(one.place.fires is None for one in recording.places)


ROLES = {
    "a score of each sample": (lambda x, _: x * torch.tanh(x.sum(-1, keepdim=True)), "gate"),
    "the best of the scores": (lambda x, _: x[:4] * torch.tanh(x.sum(-1))[torch.arange(4)].view(-1, 1), "gate"),
    "a hidden layer": (lambda x, _: torch.tanh(x), "activation"),
    "of the same shape": (lambda x, _: torch.tanh(x) * x, "activation"),
}


@pytest.mark.parametrize("name", ROLES)
def test_a_score_that_multiplies_many_numbers_is_a_gate(name):
    between, role = ROLES[name]
    assert [one.place.role for one in seen(between).places] == [role]
