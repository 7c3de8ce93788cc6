"""Products with a matrix that no parameter is behind and that mixes rows, as the adjacency of a graph does."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .walking import Graph

# Where the matrix is saved: one for which a gradient is wanted is no fixed one.
_SAVED = {"Mm": "self", "Bmm": "self", "SparseAddmm": "mat1"}


@dataclass(frozen=True, slots=True)
class Mixing:
    """A product of a fixed matrix and what a node gives."""

    below: int
    """The node whose rows are mixed."""
    pools: bool
    """Whether fewer rows come out than go in."""
    held: bool
    """Whether the matrix is the model's, a buffer or a frozen parameter, or what it is given, and so no result."""


def mixing(graph: Graph, model: nn.Module, given: Collection[int] = ()) -> dict[int, Mixing]:
    """Return the products in which a matrix without gradient mixes rows by weights of at least 0.

    A matrix without gradient may still be a result, as an attention that is detached. So only those count that the
    model holds, or is given (`given` are their places in memory), or that several products share. Those with both
    signs are left out, as fixed cosine transforms and whitening are linear on purpose; so are triangular ones, as
    fixed kernels over time are.
    """
    products: dict[int, tuple[int, Tensor]] = {}
    for node, name in enumerate(graph.names):
        if name not in _SAVED or any(parent >= 0 for parent in graph.parents[node][:-1]):
            continue
        matrix = graph.saved(node, _SAVED[name])
        if matrix is not None and graph.layer(node) is None and graph.parents[node][-1] >= 0:
            products[node] = (graph.parents[node][-1], matrix)
    if not products:
        return {}
    held = {place(buffer) for buffer in model.buffers() if buffer.dim() > 1}
    held |= set(given) | {place(parameter.detach()) for parameter in model.parameters() if not parameter.requires_grad}
    shared = Counter(place(matrix) for _, matrix in products.values())
    return {
        node: Mixing(below, matrix.shape[-2] < matrix.shape[-1], place(matrix) in held)
        for node, (below, matrix) in products.items()
        if (place(matrix) in held or shared[place(matrix)] > 1) and _mixes(matrix)
    }


def passed(graph: Graph, node: int, below: int, mixed: Mapping[int, Mixing]) -> list[int]:
    """Return the nodes between a layer and the one that feeds it."""
    found: list[int] = []
    between = graph.below(node)
    while between is not None and between != below:
        found.append(between)
        between = mixed[between].below if between in mixed else graph.below(between)
    return found


def _values(matrix: Tensor) -> Tensor:
    if matrix.layout == torch.sparse_coo:
        return matrix._values()
    return matrix if matrix.layout == torch.strided else matrix.values()


def place(matrix: Tensor) -> int:
    """Return where the numbers of a matrix lie: the same for all views that begin where it does."""
    return _values(matrix).data_ptr()


def _mixes(matrix: Tensor) -> bool:
    rows, columns = matrix.shape[-2:]
    if rows > columns or bool((_values(matrix) < 0).any()):
        return False
    if rows < columns:
        return True
    if matrix.layout == torch.strided:
        return bool(matrix.triu(1).any()) and bool(matrix.tril(-1).any())
    row, column = (matrix if matrix.layout == torch.sparse_coo else matrix.to_sparse())._indices()[-2:]
    return bool((row < column).any()) and bool((row > column).any())
