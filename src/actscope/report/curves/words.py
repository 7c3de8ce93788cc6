"""What is said of an activation: on its card, beside its curve, on its page."""

import math
import re
from collections.abc import Iterable, Mapping

from ...catalogue import Activation, Properties
from ...catalogue.properties import Known
from ...catalogue.properties.known import rounded_up
from .. import numerals
from .sampling import GATES, MOST_KINKS, Curve, Gated

INPUT_AXIS = "input x"
CURVE_AXIS = "value and slope"
VALUE = "value f(x)"
SLOPE = "slope f′(x)"
SATURATED = "saturated"
STANDARD = 1e-7
"""The slope below which a float32 gradient is lost beside one of size 1."""

SEEN = 1e-4
"""Of a bound: so much less does not show in the digits that are printed."""


# The page
GATE = "second input"
PARAMETERS = "Parameters"
DERIVED = "What follows from the formula"
DERIVED_TEXT = (
    "Nothing here is declared by hand. Exact: from the formula alone. Enclosed: by interval arithmetic, which leaves "
    "no input out. Quadrature: two rules of integration agree so far."
)
HINT = "Drag the point, or move it with the arrow keys; Page Up and Page Down take larger steps."
NO_SCRIPT = "With scripts switched on, a tangent can be dragged along the curve."
OFFLINE = "This file loads nothing from elsewhere."


def number(value: float, digits: int = 4) -> str:
    """Return a number for people: a few digits, a true minus sign, an infinity sign; a dash for nan.

    >>> number(-0.27846), number(-math.inf), number(1.0), number(math.nan), number(1.23e-9)
    ('−0.2785', '−∞', '1', '–', '1.23e-9')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    told = numerals.number(0.0 if abs(value) <= 1e-12 else value, digits)
    mantissa, mark, exponent = told.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}" if mark and "." in mantissa else told


def title(name: str, parameters: Mapping[str, float]) -> str:
    """Return the title of a curve.

    >>> title("ELU", {"alpha": 0.5})
    'ELU (alpha = 0.5)'
    """
    given = ", ".join(f"{key} = {value:g}" for key, value in parameters.items())
    return f"{name} ({given})" if given else name


def changed(activation: Activation, given: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters that have not their default."""
    defaults = dict(activation.defaults)
    return {name: value for name, value in given.items() if value != defaults[name]}


def saturated_legend(slope: float) -> str:
    """Return what the shade on a curve is."""
    return f"shaded where it is saturated: |slope| < {slope:g}"


def not_saturated(reach: float) -> str:
    """Return that nothing is shaded, and where that was looked for.

    >>> not_saturated(6.0)
    'not saturated between −6 and 6'
    """
    return f"not saturated between −{reach:g} and {reach:g}"


def alt(curve: Curve) -> str:
    """Return the alternative text of an activation's curve."""
    values = [row["value"] for row in curve.rows if row["value"] is not None]
    steepest = max((row["slope"] for row in curve.rows if row["slope"] is not None), default=math.nan)
    where = ", ".join(f"[{low:.1f}, {high:.1f}]".replace("-", numerals.MINUS) for low, high in curve.flat)
    told = f"Saturated for x in {where}." if where else f"{not_saturated(curve.reach).capitalize()}."
    low, high = min(values, default=math.nan), max(values, default=math.nan)
    seen = f"Values from {number(low, 3)} to {number(high, 3)}, largest slope {number(steepest, 3)}."
    return f"Value and slope of {curve.title} for x from −{curve.reach:g} to {curve.reach:g}. {seen} {told}"


def along(name: str) -> str:
    """Return the name of the axis of a gated activation's first input."""
    return f"input {name}"


def gate(name: str, value: float) -> str:
    """Return what the second input is.

    >>> gate("b", -1.0)
    'b = −1'
    """
    return f"{name} = {number(value)}"


