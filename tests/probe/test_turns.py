"""Games are told from other trainings with several optimisers, and a loss that stays is no plateau in them."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from actscope.probe.findings import findings_of, judged
from actscope.probe.merging import merge
from actscope.probe.ranks import packed, unpacked
from actscope.probe.records import Recording
from actscope.probe.watching import watch
from probe.recordings import Layer, recording


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
        self.b = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(self.a(x))


Stepping = tuple[torch.optim.Optimizer, torch.optim.Optimizer]
Way = Callable[[Two, Stepping], None]


def step(of: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    of.zero_grad()
    loss.backward()
    of.step()


def wanted(y: torch.Tensor, label: float) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(y, torch.full_like(y, label))


def game(model: Two, by: Stepping) -> None:
    made = model.a(torch.randn(8, 4))
    step(by[1], wanted(model.b(torch.randn(8, 4)), 1.0) + wanted(model.b(made.detach()), 0.0))
    step(by[0], wanted(model.b(made), 1.0))


def critic_more_often(model: Two, by: Stepping) -> None:
    for _ in range(3):
        step(by[1], model.b(torch.randn(8, 4)).mean())
    step(by[0], model(torch.randn(8, 4)).mean())


def one_loss(model: Two, by: Stepping) -> None:
    by[0].zero_grad()
    by[1].zero_grad()
    wanted(model(torch.randn(8, 4)), 1.0).backward()
    by[0].step()
    by[1].step()


def gathered(model: Two, by: Stepping) -> None:
    for _ in range(3):
        wanted(model(torch.randn(8, 4)), 1.0).backward()
    one_loss(model, by)


def the_first_alone(model: Two, by: Stepping) -> None:
    step(by[0], wanted(model(torch.randn(8, 4)), 1.0))


def the_second_alone(model: Two, by: Stepping) -> None:
    step(by[1], wanted(model(torch.randn(8, 4)), 1.0))


def watched(*ways: Way) -> Recording:
    torch.manual_seed(0)
    model = Two()
    by = torch.optim.Adam(model.a.parameters()), torch.optim.SGD(model.b.parameters(), 0.1)
    with watch(model, budget=None) as probe:
        for way in ways:
            for _ in range(12):
                way(model, by)
    return probe.recording()


@pytest.mark.parametrize("way", [game, critic_more_often])
def test_a_game_is_told(way: Way) -> None:
    assert watched(way).by_turns


@pytest.mark.parametrize("ways", [[one_loss], [gathered], [the_first_alone], [the_first_alone, the_second_alone]])
def test_other_trainings_are_none(ways: list[Way]) -> None:
    assert not watched(*ways).by_turns


def test_one_of_several_sees_a_game() -> None:
    seen = watched(game)
    assert unpacked(packed(seen)).by_turns
    assert merge([seen, replace(seen, by_turns=False)]).by_turns


def sure(seen: Recording) -> list[str]:
    return [one.name for one in findings_of(seen) if one.weight == "finding"]


def test_in_a_game_no_loss_is_to_come_down() -> None:
    stays = recording(*[Layer(update=5e-3)] * 3, loss=lambda at: 1.4 + 0.2 * math.sin(57 * at) + 0.5 * at, bins=50)
    assert sure(stays) == ["plateau"]
    assert sure(replace(stays, by_turns=True)) == []
    assert "plateau" in judged(stays)
    assert "plateau" not in judged(replace(stays, by_turns=True))
