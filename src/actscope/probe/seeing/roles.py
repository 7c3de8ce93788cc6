"""Gates: places whose result multiplies something else, as the graph of the loss shows."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from .acting import Acting

_GATING = {"sigmoid", "hardsigmoid"}
_PASSING = (
    "View",
    "UnsafeView",
    "Unsqueeze",
    "Squeeze",
    "Expand",
    "Transpose",
    "T",
    "Permute",
    "ReshapeAlias",
    "Alias",
    "Clone",
)


def assign(loss: Tensor, nodes: Sequence[tuple[Any, Acting]]) -> None:
    """Give the places whose results are factors of a product the role of a gate: they saturate by design."""
    waiting = {node: acting for node, acting in nodes if acting.function.name in _GATING}
    if not waiting or loss.grad_fn is None:
        return
    users: dict[Any, list[Any]] = {}
    seen, stack = {loss.grad_fn}, [loss.grad_fn]
    while stack:
        node = stack.pop()
        for child, _ in node.next_functions:
            if child is not None:
                users.setdefault(child, []).append(node)
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
    for node, acting in waiting.items():
        if any(name.startswith("Mul") for name in _uses(node, users)):
            acting.role = "gate"


def _uses(node: Any, users: dict[Any, list[Any]]) -> list[str]:
    """Return the names of the nodes that take a result, through those that only move it."""
    found: list[str] = []
    stack = list(users.get(node, ()))
    while stack:
        user = stack.pop()
        name = user.name()
        if name.rstrip("0123456789").removesuffix("Backward") in _PASSING:
            stack += users.get(user, ())
        else:
            found.append(name)
    return found