def at_gate(first: str, second: str, value: float) -> str:
    """Return what is drawn of a gated activation when there is room for one curve.

    >>> at_gate("a", "b", 1.0)
    'f(a, b) at b = 1'
    """
    return f"f({first}, {second}) at {gate(second, value)}"


def gated_panel(key: str, first: str, second: str) -> str:
    """Return the heading of a panel of a gated activation."""
    derivative = {
        "value": f"value f({first}, {second})",
        "first": f"slope ∂f/∂{first}",
        "second": f"slope ∂f/∂{second}",
    }
    return derivative[key]


def alt_gated(found: Gated) -> str:
    """Return the alternative text of a gated activation's figure."""
    first, second = found.inputs
    gates = several(f"{value:g}".replace("-", numerals.MINUS) for value in GATES)
    return (
        f"Value and both partial derivatives of {found.title} for {first} from −{found.reach:g} to {found.reach:g} "
        f"and {second} = {gates}."
    )


def several(found: Iterable[str]) -> str:
    """Return a list in words.

    >>> several(["a"]), several(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *first, last = found
    return f"{', '.join(first)} and {last}" if first else last


def brief(known: Known) -> str:
    """Return how something is known, in a word or two.

    >>> brief(Known("enclosed", 3.2e-12)), brief(Known("seen", note="at x = 2^100"))
    ('enclosed ±4e-12', 'seen')
    """
    return f"{known.how} ±{rounded_up(known.error)}" if known.error else known.how


def parameter(value: float, default: float, meaning: str, bounds: str) -> str:
    """Return what a parameter is."""
    given = f"{value:g}" if value == default else f"{value:g}, by default {default:g}"
    return f"{given}: {meaning}; {bounds}"


def lost(stretches: Iterable[str]) -> str:
    """Return where a float32 of the value or the slope loses digits, or is nan.

    >>> lost(["is nan for x from -1 to 0, in log(x)"])
    'is nan for x from −1 to 0, in log(x)'
    """
    first, *others = stretches
    return re.sub(r"(?<![\w)])-(?=[\di])", "−", first) + (", and elsewhere" if others else "")


def shape(p: Properties) -> str:
    """Return how the curve runs."""
    told = "constant" if p.increasing and p.decreasing else "increasing" if p.increasing else "decreasing"
    ways = [told if p.monotone else "not monotone", *([p.symmetry] if p.symmetry != "none" else [])]
    return ", ".join([*ways, "bounded" if p.bounded else "unbounded"])


def smoothness(p: Properties) -> str:
    """Return how often the function is differentiable."""
    if p.smoothness < 0:
        return "the value jumps or ends"
    if p.smoothness == 0:
        return "continuous, with kinks"
    often = (
        "infinitely often" if math.isinf(p.smoothness) else "once" if p.smoothness == 1 else f"{p.smoothness:g} times"
    )
    return f"{often} continuously differentiable"


def steepest(p: Properties) -> str:
    """Return the largest slope and where it is."""
    if math.isnan(p.largest_slope):
        return number(p.largest_slope)
    if math.isinf(p.largest_slope):
        return "unbounded"
    at = (
        f"tended to for x → {number(p.steepest_at)}" if math.isinf(p.steepest_at) else f"at x = {number(p.steepest_at)}"
    )
    return f"{number(p.largest_slope)} {at}" + ("; where the value jumps, none bounds it" if p.jumps else "")


def small(eps: float) -> str:
    """Return the label of a saturation bound.

    >>> small(1e-7)
    '|slope| < 1e-7'
    """
    return f"|slope| < {number(eps)}"


def saturated_beyond(left: float | None, right: float | None, *, outer: bool = False) -> str:
    """Return where the slope is small; `outer` bounds may lie further out than they must.

    >>> saturated_beyond(-8.752195, 8.752195), saturated_beyond(None, None), saturated_beyond(0.0, None)
    ('x < −8.752 and x > 8.752', 'nowhere for good', 'x < 0')
    >>> saturated_beyond(None, 614.59, outer=True)
    'surely for x > 614.6, and may be from further in'
    """
    if left is not None and left == math.inf:
        return "everywhere"
    ends = [(f"x {sign} {number(end)}") for sign, end in (("<", left), (">", right)) if end is not None and end == end]
    unknown = [f"x → {sign}∞" for sign, end in (("−", left), ("", right)) if end is not None and end != end]
    told = " and ".join([*ends, *(f"not known for {one}" for one in unknown)]) or "nowhere for good"
    return f"surely for {told}, and may be from further in" if outer else told


def kinks(p: Properties) -> str:
    """Return where kinks and jumps are."""
    shown = [f"x = {number(kink)}" + (" (a jump)" if kink in p.jumps else "") for kink in p.kinks[:MOST_KINKS]]
    more = f" and {len(p.kinks) - MOST_KINKS} more" if len(p.kinks) > MOST_KINKS else ""
    return ", ".join(shown) + more


def mean(p: Properties) -> str:
    """Return the mean output."""
    if math.isnan(p.mean):
        return number(p.mean)
    return f"{number(p.mean)} for input z ~ N(0, 1)" + (": centred on 0" if p.zero_centred else "")


def gain(p: Properties) -> str:
    """Return the gain and what it is for."""
    if math.isnan(p.gain):
        return number(p.gain)
    return f"{number(p.gain)}: weights of standard deviation gain/√fan_in keep the signal's size"


def chi(p: Properties) -> str:
    """Return what such weights do to the size of the gradient, the root of its mean square.

    >>> from actscope.catalogue import get
    >>> chi(get("sigmoid").properties)
    '0.3909 a layer with that gain: gradients fade'
    """
    if math.isnan(p.chi):
        return number(p.chi)
    level = abs(p.chi - 1) < 1e-6
    way = "stay level" if level else "grow" if p.chi > 1 else "fade" if p.chi else "stop"
    return f"{number(math.sqrt(p.chi))} a layer with that gain: gradients {way}"


def fixed_points(p: Properties) -> str:
    """Return which inputs the function leaves as they are."""
    stretches = [f"{number(stretch.low)} to {number(stretch.high)}" for stretch in p.fixed_stretches]
    points = [number(point) for point in sorted(p.fixed_points, key=abs)[:MOST_KINKS]]
    more = [f"{len(p.fixed_points) - MOST_KINKS} more"] if len(p.fixed_points) > MOST_KINKS else []
    found = [*stretches, *points, *more]
    return f"at {several(found)}" if found else "nowhere"


def fixed_square(p: Properties) -> str:
    """Return where the signal of a deep network leads without the gain."""
    q = p.fixed_square
    if math.isnan(q):
        return number(q)
    if q == 0.0 or math.isinf(q):
        return f"{'dies out' if q == 0.0 else 'explodes'} with weights of variance 1/fan_in"
    return f"its mean square settles at {number(q)} with weights of variance 1/fan_in"


def legend(activation: Activation) -> tuple[str, str]:
    """Return the names of the two lines."""
    if activation.gated:
        first, second = activation.inputs
        return f"value f({first}, {second})", gated_panel("first", first, second)
    return VALUE, SLOPE


def readings(activation: Activation) -> list[str]:
    """Return the names of the numbers that follow the tangent."""
    if activation.gated:
        first, second = activation.inputs
        return [first, f"f({first}, {second})", f"∂f/∂{first}", f"∂f/∂{second}"]
    return ["x", "f(x)", "f′(x)"]


def of_script(first: str, *, saturated: bool) -> dict[str, str]:
    """Return the sentences that the page's script puts numbers into."""
    return {
        "saturated": "Saturated: hardly any gradient passes." if saturated else "",
        "open": "Not saturated.",
        "gradient": f"A gradient of 1 at the output reaches the input {first} as {{slope}}.",
        "kink": "A kink: the slope beside it tends to {slopes}.",
        "and": " and ",
    }


def also_called(aliases: Iterable[str]) -> str:
    """Return the other names of an activation, as a sentence."""
    return f"Also called {several(aliases)}."
