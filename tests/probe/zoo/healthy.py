"""The healthy: the twins of the sick, recipes with every activation and habit, and networks of their own kind."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from .architectures import Function, Recipe, he
from .case import Case, Group
from .diseases import DISEASES
from .loops import LOOPS
from .nets import NETS
from .networks import BASES, TANH_RNN, adam, sgd

_mlp, _conv = partial(Recipe, "mlp"), partial(Recipe, "convolutional")
_encoder, _recurrent = partial(Recipe, "transformer"), partial(Recipe, "recurrent", depth=1)


def cases() -> Iterator[Case]:
    """Yield the healthy networks; a twin belongs to "tuning" if a disease of that group is planted in it."""
    tuned = {base for disease in DISEASES for base in disease.homes[0]}
    groups: list[tuple[dict[str, Recipe], dict[str, Recipe], Group]] = [
        (_in(tuned, True), TUNING, "tuning"),
        (_in(tuned, False), FRESH, "fresh"),
    ]
    for twins, others, group in groups:
        for name, recipe in {**twins, **others}.items():
            yield Case(name, "", frozenset(), recipe.architecture, recipe.task, recipe.build, group)
    for own in (*NETS, *LOOPS):
        yield Case(own.name, "", frozenset(), own.architecture, own.task, own.build, own.group)


def _in(names: set[str], inside: bool) -> dict[str, Recipe]:
    return {name: recipe for name, recipe in BASES.items() if (name in names) is inside}


def lecun(model: nn.Module) -> None:
    """Klambauer et al. (2017) for SELU: variance 1 / fan-in."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
            nn.init.zeros_(layer.bias)


def glorot(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)


def positive(y: torch.Tensor) -> torch.Tensor:
    return y.abs() + 0.1


