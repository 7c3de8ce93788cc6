"""Losses that compare every output with every target, since the two have different shapes."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ..records import Finding
from . import nodes
from .targets import heads
from .telling import found, said
from .walking import Graph

_SIZES = frozenset(("Pow", "Abs", "Mul", "LinalgVectorNorm"))
"""What makes an error of a difference, and saves the difference."""
_MOST = 64
"""Outputs whose differences are looked at."""
_ROUNDINGS = 16


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of an error for each output and each target."""

    output: int
    """The node of the outputs."""
    differences: Tensor
    """A row for each of the first outputs."""


def every_with_every(graph: Graph) -> Iterator[Finding]:
    """Yield regressions in which N outputs and N targets, of shapes such as (N, 1) and (N,), make N*N errors.

    Silent are tables that are meant: outputs against each other, outputs with an axis that `unsqueeze` or `None` made,
    and targets that are all alike, for which the loss is the same.
    """
    if any(_among_themselves(graph, node) for node in range(len(graph.names))):
        return
    for node in heads(graph):
        table = _native(graph, node) if nodes.LOSSES.get(graph.names[node]) == "regression" else _own(graph, node)
        if table is None or graph.names[table.output] == "Unsqueeze" or not _is_crossed(table.differences):
            continue
        where, shape = graph.where(table.output), graph.shape(table.output)
        count = max(shape)
        targets = (count,) if len(shape) > 1 else (count, 1)
        yield found(
            "broadcast-loss",
            where,
            f"The outputs of {said(where)} have shape {shape}, and the targets meet them as of shape {targets}: each "
            f"of {count} outputs is compared with each of {count} targets, {count * count} errors where {count} are "
            "meant. What serves all targets best is the same answer to every input.",
            (
                "Give the targets the shape of the outputs:",
                f"    loss = loss_fn(outputs, targets.reshape(outputs.shape))   # {shape}",
            ),
            measured=float(count),
            threshold=1.0,
        )


def _native(graph: Graph, node: int) -> _Table | None:
    """Return the table of a loss of PyTorch's, which stretches both sides to one shape."""
    output, target = graph.saved(node, "self"), graph.saved(node, "target")
    given = [parent for parent in graph.parents[node] if parent >= 0]
    if not isinstance(output, Tensor) or not isinstance(target, Tensor) or len(given) != 1:
        return None
    inner = _unstretched(graph, given[0])
    if output.shape != target.shape or not _makes_square(graph.shape(inner), tuple(output.shape)):
        return None
    first, second = (_by_outputs(one.detach(), graph.shape(inner)) for one in (output, target))
    return _Table(inner, first - second)


def _own(graph: Graph, node: int) -> _Table | None:
    """Return the table of a loss that takes the size of a difference."""
    below = graph.parents[node]
    if graph.names[node] not in _SIZES or not below or any(k < 0 or graph.names[k] != "Sub" for k in below):
        return None
    given, wanted = sorted(graph.parents[below[0]], reverse=True)
    differences = graph.saved(node, "self")
    if wanted >= 0 or given < 0 or not isinstance(differences, Tensor):
        return None
    given = _unstretched(graph, given)
    if not _makes_square(graph.shape(given), tuple(differences.shape)):
        return None
    return _Table(given, _by_outputs(differences.detach(), graph.shape(given)))


def _unstretched(graph: Graph, node: int) -> int:
    parents = graph.parents[node]
    return parents[0] if graph.names[node] == "Expand" and parents and parents[0] >= 0 else node


def _makes_square(shape: tuple[int, ...], table: tuple[int, ...]) -> bool:
    """Return whether samples of one number each became a table with as many columns as samples."""
    count = max(shape, default=0)
    if count < 2 or shape[0] != count or sorted(shape)[:-1] != [1] * (len(shape) - 1):
        return False
    return sorted(table) == [1] * (len(table) - 2) + [count, count]


def _by_outputs(table: Tensor, shape: tuple[int, ...]) -> Tensor:
    square = table.reshape(max(shape), max(shape))
    # Of (N,) the outputs lie along the last axis, of (N, 1) along the one before.
    return (square.T if len(shape) == 1 else square)[:_MOST]


def _is_crossed(differences: Tensor) -> bool:
    """Return whether rows differ by one number each, as those of out[i] - y[j] do, and columns differ at all."""
    rows = differences.cpu().double()
    size = float(rows.abs().max())
    slack = _ROUNDINGS * torch.finfo(differences.dtype).eps * size
    between = rows - rows[:1]
    alike = float((between - between[:, :1]).abs().max())
    varies = float((rows[0] - rows[0, 0]).abs().max())
    return alike <= slack < varies


def _among_themselves(graph: Graph, node: int) -> bool:
    """Return whether a node takes every difference of two sides that both depend on the model."""
    if graph.names[node] != "Sub" or any(graph.constant(parent) for parent in graph.parents[node]):
        return False
    shapes = {graph.shape(_unstretched(graph, parent)) for parent in graph.parents[node]}
    return len(shapes) == 2 and graph.shape(node) not in shapes
