"""Which activation a node is, and between which numbers its values lie."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...catalogue import CATALOGUE
from ...catalogue.properties import properties_of
from ...errors import ActscopeError
from ...formula import Expr, simplify, substitute
from . import nodes
from .walking import Graph

_NAMES = {activation.formula: activation.name for activation in reversed(list(CATALOGUE))}
_BY_NAME = {activation.name: activation for activation in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Acting:
    """An activation at a node."""

    name: str
    low: float
    high: float

    @property
    def bounded_below(self) -> bool:
        """Whether its values cannot be as negative as one likes."""
        return math.isfinite(self.low)

    @property
    def bounded(self) -> bool:
        """Whether its values lie between two numbers."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def reach(self) -> str:
        """Return the range in words."""
        if self.bounded:
            return f"from {self.low:.4g} to {self.high:.4g}"
        return f"from {self.low:.4g} on" if self.bounded_below else f"up to {self.high:.4g}"


def acting(graph: Graph, node: int) -> Acting | None:
    """Return the activation that a node is, PyTorch's or ours; None if it is none."""
    name = graph.names[node]
    if name in ("_Direct", "_Transformable"):
        return _ours(getattr(graph.handles[node], "of", None))
    if name == "_Rows":
        row = getattr(graph.handles[node], "activation", None)
        return _named(row.name, ()) if row is not None else None
    if name in ("Clamp", "ClampMin"):
        return _clamped(graph, node)
    if name not in nodes.ACTIVATIONS:
        return None
    known, numbers = nodes.ACTIVATIONS[name]
    scale = graph.saved(node, "scale")
    if name == "Elu" and isinstance(scale, float) and scale != 1.0:
        known, numbers = "selu", {}
    values = tuple((ours, float(graph.saved(node, saved))) for saved, ours in numbers.items())
    return _named(known, values)


def _clamped(graph: Graph, node: int) -> Acting | None:
    low, high = graph.saved(node, "min"), graph.saved(node, "max")
    if not (isinstance(low, bool | int | float) or isinstance(high, bool | int | float)):
        return None
    return Acting(
        "clamp",
        float(low) if isinstance(low, int | float) else -math.inf,
        float(high) if isinstance(high, int | float) else math.inf,
    )


def _ours(of: Any) -> Acting | None:
    formula, bound = getattr(of, "formula", None), getattr(of, "bound", ())
    if not isinstance(formula, Expr):
        return None
    symbols = getattr(of, "symbols", ())
    name = _NAMES.get(formula, "")
    if len(symbols) > 1:
        return Acting(name or "a gated activation", -math.inf, math.inf)
    low, high = _span(formula, getattr(of, "slope", None), bound)
    return Acting(name or "an activation", low, high)


@lru_cache(maxsize=256)
def _named(name: str, values: tuple[tuple[str, float], ...]) -> Acting:
    if name in nodes.RANGES:
        return Acting(name, *nodes.RANGES[name])
    activation = _BY_NAME.get(name)
    if activation is None or not activation.pointwise:
        return Acting(name, -math.inf, math.inf)
    try:
        span = activation.properties_at(**dict(values)).range
    except ActscopeError:
        # A slope or a bound that our declaration does not allow.
        return Acting(name, -math.inf, math.inf)
    return Acting(name, span.low, span.high)


@lru_cache(maxsize=256)
def _span(formula: Expr, slope: Expr | None, bound: tuple[tuple[str, float], ...]) -> tuple[float, float]:
    if slope is None:
        return -math.inf, math.inf
    values = dict(bound)
    span = properties_of(simplify(substitute(formula, values)), simplify(substitute(slope, values))).range
    return span.low, span.high
