"""What stands before a node: the way down through everything that moves, picks or scales numbers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import Tensor

from . import nodes
from .walking import Graph, plain

_PASSED = nodes.LAYOUT | nodes.PICKING | nodes.SCALING | nodes.SHIFTING


@dataclass(frozen=True, slots=True)
class End:
    """Where a way down ends, and what happened on it."""

    node: int
    axis: int | None
    """What the axis that was followed is there; None once it was lost."""
    scale: float = 1.0
    """What the numbers were multiplied by; nan if that is not known."""
    shifted: bool = False
    """Whether something was added to them."""
    via: tuple[str, ...] = ()
    """The nodes that were passed."""


def ends(graph: Graph, node: int, axis: int | None = None) -> list[End]:
    """Return where the ways down from a node end: at the first nodes that do more than to move, pick, scale or shift.

    Several ways begin only where tensors are joined.
    """
    first = graph.below(node)
    return [] if first is None else down(graph, _stepped(graph, End(node, axis), first))


def down(graph: Graph, start: End) -> list[End]:
    """Return where the ways down end that begin at a node, which may be such an end itself."""
    found: list[End] = []
    line = [start]
    while line:
        end = line.pop()
        onward = list(_onward(graph, end))
        line.extend(onward)
        if not onward:
            found.append(end)
    return found


def _onward(graph: Graph, end: End) -> Iterator[End]:
    name = graph.names[end.node]
    if name in nodes.JOINING:
        parents = [parent for parent in graph.parents[end.node] if parent >= 0]
        if len(parents) == len(graph.parents[end.node]):
            yield from (_stepped(graph, end, parent) for parent in parents)
    elif name in _PASSED:
        below = graph.below(end.node)
        # 1/x and what is divided by data is no scaling.
        if below is not None and not (name == "Div" and graph.parents[end.node][0] != below):
            yield _stepped(graph, end, below)


def _stepped(graph: Graph, end: End, below: int) -> End:
    name = graph.names[end.node]
    scale, shifted = end.scale, end.shifted
    passed = name in _PASSED or name in nodes.JOINING
    if passed and name in ("Mul", "Div"):
        scale *= factor(graph, end.node, below)
    elif passed and name == "Neg":
        scale = -scale
    elif passed and name in nodes.SHIFTING:
        shifted = True
    axis = axis_below(graph, end.node, below, end.axis) if end.axis is not None and passed else end.axis
    via = (*end.via, name) if passed else end.via
    return replace(end, node=below, axis=axis, scale=scale, shifted=shifted, via=via)


def factor(graph: Graph, node: int, below: int) -> float:
    """Return the number that a product multiplies by; 1 for a dropout's mask, nan if it is not known."""
    slot = graph.parents[node].index(below)
    other = graph.saved(node, "self" if slot == 1 else "other")
    if isinstance(other, bool | int | float):
        value = float(other)
    elif other is None:
        return math.nan
    elif other.numel() == 1:
        value = float(other.detach())
    elif graph.names[node] == "Mul" and _is_mask(other):
        return 1.0
    else:
        return math.nan
    return value if graph.names[node] == "Mul" else (1.0 / value if value else math.nan)


def _is_mask(other: Tensor) -> bool:
    """Return whether a tensor is a dropout's mask: 0 or one number above 1."""
    if not other.is_floating_point() or not other.numel():
        return False
    largest = other.detach().max()
    return bool(largest > 1) and bool(((other.detach() == 0) | (other.detach() == largest)).all())


def axis_below(graph: Graph, node: int, below: int, axis: int) -> int | None:
    """Return what an axis of a node's result was in its operand."""
    name, result, operand = graph.names[node], graph.shape(node), graph.shape(below)
    if not result or not operand or axis >= len(result):
        return None
    dims = len(operand)
    if name in ("T", "Transpose", "Permute"):
        return _unpermuted(graph, node, axis, dims)
    if name in ("Select", "Unbind", "Stack"):
        dim = graph.saved(node, "dim")
        if not isinstance(dim, int):
            return None
        at = plain(dim, max(dims, len(result)))
        if name == "Stack":
            return None if axis == at else axis - (axis > at)
        return axis + (axis >= at)
    if dims == len(result):
        return axis
    if name in nodes.LAYOUT:
        after = math.prod(result[axis + 1 :])
        same = [k for k in range(dims) if operand[k] == result[axis] and math.prod(operand[k + 1 :]) == after]
        return same[-1] if same else None
    from_end = axis - len(result) + dims
    return from_end if from_end >= 0 else None


def leading_below(graph: Graph, node: int, below: int, axis: int) -> int | None:
    """Return the axis of an operand that leads an axis of a view: itself, or the first of those that were merged."""
    result, operand = graph.shape(node), graph.shape(below)
    if graph.names[node] not in nodes.VIEWS or axis >= len(result) or math.prod(result) != math.prod(operand):
        return axis_below(graph, node, below, axis)
    before, size = math.prod(result[:axis]), result[axis]
    same = [k for k in range(len(operand)) if operand[k] > 1 and math.prod(operand[:k]) == before]
    return same[0] if same and size % operand[same[0]] == 0 else None


def _unpermuted(graph: Graph, node: int, axis: int, dims: int) -> int | None:
    if graph.names[node] == "T":
        return dims - 1 - axis
    if graph.names[node] == "Permute":
        order = graph.saved(node, "dims")
        return plain(order[axis], dims) if order else None
    swapped = [graph.saved(node, "dim0"), graph.saved(node, "dim1")]
    if not all(isinstance(dim, int) for dim in swapped):
        return dims - 1 - axis if dims == 2 else None
    a, b = (plain(dim, dims) for dim in swapped)
    return {a: b, b: a}.get(axis, axis)
