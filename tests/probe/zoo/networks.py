"""The healthy networks that diseases are planted in, by name."""

from functools import partial

import torch
from torch import nn

from .architectures import Recipe, he

TANH_RNN = partial(nn.RNN, nonlinearity="tanh")
RELU_RNN = partial(nn.RNN, nonlinearity="relu")


def adam(lr: float) -> partial[torch.optim.Adam]:
    return partial(torch.optim.Adam, lr=lr)


def sgd(lr: float, momentum: float = 0.9) -> partial[torch.optim.SGD]:
    return partial(torch.optim.SGD, lr=lr, momentum=momentum)


def remembering(model: nn.Module) -> None:
    """Recurrent weights that keep the size of what they carry, as Le, Jaitly and Hinton (2015) begin."""
    for cell in model.modules():
        if isinstance(cell, nn.RNN):
            make = nn.init.eye_ if cell.nonlinearity == "relu" else nn.init.orthogonal_
            make(cell.weight_hh_l0)
            nn.init.zeros_(cell.bias_hh_l0)
            nn.init.zeros_(cell.bias_ih_l0)


_mlp, _conv = partial(Recipe, "mlp"), partial(Recipe, "convolutional")
_encoder, _recurrent = partial(Recipe, "transformer"), partial(Recipe, "recurrent", depth=1)
_slow = partial(_recurrent, prepare=remembering, optimizer=adam(1e-3))

BASES = {
    "mlp digits": _mlp("digits", width=64),
    "mlp friedman": _mlp("friedman", width=48),
    "mlp circles": _mlp("circles", width=24, optimizer=adam(1e-2)),
    "conv gratings": _conv("gratings", depth=3, width=12),
    "conv spots": _conv("spots", depth=3, width=16),
    "encoder majority": _encoder("majority"),
    "encoder mentions": _encoder("mentions", optimizer=adam(5e-3), steps=150),
    "encoder sums": _encoder("sums"),
    "gru waves": _recurrent("waves", optimizer=adam(6e-3)),
    "gru mentions": _recurrent("mentions", optimizer=adam(6e-3)),
    "gru adding": _recurrent("adding", optimizer=adam(6e-3)),
    "mlp digits tanh": _mlp("digits", nn.Tanh, width=64),
    "mlp friedman tanh": _mlp("friedman", nn.Tanh, width=48),
    "conv gratings tanh": _conv("gratings", nn.Tanh, depth=3, width=12),
    "rnn waves": _slow("waves", nn.Tanh, cell=TANH_RNN, optimizer=adam(3e-3)),
    "mlp digits deep": _mlp("digits", depth=30, prepare=he),
    "mlp friedman deep": _mlp("friedman", depth=30, prepare=he),
    "conv gratings deep": _conv("gratings", depth=18, width=8, prepare=he, optimizer=adam(1e-3)),
    "rnn recall": _slow("recall", nn.Tanh, cell=TANH_RNN),
    "rnn relu recall": _slow("recall sign", cell=RELU_RNN, optimizer=adam(2e-3)),
    "mlp wine": _mlp("wine", width=40, optimizer=sgd(0.05)),
    "mlp cancer": _mlp("cancer", depth=3, width=20),
    "mlp plane": _mlp("plane", depth=3, width=80, prepare=he),
    "conv digits": _conv("digit images", depth=4, width=16),
    "encoder digits": _encoder("digit images", depth=1, optimizer=adam(5e-3)),
    "encoder adding": _encoder("adding", depth=1, width=24),
    "rnn relu waves": _recurrent("waves", cell=RELU_RNN),
    "lstm majority": _recurrent("majority", width=24, cell=nn.LSTM, optimizer=adam(6e-3)),
    "lstm mentions": _recurrent("mentions", width=24, cell=nn.LSTM, optimizer=adam(6e-3)),
    "lstm forecast": _recurrent("forecast", width=24, cell=nn.LSTM, optimizer=adam(6e-3)),
    "mlp cancer tanh": _mlp("cancer", nn.Tanh, depth=3, width=20),
    "conv spots tanh": _conv("spots", nn.Tanh, depth=2, width=16),
    "rnn forecast": _recurrent("forecast", nn.Tanh, width=24, cell=TANH_RNN, optimizer=adam(6e-3)),
    "mlp blobs deep": _mlp("blobs", depth=24, width=40, prepare=he, optimizer=adam(5e-4)),
    "conv digits deep": _conv("digit images", depth=16, width=10, prepare=he, optimizer=adam(3e-3)),
    "gru waves deep": Recipe("recurrent", "waves", depth=20, prepare=he, optimizer=adam(4e-3)),
    "rnn recall sum": _slow("recall sum", nn.GELU, cell=TANH_RNN),
    "rnn recall sign": _slow("recall sign", nn.Tanh, width=48, cell=TANH_RNN),
}
