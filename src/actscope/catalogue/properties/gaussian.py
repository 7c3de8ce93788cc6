"""Means over a normal input: what a unit of a wide layer receives at the start of training."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...formula import Expr
from .line import Floats, at

# The normal density is 1e-31 at 12 and underflows at 38.6; what grows like exp(10x) has its mass between.
_NEAR, _FAR = 12.0, 38.0
_WORST = 1e-6
# A value at a cut beyond this is taken for a pole, of which floats may miss the very place.
_POLE = 1e6
MOST_DOUBLINGS = 32
"""A signal whose mean square has not settled after so many doublings or halvings never will."""
# Growth below this is rounding.
_LEVEL = 1e-13


@dataclass(frozen=True, slots=True)
class Mean:
    """An integral by quadrature."""

    value: float
    """nan where it does not exist or cannot be had: the formula is undefined somewhere, or grows too fast."""
    error: float
    """The difference of two rules, and what rounding can have added."""


def gaussian_mean(expr: Expr, kinks: Iterable[float] = (), scale: float = 1.0) -> float:
    """Return E[expr] for x = scale*z with z ~ N(0, 1); nan where there is no such mean. See `mean_of` for the error.

    >>> from actscope.formula import parse
    >>> round(gaussian_mean(parse("x*x")), 12), round(gaussian_mean(parse("x*x"), scale=3.0), 12)
    (1.0, 9.0)
    """
    return mean_of(expr, tuple(kinks), scale).value


@lru_cache(maxsize=1024)
def mean_of(expr: Expr, kinks: tuple[float, ...] = (), scale: float = 1.0) -> Mean:
    """Return E[expr] for x = scale*z with z ~ N(0, 1), with its error.

    Gauss-Legendre panels that end at the kinks, 20 points each, beside a second rule of 15 points; the panels are
    halved until the rules agree to rounding.

    >>> from actscope.formula import parse
    >>> found = mean_of(parse("max(x, 0)"), (0.0,))
    >>> abs(found.value - 1/math.sqrt(2*math.pi)) <= found.error < 1e-14
    True
    """
    found = Mean(math.nan, math.inf)
    edges = tuple(k / scale for k in kinks)
    poles = bool(np.any(~(np.abs(at(expr, np.array(kinks))) < _POLE)))
    for parts in (1, 2, 4, 16)[poles:]:
        cuts = _panels(edges, parts)
        fine, coarse = _parts(expr, cuts, 20, scale), _parts(expr, cuts, 15, scale)
        size = float(np.abs(fine).sum())
        if (
            not math.isfinite(size)
            or not np.all(np.isfinite(coarse))
            or max(abs(fine[0]), abs(fine[-1])) > 1e-16 * size
        ):
            return Mean(math.nan, math.nan)
        error = abs(float(fine.sum() - coarse.sum())) + 2e-16 * size
        if error < found.error:
            found = Mean(float(fine.sum()), error)
        if error <= 1e-14 * size:
            break
    if parts > 1 and _diverges(fine, cuts, edges, size):
        return Mean(math.nan, math.nan)
    return found if found.error <= _WORST * max(size, 1e-300) else Mean(math.nan, math.nan)


def _diverges(parts: Floats, cuts: Floats, edges: tuple[float, ...], size: float) -> bool:
    """Return whether the narrow panels beside a cut hold a share that their width cannot explain, as 1/x does."""
    width = np.diff(cuts)
    beside = np.min([np.abs(cuts[:-1] - edge) + np.abs(cuts[1:] - edge) for edge in edges], axis=0) if edges else width
    return bool(np.any(np.abs(parts)[beside < 1e-10] > _WORST * size)) if edges else False


def _panels(kinks: tuple[float, ...], parts: int) -> Floats:
    near = np.linspace(-_NEAR, _NEAR, 96 * parts + 1)
    far = np.linspace(_NEAR, _FAR, 26 * parts + 1)[1:]
    inner = np.array([k for k in kinks if abs(k) < _FAR])
    # Where halving was not enough, the formula may be infinite at a cut, as a logarithm is: panels shrink towards it.
    steps = 0.25 ** np.arange(1.0, 27.0) if parts > 1 else np.zeros(0)
    graded = inner[:, None] + np.concatenate([-steps, [0.0], steps])
    return np.unique(np.concatenate([-far, near, far, graded.ravel()]))


def _parts(expr: Expr, cuts: Floats, points: int, scale: float) -> Floats:
    """Return the integral over each panel."""
    node, weight = _rule(points)
    half = np.diff(cuts)[:, None] / 2
    z = cuts[:-1, None] + half * (1 + node)
    with np.errstate(all="ignore"):
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return np.asarray((half * weight * density * at(expr, scale * z)).sum(axis=1))


@lru_cache(maxsize=4)
def _rule(points: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(points)


def settled_square(formula: Expr, kinks: tuple[float, ...] = ()) -> Mean:
    """Return where q -> E[f(sqrt(q) z)^2] leads from q = 1, z ~ N(0, 1): 0, a fixed point, or infinity.

    It is what the mean square of the signal becomes in a deep network of weights with variance 1/fan-in (Poole et al.,
    2016, equation 3); for SELU it is 1, by design (Klambauer et al., 2017).

    >>> from actscope.formula import parse
    >>> settled_square(parse("x/2")).value, settled_square(parse("2*x")).value, settled_square(parse("x")).value
    (0.0, inf, 1.0)
    """
    square = formula * formula

    def growth(power: float) -> float:
        found = mean_of(square, kinks, math.sqrt(2.0**power)).value
        return math.log(found) - power * math.log(2.0) if found > 0 else -math.inf if found == 0 else math.nan

    start = growth(0.0)
    if math.isnan(start):
        return Mean(math.nan, math.nan)
    if abs(start) <= _LEVEL:
        return Mean(1.0, abs(start) + _LEVEL)
    direction = math.copysign(1.0, start)
    near, far = (0.0, start), (direction, growth(direction))
    while not far[1] * direction < -_LEVEL:
        if math.isnan(far[1]) and direction < 0:
            return Mean(math.nan, math.nan)
        # A mean that is lost on the way up has grown beyond what can be integrated.
        if abs(far[0]) >= MOST_DOUBLINGS or math.isnan(far[1]):
            return Mean(math.inf if direction > 0 else 0.0, 0.0)
        near, far = far, (2 * far[0], growth(2 * far[0]))
    return _crossed(growth, near, far)


def _crossed(growth: Callable[[float], float], near: tuple[float, float], far: tuple[float, float]) -> Mean:
    """Return 2^power where the growth crosses 0, by the Illinois method: a secant that keeps both sides."""
    (a, above), (b, below) = near, far
    steepness = 1.0
    for _ in range(40):
        steepness = (below - above) / (b - a) if math.isfinite(below - above) else steepness
        power = b - below / steepness if a != b and min(a, b) < b - below / steepness < max(a, b) else 0.5 * (a + b)
        there = growth(power)
        if there * below < 0:
            a, above = b, below
        else:
            above *= 0.5
        b, below = power, there
        if abs(there) <= 4e-15 or abs(b - a) <= 1e-15 * abs(b):
            break
    value = 2.0**b
    return Mean(value, value * math.log(2.0) * (abs(below) + _LEVEL) / abs(steepness))
