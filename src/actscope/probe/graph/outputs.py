"""What stands between the last layer and the loss: activations twice, none, or one of the wrong kind."""

from collections.abc import Iterator

from torch import Tensor, nn

from ..records import Finding, Weight
from . import nodes
from .activations import Acting, acting, said_range
from .chains import End, ends
from .layers import feeding
from .telling import found, removal, said
from .walking import Graph, plain

_SOFTMAX = ("Softmax", "Softmax2d")
_CLASSES = {
    "relu": ("ReLU",),
    "sigmoid": ("Sigmoid",),
    "tanh": ("Tanh",),
    "gelu": ("GELU",),
    "silu": ("SiLU",),
    "softmax": _SOFTMAX,
    "hardtanh": ("Hardtanh", "ReLU6"),
    "elu": ("ELU",),
    "leaky_relu": ("LeakyReLU",),
    "log_softmax": ("LogSoftmax",),
    "softplus": ("Softplus",),
}
# Multiplied by more than this, values of a bounded function are logits of some size: 10*tanh(x) clips logits.
_CLIPPING = 2.0


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
    elif not (stop.shifted and act.bounded) and abs(stop.scale) <= _CLIPPING:
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
            ("One of the two is enough: give cross-entropy the logits.", *removal(model, where, ("LogSoftmax",), name)),
            weight="hint",
        )
    return found(
        "softmax-twice",
        where,
        f"softmax behind {said(where)} reaches{through} a log_softmax, as cross-entropy applies it: "
        "the loss takes probabilities for logits, and cannot come near 0.",
        ("Give the loss the logits; softmax is for reading them.", *removal(model, where, _SOFTMAX, "softmax")),
    )


def _squeezed(graph: Graph, model: nn.Module, where: str, act: Acting, stop: End) -> Iterator[Finding]:
    if act.name == "clamp" or not (act.bounded or act.bounded_below):
        if act.name in ("leaky_relu", "prelu"):
            yield _unfit(model, where, act, "hint")
        return
    sure = _behind_layer(graph, stop.node)
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
            *removal(model, where, _CLASSES.get(act.name, ()), act.name),
        ),
        weight=weight,
    )


def _behind_layer(graph: Graph, node: int) -> bool:
    """Return whether an activation acts on a layer's numbers, through normalisation at most."""
    return feeding(graph, node) is not None


def probabilities(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield losses that take probabilities, or their logarithms, and get something else; and sigmoid twice."""
    for node, name in enumerate(graph.names):
        if name.startswith("NllLoss"):
            yield from _nll(graph, model, node)
        elif name == "BinaryCrossEntropy":
            yield from _bce(graph, node)
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
            *removal(model, where, _CLASSES.get(act.name, ()), act.name),
            "    loss_fn = torch.nn.functional.cross_entropy",
        ),
    )


def _bce(graph: Graph, node: int) -> Iterator[Finding]:
    met = _single(graph, node)
    if met is None or met[0].shifted or met[0].scale != 1.0:
        return
    stop, act = met
    if act is None and graph.layer(stop.node) is None:
        return
    cut = act is not None and act.name == "clamp"
    inside = act is not None and act.low >= 0.0 and act.high <= 1.0
    # Probabilities are clamped lest their logarithm be infinite; clamped logits only look like probabilities.
    if not _behind_layer(graph, stop.node) if cut else inside:
        return
    where = graph.where(stop.node)
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


def _bce_with_logits(graph: Graph, model: nn.Module, node: int) -> Iterator[Finding]:
    met = _single(graph, node)
    if met is None or met[1] is None or met[0].shifted or not abs(met[0].scale) <= _CLIPPING:
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
            ("Give the loss the logits.", *removal(model, where, ("Sigmoid",), "sigmoid")),
        )
    elif act.name != "clamp" and act.name != "log_sigmoid" and act.bounded_below and _behind_layer(graph, stop.node):
        yield found(
            "wrong-output-activation",
            where,
            f"{act.name} behind {said(where)} gives numbers {said_range(act.low, act.high)}, "
            "and binary_cross_entropy_with_logits takes them for logits: part of the probabilities cannot be reached.",
            ("Give the loss the logits.", *removal(model, where, _CLASSES.get(act.name, ()), act.name)),
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
