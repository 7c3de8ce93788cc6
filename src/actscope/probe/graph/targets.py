"""Targets against the range of the last activation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from ..records import Finding
from . import nodes
from .activations import Acting, acting, said_range
from .chains import End, down, ends
from .layers import feeding
from .spans import AT_THE_END, Span, beyond, span, without
from .telling import classes, found, removal, said
from .walking import Graph

_TOO_MANY = 0.05
"""The share of targets out of reach from which on it is a finding: measured targets have outliers."""
_SQUARES = frozenset(("Pow", "Abs", "Mul", "Square"))


def pairs(graph: Graph) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Yield outputs and targets of the regressions that store them, and whether the loss is made of squares."""
    for node in heads(graph):
        if nodes.LOSSES.get(graph.names[node]) == "regression" and sum(one >= 0 for one in graph.parents[node]) == 1:
            first = graph.parents[node][0] >= 0
            outputs, targets = (
                graph.saved(node, name) for name in (("self", "target") if first else ("target", "self"))
            )
            if isinstance(outputs, Tensor) and isinstance(targets, Tensor) and targets.numel():
                yield outputs, targets, graph.names[node] == "MseLoss"


@dataclass(frozen=True, slots=True)
class Fit:
    """A loss that compares an output with a target by their difference."""

    output: int
    """The node of the output."""
    target: Tensor | None


def out_of_reach(graph: Graph, model: nn.Module, given: object) -> Iterator[Finding]:
    """Yield regressions whose last activation does not reach the targets, or serves nothing."""
    for fit in _fits(graph, given):
        stops = down(graph, End(fit.output, None))
        if len(stops) != 1 or stops[0].shifted:
            continue
        act = acting(graph, stops[0].node)
        if act is not None and act.name not in ("clamp", "log_softmax"):
            yield from _judged(graph, model, stops[0], act, fit.target)
    yield from _labels(graph)
    yield from _several_at_once(graph, model)


def _fits(graph: Graph, given: object) -> Iterator[Fit]:
    for node, name in enumerate(graph.names):
        if nodes.LOSSES.get(name) == "regression":
            inner, outer = (*graph.parents[node], -1)[:2]
            if (inner >= 0) != (outer >= 0):
                yield Fit(max(inner, outer), graph.saved(node, "target" if inner >= 0 else "self"))
    for node in heads(graph):
        if graph.names[node] in _SQUARES:
            below = set(graph.parents[node])
            inside = next(iter(below)) if len(below) == 1 else -1
            if inside >= 0 and graph.names[inside] in ("Sub", "Rsub") and sorted(graph.parents[inside])[0] < 0:
                target = given if isinstance(given, Tensor) and given.shape == graph.shape(inside) else None
                yield Fit(max(graph.parents[inside]), target)


def heads(graph: Graph) -> list[int]:
    """Return the nodes of the loss itself: those behind sums, means and factors."""
    return sorted(
        graph.reached(lambda node: graph.names[node] in nodes.REDUCING - _SQUARES or graph.names[node] == "Mul")
    )


