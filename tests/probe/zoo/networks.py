"""The healthy networks that diseases are planted in, by name."""

from functools import partial

import torch
from torch import nn

from .architectures import Recipe, he

rnn = partial(nn.RNN, nonlinearity="tanh")
relu_rnn = partial(nn.RNN, nonlinearity="relu")


def adam(lr: float) -> partial[torch.optim.Adam]:
    return partial(torch.optim.Adam, lr=lr)


BASES = {
    "mlp digits": Recipe("mlp", "digits", width=64),
    "mlp friedman": Recipe("mlp", "friedman", width=48),
    "mlp circles": Recipe("mlp", "circles", width=24),
    "conv gratings": Recipe("convolutional", "gratings", width=12),
    "conv spots": Recipe("convolutional", "spots", width=16),
    "encoder majority": Recipe("transformer", "majority"),
    "encoder mentions": Recipe("transformer", "mentions", optimizer=adam(5e-3)),
    "encoder sums": Recipe("transformer", "sums"),
    "gru waves": Recipe("recurrent", "waves", depth=1, optimizer=adam(6e-3)),
    "gru mentions": Recipe("recurrent", "mentions", depth=1, optimizer=adam(6e-3)),
    "gru adding": Recipe("recurrent", "adding", depth=1, optimizer=adam(6e-3)),
    "mlp wine": Recipe("mlp", "wine", width=40, optimizer=partial(torch.optim.SGD, lr=0.05, momentum=0.9)),
    "mlp cancer": Recipe("mlp", "cancer", depth=3, width=20),
    "mlp plane": Recipe("mlp", "plane", depth=3, width=80, prepare=he),
    "conv digits": Recipe("convolutional", "digit images", depth=3, width=16),
    "encoder digits": Recipe("transformer", "digit images", depth=1),
    "encoder adding": Recipe("transformer", "adding", depth=1, width=24),
    "rnn relu waves": Recipe("recurrent", "waves", depth=1, cell=relu_rnn),
    "lstm majority": Recipe("recurrent", "majority", depth=1, width=24, cell=nn.LSTM),
    "lstm mentions": Recipe("recurrent", "mentions", depth=1, width=24, cell=nn.LSTM),
    "lstm forecast": Recipe("recurrent", "forecast", depth=1, width=24, cell=nn.LSTM),
}
