"""Layers with weights: which follow one another with no activation between."""

from . import nodes
from .activations import acting
from .chains import factor
from .walking import Graph

_THROUGH = nodes.LAYOUT | nodes.NORMALISING | nodes.AVERAGING | frozenset(("Mul", "Div", "Neg", "NativeDropout", "Add"))


def feeding(graph: Graph, node: int) -> tuple[int, tuple[str, ...]] | None:
    """Return the layer whose numbers reach a node by affine operations alone, and these; None if there is none.

    A sum of two things that depend on data, or a join of them, is no affine operation here: a residual sum is more
    than its one branch. Nor is a result that is used elsewhere too, since its layer is then needed for itself.
    """
    below = graph.below(node)
    via: list[str] = []
    while below is not None and graph.uses[below] == 1:
        name = graph.names[below]
        if graph.layer(below) is not None:
            return below, tuple(via)
        if name not in _THROUGH or acting(graph, below) is not None:
            return None
        parents = graph.parents[below]
        further = graph.below(below)
        if further is None:
            return None
        if name in ("Mul", "Div") and factor(graph, below, further) != factor(graph, below, further):
            return None
        if name == "Add" and any(parent < 0 for parent in parents):
            # What is added may be data, as in x + (hard(x) - x).detach(): the graph does not tell.
            return None
        via.append(name)
        below = further
    return None
