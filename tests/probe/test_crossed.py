"""Softmax along the wrong axis inside of a model is found, and what runs along another axis by design is left alone."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from actscope.probe.graph import examined
from probe.healthy_graphs import Of

BATCH, TIME, WIDTH = 6, 5, 4
X = torch.linspace(-1, 1, BATCH * TIME * WIDTH).reshape(BATCH, TIME, WIDTH).sin()
KIND = torch.arange(BATCH) % 3
TAGS = torch.arange(BATCH * TIME).reshape(BATCH, TIME) % 3
Forward = Callable[[nn.Module, Tensor], Tensor]
Loss = Callable[[Tensor], Tensor]


def kinds(y: Tensor) -> Tensor:
    return F.cross_entropy(y, KIND)


def tagged(y: Tensor) -> Tensor:
    return F.nll_loss(y.flatten(0, 1), TAGS.flatten())


def found(forward: Forward, loss: Loss = kinds) -> list[tuple[str, str]]:
    torch.manual_seed(0)
    wide = nn.Linear(WIDTH, WIDTH)
    model = Of(forward, score=nn.Linear(WIDTH, 1), key=wide, out=nn.Linear(WIDTH, 3), share=nn.Linear(WIDTH, 2))
    return [(one.name, one.where) for one in examined(loss(model(X)), model)[0] if one.name == "softmax-over-batch"]


def weighed(dim: int) -> Forward:
    return lambda s, x: s.out((torch.softmax(s.score(x).squeeze(-1), dim).unsqueeze(-1) * x).sum(1))


def multiplied(dim: int) -> Forward:
    return lambda s, x: s.out((torch.softmax(s.score(x), dim).transpose(1, 2) @ s.key(x)).squeeze(1))


def dropped(dim: int) -> Forward:
    return lambda s, x: s.out((F.dropout(torch.softmax(s.score(x)[..., 0], dim), 0.1)[:, None] @ s.key(x)).flatten(1))


def heads(dim: int) -> Forward:
    def forward(s: nn.Module, x: Tensor) -> Tensor:
        q = k = s.key(x).unflatten(-1, (2, 2)).transpose(1, 2)
        return s.out(((q @ k.transpose(2, 3)).softmax(dim) @ k).transpose(1, 2).flatten(2).mean(1))

    return forward


def tags(dim: int) -> Forward:
    return lambda s, x: s.out(x).log_softmax(dim)


@pytest.mark.parametrize("forward", [weighed, multiplied, dropped, heads])
def test_weights_within_a_sample_that_share_a_sum_with_other_samples_are_found(
    forward: Callable[[int], Forward],
) -> None:
    assert [name for name, _ in found(forward(0))] == ["softmax-over-batch"]
    assert found(forward(3 if forward is heads else 1)) == []


@pytest.mark.parametrize("dim", [0, 1])
def test_nll_of_numbers_along_another_axis_is_found(dim: int) -> None:
    assert found(tags(dim), tagged) == [("softmax-over-batch", "out")]


def test_what_is_told_can_be_typed() -> None:
    model = nn.Sequential(nn.Linear(WIDTH, 3), nn.LogSoftmax(1))
    (one,) = examined(tagged(model(X)), model)[0]
    assert one.weight == "finding"
    assert one.advice[-1] == "    model[1].dim = 2"
    assert "axis 1 of 6 x 5 x 3 numbers, and nll_loss takes the classes from axis 2" in one.evidence


def time_first(s: nn.Module, x: Tensor) -> Tensor:
    x = x.transpose(0, 1)
    return s.out((torch.softmax(s.score(x), 0) * x).sum(0))


def slots(s: nn.Module, x: Tensor) -> Tensor:
    """Locatello et al. (2020): inputs choose among slots, and each slot takes a mean."""
    shared = s.share(x).softmax(-1)
    means = shared / shared.sum(1, keepdim=True)
    return s.out((means.transpose(1, 2) @ x).mean(1))


def clusters(s: nn.Module, x: Tensor) -> Tensor:
    """Ying et al. (2018): each node is shared out among clusters, which are sums over nodes."""
    return s.out((s.share(x).softmax(-1).transpose(1, 2) @ s.key(x)).mean(1))


def capsules(s: nn.Module, x: Tensor) -> Tensor:
    """Sabour et al. (2017): what a capsule gives is shared out among those above, which are sums over capsules."""
    votes = s.key(x).unsqueeze(2) * torch.ones(1, 1, 2, 1)
    return s.out((s.share(x).softmax(2).unsqueeze(-1) * votes).sum(1).mean(1))


def efficient(s: nn.Module, x: Tensor) -> Tensor:
    """Shen et al. (2021): queries along features, keys along positions."""
    context = s.key(x).softmax(1).transpose(1, 2) @ x
    return s.out((s.key(x).softmax(2) @ context).mean(1))


def experts(s: nn.Module, x: Tensor) -> Tensor:
    given = torch.stack([s.out(x), -s.out(x)], 2)
    return (s.share(x).softmax(-1).unsqueeze(-1) * given).sum(2).mean(1)


def one_bag(s: nn.Module, x: Tensor) -> Tensor:
    """Ilse et al. (2018): all rows are instances of one sample."""
    rows = x[:, 0]
    return s.out(s.score(rows).softmax(0).T @ rows)


def per_position(s: nn.Module, x: Tensor) -> Tensor:
    return s.out(x).log_softmax(2)


HEALTHY: dict[str, tuple[Forward, Loss]] = {
    "time first": (time_first, kinds),
    "slots": (slots, kinds),
    "clusters": (clusters, kinds),
    "capsules": (capsules, kinds),
    "efficient attention": (efficient, kinds),
    "experts": (experts, kinds),
    "one bag": (one_bag, lambda y: F.cross_entropy(y, KIND[:1])),
    "tags": (per_position, tagged),
    "tags, classes second": (per_position, lambda y: F.nll_loss(y.transpose(1, 2), TAGS)),
    "similarities both ways": (
        lambda s, x: s.key(x).flatten(1) @ x.flatten(1).T,
        lambda y: F.nll_loss(y.log_softmax(0), torch.arange(BATCH)) + F.nll_loss(y.log_softmax(1), torch.arange(BATCH)),
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_other_axes_by_design_are_left_alone(name: str) -> None:
    assert found(*HEALTHY[name]) == []
