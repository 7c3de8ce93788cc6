"""Gates: places whose result multiplies something else, as the graph of the loss shows; and what acts on no data."""

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from .acting import Acting

_GATING = {"sigmoid", "hardsigmoid"}
_SCORING = {"tanh"}
"""What is a gate where one number of it multiplies many, as a score does; an LSTM's tanh meets a gate of its shape."""
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
_PICKING = ("Index", "IndexSelect", "Gather", "Select", "Slice")


def assign(loss: Tensor, nodes: Sequence[tuple[Any, Acting]]) -> None:
    """Give the places whose results are factors of a product the role of a gate: they saturate by design."""
    waiting = {node: acting for node, acting in nodes if acting.function.name in _GATING | _SCORING}
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
        if acting.function.name in _GATING:
            gates = any(_operation(user) == "Mul" for user, _ in _uses(node, users, _PASSING))
        else:
            ends = _uses(node, users, (*_PASSING, *_PICKING))
            gates = any(_operation(user) == "Mul" and _size(user) > _size(last) > 0 for user, last in ends)
        if gates:
            acting.role = "gate"


def _uses(node: Any, users: dict[Any, list[Any]], passing: Sequence[str]) -> list[tuple[Any, Any]]:
    """Return the nodes that take a result, through those that are passed, each with the node that it takes."""
    found: list[tuple[Any, Any]] = []
    stack = [(user, node) for user in users.get(node, ())]
    while stack:
        user, last = stack.pop()
        if _operation(user) in passing:
            stack += [(further, user) for further in users.get(user, ())]
        else:
            found.append((user, last))
    return found


def _operation(node: Any) -> str:
    return str(node.name()).rstrip("0123456789").removesuffix("Backward")


def _size(node: Any) -> int:
    """Return how many numbers a node's first result has; 0 where PyTorch does not tell."""
    told = getattr(node, "_input_metadata", ())
    return math.prod(told[0].shape) if told else 0


def is_a_parameter(x: Tensor) -> bool:
    """Return whether a tensor is a parameter, or one laid out anew: what is made of it acts on no data."""
    if isinstance(x, nn.Parameter):
        return True
    node: Any = x.grad_fn
    while node is not None and _operation(node) in _PASSING and len(node.next_functions) == 1:
        node = node.next_functions[0][0]
    return node is not None and isinstance(getattr(node, "variable", None), nn.Parameter)
