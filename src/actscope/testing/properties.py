"""Laws of properties: what is derived from the formula must agree with the numbers that come out."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..bench.formats import FLOAT64, Array, spacing
from ..bench.points import sample
from ..bench.subjects import Subject
from .candidates import Candidate, implementation
from .records import Finding, exactly, failed, inapplicable, number, passed

ULPS = 8.0
"""Units in the last place of float64 by which a sampled value may miss a bound, a neighbour or a mirror image."""
_SAMPLES = 4_000
_GRID = np.linspace(-60.0, 60.0, 6_001)
_HALVINGS = 36
_JUMP = 1e-4
_NEAR = 1e-6
# An even number, so that 0 is none of them: a function may be infinite there, and all the same have a mean.
_NORMAL = np.linspace(-13.0, 13.0, 520_000)
_MOMENT = 3e-4
_EPS = (1e-2, 1e-7)


class Sample(NamedTuple):
    """Inputs of every size in their order, with value and slope as the candidate computes them in float64."""

    x: Array
    value: Array
    slope: Array


def _sample(candidate: Candidate) -> Sample:
    x = np.unique(sample(FLOAT64, lambda x: x, candidate.activation.properties.kinks, _SAMPLES))
    return Sample(x, _of(candidate, "value")(x), _of(candidate, "slope")(x))


def _of(candidate: Candidate, kind: str) -> Callable[[Array], Array]:
    compute = implementation(candidate, Subject(candidate.activation, kind), FLOAT64)
    assert compute is not None  # what takes PyTorch is a function of tensors
    return compute


def range_holds(candidate: Candidate) -> Finding:
    """Look for a value outside the range."""
    low, high = candidate.activation.properties.range.low, candidate.activation.properties.range.high
    if math.isnan(low) or math.isnan(high):
        return inapplicable("the range could not be found")
    x, value, _ = _sample(candidate)
    with np.errstate(invalid="ignore"):
        beyond = np.maximum(low - _room(low) - value, value - high - _room(high))
    k = _largest(beyond)
    if beyond[k] > 0:
        told = f"the value at {exactly(x[k])} is {exactly(value[k])}, outside the range from {low:g} to {high:g}"
        return failed(told, (float(x[k]),), float(beyond[k]))
    return passed(f"{_count(value):,} values lie from {low:g} to {high:g}")


def _count(values: Array) -> int:
    """Return how many there are; where the formula is not defined there is none."""
    return int(np.count_nonzero(~np.isnan(values)))


def _room(bound: float) -> float:
    return ULPS * float(spacing(np.array([bound]), FLOAT64)[0]) if math.isfinite(bound) else 0.0


def _largest(misses: Array) -> int:
    """Return where the largest of the numbers is; where there is no number, as of inf - inf, none is missed."""
    return int(np.argmax(np.where(np.isnan(misses), -math.inf, misses)))


def kinks_are_all(candidate: Candidate) -> Finding:
    """Look for jumps of value and slope where no kink is known, and for known kinks where nothing jumps."""
    kinks = candidate.activation.properties.kinks
    known = np.array([*kinks, math.inf])
    for kind in ("value", "slope"):
        compute = _of(candidate, kind)
        for place, size in _jumps(compute):
            if np.abs(known - place).min() > _NEAR * max(1.0, abs(place)):
                told = f"the {kind} jumps by {number(size)} at {place:.9g}, where no kink is known"
                return failed(told, (place,), size)
    for kink in kinks:
        if abs(kink) < _GRID[-1] and not any(_breaks(_of(candidate, kind), kink) for kind in ("value", "slope")):
            return failed(f"neither value nor slope jumps at the kink {exactly(kink)}", (kink,))
    told = f"they jump at {', '.join(f'{kink:g}' for kink in kinks[:6])}" if kinks else "they jump nowhere"
    return passed(f"value and slope were followed from -60 to 60; {told}")


def _jumps(compute: Callable[[Array], Array]) -> list[tuple[float, float]]:
    """Return where a function jumps, and by how much: in each cell of the grid the steeper half, again and again."""
    low, high = _GRID[:-1], _GRID[1:]
    left, right = compute(low), compute(high)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(left), np.abs(right))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            there = compute(middle)
            first = np.abs(there - left) >= np.abs(right - there)
            low, high = np.where(first, low, middle), np.where(first, middle, high)
            left, right = np.where(first, left, there), np.where(first, there, right)
        step = np.abs(right - left)
        found = np.flatnonzero(step > _JUMP * np.maximum(size, 1e-9 * np.nanmax(np.where(np.isinf(size), 0, size))))
    return [(float(high[k]), float(step[k])) for k in found]


def _breaks(compute: Callable[[Array], Array], kink: float) -> bool:
    """Return whether a function is different on both sides, however near: what is smooth comes together."""
    steps = np.array([1e-7, 1e-9]) * max(1.0, abs(kink))
    with np.errstate(all="ignore"):
        far, near = np.abs(compute(kink + steps) - compute(kink - steps))
    return bool(near > 0.5 * far and near > 0.0) or bool(np.isinf(near) or np.isnan(near))


def direction_holds(candidate: Candidate) -> Finding:
    """Look for a fall of what nowhere falls, and for a rise of what nowhere rises."""
    properties = candidate.activation.properties
    x, value, _ = _sample(candidate)
    with np.errstate(all="ignore"):
        step = np.diff(value) / np.maximum(spacing(value[1:], FLOAT64), spacing(value[:-1], FLOAT64))
    claims = ((properties.increasing, -1, "falls"), (properties.decreasing, 1, "rises"))
    for claimed, sign, turns in claims:
        k = _largest(sign * step)
        if claimed and sign * step[k] > ULPS:
            there = f"from {exactly(value[k])} to {exactly(value[k + 1])} behind {exactly(x[k])}"
            told = f"it {turns} {there}, and is said to do so nowhere"
            return failed(told, (float(x[k]),), float(abs(value[k + 1] - value[k])))
    if properties.monotone:
        return passed(
            f"it {'rises' if properties.increasing else 'falls'} or stays on {_count(value):,} inputs in their order"
        )
    return passed("it is said to rise and to fall somewhere, which no sample can refute")


def symmetry_holds(candidate: Candidate) -> Finding:
    """Compare f(-x) with -f(x) and f(x), where one of them is defined."""
    symmetry = candidate.activation.properties.symmetry
    x, value, _ = _sample(candidate)
    mirrored = _of(candidate, "value")(-x)
    defined = ~(np.isnan(value) & np.isnan(mirrored))
    if not defined.any():
        return inapplicable("the formula has no value at any input that was tried")
    x, value, mirrored = x[defined], value[defined], mirrored[defined]
    misses = {}
    for name, sign in (("odd", -1.0), ("even", 1.0)):
        with np.errstate(all="ignore"):
            miss = np.abs(mirrored - sign * value) / spacing(value, FLOAT64)
        # What is infinite or not defined on one side alone is no mirror image.
        miss = np.where(np.isnan(miss), math.inf, miss)
        misses[name] = np.where(mirrored == sign * value, 0.0, miss)
    if symmetry == "none":
        same = [name for name, miss in misses.items() if miss.max() <= ULPS]
        if same and np.any(value):
            return failed(f"it is {same[0]} at {len(x):,} inputs, and is said to be neither odd nor even")
        return passed("it is neither odd nor even")
    k = _largest(misses[symmetry])
    worst = float(misses[symmetry][k])
    if worst > ULPS:
        there = f"at {exactly(x[k])} f(-x) is {exactly(mirrored[k])} and f(x) {exactly(value[k])}"
        told = f"it is said to be {symmetry}, but {there}"
        return failed(told, (float(x[k]),), worst)
    return passed(f"it is {symmetry} at {len(x):,} inputs, to {number(worst)} ulp", (float(x[k]),), worst)


def steepest_is_steepest(candidate: Candidate) -> Finding:
    """Look for a steeper slope than the largest, and at the place where that is said to be."""
    properties = candidate.activation.properties
    largest, place = properties.largest_slope, properties.steepest_at
    if not math.isfinite(largest):
        return inapplicable("no largest slope is known")
    x, _, slope = _sample(candidate)
    k = _largest(np.abs(slope))
    if abs(slope[k]) > largest * (1 + 1e-9):
        told = f"the slope at {exactly(x[k])} is {exactly(slope[k])}, steeper than the largest, {largest:g}"
        return failed(told, (float(x[k]),), float(abs(slope[k]) - largest))
    if math.isfinite(place):
        # At a kink the slope may be the one of the other side.
        beside = place + np.array([-_NEAR, 0.0, _NEAR]) * max(1.0, abs(place))
        met = float(np.abs(_of(candidate, "slope")(beside)).max())
        if met < largest * (1 - 1e-4):
            return failed(
                f"the largest slope, {largest:g}, is said to be at {exactly(place)}, where it is {met:g}", (place,)
            )
    return passed(f"{largest:g} at {place:g} is the steepest of {len(x):,} slopes", (place,))


def saturation_holds(candidate: Candidate) -> Finding:
    """Look for a slope that is not small beyond the bound of saturation, and for a small one just before it."""
    properties = candidate.activation.properties
    x, _, slope = _sample(candidate)
    told = []
    for eps in _EPS:
        bounds = properties.saturation(eps)
        kept = [
            (bound, side)
            for bound, side in zip(bounds, (-1, 1), strict=True)
            if bound is not None and not math.isnan(bound)
        ]
        for bound, side in kept:
            outside = side * x > side * bound
            if outside.any():
                k = _largest(np.where(outside, np.abs(slope), -math.inf))
                if abs(slope[k]) > eps * (1 + 1e-9):
                    claim = f"beyond {exactly(bound)} every slope is said to be below {eps:g}"
                    return failed(
                        f"{claim}; at {exactly(x[k])} it is {slope[k]:g}", (float(x[k]),), float(abs(slope[k]))
                    )
            if not math.isfinite(bound) or bound in properties.jumps:
                continue
            before = bound - side * _NEAR * max(1.0, abs(bound)) * np.array([1.0, 0.5])
            there = float(np.abs(_of(candidate, "slope")(before)).max())
            if there < 0.9 * eps:
                claim = f"slopes are said to be below {eps:g} only beyond {exactly(bound)}"
                return failed(f"{claim}; just before it they are {there:g}", (bound,), eps - there)
        if kept:
            told.append(f"below {eps:g} beyond {' and '.join(f'{bound:.6g}' for bound, _ in kept)}")
    return passed(f"slopes are {', '.join(told)}" if told else "slopes stay small on neither side, as is said")


def moments_hold(candidate: Candidate) -> Finding:
    """Sum over a fine grid what quadrature says of a standard normal input: E[f], the gain, E[f'^2]."""
    properties = candidate.activation.properties
    weight = np.exp(-0.5 * _NORMAL**2)
    weight /= weight.sum()
    with np.errstate(all="ignore"):
        value, slope = _of(candidate, "value")(_NORMAL), _of(candidate, "slope")(_NORMAL)
        square = float(np.sum(weight * value**2))
        summed = {
            "mean": (float(np.sum(weight * value)), properties.mean, math.sqrt(square)),
            "gain": (square**-0.5 if square else math.nan, properties.gain, properties.gain),
            "mean_square_slope": (float(np.sum(weight * slope**2)), properties.mean_square_slope, 0.0),
        }
    told = []
    for name, (found, claimed, size) in summed.items():
        if not (math.isfinite(found) and math.isfinite(claimed)):
            continue
        miss = abs(found - claimed)
        if miss > _MOMENT * max(abs(claimed), size, 1e-300):
            return failed(
                f"{name} is said to be {claimed:.9g}; a sum over {len(_NORMAL):,} inputs is {found:.9g}", miss=miss
            )
        told.append(f"{name} {claimed:.6g}")
    return passed(f"{', '.join(told)}: as sums over a fine grid") if told else inapplicable("no moment is finite")


def fixed_points_are_all(candidate: Candidate) -> Finding:
    """Compute f(x) - x at each fixed point, and look for changes of its sign elsewhere."""
    properties = candidate.activation.properties
    if any(math.isnan(point) for point in properties.fixed_points):
        return inapplicable("the fixed points could not be found")
    compute = _of(candidate, "value")
    for point in properties.fixed_points:
        there = np.array([point])
        miss = abs(float(compute(there)[0]) - point)
        if miss > 1e-7 * max(1.0, abs(point)) * max(1.0, abs(float(_of(candidate, "slope")(there)[0]))):
            return failed(
                f"{exactly(point)} is said to be a fixed point, but f is off it by {number(miss)}", (point,), miss
            )
    apart = compute(_GRID) - _GRID
    # What rounding alone makes has any sign.
    grid = _GRID[np.abs(apart) > ULPS * spacing(_GRID, FLOAT64)]
    apart = compute(grid) - grid
    known = [(point, point) for point in (*properties.fixed_points, *properties.jumps)]
    known += [(stretch.low, stretch.high) for stretch in properties.fixed_stretches]
    for k in np.flatnonzero(apart[:-1] * apart[1:] < 0):
        low, high = float(grid[k]), float(grid[k + 1])
        if not any(start <= high + _NEAR and end >= low - _NEAR for start, end in known):
            return failed(
                f"f(x) - x changes its sign between {low:g} and {high:g}, where no fixed point is known", (low,)
            )
    places = [f"at {point:.6g}" for point in properties.fixed_points[:6]]
    places += [f"from {stretch.low:g} to {stretch.high:g}" for stretch in properties.fixed_stretches]
    return passed(f"f(x) = x {', '.join(places) or 'nowhere'}; f(x) - x changes its sign nowhere else")
