"""How a property is known: proven from the formula, enclosed, integrated, seen at points, or not at all."""

import math
from dataclasses import dataclass
from typing import Literal

from .extremes import Extreme
from .fixed_points import FixedPoints
from .gaussian import MOST_DOUBLINGS, Mean
from .limits import Limit
from .pieces import HIGHEST_ORDER, Cuts
from .saturation import SHARP, Edge

How = Literal["exact", "enclosed", "quadrature", "seen", "unknown"]
# Bounds wider than this, of a formula that overflows on the way, enclose nothing worth telling.
_LOOSE = 1e-2
FAR_OUT = "at x = 2^100, 2^200, 2^300"
_WIDE = "certain up to |x| = 2^128"


@dataclass(frozen=True, slots=True)
class Known:
    """How a property is known, and how well; `str` says it in words."""

    how: How
    """exact: from the formula alone; enclosed: by interval arithmetic, which leaves out no input up to 2^128;
    quadrature: by two rules of integration; seen: at the points that the note names; unknown: not found."""
    error: float = 0.0
    """The property is off by no more than this; for what is exact or seen, 0."""
    note: str = ""

    def __str__(self) -> str:
        match self.how:
            case "enclosed":
                said = f"enclosed to within {rounded_up(self.error)}"
            case "quadrature":
                said = f"quadrature, error below {rounded_up(self.error)}"
            case "seen":
                return f"seen {self.note}"
            case _:
                said = self.how
        return f"{said}: {self.note}" if self.note else said


def rounded_up(error: float) -> str:
    """Return an error with one digit, never smaller than it is.

    >>> rounded_up(3.1e-16), rounded_up(9.7e-13), rounded_up(0.0)
    ('4e-16', '1e-12', '0')
    """
    if not math.isfinite(error) or error == 0.0:
        return f"{error:g}"
    exponent = math.floor(math.log10(error))
    digit = math.ceil(error / 10.0**exponent - 1e-9)
    return f"{digit}e{exponent}" if digit < 10 else f"1e{exponent + 1}"


def of_limit(found: Limit) -> Known:
    """Return how a limit at infinity is known."""
    if found.drowned:
        return Known("unknown", note=f"rounding drowns it {FAR_OUT}")
    return (
        Known("unknown", note=f"no limit is seen {FAR_OUT}") if math.isnan(found.value) else Known("seen", note=FAR_OUT)
    )


def of_saturation(*edges: Edge) -> Known:
    """Return how bounds of saturation are known; outer bounds say how much further in the true ones may lie."""
    found = [(edge.x, edge) for edge in edges if edge.x is not None]
    if not found:
        return Known("seen", note=f"the slope does not fade {FAR_OUT}")
    if any(math.isnan(x) for x, _ in found):
        return Known("unknown", note="where the formula as written overflows, or rounding drowns it")
    if loose := [edge.slack for _, edge in found if not edge.sharp]:
        return Known("enclosed", max(loose), f"{_WIDE}; the true bounds may lie further in")
    return Known("enclosed", max(SHARP * max(1.0, abs(x) if math.isfinite(x) else 0.0) for x, _ in found), _WIDE)


def of_extremes(*found: Extreme) -> Known:
    """Return how a smallest and a largest value are known; exact where only ends of straight pieces were compared."""
    if any(math.isnan(extreme.value) for extreme in found):
        return Known("unknown", note="there is no value anywhere")
    excess = max(extreme.excess for extreme in found)
    if all(math.isinf(extreme.value) for extreme in found):
        return Known("seen", note=f"{FAR_OUT}, or at a pole")
    if excess > _LOOSE * max([1.0, *(abs(extreme.value) for extreme in found if math.isfinite(extreme.value))]):
        return Known("seen", note="at the points of the search; its bounds are no narrower than " + rounded_up(excess))
    return Known("enclosed", excess) if excess else Known("exact")


def of_cuts(cuts: Cuts) -> Known:
    """Return how the places of kinks are known."""
    if cuts.open:
        reach = min(min(abs(stretch.low), abs(stretch.high)) for stretch in cuts.open)
        return Known("unknown", note=f"there may be more beyond |x| = {max(reach, 0.0):g}")
    return Known("enclosed", cuts.error) if cuts.error else Known("exact")


def of_smoothness(cuts: Cuts, smoothness: float) -> Known:
    """Return how it is known how often a formula is differentiable."""
    if cuts.open:
        return of_cuts(cuts)
    if not cuts.points:
        return Known("exact", note="one formula without conditions")
    if math.isfinite(smoothness):
        return of_cuts(cuts)
    return Known("seen", note=f"in the derivatives up to order {HIGHEST_ORDER}, on both sides of each cut")


def of_mean(mean: Mean) -> Known:
    """Return how an integral is known."""
    if math.isnan(mean.value):
        return Known("unknown", note="undefined somewhere, or too steep to be integrated")
    return Known("quadrature", mean.error) if mean.error else Known("exact")


def of_fixed_points(found: FixedPoints) -> Known:
    """Return how the fixed points are known."""
    if found.open:
        reach = min(min(abs(stretch.low), abs(stretch.high)) for stretch in found.open)
        return Known("unknown", note=f"there may be more beyond |x| = {reach:g}")
    return Known("enclosed", found.error) if found.error else Known("exact")


def of_fixed_square(found: Mean) -> Known:
    """Return how it is known where the mean square of the signal leads."""
    if found.value == 0.0:
        return Known("seen", note=f"by quadrature: no fixed point from 1 down to 2^-{MOST_DOUBLINGS}")
    if found.value == math.inf:
        return Known("seen", note=f"by quadrature: no fixed point from 1 up to 2^{MOST_DOUBLINGS}, or to an overflow")
    return of_mean(found)
