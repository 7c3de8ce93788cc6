"""A recurrent cell whose state is cut off at every step learns from the last one alone; other ways to cut are meant."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from actscope.probe.watching import watch

X = torch.linspace(-2, 2, 6 * 5 * 4).reshape(6, 5, 4).sin()
KIND = torch.arange(6) % 3
Way = Callable[[nn.Module, Tensor], Tensor]


class Net(nn.Module):
    def __init__(self, way: Way, cell: nn.Module) -> None:
        super().__init__()
        self.way, self.cell, self.out = way, cell, nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.way(self, x)


def gru() -> nn.Module:
    return nn.GRUCell(4, 8)


def lstm() -> nn.Module:
    return nn.LSTMCell(4, 8)


def layer() -> nn.Module:
    return nn.GRU(4, 8, batch_first=True)


def met(way: Way, cell: Callable[[], nn.Module] = gru) -> list[tuple[str, str, str]]:
    torch.manual_seed(0)
    model = Net(way, cell())
    with watch(model) as probe:
        for _ in range(2):
            F.cross_entropy(model(X), KIND).backward()
    assert not any(one._forward_pre_hooks or one._forward_hooks for one in model.modules())
    return [(one.name, one.where, one.weight) for one in probe.diagnosis().findings if one.where == "cell"]


def cut_at(steps: Callable[[int], bool], way: Callable[[Tensor], Tensor] = Tensor.detach) -> Way:
    def forward(s: nn.Module, x: Tensor) -> Tensor:
        state = torch.zeros(len(x), 8)
        for t in range(x.shape[1]):
            state = s.cell(x[:, t], way(state) if steps(t) else state)
        return s.out(state)

    return forward


def of_lstm(s: nn.Module, x: Tensor) -> Tensor:
    h, c = torch.zeros(len(x), 8), torch.zeros(len(x), 8)
    for t in range(x.shape[1]):
        h, c = s.cell(x[:, t], (h.detach(), c.detach()))
    return s.out(h)


def of_layer(s: nn.Module, x: Tensor) -> Tensor:
    state = None
    for t in range(x.shape[1]):
        y, state = s.cell(x[:, t : t + 1], state if state is None else state.data)
    return s.out(y[:, -1])


@pytest.mark.parametrize(
    ("way", "cell"),
    [
        (cut_at(range(5).__contains__), gru),
        (cut_at(range(5).__contains__, lambda h: h.data), gru),
        (of_lstm, lstm),
        (of_layer, layer),
    ],
    ids=["detached", "data", "lstm", "layer"],
)
def test_a_state_that_is_cut_off_at_every_step_is_found(way: Way, cell: Callable[[], nn.Module]) -> None:
    assert met(way, cell) == [("no-slope", "cell", "finding")]


def each_step(s: nn.Module, x: Tensor) -> Tensor:
    """Elman (1990): every step has its error, and gradients reach no further back."""
    state, said = torch.zeros(len(x), 8), 0
    for t in range(x.shape[1]):
        state = s.cell(x[:, t], state.detach())
        said = said + s.out(state)
    return said


def test_truncation_with_an_error_at_each_step_is_a_hint() -> None:
    assert met(each_step) == [("no-slope", "cell", "hint")]


def begun_anew(s: nn.Module, x: Tensor) -> Tensor:
    return sum(s.out(s.cell(x[:, t], torch.zeros(len(x), 8))) for t in range(x.shape[1]))


def warmed_up(s: nn.Module, x: Tensor) -> Tensor:
    """Kapturowski et al. (2019): a stretch before the one that is learned from."""
    with torch.no_grad():
        state = torch.zeros(len(x), 8)
        for t in range(3):
            state = s.cell(x[:, t], state)
    for t in range(3, x.shape[1]):
        state = s.cell(x[:, t], state)
    return s.out(state)


def fed_back(s: nn.Module, x: Tensor) -> Tensor:
    """What was said is the next input, without a gradient."""
    state, said = torch.zeros(len(x), 8), x[:, 0]
    for _ in range(4):
        state = s.cell(said, state)
        said = s.out(state).detach()[:, [0, 1, 2, 0]]
    return s.out(state)


def one_step(s: nn.Module, x: Tensor) -> Tensor:
    """The state is kept between batches."""
    s.state = s.cell(x[:, 0], getattr(s, "state", torch.zeros(len(x), 8)).detach())
    return s.out(s.state)


@pytest.mark.parametrize(
    "way",
    [cut_at(range(0).__contains__), cut_at(range(0, 5, 3).__contains__), begun_anew, warmed_up, fed_back, one_step],
    ids=["whole", "every third step", "begun anew", "warmed up", "fed back", "one step"],
)
def test_other_ways_through_time_are_left_alone(way: Way) -> None:
    assert met(way) == []
