"""Advice as code to type, with the user's own names and learning rate; numbers as people write them."""

import math
import re

from ...catalogue import CATALOGUE
from ..records import Optimizer, Place

_INSTEAD = {"relu": "leaky_relu", "relu6": "leaky_relu", "squared_relu": "gelu", "sigmoid": "silu", "tanh": "gelu"}
_USUAL = {
    "SGD": (0.01, 0.1),
    "Adagrad": (0.01, 0.01),
    "Adadelta": (1.0, 1.0),
    "Rprop": (0.01, 0.01),
    "LBFGS": (1.0, 1.0),
}
"""The rates that are usual for an optimiser, from and to; all others, as Adam and its kin, begin with 0.001."""
_LOWEST, _HIGHEST = 1e-6, 1.0
"""Between which rates are advised."""
_LARGE_LOSS = 1e6
"""Above it a loss tells of targets that are not scaled."""
DETECT = (
    "    with torch.autograd.detect_anomaly():   # names the operation; slow, take it out again afterwards",
    "        loss_fn(model(inputs), targets).backward()",
)
"""How PyTorch names the operation that made a nan."""
SCALED_INPUTS = (
    "Give each feature mean 0 and spread 1, by the training data (of images each channel, or divide them by 255):",
    "    inputs = (inputs - train.mean(0)) / train.std(0).clamp_min(1e-8)",
)
SCALED_TARGETS = (
    "Give the targets mean 0 and spread 1, by the training data, and undo it where answers are read:",
    "    targets = (targets - train_targets.mean(0)) / train_targets.std(0)",
)
OURS = "    import actscope as act"


def number(x: float) -> str:
    """Return a number as it reads well in a sentence.

    >>> number(0.31274), number(1.2e-7), number(412.0), number(2e9)
    ('0.313', '1.2e-07', '412', '2e+09')
    """
    return f"{x:.3g}"


def share(part: int, whole: int) -> str:
    """Return a count of units with its share.

    >>> share(412, 512)
    '412 of 512 units (80 %)'
    """
    return f"{part} of {whole} units ({100 * part / whole:.0f} %)" if whole else "no units"


def named(path: str) -> str:
    """Return how a place, a module or a parameter is spoken of in a sentence."""
    return f"`{path}`" if path else "the model"


def access(path: str) -> str:
    """Return the code that names a module.

    >>> access("encoder.0.act")
    'model.encoder[0].act'
    """
    return "model" + re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", f".{path}" if path else "")


def replacement(place: Place) -> tuple[str, ...]:
    """Return the code that puts another function in the place of this one: modules are replaced, calls rewritten."""
    other = _INSTEAD.get(place.function, "leaky_relu")
    if called := re.fullmatch(rf"(?:(.*)/)?{re.escape(place.function)}(?:#\d+)?", place.name):
        inside = named(called[1]) if called[1] else "the model"
        return (f"    y = torch.nn.functional.{other}(x)   # in forward of {inside}, instead of {place.function}",)
    if place.function not in CATALOGUE:
        return (f"    y = torch.nn.functional.{other}(x)   # instead of {place.function}, in `{place.name}`",)
    return (OURS, f"    act.nn.replace(model, {place.function!r}, {other!r})")


def initialisation(function: str) -> tuple[str, ...]:
    """Return the code that draws all weights by the gain of this function."""
    if function not in CATALOGUE:
        return ("    for weight in model.parameters():", "        torch.nn.init.kaiming_normal_(weight)")
    gain = CATALOGUE[function].properties.gain
    return (OURS, f"    act.nn.init(model, {function!r})   # std = gain/sqrt(fan_in), with gain {gain:.4g}")


def optimizer(seen: Optimizer | None, factor: float) -> str:
    """Return the code that makes the same optimiser with another rate, rounded to 1, 2 or 5 times a power of ten.

    >>> optimizer(Optimizer("Adam", 0.5), 0.003)
    '    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)'
    """
    if seen is None or not math.isfinite(seen.lr) or seen.lr <= 0 or not 0 < factor < math.inf:
        return "    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)"
    return _made(seen.name, min(max(seen.lr * factor, min(_LOWEST, seen.lr / 10)), max(seen.lr, _usual(seen)[1])))


def usual(seen: Optimizer | None, factor: float) -> tuple[str, ...]:
    """Return the advice to train with a higher rate: one that is usual, or where it is beyond, a multiple of it.

    >>> usual(Optimizer("Adam", 1e-8), 5000.0)[1]
    '    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)'
    """
    if seen is not None and seen.lr == 0:
        said = "Train with a rate above 0; a schedule, if there is one, must not begin with 0 for long:"
        return (said, _made(seen.name, _usual(seen)[0]))
    if seen is None or not seen.lr > 0:
        return ("Train with a higher rate:", optimizer(None, factor))
    low, high = _usual(seen)
    if seen.lr >= _HIGHEST:
        return ("Train with Adam, whose steps do not depend on how small gradients are:", optimizer(None, factor))
    if seen.lr >= high:
        return ("Train with a higher rate:", _made(seen.name, min(max(factor, 2.0), 10.0) * seen.lr))
    said = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return (
        f"Train with a higher rate; with {seen.name}, {said} is usual:",
        _made(seen.name, min(max(seen.lr * factor, low), high)),
    )


def _usual(seen: Optimizer) -> tuple[float, float]:
    return _USUAL.get(seen.name, (0.001, 0.001))


def _made(name: str, rate: float) -> str:
    return f"    optimizer = torch.optim.{name}(model.parameters(), lr={rounded(min(rate, _HIGHEST)):g})"


def scaled_targets(loss: float) -> tuple[str, ...]:
    """Return the advice to scale the targets, where a loss is so large that they cannot be.

    >>> scaled_targets(2.3), scaled_targets(4e10)[1]
    ((), '    targets = (targets - train_targets.mean()) / train_targets.std()')
    """
    if not loss > _LARGE_LOSS:
        return ()
    return (
        f"The loss begins at {number(loss)}: scale the targets first, or what the loss sums up.",
        "    targets = (targets - train_targets.mean()) / train_targets.std()",
    )


def without_rates(told: tuple[str, ...]) -> tuple[str, ...]:
    """Return advice without the lines that make an optimiser, where another finding names the rate."""
    return tuple(line for line in told if not line.startswith("    optimizer = "))


def rounded(rate: float) -> float:
    """Return the next number below, of those that are 1, 2 or 5 times a power of ten.

    >>> [rounded(x) for x in (0.0037, 0.5, 1.0)]
    [0.002, 0.5, 1.0]
    """
    power = 10.0 ** math.floor(math.log10(rate) + 1e-9)
    leading = next(first for first in (5, 2, 1) if first * power <= rate * (1 + 1e-9))
    return float(f"{leading * power:.1g}")
