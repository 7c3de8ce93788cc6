"""Laws of the formula: it is what was written, reads back, prints, and its slopes are what quotients tend to."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..bench import measuring, points
from ..bench.formats import FLOAT32
from ..bench.subjects import Subject
from ..catalogue import Activation
from ..formula import evaluate, latex, parse, simplify, substitute, symbols, text
from .candidates import Candidate, formulas
from .records import Finding, exactly, failed, inapplicable, number, passed

SAME = 1e-12
"""The share of a result by which a formula may differ from the one that was written."""
SLOPE = 1e-9
"""The share of a slope by which its quotients may differ from it."""
_PLACES = np.geomspace(1e-3, 60.0, 20)
_FAR = np.array([1e3, 1e6])
_NEAREST = 1e-6
_NOTHING = 1e-320


def reads_back(candidate: Candidate) -> Finding:
    """Write formula and slopes as text, read that again, and look at their LaTeX."""
    kinds = []
    for kind, _, expr in formulas(candidate.activation):
        written = text(expr)
        back = text(parse(written, symbols(expr)))
        if back != written:
            return failed(f"the {kind} {written} reads back as {back}")
        printed = latex(expr)
        if not printed or not _is_balanced(printed):
            return failed(f"the LaTeX of the {kind} is not balanced: {printed}")
        kinds.append(kind)
    return passed(f"{', '.join(kinds)}: the text reads back as the same formula, and the LaTeX is balanced")


def _is_balanced(printed: str) -> bool:
    pairs = (("{", "}"), (r"\left", r"\right"), (r"\begin", r"\end"))
    return all(printed.count(opening) == printed.count(closing) for opening, closing in pairs)


def is_what_was_written(candidate: Candidate) -> Finding:
    """Hold the formula, which may have been rewritten to keep its digits, to the one its author wrote.

    Inputs are left out where that has no value, and where thousands of digits do not tell which: log(1 + exp(-1e6)).
    """
    from ..bench.by_mpmath import exact

    activation = candidate.activation
    values = dict(activation.defaults)
    original = parse(activation.written, {*activation.inputs, *values})
    special, _ = measuring.places(Subject(activation, "value"))
    where = points.few(points.sample(FLOAT32, lambda x: x, special, 200), 200).astype(np.float64)
    compared, worst, at = 0, 0.0, 0.0
    for x in where.tolist():
        wanted = exact(original, x=x, **values)
        if not _is_number(wanted):
            continue
        compared += 1
        found = exact(activation.formula, x=x, **values)
        if abs(wanted - found) <= _NOTHING:
            continue
        # Near a root of f the rounding of a constant shows; it may move the root by its own share.
        slope = exact(activation.slope_formula, x=x, **values)
        allowed = abs(wanted) + (abs(x * slope) if _is_number(slope) else 0)
        off = float(abs(wanted - found) / allowed) if _is_number(found) and allowed else math.inf
        worst, at = max((worst, at), (off, x))
    if worst > SAME:
        return failed(
            f"{activation.formula} is not {activation.written}: it differs by {number(worst)} at {exactly(at)}",
            (at,),
            worst,
        )
    if not compared:
        return inapplicable(f"{activation.written} has no value at any input that was tried")
    return passed(f"{activation.formula} is {activation.written}, to {SAME:g} at {compared} inputs", (at,), worst)


def is_the_slope(candidate: Candidate) -> Finding:
    """Hold every derivative to difference quotients in 60 digits and more."""
    from ..bench.by_mpmath import exact, quotient

    activation = candidate.activation
    kinds, count, worst, at = [], 0, 0.0, tuple[float, ...]()
    for kind, by, expr in formulas(activation):
        if not by:
            continue
        kinds.append(kind)
        for place, values in _places(activation):
            true = quotient(activation.formula, by, **values)
            if not _is_number(true):
                continue
            found = exact(expr, **values)
            count += 1
            off = _share(found, true)
            if off > worst:
                worst, at = off, place
            if off > SLOPE:
                told = f"{kind} is {found} at {_named(place)}, where difference quotients tend to {true}"
                return failed(told, place, off)
    if not count:
        return failed("the formula has no value at any input that was tried")
    return passed(
        f"{', '.join(kinds)}: as quotients of 60 digits, to a share of {SLOPE:g} at {count} inputs", at, worst
    )


def _places(activation: Activation) -> Iterator[tuple[tuple[float, ...], dict[str, float]]]:
    """Yield inputs between the kinks, with the value of every symbol there."""
    values = dict(activation.defaults)
    if activation.gated:
        rng = np.random.default_rng(0)
        for a, b in rng.normal(0, 3, (30, 2)).tolist():
            yield (a, b), {**values, **dict(zip(activation.inputs, (a, b), strict=True))}
        return
    kinks = activation.properties.kinks
    beside = [kink + side * 1e-3 * max(1.0, abs(kink)) for kink in kinks[:10] for side in (-1, 1)]
    for x in np.concatenate([-_FAR, -_PLACES[::-1], _PLACES, _FAR, beside]).tolist():
        if all(abs(x - kink) > _NEAREST * max(1.0, abs(kink)) for kink in kinks):
            yield (x,), {**values, "x": x}


def _share(found: Any, true: Any) -> float:
    if not _is_number(found):
        return math.inf
    return float(abs(found - true) / (abs(true) + _NOTHING)) if abs(found - true) > _NOTHING else 0.0


def _is_number(value: Any) -> bool:
    return bool(value == value and abs(value) < math.inf)


def _named(place: tuple[float, ...]) -> str:
    return ", ".join(map(exactly, place))


def lies_between(candidate: Candidate) -> Finding:
    """Look whether the slope at each kink lies between the slopes on its two sides."""
    activation = candidate.activation
    properties = activation.properties
    # Where the value itself jumps every slope is as wrong as another.
    kinks = [kink for kink in properties.kinks if kink not in properties.jumps]
    if not kinks:
        return inapplicable("there are no kinks" if not properties.kinks else "the value jumps at every kink")
    slope = simplify(substitute(activation.slope_formula, dict(activation.defaults)))
    told = []
    for kink in kinks:
        got = slope_at(candidate, kink)
        gap = min([1.0, *(abs(kink - other) for other in properties.kinks if other != kink)])
        near = kink + np.array([-1.0, 1.0]) * 1e-9 * gap * max(1.0, abs(kink))
        left, right = np.broadcast_to(evaluate(slope, x=near), 2).tolist()
        miss = max(min(left, right) - got, got - max(left, right))
        if miss > 1e-6 * max(1.0, abs(left), abs(right)):
            told_sides = f"{left:g} on the left and {right:g} on the right"
            return failed(f"at the kink {exactly(kink)} the slope is {got:g}, not between {told_sides}", (kink,), miss)
        told.append(f"{got:g} at {kink:g}")
    return passed(f"the slope is {', '.join(told[:6])}: between those on both sides of each kink")


def slope_at(candidate: Candidate, x: float) -> float:
    """Return the slope that the candidate gives at one input, in float64."""
    if candidate.function is None:
        return float(candidate.slope(np.array([x]))[0])
    import torch

    return float(candidate.slope(torch.tensor([x], dtype=torch.float64))[0])
