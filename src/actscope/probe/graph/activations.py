"""Which activation a node is, and between which numbers its values lie."""

import math
from dataclasses import dataclass
from functools import lru_cache

from ...catalogue import CATALOGUE
from ...catalogue.properties import properties_of
from ...errors import ActscopeError
from ...formula import Expr, simplify, substitute
from ...nn.curves import Curve
from . import nodes
from .walking import Graph

_NAMES = {activation.formula: activation.name for activation in reversed(list(CATALOGUE))}
_EVERYWHERE = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Acting:
    """An activation at a node; its range is found when it is asked for."""

    name: str
    values: tuple[tuple[str, float], ...] = ()
    formula: Expr | None = None
    """Of a function of one number that is not known by its name alone."""
    slope: Expr | None = None
    between: tuple[float, float] | None = None

    @property
    def low(self) -> float:
        """The smallest value, or what values tend to."""
        return self._range()[0]

    @property
    def high(self) -> float:
        """The largest value, or what values tend to."""
        return self._range()[1]

    @property
    def bounded_below(self) -> bool:
        """Whether its values cannot be as negative as one likes."""
        return math.isfinite(self.low)

    @property
    def bounded(self) -> bool:
        """Whether its values lie between two numbers."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def _range(self) -> tuple[float, float]:
        if self.between is not None:
            return self.between
        if self.formula is not None and self.slope is not None:
            return _of_formula(self.formula, self.slope, self.values)
        return _of_name(self.name, self.values)


def said_range(low: float, high: float) -> str:
    """Return a range in words.

    >>> said_range(0.0, 1.0), said_range(0.0, math.inf)
    ('from 0 to 1', 'from 0 on')
    """
    if math.isfinite(low) and math.isfinite(high):
        return f"from {low:.4g} to {high:.4g}"
    if math.isfinite(low):
        return f"from {low:.4g} on"
    return f"up to {high:.4g}" if math.isfinite(high) else "of any size"


def acting(graph: Graph, node: int) -> Acting | None:
    """Return the activation that a node is, PyTorch's or ours; None if it is none."""
    name = graph.names[node]
    if name in nodes.OURS:
        return _ours(graph, node)
    if name in ("Clamp", "ClampMin", "ClampMax"):
        return _clamped(graph, node)
    if name not in nodes.ACTIVATIONS:
        return None
    known, numbers = nodes.ACTIVATIONS[name]
    if name == "Elu" and graph.saved(node, "scale") != 1.0:
        return Acting("selu")
    values = ((ours, graph.saved(node, saved)) for saved, ours in numbers.items())
    return Acting(known, tuple((ours, float(value)) for ours, value in values if isinstance(value, int | float)))


def _clamped(graph: Graph, node: int) -> Acting | None:
    ends = graph.saved(node, "min"), graph.saved(node, "max")
    low, high = (float(end) if isinstance(end, int | float) else None for end in ends)
    if low is None and high is None:
        return None
    return Acting("clamp", between=(-math.inf if low is None else low, math.inf if high is None else high))


def _ours(graph: Graph, node: int) -> Acting | None:
    handle = graph.handles[node]
    if graph.names[node] == "_Rows":
        return Acting(handle.activation.name)
    of = getattr(handle, "of", None)
    formula = getattr(of, "formula", None)
    if not isinstance(formula, Expr):
        return None
    name = _NAMES.get(formula, "an activation")
    if not isinstance(of, Curve):
        # A function of several tensors, as a gate: what it gives may be anything.
        return Acting(name, between=_EVERYWHERE)
    return Acting(name, tuple(of.bound), formula, of.slope)


@lru_cache(maxsize=256)
def _of_name(name: str, values: tuple[tuple[str, float], ...]) -> tuple[float, float]:
    if name in nodes.RANGES:
        return nodes.RANGES[name]
    activation = CATALOGUE[name]
    if not activation.pointwise:
        return _EVERYWHERE
    try:
        span = activation.properties_at(**dict(values)).range
    except ActscopeError:
        # PyTorch takes parameters that the declaration does not allow.
        return _EVERYWHERE
    return span.low, span.high


@lru_cache(maxsize=256)
def _of_formula(formula: Expr, slope: Expr, bound: tuple[tuple[str, float], ...]) -> tuple[float, float]:
    values = dict(bound)
    span = properties_of(simplify(substitute(formula, values)), simplify(substitute(slope, values))).range
    return span.low, span.high
