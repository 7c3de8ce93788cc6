"""The networks of the sick later programs that take more than a line."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .later_parts import Wired, dense


def attends_over_batch(m: Any, x: Tensor) -> Tensor:
    x = m.embedding(x)
    weights = torch.softmax(m.score(x).squeeze(-1), 0)
    return m.out((weights.unsqueeze(-1) * x).sum(1))


def masked_attention(m: Any, x: Tensor) -> Tensor:
    scores = m.score(m.embedding(x)).squeeze(-1).masked_fill(x == 0, float("-inf"))
    return m.out((scores.softmax(1).unsqueeze(-1) * m.embedding(x)).sum(1))


def hard_attention(m: Any, x: Tensor) -> Tensor:
    x = m.embedding(x)
    return m.out(x[torch.arange(len(x)), m.score(torch.tanh(m.key(x))).squeeze(-1).argmax(1)])


def attention(how: Any) -> Any:
    parts = {"embedding": (30, 16), "key": (16, 16), "score": (16, 1), "out": (16, 3)}
    if how is not hard_attention:
        del parts["key"]
    return lambda: Wired(how, **{k: (nn.Embedding if k == "embedding" else nn.Linear)(*v) for k, v in parts.items()})


def relu_dropped(m: Any, x: Tensor) -> Tensor:
    x = m.fc1(x)
    functional.relu(x)
    x = m.fc2(x)
    functional.relu(x)
    return m.fc3(x)


def sigmoid_again(m: Any, x: Tensor) -> Tensor:
    for layer in m.layers:
        x = torch.sigmoid(layer(x))
    return m.out(x)


def forgetful(m: Any, x: Tensor) -> Tensor:
    state = torch.zeros(len(x), 16)
    for t in range(x.shape[1]):
        state = m.cell(x[:, t], state.detach())
    return m.out(state)


def graph_net(width: int, layers: int, act: Any = torch.relu) -> nn.Module:
    def how(m: Any, x: Tensor, edge: Tensor) -> Tensor:
        for layer in m.layers:
            x = act(edge @ layer(x))
        return m.out(x)

    sizes = [8] + layers * [width]
    return Wired(how, layers=nn.ModuleList(map(nn.Linear, sizes, sizes[1:])), out=nn.Linear(width, 2))


def liking(width: int, *end: nn.Module) -> nn.Module:
    def how(m: Any, x: Tensor) -> Tensor:
        return m.end((m.users(x[:, 0]) * m.items(x[:, 1])).sum(1, keepdim=True))

    return Wired(how, users=nn.Embedding(40, width), items=nn.Embedding(30, width), end=nn.Sequential(*end))


def unsure(y: Tensor, wanted: Tensor) -> Tensor:
    mean, variance = y.chunk(2, 1)
    return (variance.log() + (wanted - mean) ** 2 / variance).mean()


def by_hand(p: Tensor, wanted: Tensor) -> Tensor:
    return -(wanted * p.log() + (1 - wanted) * (1 - p).log()).mean()


def bag(m: Any, x: Tensor) -> Tensor:
    counts = functional.one_hot(x, 31).sum(1).float()
    counts[:, 0] = 0
    return m.net(counts / counts.sum(1, keepdim=True))


def scaled_inside(m: Any, x: Tensor) -> Tensor:
    return m.net((x - x.mean(0)) / x.std(0))


def last_constant(x: Tensor) -> Tensor:
    return torch.cat([x[:, 1:], torch.ones(len(x), 1)], 1)


def income(x: Tensor) -> Tensor:
    return torch.cat([x[:, 1:], 50_000 + 20_000 * x[:, :1]], 1)


def autoencoder(*sizes: int, end: nn.Module | None = None) -> nn.Sequential:
    return dense(*sizes, *sizes[-2::-1], end=end)


def players(*end: nn.Module) -> nn.Module:
    game = [nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1), *end]
    return Wired(lambda m, z: m.d(m.g(z)), g=dense(4, 32, 32, 2), d=nn.Sequential(*game))


def deep_pictures(act: Any) -> nn.Sequential:
    """Five convolutions without normalisation."""
    layers: list[nn.Module] = [nn.Conv2d(1, 16, 3, padding=1), act()]
    for _ in range(4):
        layers += [nn.Conv2d(16, 16, 3, padding=1), act()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 3))


def relu_rnn() -> nn.Module:
    rnn = nn.RNN(1, 64, nonlinearity="relu", batch_first=True)
    nn.init.normal_(rnn.weight_hh_l0, std=0.3)
    return rnn


def two_heads(**more: nn.Module) -> nn.Module:
    return Wired(lambda m, x: m.a(m.body(x)), body=dense(10, 32, 32, end=nn.ReLU()), a=nn.Linear(32, 3), **more)


def teacher(kind: Tensor) -> Tensor:
    return functional.one_hot(kind, 4) * 0.8 + 0.05


def taken(y: Tensor, told: Tensor) -> Tensor:
    """The error of the value of the action that was taken, without a look ahead."""
    return functional.mse_loss(y.gather(1, told[:, :1].long()), told[:, 1:2])


def logit(of: float) -> Any:
    return lambda y: functional.binary_cross_entropy_with_logits(y, torch.full_like(y, of))
