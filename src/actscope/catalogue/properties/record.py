"""What follows from a formula: range, kinks, slope, saturation, moments. Nothing here is declared by hand.

The record is made here; how each part is found is in the files beside.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ...errors import ParameterError, did_you_mean
from ...formula import Expr, Interval, derivative, simplify
from . import known
from .extremes import higher, largest
from .fixed_points import fixed_points_of
from .gaussian import Mean, mean_of, settled_square
from .known import Known
from .limits import Limit, Side, one_sided, sure_limit
from .pieces import HIGHEST_ORDER, Piece, cuts_of, decided, has_values, order_of_break, pieces_of, slope_of
from .printing import printed
from .saturation import edges
from .symmetry import Symmetry, is_proven, symmetry_of

# Of a slope that touches 0 the search sees rounding below it.
_ROUNDING = 1e-11
# Of more pieces than this only value and slope are compared where they meet.
_MANY = 12


@dataclass(frozen=True, slots=True)
class Properties:
    """What follows from a formula at given parameters; z is a standard normal number throughout.

    What does not exist, or could not be found, is nan; `how` tells which, and how well the others are known.
    """

    range: Interval
    """Smallest and largest value; a limit that is approached and not reached counts."""
    limit_left: float
    """What f(x) tends to for x -> -inf; nan if it tends to nothing."""
    limit_right: float
    kinks: tuple[float, ...]
    """Inputs where the slope, or the value itself, jumps."""
    jumps: tuple[float, ...]
    """Those of the kinks where the value jumps."""
    smoothness: float
    """How often f can be differentiated with a continuous result: -1 for a jump, 0 for a kink, 1, 2, ..., infinity."""
    symmetry: Symmetry
    increasing: bool
    """Whether f nowhere falls: the slope is nowhere negative, and no jump leads down."""
    decreasing: bool
    """Whether f nowhere rises."""
    largest_slope: float
    """Largest |f'(x)|, the Lipschitz constant of a continuous f."""
    steepest_at: float
    """Where |f'| is largest, of several inputs the one nearest to 0; infinite where that is only tended to."""
    saturates_left: bool
    """Whether f'(x) tends to 0 for x -> -inf."""
    saturates_right: bool
    mean: float
    """E[f(z)]; 0 for a zero-centred activation."""
    gain: float
    """1/sqrt(E[f(z)^2]): the weight scale that keeps a wide layer's second moment at 1 (He et al., 2015)."""
    mean_square_slope: float
    """E[f'(z)^2]: what one layer of weights with variance 1/fan-in does to the mean square of the gradient, where the
    signal has mean square 1 (Schoenholz et al., 2017)."""
    chi: float
    """gain^2 * E[f'(z)^2]: the same with weights scaled by the gain. Below 1 gradients vanish with depth, above 1 they
    explode; ReLU's is 1."""
    fixed_points: tuple[float, ...]
    """Inputs with f(x) = x, apart from whole stretches."""
    fixed_stretches: tuple[Interval, ...]
    """Stretches where f(x) = x, as for ReLU from 0 on."""
    fixed_square: float
    """Where q -> E[f(sqrt(q) z)^2] leads from q = 1: the mean square of a deep network's signal with weights of
    variance 1/fan-in. 1 for SELU (Klambauer et al., 2017), 0 where the signal dies out, infinity where it explodes."""
    known: Mapping[str, Known] = field(repr=False, hash=False)
    """How each of these is known."""
    slopes: tuple[Piece, ...] = field(repr=False, compare=False)
    """The slope as formulas without conditions, from left to right; nothing where the function has no value."""

    def __repr__(self) -> str:
        return printed(self)

    def how(self, name: str) -> str:
        """Return how a property is known, in words.

        Raises ParameterError, which suggests the nearest name, if there is no such property.

        >>> from actscope.catalogue import get
        >>> p = get("relu").properties
        >>> p.how("kinks"), p.how("gain")
        ('exact', 'quadrature, error below 3e-16')
        """
        if name not in self.known:
            near = did_you_mean(name, self.known) or f"; they are {', '.join(self.known)}"
            raise ParameterError(f"no property is called {name!r}{near}")
        return str(self.known[name])

    def saturation(self, eps: float = 1e-7) -> tuple[float | None, float | None]:
        """Return (a, b) such that |f'(x)| < eps for every x < a and every x > b, with a the largest and b the least.

        Certified by interval arithmetic up to |x| = 2^128, the end of float32, and sharp to about 1e-12 of the bound,
        unless rounding or the form of the formula allows only bounds that lie further out: `saturation_known` tells.
        None on a side where the slope does not stay below eps; nan where it cannot be certified. Raises ParameterError
        unless eps > 0.

        >>> from actscope.catalogue import get
        >>> [round(bound, 3) for bound in get("sigmoid").properties.saturation(1e-7)]
        [-16.118, 16.118]
        >>> get("relu").properties.saturation()
        (0.0, None)
        """
        _check_eps(eps)
        left, right = edges(self.slopes, float(eps), self.jumps)
        return left.x, right.x

    def saturation_known(self, eps: float = 1e-7) -> Known:
        """Return how the bounds of `saturation(eps)` are known; its `error` says how much further in they may lie.

        >>> from actscope.catalogue import get
        >>> str(get("tanh").properties.saturation_known(1e-7))
        'enclosed to within 9e-12: certain up to |x| = 2^128'
        """
        _check_eps(eps)
        return known.of_saturation(*edges(self.slopes, float(eps), self.jumps))

    @property
    def monotone(self) -> bool:
        """Whether f nowhere turns back."""
        return self.increasing or self.decreasing

    @property
    def bounded(self) -> bool:
        """Whether all values lie between two numbers."""
        return math.isfinite(self.range.low) and math.isfinite(self.range.high)

    @property
    def smooth(self) -> bool:
        """Whether neither the value nor the slope jumps anywhere."""
        return self.smoothness >= 1

    @property
    def saturating(self) -> bool:
        """Whether the slope fades on both sides, as that of tanh; ReLU keeps one side open."""
        return self.saturates_left and self.saturates_right

    @property
    def zero_centred(self) -> bool:
        """Whether E[f(z)] is 0, as far as the integral can tell."""
        return abs(self.mean) <= max(1e-12, 10 * self.known["mean"].error)

    @property
    def lipschitz(self) -> float:
        """The least L with |f(a) - f(b)| <= L*|a - b| for all a, b: the largest slope, or infinity if f jumps."""
        return math.inf if self.jumps else self.largest_slope

    def as_dict(self) -> dict[str, Any]:
        """Return all of it in numbers, lists and words, as JSON has them, with infinities and nan as floats."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("known", "slopes")}
        for name in ("monotone", "bounded", "smooth", "saturating", "zero_centred", "lipschitz"):
            told[name] = getattr(self, name)
        told["range"] = [self.range.low, self.range.high]
        told["fixed_stretches"] = [[stretch.low, stretch.high] for stretch in self.fixed_stretches]
        told["how"] = {name: str(known) for name, known in self.known.items()}
        return told


@lru_cache(maxsize=256)
def kinks_of(formula: Expr, slope: Expr) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the inputs where the slope or the value jumps, and those where the value does.

    >>> from actscope.formula import parse
    >>> f = parse("where(x > 1, x, 0)")
    >>> kinks_of(f, derivative(f))
    ((1.0,), (1.0,))
    """
    cuts = cuts_of(formula, slope)
    ends = [-math.inf, *cuts.points, math.inf]
    pieces = [Piece(*pair, formula) for pair in pairwise(ends)]
    pieces = [Piece(p.low, p.high, decided(formula, p.inside)) for p in pieces] if len(pieces) > 1 else pieces
    breaks = {left.high: order_of_break(left, right, highest=1) for left, right in pairwise(pieces)}
    return tuple(x for x, order in breaks.items() if order <= 1), tuple(x for x, order in breaks.items() if order == 0)


