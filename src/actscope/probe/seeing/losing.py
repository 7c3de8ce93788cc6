"""Where a loss is differentiated: `torch.autograd.backward`, to which `loss.backward()` leads, tells who listens.

What a GradScaler multiplies a loss by is no part of it: `GradScaler.scale` tells which loss it was, and
`GradScaler.step` when it leaves an optimiser's step out.
"""

import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

Told = Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], None]
"""Takes what is differentiated, and the losses as they were before a scaler."""
Stepped = Callable[[Optimizer], None]
"""Takes an optimiser whose step a scaler has just made or left out."""

_lock = threading.Lock()
_told: list[Told] = []
_stepped: list[Stepped] = []
_original: dict[str, Callable[..., Any]] = {}
_scaled: list[tuple[weakref.ref[Tensor], Tensor]] = []
_MOST_SCALED = 8


def listen(told: Told, stepped: Stepped) -> Callable[[], None]:
    """Have `told` called before each backward pass, `stepped` after a scaler's step; return what undoes it."""
    with _lock:
        _told.append(told)
        _stepped.append(stepped)
        if not _original:
            scaler = torch.amp.GradScaler
            _original.update(backward=torch.autograd.backward, scale=scaler.scale, step=scaler.step)
            torch.autograd.backward = _backward
            scaler.scale, scaler.step = _scale, _step  # type: ignore[method-assign]

    def stop() -> None:
        with _lock:
            if told in _told:
                _told.remove(told)
                _stepped.remove(stepped)
            if _told or not _original:
                return
            # Whoever replaced one after us keeps what they put there; it ends in ours, which then only passes on.
            scaler = torch.amp.GradScaler
            if (torch.autograd.backward, scaler.scale, scaler.step) == (_backward, _scale, _step):
                torch.autograd.backward = _original["backward"]
                scaler.scale, scaler.step = _original["scale"], _original["step"]  # type: ignore[method-assign]
                _original.clear()
            _scaled.clear()

    return stop


def _scale(self: torch.amp.GradScaler, outputs: Any) -> Any:
    result = _original["scale"](self, outputs)
    if _told and isinstance(outputs, Tensor) and result is not outputs:
        _scaled.append((weakref.ref(result), outputs.detach()))
        del _scaled[:-_MOST_SCALED]
    return result


def _step(self: torch.amp.GradScaler, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
    result = _original["step"](self, optimizer, *args, **kwargs)
    for stepped in tuple(_stepped):
        stepped(optimizer)
    return result


def _backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
    if torch.compiler.is_compiling():
        return _original["backward"](tensors, *args, **kwargs)
    given = tensors if isinstance(tensors, tuple | list) else (tensors,)
    found = tuple(one for one in given if isinstance(one, Tensor))
    losses = tuple(next((loss for ref, loss in _scaled if ref() is tensor), tensor) for tensor in found)
    for told in tuple(_told):
        told(found, losses)
    return _original["backward"](tensors, *args, **kwargs)
