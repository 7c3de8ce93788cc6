"""LSTMs that PyTorch computes in one piece: a few sequences go through once more, step by step, where they can be seen.

On the CPU oneDNN computes an nn.LSTM as one operation, in which no activation can be met. Without it PyTorch computes
the same numbers, to rounding, out of its ordinary operators.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

SEQUENCES, STEPS = 2, 64
"""How many sequences of a batch are seen, and how far."""
EVERY = 8
"""Measured passes between two looks: a look costs about as much as the layer."""


def look_inside(module: nn.Module, args: tuple[Any, ...]) -> None:
    """Compute a few sequences of the batch in small operations, for a tap that listens; nothing comes of it else.

    No gradient is recorded, no random number drawn, and dropout left out. Packed sequences are passed over.
    """
    if not isinstance(module, nn.LSTM) or not args or not isinstance(args[0], Tensor) or not args[0].is_cpu:
        return
    x, first = args[0].detach(), module.batch_first
    if x.dim() == 2:
        x, first = x.unsqueeze(1), False
    x = x[:SEQUENCES, :STEPS] if first else x[:STEPS, :SEQUENCES]
    states = _states(module, x, args[1] if len(args) > 1 else None, first)
    weights = [weight.detach().to(x.dtype) for weight in module._flat_weights if isinstance(weight, Tensor)]
    with torch.no_grad(), _step_by_step():
        torch._VF.lstm(x, states, weights, module.bias, module.num_layers, 0.0, False, module.bidirectional, first)


def _states(module: nn.LSTM, x: Tensor, given: Any, first: bool) -> tuple[Tensor, Tensor]:
    """Return the states that the sequences begin with, zeros where none are given."""
    few = x.shape[0 if first else 1]
    if given is not None:
        return tuple(state.detach().reshape(state.shape[0], -1, state.shape[-1])[:, :few] for state in given)
    layers = module.num_layers * (2 if module.bidirectional else 1)
    sizes = module.proj_size or module.hidden_size, module.hidden_size
    short, long = (torch.zeros(layers, few, size, dtype=x.dtype) for size in sizes)
    return short, long


@contextmanager
def _step_by_step() -> Iterator[None]:
    """Leave out oneDNN, whose place in PyTorch's settings is found again."""
    was: bool = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch._C._set_mkldnn_enabled(was)