@lru_cache(maxsize=256)
def properties_of(formula: Expr, slope: Expr) -> Properties:
    """Return the properties of an activation whose parameters have been filled in.

    `slope` is its derivative, which may have chosen values at the kinks.
    """
    pieces = pieces_of(formula)
    slopes = tuple(Piece(piece.low, piece.high, slope_of(piece)) for piece in pieces if has_values(piece))
    cuts = cuts_of(formula, slope, derivative(derivative(formula)))
    highest = HIGHEST_ORDER if len(pieces) <= _MANY else 1
    breaks = {left.high: order_of_break(left, right, highest) for left, right in pairwise(pieces)}
    jumps = tuple(x for x, order in breaks.items() if order == 0)
    smoothness = min(breaks.values(), default=math.inf) - 1
    bottom, top = largest(negated(pieces)), largest(pieces)
    fall, rise = largest(negated(slopes)), largest(slopes)
    steepest = higher(rise, fall)
    rounding = _ROUNDING * (steepest.value if math.isfinite(steepest.value) else 1.0)
    symmetry = symmetry_of(formula)
    proven = is_proven(formula, pieces, symmetry)
    mean = mean_of(formula, cuts.points)
    if symmetry == "odd" and proven and not math.isnan(mean.value):
        mean = Mean(0.0, 0.0)
    square = mean_of(formula * formula, cuts.points)
    slope_square = mean_of((own := derivative(formula)) * own, cuts.points)
    if math.isnan(square.value):
        slope_square = square
    chi = _ratio(slope_square, square)
    fixed, fixed_square = fixed_points_of(formula, pieces), settled_square(formula, cuts.points)
    ups, downs = _directions(pieces, jumps)
    return Properties(
        range=Interval(0.0 - bottom.value, 0.0 + top.value),
        limit_left=(left := sure_limit(formula, -1)).value,
        limit_right=(right := sure_limit(formula, +1)).value,
        kinks=tuple(x for x, order in breaks.items() if order <= 1),
        jumps=jumps,
        smoothness=smoothness,
        symmetry=symmetry,
        increasing=not downs and fall.value <= rounding,
        decreasing=not ups and rise.value <= rounding,
        largest_slope=steepest.value,
        steepest_at=steepest.x,
        saturates_left=(fades_left := _far_out(slopes[:1], -1)).value == 0.0,
        saturates_right=(fades_right := _far_out(slopes[-1:], +1)).value == 0.0,
        mean=0.0 if abs(mean.value) < 1e-15 else mean.value,
        gain=_ratio(Mean(1.0, 0.0), square).value ** 0.5,
        mean_square_slope=slope_square.value,
        chi=chi.value,
        fixed_points=fixed.points,
        fixed_stretches=fixed.stretches,
        fixed_square=fixed_square.value,
        slopes=slopes,
        known={
            "range": known.of_extremes(bottom, top),
            "limit_left": known.of_limit(left),
            "limit_right": known.of_limit(right),
            "kinks": known.of_cuts(cuts),
            "jumps": known.of_cuts(cuts),
            "smoothness": known.of_smoothness(cuts, smoothness),
            "symmetry": Known("exact") if proven else Known("seen", note="at 210 points up to 1000"),
            "increasing": known.of_extremes(fall),
            "decreasing": known.of_extremes(rise),
            "largest_slope": known.of_extremes(fall, rise),
            "steepest_at": known.of_extremes(fall, rise),
            "saturates_left": known.of_limit(fades_left),
            "saturates_right": known.of_limit(fades_right),
            "mean": known.of_mean(mean),
            "gain": known.of_mean(_root(_ratio(Mean(1.0, 0.0), square))),
            "mean_square_slope": known.of_mean(slope_square),
            "chi": known.of_mean(chi),
            "fixed_points": known.of_fixed_points(fixed),
            "fixed_stretches": known.of_fixed_points(fixed),
            "fixed_square": known.of_fixed_square(fixed_square),
        },
    )


