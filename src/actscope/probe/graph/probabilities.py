"""Losses that take probabilities, or their logarithms, and get something else; and sigmoid twice."""

from collections.abc import Iterator

from torch import Tensor, nn

from ..records import Finding
from .activations import Acting, acting, said_range
from .chains import End, ends
from .outputs import CLIPPING, behind_layer
from .spans import narrowed, span
from .telling import classes, found, removal, said
from .walking import Graph

_CLIPPED = ("hardtanh", "hardsigmoid")
"""Activations with values from 0 to 1 that reach both, and have no slope there."""


def probabilities(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield losses that take probabilities, or their logarithms, and get something else; and sigmoid twice."""
    for node, name in enumerate(graph.names):
        if name.startswith("NllLoss"):
            yield from _nll(graph, model, node)
        elif name == "BinaryCrossEntropy":
            yield from _bce(graph, model, node)
        elif name == "BinaryCrossEntropyWithLogits":
            yield from _bce_with_logits(graph, model, node)
        elif name == "Mul":
            yield from _divergence(graph, node)


def _single(graph: Graph, node: int) -> tuple[End, Acting | None] | None:
    stops = ends(graph, node)
    acts = [acting(graph, stop.node) for stop in stops]
    names = {act.name if act else graph.names[stop.node] for stop, act in zip(stops, acts, strict=True)}
    return (stops[0], acts[0]) if len(names) == 1 else None


def _nll(graph: Graph, model: nn.Module, node: int) -> Iterator[Finding]:
    met = _single(graph, node)
    if met is None:
        return
    stop, act = met
    where = graph.where(stop.node)
    if graph.names[stop.node] == "Log":
        inner = _single(graph, stop.node)
        if inner and inner[1] and inner[1].name == "softmax":
            yield found(
                "wrong-output-activation",
                where,
                f"softmax behind {said(where)} is followed by a log of its own before nll_loss: "
                "right, and -inf as soon as a probability is too small for its type.",
                ("log_softmax does both without losing small ones:", "    torch.log_softmax(logits, dim=1)"),
                weight="hint",
            )
        return
    if act is not None and act.name in ("log_softmax", "log_sigmoid"):
        return
    layer = graph.layer(stop.node) is not None
    if (act is None and not layer) or stop.shifted:
        return
    what = f"{act.name} behind {said(where)}" if act else f"the layer {said(where)}"
    yield found(
        "logits-as-probabilities",
        where,
        f"nll_loss takes logarithms of probabilities, and gets what {what} gives, with no log_softmax between: "
        "its loss falls without end, or stops at -1, whatever the classes.",
        ("Give the logits to cross_entropy:", "    loss_fn = torch.nn.functional.cross_entropy")
        if act is None
        else (
            "Take the logits and the loss that belongs to them:",
            *removal(model, where, classes(act.name), act.name),
            "    loss_fn = torch.nn.functional.cross_entropy",
        ),
    )


def _bce(graph: Graph, model: nn.Module, node: int) -> Iterator[Finding]:
    met = _single(graph, node)
    if met is None or met[0].shifted or met[0].scale != 1.0:
        return
    stop, act = met
    if act is None and graph.layer(stop.node) is None:
        return
    cut = act is not None and act.name == "clamp"
    reached = span(graph, stop.node)
    inside = act is not None and reached.low >= 0.0 and reached.high <= 1.0
    where = graph.where(stop.node)
    if act is not None and act.name in _CLIPPED and inside and behind_layer(graph, stop.node):
        yield _clipped(model, where, act)
    yield from narrowed(graph, model, stop.node, graph.saved(node, "target"))
    # Probabilities are clamped lest their logarithm be infinite; clamped logits only look like probabilities.
    if not behind_layer(graph, stop.node) if cut else inside:
        return
    what = (
        f"{act.name} behind {said(where)}, with values {said_range(act.low, act.high)},"
        if act
        else f"the layer {said(where)}"
    )
    yield found(
        "logits-as-probabilities",
        where,
        f"binary_cross_entropy takes probabilities from 0 to 1, and gets what {what} gives, with no sigmoid between.",
        ("Give the logits to:", "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits"),
    )


def _clipped(model: nn.Module, where: str, act: Acting) -> Finding:
    return found(
        "wrong-output-activation",
        where,
        f"{act.name} behind {said(where)} cuts what the layer gives to values {said_range(act.low, act.high)}, and is "
        "flat beyond: an output that is wrong for certain gets no gradient, though binary_cross_entropy counts it as "
        "the largest error of all.",
        (
            "Give the logits to a loss that has a gradient everywhere:",
            *removal(model, where, classes(act.name), act.name),
            "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
        ),
        # A hard sigmoid is at times taken on purpose, for devices that have no exponential.
        weight="finding" if act.name == "hardtanh" else "hint",
    )


def _bce_with_logits(graph: Graph, model: nn.Module, node: int) -> Iterator[Finding]:
    met = _single(graph, node)
    if met is None or met[1] is None or met[0].shifted or not abs(met[0].scale) <= CLIPPING:
        return
    stop, act = met
    assert act is not None
    where = graph.where(stop.node)
    if act.name == "sigmoid":
        yield found(
            "sigmoid-twice",
            where,
            f"sigmoid behind {said(where)} reaches binary_cross_entropy_with_logits, which applies sigmoid again: "
            "the probability stays between 0.5 and 0.731.",
            ("Give the loss the logits.", *removal(model, where, classes("sigmoid"), "sigmoid")),
        )
    elif act.name != "clamp" and act.name != "log_sigmoid" and act.bounded_below and behind_layer(graph, stop.node):
        yield found(
            "wrong-output-activation",
            where,
            f"{act.name} behind {said(where)} gives numbers {said_range(act.low, act.high)}, "
            "and binary_cross_entropy_with_logits takes them for logits: part of the probabilities cannot be reached.",
            ("Give the loss the logits.", *removal(model, where, classes(act.name), act.name)),
        )


def _divergence(graph: Graph, node: int) -> Iterator[Finding]:
    """Yield a Kullback-Leibler divergence, of which PyTorch makes t*log(t) - t*x, whose x is no logarithm.

    With targets in logarithms it is exp(t)*(t - x).
    """
    given, below = (*graph.parents[node], -1)[:2]
    if given >= 0 or below < 0:
        return
    of_logarithms = graph.names[below] == "Sub" and graph.parents[below][0] < 0
    if not of_logarithms and not any(
        graph.names[k] == "Sub" and above == (-1, node) for k, above in enumerate(graph.parents)
    ):
        return
    share, met = graph.saved(node, "self"), _single(graph, node)
    if met is None or not _is_distribution(share):
        return
    stop, act = met
    if act.high <= 0.0 if act is not None else graph.layer(stop.node) is None:
        return
    where = graph.where(stop.node)
    what = f"{act.name} behind {said(where)}" if act else f"the layer {said(where)}"
    yield found(
        "logits-as-probabilities",
        where,
        f"kl_div takes logarithms of probabilities, and gets what {what} gives, with no log_softmax between.",
        ("Give it logarithms:", "    outputs = torch.log_softmax(logits, dim=-1)"),
    )


def _is_distribution(share: Tensor | None) -> bool:
    """Return whether numbers are shares of 1 along one of their axes."""
    if share is None or share.dim() < 2 or bool((share < 0).any()):
        return False
    numbers = share.detach().float()
    return any(bool(((numbers.sum(axis) - 1).abs() < 0.01).all()) for axis in (-1, 1))