def share(y: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(2 * y)


def pixels(x: torch.Tensor) -> torch.Tensor:
    """As pixels of 0 to 1."""
    return (x - x.min()) / (x.max() - x.min())


def dropout() -> nn.Module:
    return nn.Sequential(nn.ReLU(), nn.Dropout(0.2))


def squared_relu() -> nn.Module:
    return Function(lambda x: x.relu().square())


TUNING = {
    "mlp digits gelu": _mlp("digits", nn.GELU, width=64),
    "mlp friedman silu": _mlp("friedman", nn.SiLU),
    "mlp plane elu": _mlp("plane", nn.ELU),
    "mlp digits leaky relu": _mlp("digits", partial(nn.LeakyReLU, 0.1)),
    "mlp digits sigmoid": _mlp("digits", nn.Sigmoid, depth=1, width=64, optimizer=adam(1e-2)),
    "mlp plane selu": _mlp("plane", nn.SELU, depth=4, prepare=lecun),
    "mlp digits batch norm": _mlp("digits", norm="batch"),
    "mlp friedman layer norm": _mlp("friedman", norm="layer", depth=3),
    "mlp digits batch norm, 10 deep": _mlp("digits", norm="batch", depth=10),
    "mlp digits layer norm, 10 deep gelu": _mlp("digits", nn.GELU, norm="layer", depth=10),
    "mlp digits tanh, 8 deep": _mlp("digits", nn.Tanh, depth=8, prepare=glorot),
    "mlp moons of 16": _mlp("moons", width=16, optimizer=adam(1e-2)),
    "mlp moons of 2": _mlp("moons", nn.Tanh, width=2, optimizer=adam(2e-2)),
    "conv gratings batch norm": _conv("gratings", norm="batch", width=12),
    "conv spots group norm": _conv("spots", nn.SiLU, norm="group", width=16),
    "conv digits pixels": _conv("digit images", width=24, change=pixels),
    "mlp digits pixels": _mlp("digits", change=lambda x: x / 4, width=64),
    "encoder majority gelu": _encoder("majority", nn.GELU),
    "encoder spots": _encoder("spots", nn.GELU),
    "lstm waves": _recurrent("waves", cell=nn.LSTM, optimizer=adam(3e-3), steps=150),
    "gru sums": _recurrent("sums", cell=nn.GRU, optimizer=adam(5e-3)),
    "rnn default waves": _recurrent("waves", nn.Tanh, cell=TANH_RNN, width=48, optimizer=adam(1e-3), steps=150),
    "linear regression": _mlp("plane", depth=0, optimizer=sgd(0.05, 0.0)),
    "softmax regression": _mlp("digits", depth=0, optimizer=sgd(0.1, 0.0)),
    "mlp positive softplus": _mlp("friedman", aim=positive, head=nn.Softplus),
    "mlp circles sigmoid and bce": _mlp("circles", width=24, head=nn.Sigmoid, loss=nn.BCELoss, optimizer=adam(1e-2)),
    "mlp shares": _mlp("friedman", aim=share, head=nn.Sigmoid, optimizer=adam(5e-3)),
    "mlp digits log-softmax and nll": _mlp("digits", head=partial(nn.LogSoftmax, -1), loss=nn.NLLLoss),
    "mlp digits sgd": _mlp("digits", width=64, optimizer=sgd(0.1, 0.0)),
    "mlp digits momentum": _mlp("digits", width=64, optimizer=sgd(0.05)),
    "mlp digits weight decay": _mlp("digits", optimizer=partial(torch.optim.AdamW, lr=2e-3, weight_decay=0.1)),
    "mlp digits dropout": _mlp("digits", dropout, width=64),
    "mlp digits rate 1e-4": _mlp("digits", width=64, optimizer=adam(1e-4)),
    "mlp friedman batch of 4": _mlp("friedman", batch=4, steps=150),
    "mlp digits batch of 256": _mlp("digits", width=64, batch=256, optimizer=adam(4e-3)),
    "mlp friedman l1": _mlp("friedman", loss=nn.L1Loss),
    "mlp digits label smoothing": _mlp("digits", loss=partial(nn.CrossEntropyLoss, label_smoothing=0.1)),
}

FRESH = {
    "mlp wine mish": _mlp("wine", nn.Mish, width=24),
    "mlp plane softplus": _mlp("plane", nn.Softplus, width=48),
    "mlp blobs hardswish": _mlp("blobs", nn.Hardswish, width=48),
    "mlp cancer prelu": _mlp("cancer", nn.PReLU, width=48),
    "mlp diabetes celu": _mlp("diabetes", nn.CELU, width=24),
    "mlp blobs relu6": _mlp("blobs", nn.ReLU6, width=64),
    "mlp sine tanh": _mlp("sine", nn.Tanh, width=40, optimizer=adam(1e-2)),
    "mlp sine softsign": _mlp("sine", nn.Softsign, width=40, depth=3, optimizer=adam(1e-2)),
    "mlp moons relu": _mlp("moons", width=64, depth=3),
    "mlp blobs squared relu": _mlp("blobs", squared_relu, width=48),
    "mlp blobs sigmoid": _mlp("blobs", nn.Sigmoid, width=32, depth=1, optimizer=adam(1e-2)),
    "mlp wine hardtanh": _mlp("wine", nn.Hardtanh, width=32),
    "mlp plane gelu, 16 deep": _mlp("plane", nn.GELU, depth=16, norm="layer", width=40),
    "mlp blobs batch norm, 16 deep": _mlp("blobs", norm="batch", depth=16, width=24),
    "conv digits gelu": _conv("digit images", nn.GELU, width=24, optimizer=adam(4e-3)),
    "conv digits batch norm, 8 deep": _conv("digit images", norm="batch", depth=8, width=16),
    "conv spots elu": _conv("spots", nn.ELU, width=12),
    "encoder sums silu": _encoder("sums", nn.SiLU, depth=3, width=24),
    "encoder digits gelu, 4 deep": _encoder("digit images", nn.GELU, depth=4, width=24),
    "encoder forecast": _encoder("forecast", nn.ReLU, depth=2, width=24),
    "gru forecast": _recurrent("forecast", nn.GELU, cell=nn.GRU, width=40, optimizer=adam(5e-3)),
    "lstm of two layers sums": _recurrent("sums", nn.Tanh, cell=partial(nn.LSTM, num_layers=2), optimizer=adam(1e-2)),
    "gru digits": _recurrent("digit images", cell=nn.GRU, width=48, optimizer=adam(5e-3)),
    "logistic regression": _mlp("cancer", depth=0, optimizer=sgd(0.5, 0.0)),
    "mlp cancer sigmoid and bce": _mlp("cancer", nn.Tanh, width=16, head=nn.Sigmoid, loss=nn.BCELoss),
    "mlp positive relu": _mlp("plane", width=64, aim=positive, head=nn.ReLU, prepare=he),
    "mlp within 1 tanh": _mlp("sine", nn.SiLU, aim=lambda y: 0.8 * y, head=nn.Tanh, width=40, optimizer=adam(1e-2)),
    "mlp cancer rmsprop": _mlp("cancer", width=32, optimizer=partial(torch.optim.RMSprop, lr=1e-3)),
    "mlp wine adagrad": _mlp("wine", width=32, optimizer=partial(torch.optim.Adagrad, lr=2e-2)),
    "mlp blobs nesterov": _mlp("blobs", optimizer=partial(torch.optim.SGD, lr=0.05, momentum=0.9, nesterov=True)),
    "mlp plane huber": _mlp("plane", width=48, loss=nn.HuberLoss),
    "mlp wine batch of 8": _mlp("wine", width=24, batch=8),
    "mlp blobs label smoothing": _mlp("blobs", loss=partial(nn.CrossEntropyLoss, label_smoothing=0.2), width=24),
    "mlp blobs rate 1e-4": _mlp("blobs", width=64, optimizer=adam(1e-4), steps=150),
}
