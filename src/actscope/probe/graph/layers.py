"""Layers with weights that follow one another with no activation between, and activations that act twice."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from ...catalogue import CATALOGUE
from ..records import Finding, Weight
from . import nodes
from .activations import acting
from .chains import ends, factor
from .mixing import Mixing, mixing, passed
from .telling import access, found, removal, said
from .walking import Graph

_THROUGH = nodes.LAYOUT | nodes.NORMALISING | nodes.AVERAGING | frozenset(("Mul", "Div", "Neg", "NativeDropout", "Add"))
_NO_MIXING: Mapping[int, Mixing] = MappingProxyType({})
_NOT_IN_A_ROW = (nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention)
# A second one does less than the first, and is at times meant.
_AT_TIMES_MEANT = ("tanh", "softplus", "prelu")
_NO_MATTER = ("clamp", "hardtanh", "log_softmax", "identity", "an activation", "a gated activation")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two layers of which the first feeds the second by affine operations alone."""

    first: str
    second: str
    widths: tuple[int, int, int]
    parameters: tuple[int, int]
    """How many the two have, and how many a single layer that does the same would have."""
    weight: Weight


def feeding(graph: Graph, node: int, mixed: Mapping[int, Mixing] = _NO_MIXING) -> int | None:
    """Return the layer whose numbers reach a node by affine operations alone; None if there is none.

    `mixed` are the products with a fixed matrix that count as such operations.

    A sum of two things that depend on data, or a join of them, is no affine operation here: a residual sum is more
    than its one branch. Nor is a result that is used elsewhere too, since its layer is then needed for itself.
    """
    below = graph.below(node)
    while below is not None and graph.uses[below] == 1:
        name = graph.names[below]
        if graph.layer(below) is not None:
            return below
        if below in mixed:
            below = mixed[below].below
            continue
        further = graph.below(below)
        if name not in _THROUGH or further is None or acting(graph, below) is not None:
            return None
        if name in ("Mul", "Div") and math.isnan(factor(graph, below, further)):
            return None
        if name == "Add" and min(graph.parents[below]) < 0:
            # What is added may be data, as in x + (hard(x) - x).detach(): the graph does not tell.
            return None
        below = further
    return None


def in_a_row(graph: Graph, model: nn.Module, given: Collection[int] = ()) -> Iterator[Finding]:
    """Yield the layers in a row with no activation between, the sure ones together and the others as a hint.

    `given` are the places in memory of what the model was called with.
    """
    layers = [node for node in range(len(graph.names) - 1, -1, -1) if graph.layer(node) is not None]
    mixed = mixing(graph, model, given)
    fed = [(node, below) for node in layers if (below := feeding(graph, node, mixed)) is not None]
    sure = all(one.held for one in mixed.values())
    alone = sure and len(fed) == len(layers) - 1 and not _bent_before(graph, layers[0])
    modules = dict(model.named_modules()) if fed else {}
    pairs = [pair for node, below in fed if (pair := _judged(graph, modules, (node, below), mixed, alone=alone))]
    for weight in ("finding", "hint"):
        # Those of a model that is called twice for one loss are the same two.
        of = [pair for pair in dict.fromkeys(pairs) if pair.weight == weight]
        if of:
            yield _told(graph, of, "finding" if weight == "finding" else "hint", alone=alone)


def _bent_before(graph: Graph, node: int) -> bool:
    """Return whether an activation acts on what a layer is given, as on what comes of an embedding."""
    seen, line = {node}, [node]
    for current in line:
        act = acting(graph, current)
        if act is not None and act.name not in _NO_MATTER:
            return True
        fresh = [parent for parent in graph.parents[current] if parent >= 0 and parent not in seen]
        seen.update(fresh)
        line.extend(fresh)
    return False


