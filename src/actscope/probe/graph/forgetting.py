"""Recurrent cells through whose state no gradient goes from one step of time to the one before."""

from collections.abc import Iterator, Mapping

from ..records import Finding
from .telling import found
from .walking import Graph


def forgetting(graph: Graph, cut: Mapping[str, int]) -> Iterator[Finding]:
    """Yield cells that learn from their last step alone; `cut` says how often each got its state without its graph.

    A hint where the loss depends on other steps too, as in backpropagation through time that is truncated on purpose.
    """
    for node in range(len(graph.names)):
        parameter = graph.parameter(node)
        path, _, name = graph.owners.get(id(parameter), "").rpartition(".")
        if path not in cut or name not in ("weight_hh", "weight_hh_l0"):
            continue
        alone = graph.uses[node] == 1
        steps = cut[path]
        yield found(
            "no-slope",
            path,
            f"`{path}` got its own state back without its graph at each of {steps} steps: no gradient goes from a step "
            f"of time to the one before{', and its weights learn from the last step alone' if alone else ''}.",
            (
                "Give it its state as it is, without detach() or .data, and cut it off between batches alone:",
                f"    state = {path.rpartition('.')[2]}(x, state)",
            ),
            weight="finding" if alone else "hint",
            measured=float(steps),
        )
