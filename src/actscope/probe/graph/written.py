"""Cross-entropies that are written out: logarithms of probabilities times targets."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..records import Finding
from . import nodes
from .activations import acting
from .outputs import behind_layer
from .spans import narrowed
from .targets import heads, outside
from .telling import classes, found, removal, said
from .walking import Graph

_PASSED = nodes.LAYOUT | {"Clamp", "ClampMin", "ClampMax", "Add"}


@dataclass(frozen=True, slots=True)
class Term:
    """Numbers times the logarithm of a probability, or of what it leaves of 1."""

    weights: Tensor
    probability: int
    turned: bool
    """Whether it is the logarithm of 1 - p."""


def written_out(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield what is wrong with -(y*log(p) + (1 - y)*log(1 - p)), and with -y*log(p) where p is a sigmoid's."""
    terms = [term for node in heads(graph) if graph.names[node] == "Mul" and (term := _term(graph, node))]
    turned = any(name == "Log" and _inside(graph, node)[1] for node, name in enumerate(graph.names))
    for one in terms:
        if one.turned:
            continue
        if any(_complete(one, other) for other in terms):
            yield from outside(graph.where(one.probability), one.weights)
            yield from narrowed(graph, model, one.probability, one.weights)
        elif not turned and _one_sided(graph, one):
            yield _told(graph, model, one.probability)


def _term(graph: Graph, node: int) -> Term | None:
    below = graph.below(node)
    if below is None or graph.names[below] != "Log":
        return None
    weights = graph.saved(node, "self" if graph.parents[node].index(below) == 1 else "other")
    inside, turned = _inside(graph, below)
    if not isinstance(weights, Tensor) or not weights.numel() or weights.is_complex() or inside is None:
        return None
    weights = weights.detach().float()
    return Term(-weights if bool((weights <= 0).all()) else weights, inside, turned)


def _inside(graph: Graph, node: int) -> tuple[int | None, bool]:
    """Return what a logarithm is taken of, behind clamping and shifts, and whether of what that leaves of 1."""
    turned, below = False, graph.below(node)
    while below is not None:
        name = graph.names[below]
        if name == "Rsub" or (name == "Sub" and graph.parents[below][0] < 0):
            turned = not turned
        elif name not in _PASSED:
            return below, turned
        below = graph.below(below)
    return None, turned


def _complete(one: Term, other: Term) -> bool:
    """Return whether two terms are a binary cross-entropy: their weights are y and 1 - y."""
    if not other.turned or other.probability != one.probability or other.weights.shape != one.weights.shape:
        return False
    both = one.weights + other.weights
    return bool(torch.isclose(both, torch.ones_like(both)).all())


def _one_sided(graph: Graph, one: Term) -> bool:
    """Return whether targets of 0 and 1 weigh the logarithm of a sigmoid that stands in the loss nowhere else."""
    act = acting(graph, one.probability)
    if act is None or act.name != "sigmoid" or graph.uses[one.probability] > 1:
        return False
    labels = bool(((one.weights == 0) | (one.weights == 1)).all()) and bool(one.weights.any())
    return labels and not bool(one.weights.all()) and behind_layer(graph, one.probability)


def _told(graph: Graph, model: nn.Module, node: int) -> Finding:
    where, shape = graph.where(node), graph.shape(node)
    several = len(shape) > 1 and shape[-1] > 1
    return found(
        "wrong-output-activation",
        where,
        f"The loss is the logarithm of sigmoid behind {said(where)} times targets of 0 and 1, and has no part in "
        "log(1 - p): nothing speaks against an output of 1, which makes it 0 whatever the class.",
        (
            "One class of several goes, as logits, to cross-entropy:",
            *removal(model, where, classes("sigmoid"), "sigmoid"),
            "    loss_fn = torch.nn.functional.cross_entropy",
        )
        if several
        else (
            "Two classes go, as a logit, to binary cross-entropy:",
            *removal(model, where, classes("sigmoid"), "sigmoid"),
            "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
        ),
    )
