"""What follows from a formula: range, limits, kinks, symmetry, slope, gain. Nothing here is declared by hand."""

import heapq
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from ..formula import Apply, Expr, Interval, bounds, derivative, evaluate, nodes
from ..formula.interval import product

Symmetry = Literal["odd", "even", "none"]
# A float64 at these inputs has reached what it tends to, and its cube is still finite.
_FAR = (2.0**100, 2.0**200, 2.0**300)
# A periodic formula has its largest value everywhere; the search for a larger one stops here.
MOST_CELLS = 2_000


@dataclass(frozen=True, slots=True)
class Properties:
    """What follows from a formula at given parameters."""

    range: Interval
    """Smallest and largest value; a limit that is approached and not reached counts."""
    limit_left: float
    """What f(x) tends to for x -> -inf; nan if it tends to nothing."""
    limit_right: float
    kinks: tuple[float, ...]
    """Inputs where the slope, or the value itself, jumps."""
    jumps: tuple[float, ...]
    """Those of the kinks where the value jumps."""
    symmetry: Symmetry
    increasing: bool
    """Whether the slope is nowhere negative."""
    largest_slope: float
    """Largest |f'(x)|, the Lipschitz constant of a continuous f."""
    saturates_left: bool
    """Whether f'(x) tends to 0 for x -> -inf."""
    saturates_right: bool
    mean: float
    """E[f(z)] for z ~ N(0, 1); 0 for a zero-centred activation."""
    gain: float
    """1/sqrt(E[f(z)^2]) for z ~ N(0, 1): the weight scale that keeps a wide layer's second moment at 1."""


@lru_cache(maxsize=256)
def properties_of(formula: Expr, slope: Expr) -> Properties:
    """Return the properties of an activation whose parameters have been filled in."""
    kinks, jumps = kinks_of(formula, slope)
    slopes = extremes(slope, kinks)
    mean = gaussian_mean(formula, kinks)
    return Properties(
        range=extremes(formula, kinks),
        limit_left=limit(formula, -1),
        limit_right=limit(formula, +1),
        kinks=kinks,
        jumps=jumps,
        symmetry=symmetry_of(formula),
        increasing=slopes.low >= 0.0,
        largest_slope=max(abs(slopes.low), abs(slopes.high)),
        saturates_left=limit(slope, -1) == 0.0,
        saturates_right=limit(slope, +1) == 0.0,
        mean=0.0 if abs(mean) < 1e-15 else mean,
        gain=1.0 / math.sqrt(gaussian_mean(formula * formula, kinks)),
    )


def limit(expr: Expr, side: Literal[-1, 1]) -> float:
    """Return what `expr` tends to for x -> side * inf: a number, an infinity, or nan if it tends to nothing.

    >>> from actscope.formula import parse
    >>> limit(parse("x*sigmoid(x)"), -1), limit(parse("tanh(x)"), 1), limit(parse("cos(x)"), 1)
    (0.0, 1.0, nan)
    """
    near, middle, far = (float(evaluate(expr, x=np.float64(side * x))) for x in _FAR)
    if near == middle == far:
        return far + 0.0
    if abs(near) < abs(middle) < abs(far) and near * far > 0:
        return math.copysign(math.inf, far)
    if abs(near) > abs(middle) > abs(far) and abs(far) < 1e-30:
        return 0.0
    return math.nan


