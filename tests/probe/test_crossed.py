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


def attending(dim: int, *, several: bool, merged: bool, masked: bool) -> Forward:
    """Attention as a language model has it: an output for each token of each sample."""

    def forward(s: nn.Module, x: Tensor) -> Tensor:
        q = k = s.key(x)
        if several:
            q = k = q.view(BATCH, TIME, 2, 2).transpose(1, 2)
        if merged:
            q = k = q.reshape(BATCH * 2, TIME, 2)
        scores = q @ k.transpose(-2, -1) / 2
        if masked:
            scores = scores.masked_fill(torch.ones(TIME, TIME).tril() == 0, -1e9)
        y = F.dropout(scores.softmax(dim), 0.1) @ k
        if several:
            y = y.view(BATCH, 2, TIME, 2).transpose(1, 2).reshape(BATCH, TIME, WIDTH)
        return s.out(torch.relu(x + y))

    return forward


FLAT: dict[str, Loss] = {
    "view": lambda z: F.cross_entropy(z.view(-1, 3), TAGS.view(-1)),
    "reshape": lambda z: F.cross_entropy(z.reshape(BATCH * TIME, 3), TAGS.reshape(-1)),
    "flatten": lambda z: F.cross_entropy(z.flatten(0, 1), TAGS.flatten()),
    "transpose": lambda z: F.cross_entropy(z.transpose(1, 2), TAGS),
    "next token": lambda z: F.cross_entropy(z[:, :-1].reshape(-1, 3), TAGS[:, 1:].reshape(-1)),
    "log_softmax first": lambda z: F.nll_loss(z.log_softmax(-1).view(-1, 3), TAGS.view(-1)),
    "squares": lambda z: F.mse_loss(z.view(-1, 3), F.one_hot(TAGS, 3).float().view(-1, 3)),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("several", "merged"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("loss", FLAT)
def test_it_is_found_where_the_loss_takes_the_tokens_of_all_samples_as_rows(
    loss: str, several: bool, merged: bool, masked: bool
) -> None:
    sick = attending(0, several=several, merged=merged, masked=masked)
    assert found(sick, FLAT[loss]) == [("softmax-over-batch", "key")]
    assert found(attending(-1, several=several, merged=merged, masked=masked), FLAT[loss]) == []


def test_samples_that_heads_were_merged_with_are_counted() -> None:
    torch.manual_seed(0)
    model = Of(
        attending(0, several=True, merged=True, masked=False), key=nn.Linear(WIDTH, WIDTH), out=nn.Linear(WIDTH, 3)
    )
    (one,) = examined(FLAT["view"](model(X)), model)[0]
    assert "axis 0 of 12 x 5 x 5 numbers, that of the 6 samples times 2 that were merged" in one.evidence
    assert one.advice[-1] == "    torch.softmax(x, dim=2)"


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


def time_first_throughout(s: nn.Module, x: Tensor) -> Tensor:
    x = x.transpose(0, 1)
    q = k = s.key(x)
    shares = torch.einsum("ibd,jbd->jib", q, k).softmax(0)
    return s.out(torch.relu(x + torch.einsum("jib,jbd->ibd", shares, k)))


def time_first_heads(s: nn.Module, x: Tensor) -> Tensor:
    x = x.transpose(0, 1)
    k = s.key(x).view(TIME, BATCH * 2, 2).transpose(0, 1)
    y = (k @ k.transpose(1, 2)).softmax(-1) @ k
    return s.out(torch.relu(x + y.transpose(0, 1).reshape(TIME, BATCH, WIDTH)))


def slots_of_each(s: nn.Module, x: Tensor) -> Tensor:
    shared = s.share(x).softmax(-1)
    return s.out(torch.relu(shared @ (shared / shared.sum(1, keepdim=True)).transpose(1, 2) @ x))


def clusters_of_each(s: nn.Module, x: Tensor) -> Tensor:
    shared = s.share(x).softmax(-1)
    return s.out(torch.relu(shared @ (shared.transpose(1, 2) @ s.key(x))))


def rows_alike(y: Tensor) -> Tensor:
    """Softmax over all rows of all samples, beside the loss of the tokens: contrastive on purpose."""
    rows = y.view(-1, 3)
    shares = (rows @ rows.T).softmax(0)
    return FLAT["view"](y) - (torch.eye(len(rows)) * shares).sum(1).mean()


HEALTHY: dict[str, tuple[Forward, Loss]] = {
    "time first throughout": (time_first_throughout, lambda y: F.cross_entropy(y.view(-1, 3), TAGS.T.reshape(-1))),
    "time first, turned": (time_first_throughout, lambda y: FLAT["reshape"](y.transpose(0, 1))),
    "time first, heads": (time_first_heads, lambda y: F.cross_entropy(y.view(-1, 3), TAGS.T.reshape(-1))),
    "slots of each": (slots_of_each, FLAT["view"]),
    "clusters of each": (clusters_of_each, FLAT["view"]),
    "rows alike": (lambda s, x: s.out(torch.relu(s.key(x))), rows_alike),
    "samples alike": (
        lambda s, x: s.out(torch.relu(s.key(x))),
        lambda y: FLAT["view"](y) + F.cross_entropy((y.flatten(1) @ y.flatten(1).T).T, torch.arange(BATCH)),
    ),
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
