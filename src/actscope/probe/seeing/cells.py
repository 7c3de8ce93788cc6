"""Recurrent cells that are called step by step: whether their state comes back with its graph."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .compiling import plain, uncompiled

_RECURRENT = (nn.RNNBase, nn.RNNCellBase)
_FEWEST = 2
"""Steps in a row whose state was cut off, with none whose state was not."""


@dataclass(slots=True)
class _Steps:
    """The calls of one cell within a pass."""

    given: set[int] = field(default_factory=set)
    """Where the numbers lie that the last call gave, with a graph."""
    whole: int = 0
    cut: int = 0
    """Calls whose state was what the call before gave, with its graph and without it."""


class Cells:
    """The cells of a model in one pass that is recorded for gradients; `close` takes the hooks away."""

    def __init__(self, model: nn.Module, path: str) -> None:
        self._steps: dict[str, _Steps] = {}
        self._stops: list[Callable[[], None]] = []
        for name, module in uncompiled(model, path):
            if isinstance(module, _RECURRENT):
                steps = self._steps[plain(name)] = _Steps()
                self._stops += [
                    module.register_forward_pre_hook(partial(_arrives, steps), with_kwargs=True).remove,
                    module.register_forward_hook(partial(_leaves, steps)).remove,
                ]

    def close(self) -> None:
        """Take the hooks away."""
        while self._stops:
            self._stops.pop()()

    def cut(self) -> dict[str, int]:
        """Return the cells whose state was cut off at every step, and at how many."""
        return {name: steps.cut for name, steps in self._steps.items() if steps.cut >= _FEWEST and not steps.whole}


def _arrives(steps: _Steps, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    state = list(_tensors((*args[1:], *kwargs.values())))
    if not steps.given or not state or not torch.is_grad_enabled() or torch.compiler.is_compiling():
        return
    if all(_place(one) in steps.given for one in state):
        cut = not any(one.requires_grad for one in state)
        steps.cut, steps.whole = steps.cut + cut, steps.whole + (not cut)
    else:
        # One that was computed with on its way may be cut or not.
        steps.whole += any(one.requires_grad for one in state)


def _leaves(steps: _Steps, _: nn.Module, __: tuple[Any, ...], result: Any) -> None:
    if not torch.compiler.is_compiling():
        steps.given = {_place(one) for one in _tensors((result,)) if one.grad_fn is not None}


def _tensors(values: tuple[Any, ...]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, tuple | list):
            yield from _tensors(tuple(value))
        elif type(value) is Tensor and value.layout is torch.strided and not value.is_meta:
            yield value


def _place(one: Tensor) -> int:
    return one.untyped_storage().data_ptr()
