"""Every sentence that a reader of the flow meets."""

import shlex
from collections.abc import Iterable

from ...lab.flow.records import LEVEL, Flow, Line
from .. import numerals
from ..commands import spelled
from ..words import counted

TITLE = "Signal and gradient through depth"
ACTIVATION = "activation"
RATIO = "gradient, first / last layer"
RATE = "factor a layer"
PREDICTED = "predicted"
MEASURED = "measured"
SIGNAL = "signal, last layer"
END = "float32 gives up at depth"
VERDICT = "gradient"
NONE = "none passes"
NEVER = "never"
NOT_REACHED = "not reached"
GRADIENT_PANEL = "gradient at each layer"
SIGNAL_PANEL = "signal at each layer"
GRADIENT_AXIS = "gradient (root mean square)"
SIGNAL_AXIS = "input of the activation (root mean square)"
LAYER_AXIS = "layer (1 is next to the input)"
NUMBERS = "In numbers"
THEORY = "How it is predicted"
SETTINGS = "Settings"
THEORY_TEXT = (
    "In a wide random network the input of a unit is normal. With weights of variance s²/fan-in and biases of variance "
    "b², its mean square at the next layer is s² E[f(√q z)²] + b², where q is the mean square at this layer and z is "
    "standard normal. The mean square of the gradient changes by s² E[f′(√q z)²] from a layer to the one before it. "
    "Both means are computed from the formula of the activation and its slope."
)
SOURCES = (
    "Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli (2016), arXiv:1606.05340; "
    "Schoenholz, Gilmer, Ganguli, Sohl-Dickstein (2017), arXiv:1611.01232."
)
FLOAT32_ZERO = "below this, float32 has only 0"
FLOAT32_INFINITE = "beyond this, float32 has only infinity"
INITS = {
    "auto": "each activation’s own gain",
    "he": "He, √2",
    "xavier": "Xavier",
    "lecun": "LeCun, 1",
    "default": "PyTorch’s default",
}
VERDICTS = {"vanishing": "vanishes", "exploding": "explodes", "level": "stays level", "none": NONE}


def tagline(flow: Flow) -> str:
    """Return what was looked at, in a line."""
    names = ", ".join(flow.activations)
    return f"{names} · {flow.depth} layers of {counted(flow.width, 'unit')} · {counted(flow.seeds, 'network')} each"


def caption(flow: Flow) -> str:
    """Return what must be known to read the table."""
    interval = " with the 95 % interval over the networks (Student’s t)" if flow.seeds > 1 else " in one network"
    return (
        "Gradient: root mean square of the derivative with respect to what an activation receives. Factor a layer: by "
        f"how much it changes from a layer to the one before it, predicted from the formula, and measured{interval}. "
        f"Level: first and last layer differ by less than a factor of {LEVEL:g}. float32 gives up: the depth at which "
        "the gradient of layer 1, or the signal, is 0 or infinite in float32, predicted, and measured where these "
        "networks are as deep."
        + "".join(f" {line.activation} is {line.defined.written}." for line in flow.lines if line.defined)
    )


def figure_caption(flow: Flow) -> str:
    """Return how the figure is read."""
    band = "; the band reaches from the lowest to the highest of the networks" if flow.seeds > 1 else ""
    lost = ", a cross where float32 has only 0 or infinity from there on" if _lost(flow) else ""
    return f"Lines are predicted from the formula, dots measured in random networks{band}{lost}."


def subtitle(flow: Flow) -> str:
    """Return how the figure is read, in few words.

    The cross is spoken of only where there is one.
    """
    cross = " · cross: float32 gives up" if _lost(flow) else ""
    return f"lines: predicted · dots: measured{cross}"


def figure_title(flow: Flow) -> str:
    """Return the title of the figure."""
    return f"{flow.depth} layers of {counted(flow.width, 'unit')}, {init(flow)}"


def init(flow: Flow) -> str:
    """Return how the weights were drawn."""
    return f"weights: {INITS[flow.init]}"


def settings(flow: Flow) -> list[tuple[str, str]]:
    """Return the settings with the names that readers know."""
    return [
        ("layers", str(flow.depth)),
        ("units a layer", str(flow.width)),
        ("initial weights", f"{flow.init} ({INITS[flow.init]})"),
        ("networks", str(flow.seeds)),
        ("inputs", f"{flow.samples}, normal"),
    ]


def command_line(flow: Flow) -> str:
    """Return the command that repeats the look; "" if it is of activations that no command can name."""
    typed = [spelled(line.activation, line.defined) for line in flow.lines]
    if not all(typed):
        return ""
    options = f"--depth {flow.depth} --width {flow.width} --init {flow.init} --seeds {flow.seeds}"
    return f"actscope flow {shlex.join(typed)} {options} --samples {flow.samples}"


def ratio(line: Line) -> str:
    """Return the measured gradient of the first layer over the last's."""
    return NONE if line.verdict == "none" else numerals.number(line.ratio, 2)


def rate(value: float) -> str:
    """Return a factor from layer to layer, with the digits that its powers need.

    >>> rate(0.390931), rate(1.0), rate(669.0888), rate(float("nan"))
    ('0.391', '1.000', '669.1', '–')
    """
    return numerals.number(value, 4) if not value < 10 else f"{value:.3f}"


def rate_interval(line: Line) -> str:
    """Return the interval of the measured factor; "" where there is none."""
    found = line.measured_rate
    return f"{rate(found.low)} to {rate(found.high)}" if found.low <= found.high else ""


def ends(line: Line) -> tuple[str, str]:
    """Return the depth at which float32 gives up, as predicted and as measured."""
    predicted = numerals.number(line.predicted_end.depth, 7) if line.predicted_end else NEVER
    if line.verdict == "none":
        predicted = numerals.MISSING
    depths = sorted({end.depth for end in line.measured_ends})
    measured = " to ".join(str(depth) for depth in dict.fromkeys((depths[0], depths[-1]))) if depths else ""
    return predicted, measured


def cause(line: Line) -> str:
    """Return what float32 cannot hold; "" where it holds all."""
    end = line.measured_ends[0] if line.measured_ends else line.predicted_end
    return end.cause if end else ""


def alt(flow: Flow) -> str:
    """Return the alternative text of the figure."""
    each: Iterable[str] = (
        f"{line.activation}: {VERDICTS[line.verdict]}, {numerals.number(line.measured[0].gradient.mean)} at layer 1"
        for line in flow.lines
    )
    return f"Size of gradient and signal at each of {flow.depth} layers, predicted and measured. {'; '.join(each)}."


def _lost(flow: Flow) -> bool:
    return any(line.measured_ends for line in flow.lines)
