"""What stands between the last layer and the loss: activations twice, none, or one of the wrong kind."""

from collections.abc import Iterator

from torch import nn

from ..records import Finding, Weight
from . import nodes
from .activations import Acting, acting, said_range
from .chains import End, ends
from .layers import feeding
from .telling import classes, found, removal, said
from .walking import Graph, plain

# Multiplied by more than this, values of a bounded function are logits of some size: 10*tanh(x) clips logits.
CLIPPING = 2.0


def softmaxes(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield what is wrong before each log_softmax, which is the first half of cross-entropy."""
    for node, name in enumerate(graph.names):
        act = acting(graph, node) if name == "LogSoftmax" or name in nodes.OURS else None
        if name == "Logsumexp":
            axis = _axis_of_logsumexp(graph, node)
        elif act is not None and act.name == "log_softmax":
            axis = graph.axis(node)
        else:
            continue
        yield from _before_softmax(graph, model, node, axis)


def _axis_of_logsumexp(graph: Graph, node: int) -> int | None:
    dims = graph.saved(node, "dim")
    below = graph.below(node)
    if below is None or not isinstance(dims, tuple | list) or len(dims) != 1 or not graph.shape(below):
        return None
    return plain(dims[0], len(graph.shape(below)))


def _before_softmax(graph: Graph, model: nn.Module, node: int, axis: int | None) -> Iterator[Finding]:
    stops = ends(graph, node, axis)
    acts = [acting(graph, stop.node) for stop in stops]
    if not stops or any(act is None or act.name != _first(acts) for act in acts):
        return
    stop, act, where = stops[0], acts[0], graph.where(stops[0].node)
    assert act is not None
    if act.name in ("softmax", "log_softmax"):
        own = graph.axis(stop.node)
        if stop.axis is not None and own != stop.axis:
            return
        size = graph.shape(node)[axis] if axis is not None and graph.shape(node) else 0
        if stop.axis is None and (own is None or graph.shape(stop.node)[own] != size):
            return
        yield _doubled(model, where, act.name, stop)
    elif act.name in ("clamp", "hardtanh") and not act.bounded_below:
        return
    elif not (stop.shifted and act.bounded) and abs(stop.scale) <= CLIPPING:
        yield from _squeezed(graph, model, where, act, stop)


def _first(acts: list[Acting | None]) -> str:
    return acts[0].name if acts and acts[0] is not None else ""


def _doubled(model: nn.Module, where: str, name: str, stop: End) -> Finding:
    through = f" through {', '.join(dict.fromkeys(stop.via))}" if stop.via else ""
    if name == "log_softmax":
        return found(
            "softmax-twice",
            where,
            f"log_softmax behind {said(where)} reaches cross-entropy, which applies log_softmax again{through}. "
            "The second changes nothing: log_softmax of log_softmax is log_softmax.",
            ("One of the two is enough: give cross-entropy the logits.", *removal(model, where, classes(name), name)),
            weight="hint",
        )
    return found(
        "softmax-twice",
        where,
        f"softmax behind {said(where)} reaches{through} a log_softmax, as cross-entropy applies it: "
        "the loss takes probabilities for logits, and cannot come near 0.",
        (
            "Give the loss the logits; softmax is for reading them.",
            *removal(model, where, classes("softmax"), "softmax"),
        ),
    )


def _squeezed(graph: Graph, model: nn.Module, where: str, act: Acting, stop: End) -> Iterator[Finding]:
    if act.name == "clamp" or not (act.bounded or act.bounded_below):
        if act.name in ("leaky_relu", "prelu"):
            yield _unfit(model, where, act, "hint")
        return
    sure = behind_layer(graph, stop.node)
    yield _unfit(model, where, act, "finding" if sure else "hint")


def _unfit(model: nn.Module, where: str, act: Acting, weight: Weight) -> Finding:
    if weight == "hint" and not act.bounded_below:
        evidence = f"{act.name} behind {said(where)} stands before cross-entropy, which takes logits."
    else:
        evidence = (
            f"{act.name} behind {said(where)} gives numbers {said_range(act.low, act.high)}, "
            "and cross-entropy takes them for logits, which may be any number: "
            "what the last layer says of a class is cut or squeezed."
        )
    return found(
        "wrong-output-activation",
        where,
        evidence,
        (
            "Cross-entropy takes the last layer's numbers as they are.",
            *removal(model, where, classes(act.name), act.name),
        ),
        weight=weight,
    )


def behind_layer(graph: Graph, node: int) -> bool:
    """Return whether an activation acts on a layer's numbers, through normalisation at most."""
    return feeding(graph, node) is not None
