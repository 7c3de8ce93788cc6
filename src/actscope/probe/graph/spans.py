"""Between which numbers an output lies, by all functions that stand behind the last layer and not the last alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from ...catalogue import CATALOGUE
from ...catalogue.properties import extremes
from ...catalogue.properties.extremes import period_of
from ...catalogue.properties.pieces import Piece, pieces_of
from ...errors import ActscopeError
from ...formula import Expr, parse, simplify, substitute
from ..records import Finding
from . import nodes
from .activations import Acting, acting, said_range
from .chains import factor
from .telling import classes, found, module_after, removal, said
from .walking import Graph

AT_THE_END = 0.05
"""A target this share of the range beyond its end is at the end: labels of 1 for a sigmoid, 1.02 for a tanh."""
_PASSED = nodes.LAYOUT | nodes.PICKING
_OF_THEIR_OWN = {"Abs": parse("abs(x)"), "Exp": parse("exp(x)")}
_TRAINED = ("PreluKernel", "RreluWithNoise")
"""Functions whose slope below 0 is not the one that the catalogue knows."""


@dataclass(frozen=True, slots=True)
class Span:
    """Between which numbers values lie, and by which functions, the first first."""

    low: float = -math.inf
    high: float = math.inf
    by: tuple[str, ...] = ()

    def scaled(self, by: float) -> "Span":
        """Return the span of the values times a number; everything if the number is not known."""
        if not math.isfinite(by) or by == 0.0:
            return Span()
        low, high = sorted((self.low * by, self.high * by))
        return Span(low, high, self.by)

    def signed(self) -> "Span":
        """Return the span of the values times numbers of at least 0, as a dropout's mask is."""
        low, high = (0.0 if self.low >= 0.0 else -math.inf), (0.0 if self.high <= 0.0 else math.inf)
        return Span(low, high, self.by)

    @property
    def told(self) -> str:
        """What the functions do, as the part of a sentence between a place and a range."""
        return "gives" if len(self.by) < 2 else "give"


def span(graph: Graph, node: int) -> Span:
    """Return between which numbers a node's values lie whatever the nearest layer before it gives."""
    name, below, act = graph.names[node], graph.below(node), acting(graph, node)
    if act is not None:
        inner = span(graph, below) if below is not None else Span()
        return _through(act, inner, trained=name in _TRAINED)
    if below is None:
        return Span()
    if name in _OF_THEIR_OWN:
        inner = span(graph, below)
        return Span(*_image(_OF_THEIR_OWN[name], inner.low, inner.high), (*inner.by, name.lower()))
    if name in _PASSED:
        return span(graph, below)
    if name == "Neg":
        return span(graph, below).scaled(-1.0)
    if name == "NativeDropout":
        return span(graph, below).signed()
    if name == "Mul" or (name == "Div" and graph.parents[node][0] == below):
        return _times(graph, node, below)
    return Span()


def _times(graph: Graph, node: int, below: int) -> Span:
    other = graph.saved(node, "self" if graph.parents[node].index(below) == 1 else "other")
    if isinstance(other, Tensor) and other.numel() > 1:
        positive = not other.is_complex() and bool((other.detach() >= 0).all())
        return span(graph, below).signed() if positive else Span()
    return span(graph, below).scaled(factor(graph, node, below))


def _through(act: Acting, inner: Span, *, trained: bool) -> Span:
    by = (*inner.by, act.name)
    if not inner.by:
        return Span(act.low, act.high, by)
    if act.name == "clamp":
        low, high = (min(max(end, act.low), act.high) for end in (inner.low, inner.high))
        return Span(low, high, inner.by)
    if trained:
        return Span(inner.low, inner.high, by) if inner.low >= 0.0 else Span(by=by)
    formula = _formula(act)
    if formula is None:
        return Span(act.low, act.high, by)
    low, high = _image(formula, inner.low, inner.high)
    kept = act.name == "hardtanh" and act.low <= inner.low and inner.high <= act.high
    # What only keeps numbers from leaving a range, for the logarithm behind it, is not what shapes the output.
    return Span(max(low, act.low), min(high, act.high), inner.by if kept else by)


def _formula(act: Acting) -> Expr | None:
    """Return an activation's formula of x alone; None of one that takes rows or that is not known."""
    if act.formula is not None:
        return None if act.slope is None else simplify(substitute(act.formula, dict(act.values)))
    if act.name in nodes.RANGES or act.name not in CATALOGUE or not CATALOGUE[act.name].pointwise:
        return None
    activation = CATALOGUE[act.name]
    try:
        return simplify(substitute(activation.formula, activation.bind(**dict(act.values))))
    except ActscopeError:
        return None


@lru_cache(maxsize=256)
def _image(formula: Expr, low: float, high: float) -> tuple[float, float]:
    """Return the smallest and the largest value of a formula of x from `low` to `high`; infinite if not known."""
    pieces = [
        Piece(max(piece.low, low), min(piece.high, high), piece.formula)
        for piece in pieces_of(formula)
        if piece.low < high and piece.high > low
    ]
    # The search looks at one turn of a periodic formula, the one around 0.
    if not pieces or any(period_of(piece.formula) for piece in pieces):
        return -math.inf, math.inf
    values = extremes(formula, pieces)
    return (-math.inf, math.inf) if math.isnan(values.low + values.high) else (values.low, values.high)


def beyond(target: Tensor, low: float, high: float, slack: float) -> Tensor:
    """Return which targets lie outside a range by more than some slack."""
    return (target < low - slack) | (target > high + slack)


def narrowed(graph: Graph, model: nn.Module, node: int, target: Tensor | None) -> Iterator[Finding]:
    """Yield that functions before the last keep it from probabilities that the targets of a cross-entropy ask for."""
    act, got = acting(graph, node), span(graph, node)
    if act is None or len(got.by) < 2 or got.by[-1] == got.by[-2] or act.low < 0.0 or act.high > 1.0:
        return
    if got.low < act.low + AT_THE_END and got.high > act.high - AT_THE_END:
        return
    if target is None or not target.numel():
        return
    share = float(beyond(target.detach(), got.low, got.high, AT_THE_END).float().mean())
    if share == 0.0:
        return
    where = graph.where(node)
    yield found(
        "wrong-output-activation",
        where,
        f"{', then '.join(got.by)} behind {said(where)} give numbers {said_range(got.low, got.high)} and no others, "
        f"and binary_cross_entropy takes them for probabilities: {share:.1%} of this batch's targets lie outside.",
        (f"Let {got.by[-1]} act on the last layer's numbers:", *without(model, where, got.by))
        if got.by[-1] == "sigmoid"
        else (
            "Give the last layer's numbers, as logits, to:",
            "    loss_fn = torch.nn.functional.binary_cross_entropy_with_logits",
        ),
        measured=share,
    )


def without(model: nn.Module, where: str, by: tuple[str, ...]) -> tuple[str, ...]:
    """Return the advice to take away all functions behind a layer but the last."""
    inner, last = by[:-1], by[-1]
    modules = [module_after(model, where, classes(name)) for name in inner]
    if all(modules) or not hasattr(torch, last):
        return tuple(line for name in inner for line in removal(model, where, classes(name), name))
    return (f"    y = torch.{last}(x)   # in forward: x is what {said(where)} gives, without {', '.join(inner)}",)
