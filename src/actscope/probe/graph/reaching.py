"""Which parameters the loss depends on, and which get no gradient though it does."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..records import Finding, Weight
from . import nodes
from .telling import access, found, said
from .walking import Graph

_Named = list[tuple[str, nn.Parameter]]
_FEW = 3
"""As many values as a step-like function has: 0 and 1, or -1, 0 and 1."""


def without_graph(model: nn.Module) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return the finding on a loss that depends on nothing."""
    if not any(parameter.requires_grad for parameter in model.parameters()):
        return (), ("No parameter of the model requires a gradient: nothing is to be trained.",)
    return (
        found(
            "unreached-parameters",
            "",
            "The loss has no grad_fn: it depends on no parameter, and backward() would fail.",
            (
                "Compute it from the model's outputs, with no detach(), item(), argmax or numpy between, "
                "and outside torch.no_grad():",
                "    loss = loss_fn(model(inputs), targets)",
            ),
        ),
    ), ()


def no_slope(graph: Graph) -> Iterator[Finding]:
    """Yield step-like functions that stand on every way from the loss to some parameters."""
    flat = [node for node in range(len(graph.names)) if _flat(graph, node)]
    if not flat:
        return
    kept = graph.reached(lambda node: node not in flat)
    lost = [
        graph.owners[id(variable)]
        for node in range(len(graph.names))
        if node not in kept and (variable := graph.parameter(node)) is not None and id(variable) in graph.owners
    ]
    if not lost:
        return
    order = {name: place for place, name in enumerate(graph.owners.values())}
    lost.sort(key=order.__getitem__)
    kinds = ", ".join(dict.fromkeys(graph.names[node].lower() for node in flat if node in kept))
    where = graph.where(next(node for node in flat if node in kept))
    yield found(
        "no-slope",
        where,
        f"{kinds} behind {said(where)} has slope 0 wherever it has one: the gradient of {_listed(lost)} is 0 for ever.",
        (
            "Pass the gradient straight through, or use a smooth function:",
            f"    y = x + (torch.{kinds.split(', ')[0]}(x) - x).detach()",
        ),
        measured=float(len(lost)),
    )


