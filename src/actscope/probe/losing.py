"""Where a loss is differentiated: `torch.autograd.backward`, to which `loss.backward()` leads, tells who listens."""

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Told = Callable[[tuple[Tensor, ...]], None]

_lock = threading.Lock()
_told: list[Told] = []
_original: Callable[..., Any] | None = None


def listen(told: Told) -> Callable[[], None]:
    """Have `told` called with the tensors before each backward pass; return what undoes it."""
    global _original
    with _lock:
        _told.append(told)
        if _original is None:
            _original = torch.autograd.backward
            torch.autograd.backward = _backward

    def stop() -> None:
        global _original
        with _lock:
            if told in _told:
                _told.remove(told)
            # Whoever replaced it after us keeps what they put there; it ends in ours, which then only passes on.
            if not _told and _original is not None and torch.autograd.backward is _backward:
                torch.autograd.backward, _original = _original, None

    return stop


def _backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
    found = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    for told in tuple(_told):
        told(found)
    run = _original
    assert run is not None
    return run(tensors, *args, **kwargs)
