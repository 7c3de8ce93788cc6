"""Softmax along one axis where the loss, or a weighted sum, wants it along another."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from . import nodes
from .activations import acting
from .chains import axis_below, ends, leading_below
from .walking import Graph, plain

_ALONG = nodes.LAYOUT | frozenset(("Mul", "NativeDropout", "MaskedFill"))
"""What weights pass on their way to the sum: a mask, a dropout, and the values that are weighed."""
_MOVED = nodes.LAYOUT | frozenset(("Slice",))
_INTO_SCORES = nodes.LAYOUT | nodes.SCALING | nodes.SHIFTING | nodes.PRODUCTS
"""What stands between scores and what they were computed from, and keeps the samples where they are."""
_INTO_PROBABILITIES = ("Log", "Clamp", "ClampMin", "ClampMax")

Axes = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A softmax, and the axis that should have been its own."""

    node: int
    wanted: int
    samples: int = 0
    """How many samples lie along its axis; 0 where it is none of samples."""


def beside_the_classes(graph: Graph) -> Iterator[Crossed]:
    """Yield each softmax that nll_loss takes, and whose axis is neither the first nor that of its classes.

    With as many classes as there are numbers along the other axis, as in a table of similarities, both are meant.
    """
    for node, name in enumerate(graph.names):
        below = graph.below(node) if nodes.LOSSES.get(name) == "nll" else None
        if below is None:
            continue
        line = ends(graph, node, min(1, len(graph.shape(below)) - 1))
        for end in line:
            if graph.names[end.node] in _INTO_PROBABILITIES:
                line += ends(graph, end.node, end.axis)
                continue
            own, shape = softmax_axis(graph, end.node), graph.shape(end.node)
            if not own or end.axis is None or own == end.axis:
                continue
            if min(shape[own], shape[end.axis]) > 1 and shape[own] != shape[end.axis]:
                yield Crossed(end.node, end.axis)


def across_samples(graph: Graph) -> Iterator[Crossed]:
    """Yield each softmax over the samples of a batch whose numbers are weights of a sum within each sample.

    Of other axes it cannot be told: where each element is shared out among clusters or capsules, softmax runs along
    these, and the sum along the elements.
    """
    samples = _samples(graph)
    if len(samples) != 1:
        return
    (batch,) = samples
    uses: dict[int, list[int]] = defaultdict(list)
    for node, parents in enumerate(graph.parents):
        for parent in set(parents):
            uses[parent].append(node)
    for node in range(len(graph.names)):
        shape = graph.shape(node)
        if softmax_axis(graph, node) != 0 or len(shape) < 2 or batch < 2 or not _led(graph, node, batch):
            continue
        summed = {axis for axes in _summed(graph, uses, node) for axis in axes}
        others = {axis for axis in summed if shape[axis] > 1 and shape[axis] not in (batch, shape[0])}
        if others and 0 not in summed:
            yield Crossed(node, min(others), batch)


def _led(graph: Graph, node: int, batch: int) -> bool:
    """Return whether the first axis is that of the samples, or one of which they are the leading part, as of heads."""
    axis, size = 0, graph.shape(node)[0]
    while size != batch:
        if size % batch or (graph.names[node] not in _INTO_SCORES and softmax_axis(graph, node) is None):
            return False
        # Of a product of two tensors both have the same samples first.
        below = graph.parents[node][-1] if graph.names[node] in nodes.PRODUCTS else graph.below(node)
        leads = leading_below(graph, node, below, axis) if below is not None and below >= 0 else None
        if below is None or leads is None or leads >= len(graph.shape(below)):
            return False
        node, axis, size = below, leads, graph.shape(below)[leads]
    return True


def softmax_axis(graph: Graph, node: int) -> int | None:
    """Return the axis of a softmax or log_softmax of PyTorch's; None of anything else."""
    act = acting(graph, node) if graph.names[node] in ("Softmax", "LogSoftmax") else None
    return graph.axis(node) if act is not None else None


def _samples(graph: Graph) -> set[int]:
    """Return of how many samples the losses are that are one node of the graph."""
    found = set()
    for node, name in enumerate(graph.names):
        below = graph.below(node) if name in nodes.LOSSES else None
        if below is not None and graph.shape(below):
            found.add(_leading(graph, below))
    return found


def _leading(graph: Graph, node: int) -> int:
    """Return how long the axis is that leads the first axis of what a loss takes: that of the samples.

    A language model's logits of each token of each sample are viewed as rows; the samples are the leading part.
    """
    size, axis = graph.shape(node)[0], 0
    while (below := graph.below(node)) is not None and (graph.names[node] in _MOVED or acting(graph, node) is not None):
        leads = leading_below(graph, node, below, axis)
        if leads is None or leads >= len(graph.shape(below)):
            break
        length = graph.shape(below)[leads]
        if length != size and graph.names[node] not in nodes.VIEWS:
            break
        node, axis, size = below, leads, length
    return size


def _summed(graph: Graph, uses: dict[int, list[int]], node: int) -> Iterator[set[int]]:
    """Yield, for each sum that a softmax's numbers go into as factors, along which of its axes they are summed."""
    start: Axes = tuple(range(len(graph.shape(node))))
    seen, line = {node}, [(node, start, False)]
    for current, axes, weighs in line:
        for use in uses[current]:
            name = graph.names[use]
            if name == "Sum" and weighs:
                over = graph.saved(use, "dim")
                dims = len(graph.shape(current))
                yield _met(axes, {plain(dim, dims) for dim in over} if over else set(range(dims)))
            elif name in ("Bmm", "Mm", "Addmm"):
                yield _met(axes, {_contracted(graph, use, current)})
            elif name in _ALONG and use not in seen:
                seen.add(use)
                line.append((use, _above(graph, use, current, axes), weighs or name == "Mul"))


def _met(axes: Axes, summed: set[int]) -> set[int]:
    return {own for own, axis in enumerate(axes) if axis in summed}


def _contracted(graph: Graph, product: int, factor: int) -> int:
    """Return the axis of a factor along which a matrix product sums."""
    last = graph.parents[product].index(factor) == len(graph.parents[product]) - 1
    return len(graph.shape(factor)) - (2 if last else 1)


def _above(graph: Graph, node: int, below: int, axes: Axes) -> Axes:
    """Return what axes of an operand are in a node's result; None of those that were lost."""
    back = {axis_below(graph, node, below, axis): axis for axis in reversed(range(len(graph.shape(node))))}
    return tuple(None if axis is None else back.get(axis) for axis in axes)