def _check_eps(eps: float) -> None:
    if not eps > 0:
        raise ParameterError(f"`eps` must be a number > 0, the slope that counts as saturated, but got {eps!r}")


def negated(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of -f for those of f."""
    return [Piece(piece.low, piece.high, simplify(-piece.formula)) for piece in pieces]


def _directions(pieces: Sequence[Piece], jumps: Sequence[float]) -> tuple[bool, bool]:
    """Return whether some jump leads up, and whether some leads down; a pole does both."""
    sides = [
        (one_sided(left.formula, left.high, -1), one_sided(right.formula, right.low, 1))
        for left, right in pairwise(pieces)
        if left.high in jumps
    ]
    known = [(before, after) for before, after in sides if not math.isnan(before) and not math.isnan(after)]
    poles = any(math.isinf(side) for pair in known for side in pair)
    return poles or any(a < b for a, b in known), poles or any(a > b for a, b in known)


def _far_out(outermost: Sequence[Piece], side: Side) -> Limit:
    """Return what the slope tends to at infinity, nan where the outermost piece does not reach so far."""
    ends = [piece.low if side < 0 else piece.high for piece in outermost]
    return sure_limit(outermost[0].formula, side) if ends == [side * math.inf] else Limit(math.nan, drowned=False)


def _ratio(top: Mean, bottom: Mean) -> Mean:
    if not bottom.value > 0:
        return Mean(math.nan, math.nan)
    value = top.value / bottom.value
    return Mean(value, (top.error + abs(value) * bottom.error) / bottom.value + 2e-16 * abs(value))


def _root(mean: Mean) -> Mean:
    return Mean(mean.value**0.5, 0.5 * mean.error / mean.value**0.5)