def kinks_of(formula: Expr, slope: Expr) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the inputs where the slope or the value jumps, and those where the value does.

    >>> from actscope.formula import parse
    >>> f = parse("where(x > 1, x, 0)")
    >>> kinks_of(f, derivative(f))
    ((1.0,), (1.0,))
    """
    kinks, jumps = [], []
    for threshold in sorted(thresholds(formula) | thresholds(slope)):
        aside = 1e-9 * max(1.0, abs(threshold))
        before, after = np.float64(threshold - aside), np.float64(threshold + aside)
        if abs(evaluate(formula, x=after) - evaluate(formula, x=before)) > 1e-6:
            jumps.append(threshold)
        if threshold in jumps or abs(evaluate(slope, x=after) - evaluate(slope, x=before)) > 1e-6:
            kinks.append(threshold)
    return tuple(kinks), tuple(jumps)


def thresholds(expr: Expr) -> set[float]:
    """Return the inputs at which a condition of `expr` changes; conditions must be linear in x."""
    found = set()
    for node in nodes(expr):
        if isinstance(node, Apply) and node.op in ("greater", "abs"):
            difference = node.args[0] - node.args[1] if node.op == "greater" else node.args[0]
            steepness = float(evaluate(derivative(difference), x=np.float64(math.nan)))
            if math.isfinite(steepness) and steepness != 0.0:
                found.add(-float(evaluate(difference, x=np.float64(0.0))) / steepness + 0.0)
    return found


def symmetry_of(formula: Expr) -> Symmetry:
    """Return whether f(-x) is -f(x), f(x), or neither, on points spread from 1e-6 to 1e3."""
    x = np.concatenate([np.geomspace(1e-6, 1e3, 97), np.linspace(0.1, 20, 113)])
    right, left = (np.broadcast_to(evaluate(formula, x=side), x.shape) for side in (x, -x))
    near = 1e-12 * np.maximum(np.abs(right), np.abs(left))
    if np.all(np.abs(right + left) <= near):
        return "odd"
    return "even" if np.all(np.abs(right - left) <= near) else "none"


def extremes(expr: Expr, kinks: tuple[float, ...] = (), tolerance: float = 1e-6) -> Interval:
    """Return the smallest and the largest value of `expr`; no value lies beyond them by more than `tolerance`.

    By branch and bound on interval arithmetic, which leaves no part of the line out; the best point found is then
    polished, so that smooth extremes are good to about 1e-12.

    >>> from actscope.formula import parse
    >>> low = extremes(parse("x*sigmoid(x)")).low
    >>> round(low, 6)
    -0.278465
    """
    return Interval(0.0 - _largest(-expr, kinks, tolerance), 0.0 + _largest(expr, kinks, tolerance))


def _largest(expr: Expr, kinks: tuple[float, ...], tolerance: float) -> float:
    slope = derivative(expr)
    powers = [2.0**k for k in range(-2, 41)]
    cuts = sorted({-math.inf, *(-p for p in powers), 0.0, *powers, *kinks, math.inf})
    ends = [value for value in (limit(expr, -1), limit(expr, 1)) if not math.isnan(value)]
    # A slope may be largest just beside a kink, or at 0; there the search would only come close.
    beside = [math.nextafter(kink, side) for kink in kinks for side in (-math.inf, math.inf)]
    best = max([*ends, *(_at(expr, x) for x in (0.0, *beside))])
    if best == math.inf:
        return best
    best_cell: Interval | None = None
    waiting: list[tuple[float, Interval]] = []

    def look(cell: Interval) -> None:
        nonlocal best, best_cell
        middle = _middle(cell)
        value = _at(expr, middle)
        if value > best:
            best, best_cell = value, cell if math.isfinite(cell.low) and math.isfinite(cell.high) else None
        top = bounds(expr, x=cell).high
        if top > best + tolerance and math.isfinite(cell.low) and math.isfinite(cell.high):
            # The mean value theorem bounds narrow cells far better; cells end at the kinks, so it holds in each.
            top = min(top, value + (product(bounds(slope, x=cell), _around(cell, middle))).high)
        if top > best + tolerance:
            heapq.heappush(waiting, (-top, cell))

    for low, high in pairwise(cuts):
        look(Interval(low, high))
    for _ in range(MOST_CELLS):
        if not waiting:
            break
        top, cell = heapq.heappop(waiting)
        middle = _middle(cell)
        if -top <= best + tolerance or middle in (cell.low, cell.high):
            break
        look(Interval(cell.low, middle))
        look(Interval(middle, cell.high))
    return max(best, _polished(expr, slope, best_cell)) if best_cell else best


def _at(expr: Expr, x: float) -> float:
    value = float(evaluate(expr, x=np.float64(x)))
    return -math.inf if math.isnan(value) else value


def _around(cell: Interval, middle: float) -> Interval:
    return Interval(cell.low - middle, cell.high - middle)


def _polished(expr: Expr, slope: Expr, cell: Interval) -> float:
    """Return the largest value near the middle of `cell`: where the slope turns from + to -, by bisection."""
    middle = _middle(cell)
    for k in range(40):
        low, high = middle - (cell.high - cell.low) / 2**k, middle + (cell.high - cell.low) / 2**k
        if _at(slope, low) > 0 > _at(slope, high):
            for _ in range(70):
                half = 0.5 * (low + high)
                low, high = (half, high) if _at(slope, half) > 0 else (low, half)
            return _at(expr, low)
    return -math.inf


def _middle(cell: Interval) -> float:
    if math.isinf(cell.high):
        return max(2 * cell.low, 1.0)
    if math.isinf(cell.low):
        return min(2 * cell.high, -1.0)
    return 0.5 * (cell.low + cell.high)


@lru_cache(maxsize=1)
def _gaussian_panels() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(20)


def gaussian_mean(expr: Expr, kinks: tuple[float, ...] = ()) -> float:
    """Return E[expr] for x ~ N(0, 1), by Gauss-Legendre panels that end at the kinks; error below 1e-13.

    >>> from actscope.formula import parse
    >>> round(gaussian_mean(parse("x*x")), 12)
    1.0
    """
    # Beyond 12 the normal density is below 1e-31.
    cuts = np.array(sorted({*np.linspace(-12.0, 12.0, 97), *(k for k in kinks if abs(k) < 12)}))
    node, weight = _gaussian_panels()
    half = np.diff(cuts)[:, None] / 2
    x = cuts[:-1, None] + half * (1 + node)
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return float(np.sum(half * weight * density * evaluate(expr, x=x)))
