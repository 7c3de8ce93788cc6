"""The texts of the figures of a diagnosis: titles, captions, legends, and each figure in words."""

from collections.abc import Sequence

from .. import numerals
from ..words import counted
from .drawn.maps import ABOVE, SCALES, WITHIN, Map, Quantity
from .words import percent

STEP, LOSS = "step", "loss"
VALUE, SLOPE, INPUTS = "f(x), left axis", "f'(x), right axis", "what arrives"
LOSS_TITLE = "The loss"
DISTRIBUTIONS_TITLE = "What arrives, on the activation's own curve"
PLACE_AXIS = "place, from the input to the loss"
QUANTITIES = {
    "silent": "silent units",
    "flat": "small slopes",
    "gradient": "gradient, relative to the last place",
    "update": "update over weight",
    "largest": "largest update over weight",
    "spread": "spread of input",
}
PROFILE_TITLES = {
    "gradient": "The gradient on its way through the layers",
    "update": "A step over the weight, layer by layer",
    "largest": "The largest step over the weight, layer by layer",
    "spread": "How far the inputs of each place spread at the start",
}
MAP_TITLES = {
    "silent": "Silent units",
    "flat": "Small slopes",
    "gradient": "Gradient that arrives, relative to the last place",
    "update": "Update over weight, of the layer before the place",
}
MAP_CAPTIONS = {
    "silent": "Units whose slope was small on every sample of a bin of steps. A unit that stays silent learns nothing.",
    "flat": "Inputs at which the slope is small. For a function that is flat on one side, as ReLU, half is ordinary; "
    "the bound is for functions that are flat on both.",
    "gradient": "Where a place gets less than the last one, the gradient has shrunk on its way back.",
    "update": "How large a step of the optimiser is, relative to the weight. About a thousandth is usual.",
}
DISTRIBUTIONS_CAPTION = (
    "Green: what arrives, {over}. Blue: the function. Dashed: its slope, by which a "
    "gradient is multiplied. Grey: slope below {eps:g}, where hardly any gradient passes."
)
SHARES = frozenset({"silent", "flat"})


def bound(value: float) -> str:
    """Return the label of a bound in a figure."""
    return f"bound {numerals.number(value, 2 if value >= 1 else 1)}"


def size(quantity: Quantity, value: float) -> str:
    """Return a size as the legend of a map has it: a share, or a factor to either side of what is usual.

    >>> size("silent", 0.25), size("gradient", 100.0), size("update", 1e-3), size("update", 1e-2)
    ('25 %', '×/÷ 100', '0.001', '×/÷ 10')
    """
    usual = SCALES[quantity].usual
    if usual is None:
        return percent(value)
    return numerals.number(usual, 1) if value == usual else f"×/÷ {numerals.number(value / usual, 1)}"


def side(quantity: Quantity, side: int) -> str:
    """Return what a colour of a map means.

    >>> side("silent", ABOVE), side("update", 3)
    ('above 60 %', 'below 1e-5')
    """

    def told(bound: float) -> str:
        return percent(bound) if quantity in SHARES else numerals.number(bound, 1)

    scale = SCALES[quantity]
    if side == WITHIN:
        return "within bounds"
    return f"above {told(scale.above)}" if side == ABOVE else f"below {told(scale.below)}"


def found(numbers: str) -> str:
    """Return the mark of a place with findings."""
    return f"finding {numbers}"


def figure(name: str) -> str:
    """Return what a figure is called, by its file name.

    >>> figure("map-silent"), figure("loss")
    ('Silent units', 'The loss')
    """
    known = {f"map-{quantity}": title for quantity, title in MAP_TITLES.items()}
    return {**known, "loss": LOSS_TITLE}.get(name, DISTRIBUTIONS_TITLE)


def profile_alt(quantity: str, first: float, last: float) -> str:
    """Return a profile in words."""
    return (
        f"{PROFILE_TITLES[quantity]}: {numerals.number(first)} at the first place, {numerals.number(last)} at the last"
    )


def map_alt(quantity: str, places: int, marked: int) -> str:
    """Return a map in words."""
    return f"{MAP_TITLES[quantity]}: {counted(places, 'place')} by steps, {marked} of them with findings"


def key(maps: Sequence[Map]) -> str:
    """Return how the maps are to be read: of what occurs on them."""
    told = [
        "Faintest are shares of 0, a gradient of 1 and an update of 0.001; the stronger, the further from that. A "
        "strip within bounds tells of its own quantity alone: the model may be sick all the same."
    ]
    if any(set(one.sides) - {WITHIN} for one in maps):
        told.append("Another colour is beyond the bound of a finding.")
    if any(one.measured < 1 for one in maps):
        told.append("What is empty, in the colour of the page, was not measured.")
    if any(one.marked for one in maps):
        told.append("Places with findings are bold.")
    return " ".join(told)


def zeros(quantities: Sequence[str]) -> str:
    """Return which maps are not drawn, since nothing could be seen on them; "" if there are none.

    >>> zeros(["silent", "flat"])
    'Not drawn, being 0 at every place and every step: silent units, small slopes.'
    """
    named = ", ".join(QUANTITIES[quantity] for quantity in quantities)
    return f"Not drawn, being 0 at every place and every step: {named}." if named else ""


def loss_alt(first: float, last: float) -> str:
    """Return the figure of the loss in words."""
    return f"The loss goes from {numerals.number(first)} to {numerals.number(last)}"


def distributions_alt(names: Sequence[str]) -> str:
    """Return the figure of curves in words."""
    return f"Histograms of what arrives at {', '.join(names)}, beneath the activation's curve and its slope"
