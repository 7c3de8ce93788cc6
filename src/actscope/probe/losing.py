"""Where a loss is differentiated: `torch.autograd.backward`, to which `loss.backward()` leads, tells who listens.

What a GradScaler multiplies a loss by is no part of it: `GradScaler.scale` tells which loss it was.
"""

import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Told = Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], None]
"""Takes what is differentiated, and the losses as they were before a scaler."""

_lock = threading.Lock()
_told: list[Told] = []
_original: dict[str, Callable[..., Any]] = {}
_scaled: list[tuple[weakref.ref[Tensor], Tensor]] = []
_MOST_SCALED = 8


def listen(told: Told) -> Callable[[], None]:
    """Have `told` called before each backward pass; return what undoes it."""
    with _lock:
        _told.append(told)
        if not _original:
            _original.update(backward=torch.autograd.backward, scale=torch.amp.GradScaler.scale)
            torch.autograd.backward = _backward
            torch.amp.GradScaler.scale = _scale  # type: ignore[method-assign]

    def stop() -> None:
        with _lock:
            if told in _told:
                _told.remove(told)
            if _told or not _original:
                return
            # Whoever replaced one after us keeps what they put there; it ends in ours, which then only passes on.
            if torch.autograd.backward is _backward and torch.amp.GradScaler.scale is _scale:
                torch.autograd.backward = _original["backward"]
                torch.amp.GradScaler.scale = _original["scale"]  # type: ignore[method-assign]
                _original.clear()
            _scaled.clear()

    return stop


def _scale(self: torch.amp.GradScaler, outputs: Any) -> Any:
    result = _original["scale"](self, outputs)
    if _told and isinstance(outputs, Tensor) and result is not outputs:
        _scaled.append((weakref.ref(result), outputs.detach()))
        del _scaled[:-_MOST_SCALED]
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
