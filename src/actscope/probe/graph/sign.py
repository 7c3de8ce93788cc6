"""Whether a loss is an error that is never below 0, the negative of one, or neither."""

from . import nodes
from .chains import factor
from .walking import Graph

_TAKEN = frozenset(("Mean", "Sum")) | nodes.LAYOUT | nodes.PICKING


def sign(graph: Graph) -> int:
    """Return 1 of a loss that is one error, -1 of its negative, and 0 of all else.

    Errors are what PyTorch's losses and squares and sizes of differences from fixed targets give; the logarithms of
    probabilities are the negative of one. Only `-` turns the sign, and only counts divide it: a factor may be a
    reward, or a cost. A loss that depends on weights that are not the model's is another's too, as an adversary's.
    """
    leaves = [parameter for node in range(len(graph.names)) if (parameter := graph.parameter(node)) is not None]
    if any(id(parameter) not in graph.owners for parameter in leaves):
        return 0
    node, found = 0, 1
    while True:
        name, below = graph.names[node], graph.below(node)
        if below is None:
            return 0
        if name in nodes.LOSSES:
            return found if _is_error(graph, node, below) else 0
        if name == "LogSoftmax":
            return -found
        if (name == "Pow" and graph.saved(node, "exponent") == 2) or name == "Abs":
            return found if _is_difference(graph, below) else 0
        if name == "Neg":
            found = -found
        elif name == "Div":
            if graph.parents[node][0] != below or not factor(graph, node, below) > 0:
                return 0
        elif name not in _TAKEN:
            return 0
        node = below


def _is_error(graph: Graph, node: int, below: int) -> bool:
    """Return whether a loss of PyTorch's cannot be below 0: nll_loss can, of what is no logarithm."""
    if nodes.LOSSES[graph.names[node]] == "nll":
        return graph.names[below] == "LogSoftmax"
    return sum(parent >= 0 for parent in graph.parents[node]) == 1


def _is_difference(graph: Graph, node: int) -> bool:
    """Return whether one side of a difference has no gradient, as targets have none."""
    return graph.names[node] in ("Sub", "Rsub") and min(graph.parents[node]) < 0
