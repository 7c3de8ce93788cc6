"""An error that is made larger is found; games, rewards and attacks make one larger on purpose."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from actscope.probe.diagnosing import check
from actscope.probe.watching import watch

Loss = Callable[[Tensor], Tensor]
X = torch.linspace(-2, 2, 48).reshape(8, 6).sin()
KIND = torch.arange(8) % 3
SIZES = torch.linspace(-1, 1, 24).reshape(8, 3)
ONES = torch.ones(8, 3)


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 6))
        self.b = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.a(x))


def stepped(loss: Loss, *, maximize: bool = False, steps: int = 4) -> list[str]:
    torch.manual_seed(0)
    model = Two()
    optimizer = torch.optim.Adam(model.parameters(), maximize=maximize)
    with watch(model) as probe:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(model(X)).backward()
            optimizer.step()
    return [one.name for one in probe.diagnosis().findings if one.name == "wrong-sign"]


def picked(y: Tensor) -> Tensor:
    return y.log_softmax(1).gather(1, KIND[:, None])


WRONG: dict[str, Loss] = {
    "cross-entropy": lambda y: -F.cross_entropy(y, KIND),
    "cross-entropy of each": lambda y: (-F.cross_entropy(y, KIND, reduction="none")).mean(),
    "squares": lambda y: -F.mse_loss(y, SIZES),
    "squares written out": lambda y: -((y - SIZES) ** 2).sum(1).mean(),
    "sizes": lambda y: -(y - SIZES).abs().mean() / 4,
    "binary cross-entropy": lambda y: -F.binary_cross_entropy_with_logits(y, ONES),
    "likelihood": lambda y: picked(y).mean(),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_error_that_is_made_larger_is_found(name: str) -> None:
    assert stepped(WRONG[name]) == ["wrong-sign"]
    assert [one.name for one in check(Two(), lambda y, _: WRONG[name](y), (X, KIND)).findings] == ["wrong-sign"]


@pytest.mark.parametrize("name", WRONG)
def test_its_negative_is_right_and_so_is_it_where_the_optimiser_maximises(name: str) -> None:
    assert stepped(lambda y: -WRONG[name](y)) == []
    assert stepped(WRONG[name], maximize=True) == []
    assert stepped(lambda y: -WRONG[name](y), maximize=True) == ["wrong-sign"]


REWARDS = torch.tensor([1.0, -1.0, 2.0, 0.5, 0.1, 1.0, 0.3, 0.2])
MEANT: dict[str, Loss] = {
    "rewards": lambda y: -(picked(y)[:, 0] * REWARDS).mean(),
    "costs": lambda y: (picked(y)[:, 0] * REWARDS.abs()).mean(),
    "one cost": lambda y: picked(y).mean() * 2.0,
    "a bonus for being unsure": lambda y: F.cross_entropy(y, KIND) + 0.1 * (y.softmax(1) * y.log_softmax(1)).sum(),
    "cosines": lambda y: -F.cosine_similarity(y, SIZES + 2).mean(),
    "values": lambda y: -y.mean(),
    "two that are compared": lambda y: -F.mse_loss(y[:4], y[4:]),
    "density": lambda y: 0.5 * (y**2).sum(1).mean() - y.sigmoid().log().mean(),
    "mean of what is spread": lambda y: -(y - y.mean(0)).square().mean(),
}


@pytest.mark.parametrize("name", MEANT)
def test_what_falls_below_zero_on_purpose_is_left_alone(name: str) -> None:
    assert stepped(MEANT[name]) == []


def label(y: Tensor, wanted: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(y, torch.full_like(y, wanted))


@pytest.mark.parametrize("watched", [lambda m: m, lambda m: m.a, lambda m: m.b], ids=["both", "maker", "critic"])
def test_a_game_is_left_alone(watched: Callable[[Two], nn.Module]) -> None:
    """Goodfellow et al. (2014): the maker makes the critic's error larger."""
    torch.manual_seed(0)
    model = Two()
    by = [torch.optim.Adam(part.parameters()) for part in (model.a, model.b)]
    with watch(watched(model)) as probe:
        for _ in range(4):
            made = model.a(X)
            by[1].zero_grad()
            (label(model.b(X), 1.0) + label(model.b(made.detach()), 0.0)).backward()
            by[1].step()
            by[0].zero_grad()
            (-label(model.b(made), 0.0)).backward()
            by[0].step()
    assert "wrong-sign" not in [one.name for one in probe.diagnosis().findings]


@pytest.mark.parametrize("held", [True, False])
def test_an_attack_on_the_inputs_is_left_alone(held: bool) -> None:
    model, change = Two().requires_grad_(held), torch.zeros_like(X).requires_grad_()
    optimizer = torch.optim.SGD([change], 0.1)
    with watch(model) as probe:
        for _ in range(4):
            optimizer.zero_grad()
            (-F.cross_entropy(model(X + change), KIND)).backward()
            optimizer.step()
    assert "wrong-sign" not in [one.name for one in probe.diagnosis().findings]


def test_steps_by_hand_go_where_they_like() -> None:
    model = Two()
    with watch(model) as probe:
        for _ in range(4):
            model.zero_grad()
            (-F.cross_entropy(model(X), KIND)).backward()
            with torch.no_grad():
                for weight in model.parameters():
                    weight += 0.1 * weight.grad
    assert "wrong-sign" not in [one.name for one in probe.diagnosis().findings]


def test_a_loss_that_comes_above_zero_is_no_such_error() -> None:
    """Losses after those whose graphs were read tell too."""
    losses = iter([-1.0, -1.0, 1.0, 1.0])
    assert stepped(lambda y: F.cross_entropy(y, KIND) if next(losses) > 0 else -F.cross_entropy(y, KIND)) == []