def _flat(graph: Graph, node: int) -> bool:
    name = graph.names[node]
    return name in nodes.FLAT or (name == "Div" and graph.saved(node, "rounding_mode") is not None)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def unreached(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield parameters that require a gradient and get none; sure only where the first layers are cut off."""
    if any(name == "CheckpointFunction" for name in graph.names):
        return
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    leaves = {id(graph.parameter(node)) for node, name in enumerate(graph.names) if name == "AccumulateGrad"}
    lost = [name for name, parameter in trained if id(parameter) not in leaves]
    if not lost:
        return
    if len(lost) == len(trained):
        yield found(
            "unreached-parameters",
            "",
            f"The loss depends on none of the {len(lost)} parameters that require a gradient.",
            (
                "Compute it from this model's outputs, with no .detach(), .data, .item() or torch.no_grad() on their "
                "way to the loss; a generator's samples are detached for the discriminator's loss alone:",
                "    loss = loss_fn(model(inputs), targets)",
            ),
            measured=float(len(lost)),
        )
        return
    prefix = next(place for place, (_, parameter) in enumerate(trained) if id(parameter) in leaves)
    cut = _cut(graph, model, trained, prefix, leaves) if prefix else None
    before = [name for name, _ in trained[:prefix]]
    stepped = _stepped(graph, model, trained, lost)
    if stepped is not None:
        yield stepped
    elif cut is None:
        yield _told(lost, _owner(lost[0]) or lost[0], "hint", "")
    else:
        yield _told(before, _owner(before[0]) or before[0], "finding", _owner(before[-1]))


def _told(lost: list[str], where: str, weight: Weight, last: str) -> Finding:
    evidence = f"The loss does not depend on {_listed(lost)}: no gradient reaches them."
    advice: tuple[str, ...]
    if weight == "finding":
        evidence += f" The graph ends behind {said(last)}, and the layers before it do not learn."
        advice = (
            "Look for detach(), .data, torch.no_grad(), .numpy() or argmax behind it; if frozen on purpose, say so:",
            f"    {access(where)}.requires_grad_(False)",
        )
    else:
        advice = ("That is usual for heads that are not in use; if it is on purpose, say so:",)
        advice += (f"    {access(where)}.requires_grad_(False)",)
    also = tuple(place for place in dict.fromkeys(_owner(name) or name for name in lost) if place != where)
    return found("unreached-parameters", where, evidence, advice, weight=weight, measured=float(len(lost)), also=also)


def _cut(graph: Graph, model: nn.Module, trained: _Named, prefix: int, leaves: set[int]) -> int | None:
    """Return the layer that should get what the first layers give and gets it without a graph; None if there is none.

    Heads that are not in use, a copy of a network for its targets, and the other network of a game are no cut.
    """
    if prefix < len(trained) and _owner(trained[prefix - 1][0]) == _owner(trained[prefix][0]):
        return None
    if _twin(trained, prefix, leaves):
        return None
    modules = dict(model.named_modules())
    widths = [
        size
        for name, parameter in trained[:prefix]
        if parameter.dim() >= 2 and (size := _given(modules.get(_owner(name)), parameter))
    ]
    if not widths:
        return None
    for node, weight in _beginnings(graph):
        taken = _taken(graph, node, weight)
        if taken % widths[-1] == 0 and (taken == widths[-1] or weight.dim() == 2):
            return node
    return None


def _beginnings(graph: Graph) -> Iterator[tuple[int, Tensor]]:
    """Yield the nodes of layers, the first first, that get data without a graph, and their weights.

    A layer that acts twice is that of a game, as a discriminator of true and of made-up samples.
    """
    for node in range(len(graph.names) - 1, -1, -1):
        data, weights = nodes.TAKING.get(graph.names[node], (0, 0))
        parents = graph.parents[node]
        if not weights or max(data, weights) >= len(parents) or parents[data] >= 0 or parents[weights] < 0:
            continue
        leaf = graph.weight(parents[weights])
        weight = graph.parameter(leaf) if leaf is not None and graph.uses[leaf] == 1 else None
        if weight is not None and id(weight) in graph.owners:
            yield node, weight


def _taken(graph: Graph, node: int, weight: Tensor) -> int:
    """Return how many numbers, or channels, a layer takes."""
    if "Convolution" in graph.names[node]:
        return int(weight.shape[0 if graph.saved(node, "transposed") else 1])
    return int(weight.shape[-1])


def _stepped(graph: Graph, model: nn.Module, trained: _Named, lost: list[str]) -> Finding | None:
    """Return the finding on a layer that gets 0 and 1, or as few other values, from one that is not reached."""
    order = {id(parameter): place for place, (_, parameter) in enumerate(trained)}
    modules = dict(model.named_modules())
    for node, weight in _beginnings(graph):
        before = [(name, p) for name, p in trained[: order.get(id(weight), 0)] if p.dim() >= 2]
        if not before or before[-1][0] not in lost or not _step_like(graph, node):
            continue
        name, parameter = before[-1]
        given, taken = _given(modules.get(_owner(name)), parameter), _taken(graph, node, weight)
        if taken % given and given % taken:
            continue
        cut, where = [one for one in lost if one in dict(trained[: order[id(weight)]])], _owner(name)
        return found(
            "no-slope",
            where,
            f"What `{_owner(graph.owners[id(weight)])}` gets has no gradient and at most {_FEW} different values: "
            f"a step-like function or argmax behind {said(where)} cuts off {_listed(cut)}.",
            (
                "Pass the gradient straight through, or use a smooth function:",
                "    y = soft + (hard - soft).detach()   # soft: a smooth function, such as torch.sigmoid(x)",
            ),
            measured=float(len(cut)),
        )
    return None


def _owner(name: str) -> str:
    return name.rpartition(".")[0]


def _given(module: nn.Module | None, weight: Tensor) -> int:
    """Return how many numbers, or channels, a module gives."""
    if isinstance(module, nn.RNNBase):
        return (module.proj_size or module.hidden_size) * (1 + module.bidirectional)
    transposed = isinstance(module, nn.Embedding | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d)
    return int(weight.shape[1 if transposed else 0])


def _twin(trained: _Named, prefix: int, reached: set[int]) -> bool:
    """Return whether the part that is not reached has another of the same make that is."""
    child = trained[0][0].partition(".")[0]
    shapes: dict[str, list[torch.Size]] = {}
    for name, parameter in trained:
        shapes.setdefault(name.partition(".")[0], []).append(parameter.shape)
    met = {name.partition(".")[0] for name, parameter in trained if id(parameter) in reached}
    return len(shapes[child]) == prefix > 2 and any(shapes[other] == shapes[child] for other in met - {child})


def _step_like(graph: Graph, node: int) -> bool:
    slot = {"Addmm": "mat1", "Mm": "self"}.get(graph.names[node], "input")
    data = graph.saved(node, slot)
    return data is not None and data.numel() > 0 and len(torch.unique(data.detach()[:64])) <= _FEW
