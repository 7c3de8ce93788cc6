"""Softmax along the wrong axis, and along an axis of one number."""

from collections.abc import Iterator

from torch import Tensor, nn

from ..records import Finding
from . import nodes
from .activations import acting
from .chains import End, ends
from .competing import Crossed, across_samples, beside_the_classes
from .layers import feeding
from .telling import access, found, module_after, said
from .walking import Graph, indices, plain

_BETWEEN = ("Log", "Clamp", "ClampMin", "ClampMax")


def over_the_batch(graph: Graph, model: nn.Module, outputs: object, targets: object) -> Iterator[Finding]:
    """Yield each softmax whose axis is that of the samples, for sure in an output and as a hint elsewhere.

    For sure are also those along another axis than the classes of nll_loss, and weights of a sum within each sample.
    """
    crossed = {one.node: one for one in (*across_samples(graph), *beside_the_classes(graph))}
    yield from (_crossed(graph, model, one) for one in crossed.values())
    last = _last(graph, outputs)
    batch = _batch(outputs, targets)
    for node in range(len(graph.names)):
        act = acting(graph, node) if graph.names[node] in ("Softmax", "LogSoftmax", "_Rows") else None
        if act is None or act.name not in ("softmax", "log_softmax") or node in crossed:
            continue
        shape, axis = graph.shape(node), _true_axis(graph, node)
        if axis is None or len(shape) < 2:
            continue
        if axis != graph.axis(node):
            shape = (*shape[:axis], shape[-1], *shape[axis:-1])
        if (
            shape[axis] == 1
            and node in last
            and axis == len(shape) - 1
            and (shape[0] > 1 or feeding(graph, node) is not None)
        ):
            yield _of_one(graph, node, act.name)
        elif (
            axis == 0
            and shape[0] > 1
            and shape[0] != shape[1]
            and last.get(node) != graph.axis(node)
            and (node in last or shape[0] == batch)
        ):
            yield _over(graph, model, node, act.name, shape, sure=node in last and shape[1] > 1)


def _true_axis(graph: Graph, node: int) -> int | None:
    """Return the axis; of a function of ours, which works on the last, the one that was moved there."""
    axis = graph.axis(node)
    below = graph.below(node)
    if graph.names[node] != "_Rows" or axis is None or below is None or graph.names[below] not in ("Permute", "Clone"):
        return axis
    if graph.names[below] == "Clone":
        below = graph.below(below)
    if below is None or graph.names[below] != "Permute":
        return axis
    order = graph.saved(below, "dims")
    return plain(order[axis], len(order)) if order else axis


def _last(graph: Graph, outputs: object) -> dict[int, int | None]:
    """Return the softmaxes that are an output, or that the loss takes up, with the axis it takes for the classes.

    What clamps numbers or takes their logarithm stands between, and log_softmax as cross-entropy begins with it.
    """
    losses = graph.reached(lambda node: graph.names[node] in nodes.REDUCING)
    found: dict[int, int | None] = dict.fromkeys(
        node for node in losses if graph.names[node] in ("LogSoftmax", "Softmax", "_Rows")
    )
    line = [End(node, None) for node in losses if graph.names[node] in nodes.LOSSES or _between(graph, node)]
    for end in line:
        for stop in ends(graph, end.node, _classes(graph, end)):
            if stop.node not in found or (found[stop.node] is None and stop.axis is not None):
                found[stop.node] = stop.axis
                line += [stop] if _between(graph, stop.node) else []
    for node in indices(graph, outputs):
        while graph.names[node] in nodes.LAYOUT and (below := graph.below(node)) is not None:
            node = below
        found.setdefault(node, None)
    return found


def _between(graph: Graph, node: int) -> bool:
    return graph.names[node] in _BETWEEN or _is_log_softmax(graph, node)


def _is_log_softmax(graph: Graph, node: int) -> bool:
    act = acting(graph, node) if graph.names[node] in ("LogSoftmax", "_Rows") else None
    return act is not None and act.name == "log_softmax"


def _classes(graph: Graph, end: End) -> int | None:
    """Return the axis of what a node takes along which it takes classes; None if it does not tell."""
    below = graph.below(end.node)
    if nodes.LOSSES.get(graph.names[end.node]) == "nll" and below is not None:
        return min(1, len(graph.shape(below)) - 1)
    return graph.axis(end.node) if _is_log_softmax(graph, end.node) else end.axis


def _batch(outputs: object, targets: object) -> int | None:
    for told in (targets, outputs):
        if isinstance(told, Tensor) and told.dim():
            return int(told.shape[0])
    return None


def _over(graph: Graph, model: nn.Module, node: int, name: str, shape: tuple[int, ...], *, sure: bool) -> Finding:
    where = graph.where(node)
    module = module_after(model, where, ("Softmax", "LogSoftmax"))
    code = f"    {access(module)}.dim = -1" if module else f"    torch.{name}(x, dim=-1)"
    return found(
        "softmax-over-batch",
        where,
        f"{name} behind {said(where)} runs along axis 0 of {shape[0]} x {' x '.join(map(str, shape[1:]))} numbers, "
        f"that of the {shape[0]} samples: they share a sum of 1, and a sample's own numbers do not.",
        ("Let it run along the classes:", code),
        weight="finding" if sure else "hint",
    )


def _crossed(graph: Graph, model: nn.Module, one: Crossed) -> Finding:
    act, axis, where, shape = (
        acting(graph, one.node),
        graph.axis(one.node),
        graph.where(one.node),
        graph.shape(one.node),
    )
    assert act is not None
    assert axis is not None
    name, sizes = act.name, " x ".join(map(str, shape))
    module = module_after(model, where, ("Softmax", "LogSoftmax"))
    wanted = shape[one.wanted]
    told = (
        f"that of the {one.samples} samples{_merged(shape[0], one.samples)}, and its numbers weigh a sum along axis "
        f"{one.wanted}: the {wanted} weights of a sample have any sum, which depends on the other samples."
        if axis == 0
        else f"and nll_loss takes the classes from axis {one.wanted}: the numbers of the {wanted} classes do not "
        f"belong together, while the {shape[axis]} along axis {axis} compete."
    )
    return found(
        "softmax-over-batch",
        where,
        f"{name} behind {said(where)} runs along axis {axis} of {sizes} numbers, {told}",
        (
            f"Let it run along axis {one.wanted}:",
            f"    {access(module)}.dim = {one.wanted}" if module else f"    torch.{name}(x, dim={one.wanted})",
        ),
    )


def _merged(size: int, samples: int) -> str:
    return "" if size == samples else f" times {size // samples} that were merged with them, as heads are"


def _of_one(graph: Graph, node: int, name: str) -> Finding:
    where = graph.where(node)
    always = "1" if name == "softmax" else "0"
    return found(
        "wrong-output-activation",
        where,
        f"{name} behind {said(where)} runs along an axis of one number: "
        f"its result is always {always}, and nothing learns.",
        (
            "One number for two classes goes, as a logit, to:",
            "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
        ),
    )