def _judged(graph: Graph, model: nn.Module, stop: End, act: Acting, target: Tensor | None) -> Iterator[Finding]:
    where, kinds, got = graph.where(stop.node), classes(act.name), span(graph, stop.node).scaled(stop.scale)
    if target is not None and got.by and target.numel():
        numbers = target.detach()
        bounded = math.isfinite(got.low) and math.isfinite(got.high)
        slack = AT_THE_END * (got.high - got.low if bounded else float(numbers.float().std(correction=0)))
        outside_it = beyond(numbers, got.low, got.high, slack)
        share = float(outside_it.float().mean())
        if share > 0:
            most = numbers[outside_it]
            own = Span(act.low, act.high, (act.name,)).scaled(stop.scale)
            inner_alone = len(got.by) > 1 and not bool(beyond(numbers, own.low, own.high, slack).any())
            yield found(
                "unreachable-targets",
                where,
                f"{', then '.join(got.by)} behind {said(where)} {got.told} numbers {said_range(got.low, got.high)}; "
                f"{share:.1%} of this batch's targets lie outside, "
                f"from {float(most.min()):.4g} to {float(most.max()):.4g}.",
                (f"Let {act.name} act on the last layer's numbers:", *without(model, where, got.by))
                if inner_alone
                else (
                    "Let the last layer's numbers be the output"
                    + (", or scale the targets into the range:" if bounded else ":"),
                    *removal(model, where, kinds, act.name),
                ),
                weight="finding" if share > _TOO_MANY else "hint",
                measured=share,
                threshold=_TOO_MANY,
            )
            return
    if feeding(graph, stop.node) is None:
        return
    if act.name in ("softmax", "sigmoid") and target is not None and bool(((target == 0) | (target == 1)).all()):
        yield found(
            "wrong-output-activation",
            where,
            f"{act.name} behind {said(where)} stands before a loss of differences, with targets that are 0 or 1: "
            "it learns, and slowly where it is surely wrong, since its slope is small there.",
            ("Cross-entropy of the logits has no such plateau:", "    loss_fn = torch.nn.functional.cross_entropy")
            if act.name == "softmax"
            else (
                "Binary cross-entropy of the logits has no such plateau:",
                "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
            ),
            weight="hint",
        )
    elif not act.bounded and act.name not in ("softplus", "exp"):
        yield found(
            "wrong-output-activation",
            where,
            f"{act.name} stands behind the last layer {said(where)} of a regression; "
            + ("its range holds this batch's targets." if target is not None else "the targets were not to be seen."),
            ("A regression mostly needs none:", *removal(model, where, kinds, act.name)),
            weight="hint",
        )


def _labels(graph: Graph) -> Iterator[Finding]:
    """Yield binary cross-entropies with targets outside 0 to 1."""
    for node, name in enumerate(graph.names):
        target = graph.saved(node, "target") if name.startswith("BinaryCrossEntropy") else None
        if target is not None and target.numel():
            yield from outside(graph.where(node), target)


def outside(where: str, target: Tensor) -> Iterator[Finding]:
    """Yield that some targets of a binary cross-entropy lie outside 0 to 1."""
    share = float(((target < -1e-6) | (target > 1 + 1e-6)).float().mean())
    if share > 0:
        low, high = float(target.min()), float(target.max())
        yield found(
            "unreachable-targets",
            where,
            f"Binary cross-entropy takes targets from 0 to 1; {share:.1%} of this batch's lie outside, "
            f"which reaches from {low:.4g} to {high:.4g}: the loss has no lower bound there.",
            ("Labels of -1 and 1 become 0 and 1 by:", "    targets = (targets + 1) / 2")
            if low == -1 and high == 1
            else ("Scale the targets to 0 to 1:", f"    targets = (targets - {low:.4g}) / {high - low:.4g}"),
            measured=share,
        )


def _several_at_once(graph: Graph, model: nn.Module) -> Iterator[Finding]:
    """Yield softmax outputs whose targets hold several classes at once: its numbers have the sum 1."""
    for node, name in enumerate(graph.names):
        target = graph.saved(node, "target") if nodes.LOSSES.get(name) in ("bce", "regression") else None
        stops = ends(graph, node) if target is not None else []
        if target is None or len(stops) != 1 or stops[0].shifted or stops[0].scale != 1.0:
            continue
        act, axis = acting(graph, stops[0].node), graph.axis(stops[0].node)
        if act is None or act.name != "softmax" or axis is None or target.shape != graph.shape(stops[0].node):
            continue
        share = float((target.sum(axis) > 1 + AT_THE_END).float().mean())
        if share > _TOO_MANY:
            where = graph.where(stops[0].node)
            yield found(
                "unreachable-targets",
                where,
                f"softmax behind {said(where)} gives numbers with the sum 1; "
                f"{share:.1%} of this batch's targets have a larger one.",
                (
                    "Classes that hold at once have a sigmoid each, which this loss of logits applies:",
                    *removal(model, where, classes("softmax"), "softmax"),
                    "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
                ),
                measured=share,
                threshold=_TOO_MANY,
            )
