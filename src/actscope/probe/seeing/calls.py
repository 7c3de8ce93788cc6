"""Activations seen where Python calls them, for devices on which kernels cannot be wrapped."""

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from .operators import OPERATORS
from .tap import HERE, PLAIN

_BY_FUNCTION: dict[Any, str] = {}


def _functions() -> dict[Any, str]:
    """Return the operators by the functions and methods of PyTorch that call them."""
    if not _BY_FUNCTION:
        for name in OPERATORS:
            spelled = {"log_sigmoid_forward": "logsigmoid", "_prelu_kernel": "prelu"}.get(name, name)
            for home in (torch, torch.nn.functional, Tensor, torch._C._nn, torch.special):
                function = getattr(
                    home, {"sigmoid": "expit"}.get(spelled, spelled) if home is torch.special else spelled, None
                )
                if function is not None:
                    _BY_FUNCTION.setdefault(function, name)
    return _BY_FUNCTION


class Calls(TorchFunctionMode):
    """The activations that Python calls, for the length of a forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.known = _functions()

    def enter(self) -> None:
        """Begin to see calls."""
        self.__enter__()  # type: ignore[no-untyped-call]

    def leave(self) -> None:
        """See no more of them."""
        self.__exit__(None, None, None)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Tell the listener of an activation; F.relu and the torch.relu within it are one call."""
        given = kwargs or {}
        name = self.known.get(func)
        listener = HERE.listener
        if name is None or listener is None or HERE.inside or not args or args[0].__class__ not in PLAIN:
            return func(*args, **given)
        x, rest = args[0], args[1:]
        name, kept = _without_inplace(name, rest, given)
        visit = listener.before(name, x, rest, kept)
        HERE.inside = True
        try:
            result = func(*args, **given)
        finally:
            HERE.inside = False
        if visit is not None:
            visit.after(result)
        return result


def _without_inplace(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    inplace = bool(kwargs.get("inplace")) or (len(args) > 0 and args[-1] is True)
    kept = {key: value for key, value in kwargs.items() if key != "inplace"}
    return (name + "_" if inplace and name + "_" in OPERATORS else name), kept
