"""Layers that a module keeps in a plain list, tuple or dict: they compute, and are none of the model's parameters."""

from collections.abc import Collection, Iterator

from torch import nn

from ..records import Finding
from .telling import access, found
from .walking import Graph

_CONTAINERS: dict[type, str] = {list: "List", tuple: "List", dict: "Dict"}
_DEEPEST = 3
"""Lists within lists are looked into so far."""


def unregistered(graph: Graph, model: nn.Module, moved: Collection[int]) -> Iterator[Finding]:
    """Yield the lists of layers that the loss depends on and no optimiser is given; `moved` are ids of what one holds.

    A hint where a module is alone in its list: that hides it on purpose at times, as a critic or a fixed extractor.
    """
    leaves = {id(parameter) for node in range(len(graph.names)) if (parameter := graph.parameter(node)) is not None}
    known = {id(parameter) for parameter in model.parameters()}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name.startswith("_") or type(value) not in _CONTAINERS:
                continue
            kept = list(_kept(value))
            hidden = {id(parameter) for part in kept for parameter in part.parameters()} & leaves - known
            if not hidden or not hidden.isdisjoint(moved):
                continue
            where = f"{path}.{name}" if path else name
            kind = type(value).__name__
            yield found(
                "unreached-parameters",
                where,
                f"`{where}` is a plain {kind} of {len(kept)} modules: the loss depends on {len(hidden)} parameters of "
                "theirs that model.parameters() does not give. An optimiser of model.parameters() never moves them, "
                "model.to(device) leaves them behind, and state_dict() does not save them.",
                (
                    f"Let PyTorch know of them, in __init__ of {type(module).__name__}:",
                    f"    {access(name, 'self')} = torch.nn.Module{_CONTAINERS[type(value)]}({access(name, 'self')})",
                ),
                weight="finding" if len(kept) > 1 else "hint",
                measured=float(len(hidden)),
            )


def _kept(value: object, depth: int = 0) -> Iterator[nn.Module]:
    if isinstance(value, nn.Module):
        yield value
    elif type(value) in _CONTAINERS and depth < _DEEPEST:
        for part in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
            yield from _kept(part, depth + 1)
