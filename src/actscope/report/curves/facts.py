"""What there is to know of an activation, as labels and sentences: the card in the terminal and the page tell these."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...catalogue import Activation, Properties
from ...catalogue.activation import bounds_of
from ...catalogue.defining import lost_digits_of
from ...catalogue.properties import Known
from ...formula import Apply, Expr, evaluate, nodes, substitute
from ...formula.ops import OPS
from . import words
from .words import number

EXAMPLE = (2.0, 1.0, 0.0, -1.0)
"""The row of numbers on which a row-wise activation is shown."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of an activation."""

    label: str
    text: str
    known: Known | None = None
    """How it is known, where it is derived."""


def formulas(activation: Activation) -> list[Fact]:
    """Return the formula and its derivatives, what the names in it stand for, and the parameters."""
    derivatives: dict[str, Expr] = {}
    if activation.pointwise:
        derivatives = {"f′(x)": activation.slope_formula}
    elif activation.gated:
        derivatives = {f"∂f/∂{name}": activation.partial(name) for name in activation.inputs}
    written = {f"f({', '.join(activation.inputs)})": activation.formula, **derivatives}
    typed = [activation.written] if activation.written not in ("", str(activation.formula)) else []
    used = dict.fromkeys(node.op for formula in written.values() for node in nodes(formula) if isinstance(node, Apply))
    meanings = [f"{op}({', '.join(OPS[op].arguments)}) = {OPS[op].meaning}" for op in used if OPS[op].meaning]
    return [
        *(Fact("typed as", text) for text in typed),
        *(Fact(label, str(formula)) for label, formula in written.items()),
        *(Fact("where", meaning) for meaning in meanings),
    ]


def parameters(activation: Activation, given: dict[str, float]) -> list[Fact]:
    """Return each parameter with its value, meaning and bounds."""
    return [
        Fact(p.name, words.parameter(given[p.name], p.default, p.meaning, bounds_of(p))) for p in activation.parameters
    ]


def derived(activation: Activation, given: dict[str, float]) -> list[Fact]:
    """Return what follows from the formula, each with how it is known."""
    if not activation.pointwise:
        return [example(activation, given)] if activation.rowwise else []
    p = activation.properties_at(**given)
    lost = lost_digits_of(activation, tuple(given.items())) if activation.written else {}
    found = [
        *(Fact(f"its {kind}", words.lost(map(str, stretches))) for kind, stretches in lost.items() if stretches),
        Fact("range", f"{number(p.range.low)} to {number(p.range.high)}", p.known["range"]),
        Fact("shape", words.shape(p), p.known["symmetry" if p.symmetry != "none" else "increasing"]),
        Fact("smoothness", words.smoothness(p), p.known["smoothness"]),
        Fact("largest slope", words.steepest(p), p.known["largest_slope"]),
        *saturation(p),
    ]
    if p.kinks:
        found.append(Fact("kinks", words.kinks(p), p.known["kinks"]))
    if activation.convention:
        found.append(Fact("at the kink", f"slope: {activation.convention}"))
    return [
        *found,
        Fact("mean output", words.mean(p), p.known["mean"]),
        Fact("initial gain", words.gain(p), p.known["gain"]),
        Fact("gradient factor", words.chi(p), _of_root(p.chi, p.known["chi"])),
        Fact("f(x) = x", words.fixed_points(p), p.known["fixed_points"]),
        Fact("deep signal", words.fixed_square(p), p.known["fixed_square"]),
    ]


def _of_root(square: float, known: Known) -> Known:
    """Return how a root is known where its square is."""
    return replace(known, error=known.error / (2 * math.sqrt(square)) if square > 0 else math.sqrt(known.error))


def saturation(p: Properties) -> Iterator[Fact]:
    """Yield from where on the slope is small, for slopes that slow learning and for those that stop it."""
    for eps in (0.01, words.STANDARD):
        sides = p.saturation(eps)
        how = p.saturation_known(eps)
        shown = [abs(side) for side in sides if side is not None and math.isfinite(side)]
        outer = how.error > words.SEEN * max(shown, default=1.0)
        nowhere = sides == (None, None)
        yield Fact(words.small(eps), words.saturated_beyond(*sides, outer=outer), None if nowhere else how)
        if nowhere:
            return


def example(activation: Activation, given: dict[str, float]) -> Fact:
    """Return what a row-wise activation makes of a row of numbers.

    >>> from actscope.catalogue import get
    >>> example(get("softmax"), {"temperature": 1.0}).text
    '(2, 1, 0, −1) becomes (0.644, 0.237, 0.0871, 0.0321)'
    """
    formula = substitute(activation.formula, given)
    values = np.array(evaluate(formula, x=np.array(EXAMPLE)), dtype=np.float64)
    shown, made = (", ".join(number(float(value), 3) for value in row) for row in (EXAMPLE, values.ravel()))
    return Fact("example", f"({shown}) becomes " + (f"({made})" if values.size > 1 else made))