def _judged(
    graph: Graph, modules: dict[str, nn.Module], fed: tuple[int, int], mixed: Mapping[int, Mixing], *, alone: bool
) -> Pair | None:
    node, below = fed
    first, second = graph.layer(below), graph.layer(node)
    assert first is not None
    assert second is not None
    names = graph.owner(first), graph.owner(second)
    owners = [modules.get(name) for name in names]
    convolutions = ["Convolution" in graph.names[one] for one in (below, node)]
    if any(isinstance(owner, _NOT_IN_A_ROW) for owner in owners) or convolutions == [False, True]:
        return None
    if any(convolution and _special(graph, one) for convolution, one in zip(convolutions, (below, node), strict=True)):
        return None
    if _of_attention(graph, below, mixed):
        return None
    (inputs, middle), (_, outputs) = _widths(graph, below, first), _widths(graph, node, second)
    if middle < min(inputs, outputs):
        return None
    repeated = graph.uses[first] > 1 or graph.uses[second] > 1
    between = passed(graph, node, below, mixed)
    pooled = not alone and _pooled_for_the_last(graph, node, between, mixed)
    known = all(mixed[one].held for one in between if one in mixed)
    sure = not repeated and not pooled and known and (alone or _alike(names, modules))
    sizes = [graph.parameter(leaf).numel() for leaf in (first, second)]  # type: ignore[union-attr]
    taps = [sizes[0] // (inputs * middle), sizes[1] // (middle * outputs)]
    now = sizes[0] + sizes[1] + middle + outputs
    then = inputs * outputs * (sum(taps) - 1 if all(convolutions) and min(taps) > 1 else max(taps)) + outputs
    called = [graph.owners.get(id(graph.parameter(leaf)), "") for leaf in (first, second)]
    return Pair(
        names[0] or called[0],
        names[1] or called[1],
        (inputs, middle, outputs),
        (now, then),
        "finding" if sure else "hint",
    )


def _pooled_for_the_last(graph: Graph, node: int, between: list[int], mixed: Mapping[int, Mixing]) -> bool:
    """Return whether a mean over time or space lies between a layer and the model's last: a projection at each point.

    Wav2vec 2.0 and its kin are so on purpose: a head of its own is trained on what is narrow and pooled.
    """
    if node not in graph.reached(lambda one: graph.layer(one) is None):
        return False
    return any(
        mixed[one].pools
        if one in mixed
        else graph.names[one] in nodes.AVERAGING and math.prod(graph.shape(one)[2:]) == 1
        for one in between
    )


def _special(graph: Graph, node: int) -> bool:
    """Return whether a convolution is one of a factorised pair by design: depthwise, or longer one way."""
    leaf = graph.layer(node)
    groups = graph.saved(node, "groups")
    kernel = graph.parameter(leaf).shape[2:] if leaf is not None else ()  # type: ignore[union-attr]
    return (isinstance(groups, int) and groups > 1) or len(set(kernel)) > 1


def _of_attention(graph: Graph, node: int, mixed: Mapping[int, Mixing]) -> bool:
    """Return whether a layer takes what attention gives: its output projection."""
    below = graph.below(node)
    while below is not None and graph.names[below] in nodes.LAYOUT:
        below = graph.below(below)
    if below is None or below in mixed:
        return False
    return graph.names[below] in nodes.PRODUCTS or graph.names[below].startswith(nodes.ATTENTION)


def _widths(graph: Graph, node: int, leaf: int) -> tuple[int, int]:
    """Return how many numbers, or channels, go in and come out."""
    shape, size = graph.shape(node), graph.parameter(leaf).shape  # type: ignore[union-attr]
    if "Convolution" in graph.names[node]:
        return (size[0], size[1]) if graph.saved(node, "transposed") else (size[1], size[0])
    width = shape[-1] if shape else 1
    return max(size.numel() // max(width, 1), 1), width


def _alike(names: tuple[str, str], modules: dict[str, nn.Module]) -> bool:
    """Return whether two layers stand side by side in a module, or in blocks side by side.

    Two parts of a model that were made apart, as a backbone and a head, are at times joined so on purpose.
    """
    parents = [name.rpartition(".")[0] for name in names]
    if parents[0] == parents[1]:
        return True
    blocks = [modules.get(parent) for parent in parents]
    around = {parent.rpartition(".")[0] for parent in parents}
    if len(around) > 1 or any(type(block) is nn.Sequential for block in blocks):
        return False
    return type(blocks[0]) is type(blocks[1]) or around != {""}


def _told(graph: Graph, pairs: list[Pair], weight: Weight, *, alone: bool) -> Finding:
    worst = pairs[0]
    inputs, middle, outputs = worst.widths
    saved = (
        f"Their {worst.parameters[0]:,} parameters do what {worst.parameters[1]:,} of one layer "
        f"from {inputs} to {outputs} would do."
        if worst.parameters[1] < worst.parameters[0]
        else f"One layer from {inputs} to {outputs} would do the same."
    )
    start = (
        "No activation stands between any layers of this model: they are one affine map, whatever stands behind them. "
        if alone
        else ""
    )
    more = f" It is so at {len(pairs)} places." if len(pairs) > 1 else ""
    used = Counter(
        act.name for node in range(len(graph.names)) if (act := acting(graph, node)) and act.name in CATALOGUE
    )
    known = next((name for name, _ in used.most_common() if CATALOGUE[name].pointwise and name != "sigmoid"), "relu")
    first = access(worst.first)
    return found(
        "missing-activation",
        worst.first,
        f"{start}{said(worst.first)} ({inputs} to {middle}) feeds {said(worst.second)} ({middle} to {outputs}) "
        f"with no activation between. {saved}{more}",
        (
            "Put one behind the first, or behind its normalisation:",
            f"    {first} = torch.nn.Sequential({first}, torch.nn.{CATALOGUE[known].class_name}())",
        ),
        weight=weight,
        measured=float(len(pairs)),
        also=tuple(pair.first for pair in pairs[1:]),
    )


def repeated(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield each activation that acts again on its own result."""
    for node in range(len(graph.names)):
        act = acting(graph, node)
        if act is None or act.name in _NO_MATTER:
            continue
        stops = ends(graph, node, graph.axis(node) if act.name == "softmax" else None)
        if len(stops) != 1 or stops[0].shifted or stops[0].scale != 1.0:
            continue
        inner = acting(graph, stops[0].node)
        if inner is None or inner.name != act.name:
            continue
        if act.name == "softmax" and stops[0].axis != graph.axis(stops[0].node):
            continue
        where = graph.where(node)
        does = "the second changes nothing" if act.name == "relu" else "the second squeezes what the first has squeezed"
        yield found(
            "repeated-activation",
            where,
            f"{act.name} behind {said(where)} acts again on its own result: {does}.",
            ("One is enough:", *removal(model, where, (CATALOGUE[act.name].class_name,), f"the second {act.name}")),
            weight="hint" if act.name in _AT_TIMES_MEANT else "finding",
        )
