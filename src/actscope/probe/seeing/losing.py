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
_told: tuple[Told, ...] = ()
_stepped: tuple[Stepped, ...] = ()
_original: dict[str, Callable[..., Any]] = {}
_scaled: list[tuple[weakref.ref[Tensor], Tensor]] = []
_MOST_SCALED = 8


def listen(told: Told, stepped: Stepped) -> Callable[[], None]:
    """Have `told` called before each backward pass, `stepped` after a scaler's step; return what undoes it."""
    global _told, _stepped
    with _lock:
        _told, _stepped = (*_told, told), (*_stepped, stepped)
        if not _original:
            scaler = torch.amp.GradScaler
            _original.update(backward=torch.autograd.backward, scale=scaler.scale, step=scaler.step)
            torch.autograd.backward = _backward
            scaler.scale, scaler.step = _scale, _step  # type: ignore[method-assign]

    def stop() -> None:
        global _told, _stepped
        with _lock:
            _told = tuple(one for one in _told if one != told)
            _stepped = tuple(one for one in _stepped if one != stepped)
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
    for stepped in _stepped:
        stepped(optimizer)
    return result


def _backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
    if torch.compiler.is_compiling():
        return _original["backward"](tensors, *args, **kwargs)
    given = tensors if isinstance(tensors, tuple | list) else (tensors,)
    found = losses = tuple([one for one in given if isinstance(one, Tensor)])
    if _scaled:
        losses = tuple([next((loss for ref, loss in _scaled if ref() is tensor), tensor) for tensor in found])
    for told in _told:
        told(found, losses)
    return _original["backward"](tensors, *args, **kwargs)
