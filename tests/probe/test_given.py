"""A matrix that the model is called with, as the adjacency of a graph, is no activation between layers."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from actscope.probe.records import Finding
from actscope.probe.watching import watch
from probe.healthy_graphs import CLASSES, NEIGHBOURS, X

Forward = Callable[[nn.Module, Tensor, Tensor], Tensor]


class Net(nn.Module):
    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.how, self.one, self.two, self.three = forward, nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        return self.how(self, x, edges)


def found(forward: Forward, edges: Tensor = NEIGHBOURS) -> list[Finding]:
    torch.manual_seed(0)
    model = Net(forward)
    with watch(model) as probe:
        out = model(X, edges)
        F.cross_entropy(out, CLASSES[: len(out)]).backward()
    return [one for one in probe.diagnosis().findings if one.name == "missing-activation"]


def by_lines(s: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    return s.three(edges @ s.two(edges @ s.one(x)))


@pytest.mark.parametrize("edges", [NEIGHBOURS, NEIGHBOURS.to_sparse()], ids=["dense", "sparse"])
def test_a_graph_network_without_activations_is_found(edges: Tensor) -> None:
    (one,) = found(by_lines, edges)
    assert (one.weight, one.where, one.also) == ("finding", "one", ("two",))


def bent(s: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    return s.three(torch.relu(edges @ s.two(torch.relu(edges @ s.one(x)))))


def simplified(s: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    """Wu et al. (2019): one layer behind all that the graph does."""
    return (edges @ (edges @ s.one(x)))[:, :3]


def a_result(s: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    """What is computed is bent, though it has no gradient."""
    seen = (s.one(x) @ s.one(x).T + edges).softmax(1).detach()
    return s.three(torch.relu(seen @ s.two(torch.relu(seen @ s.one(x)))))


def attention(s: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    """The graph says who may look at whom."""
    h = s.one(x)
    return s.three(torch.relu((h @ h.T).masked_fill(edges == 0, -1e9).softmax(1) @ s.two(torch.relu(h))))


@pytest.mark.parametrize("forward", [bent, simplified, a_result, attention])
def test_graph_networks_that_are_meant_so_are_left_alone(forward: Forward) -> None:
    assert found(forward) == []


def test_a_mean_over_groups_before_the_last_layer_is_at_most_a_hint() -> None:
    groups = torch.eye(2).repeat_interleave(4, 1) / 4
    met = found(lambda s, x, edges: s.three(edges @ s.two(torch.relu(s.one(x)))), groups)
    assert [one.weight for one in met] == ["hint"]


def test_a_matrix_that_is_learned_is_no_fixed_one() -> None:
    assert "finding" not in [one.weight for one in found(by_lines, NEIGHBOURS.clone().requires_grad_())]
