"""Hooks of ours on a user's modules, which are left out when a model is copied or stored while it is watched."""

from collections.abc import Callable
from typing import Any

from torch import nn


class Hook:
    """What PyTorch calls; in a copy of the model stands `Gone` in its place."""

    __slots__ = ("_run",)

    def __init__(self, run: Callable[..., None]) -> None:
        self._run = run

    def __call__(self, *args: Any) -> None:
        """Tell the probe."""
        self._run(*args)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Gone":
        return Gone()

    def __reduce__(self) -> tuple[type["Gone"], tuple[()]]:
        return Gone, ()


class Gone:
    """A hook that does nothing."""

    def __call__(self, *_: Any) -> None:
        """Do nothing."""


def around(
    module: nn.Module, before: Callable[..., None], after: Callable[..., None], *, with_kwargs: bool = False
) -> list[Callable[[], None]]:
    """Have `before` and `after` told of each call of a module, of one that fails too; return what undoes it."""
    return [
        module.register_forward_pre_hook(Hook(before), with_kwargs=with_kwargs).remove,
        module.register_forward_hook(Hook(after), always_call=True).remove,
    ]
