"""Advice as code to type, with the user's own names and learning rate; numbers as people write them."""

import math
import re

from ...catalogue import CATALOGUE
from ..records import Optimizer, Place

_INSTEAD = {"relu": "leaky_relu", "relu6": "leaky_relu", "squared_relu": "gelu", "sigmoid": "silu", "tanh": "gelu"}
_HIGHEST = {"SGD": 0.1}
"""What is advised at most."""
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
    """Return the code that puts another function in the place of this one."""
    other = _INSTEAD.get(place.function, "leaky_relu")
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
    rate = rounded(min(seen.lr * factor, max(seen.lr, _HIGHEST.get(seen.name, 0.001))))
    return f"    optimizer = torch.optim.{seen.name}(model.parameters(), lr={rate:g})"


def rounded(rate: float) -> float:
    """Return the next number below, of those that are 1, 2 or 5 times a power of ten.

    >>> [rounded(x) for x in (0.0037, 0.5, 1.0)]
    [0.002, 0.5, 1.0]
    """
    power = 10.0 ** math.floor(math.log10(rate) + 1e-9)
    leading = next(first for first in (5, 2, 1) if first * power <= rate * (1 + 1e-9))
    return float(f"{leading * power:.1g}")
