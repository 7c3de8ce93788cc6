"""The span of a chain of functions holds what PyTorch gives on a dense grid, and is not wider."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import actscope.nn as our
from actscope.probe.graph.spans import Span, span
from actscope.probe.graph.walking import read

GRID = torch.cat([torch.linspace(-8, 8, 4001), torch.tensor([-1e4, -100.0, 100.0, 1e4])]).double()

CHAINS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "sigmoid of relu": lambda x: x.relu().sigmoid(),
    "sigmoid of minus relu": lambda x: (-x.relu()).sigmoid(),
    "sigmoid of gelu": lambda x: F.gelu(x).sigmoid(),
    "sigmoid of silu": lambda x: F.silu(x).sigmoid(),
    "sigmoid of elu": lambda x: F.elu(x, alpha=0.5).sigmoid(),
    "sigmoid of relu6": lambda x: F.relu6(x).sigmoid(),
    "sigmoid of a clamp": lambda x: x.clamp(-1, 2).sigmoid(),
    "clamp of a sigmoid": lambda x: x.sigmoid().clamp(0.1, 5.0),
    "tanh of softplus": lambda x: F.softplus(x).tanh(),
    "tanh of abs": lambda x: x.abs().tanh(),
    "tanh of three times tanh": lambda x: (3 * x.tanh() / 2).tanh(),
    "hardtanh of sigmoid": lambda x: F.hardtanh(x.sigmoid()),
    "silu of tanh": lambda x: F.silu(-2 * x.tanh()),
    "our mish of our relu": lambda x: our.Mish()(our.ReLU()(x)),
    "our sigmoid of our elu": lambda x: our.Sigmoid()(our.ELU(alpha=2.0)(x)),
    "exp of minus abs": lambda x: (-x.abs()).exp(),
}


def of(chain: Callable[[Tensor], Tensor]) -> tuple[Span, Tensor]:
    layer = nn.Linear(1, 1).double()
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    result = chain(layer(GRID[:, None]))
    return span(read(result, layer), 0), result.detach()


def agrees(found: Span, numbers: Tensor) -> bool:
    low, high = float(numbers.min()), float(numbers.max())
    return all(
        math.isclose(end, met, abs_tol=2e-4) or (math.isinf(end) and abs(met) >= 1e4 and end * met > 0)
        for end, met in ((found.low, low), (found.high, high))
    )


@pytest.mark.parametrize("name", CHAINS)
def test_it_is_what_a_dense_grid_shows(name: str) -> None:
    found, numbers = of(CHAINS[name])
    assert agrees(found, numbers)


def test_the_grid_bites() -> None:
    found, numbers = of(CHAINS["sigmoid of relu"])
    assert not agrees(Span(0.0, 1.0, found.by), numbers)


@pytest.mark.parametrize(
    "chain",
    [
        lambda x: x,
        lambda x: x.sigmoid() + 1,
        lambda x: x.relu() * x,
        lambda x: x.sigmoid() * torch.linspace(-1, 1, len(x)).double()[:, None],
        lambda x: F.layer_norm(x.relu(), (1,)),
        lambda x: 1 / x.sigmoid(),
        lambda x: our.SwiGLU()(torch.cat([x.sigmoid(), x], 1)),
    ],
)
def test_what_it_does_not_follow_may_be_of_any_size(chain: Callable[[Tensor], Tensor]) -> None:
    found, _ = of(chain)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_a_mask_keeps_the_sign() -> None:
    found, _ = of(lambda x: F.dropout(x.sigmoid(), 0.5, training=True))
    assert (found.low, found.high) == (0.0, math.inf)
    found, _ = of(lambda x: (-F.dropout(x.relu(), 0.5, training=True)).sigmoid())
    assert agrees(found, torch.tensor([0.0, 0.5]))


def test_a_periodic_function_keeps_its_own_range() -> None:
    found, _ = of(lambda x: our.Sine()(x.relu()))
    assert (round(found.low, 9), round(found.high, 9)) == (-1.0, 1.0)
