"""What becomes of each gradient, in a sentence or two."""

import math
from collections.abc import Sequence

from ..wording import listed, written
from .records import Line

STABLE = 1.01
"""A deviation that grows by more than this a layer has left the prediction behind after some dozens of layers."""


def answer(lines: Sequence[Line], depth: int) -> str:
    """Return what each gradient does on its way from the last layer to the first, and where a prediction is loose."""
    told = [([line.activation], _change(line)) for line in lines if line.verdict in ("vanishing", "exploding")]
    if level := [line.activation for line in lines if line.verdict == "level"]:
        told.append((level, f"stay{'s' * (len(level) == 1)} level"))
    clauses = [f"{_gradients_of(names, first=not k)} {change}" for k, (names, change) in enumerate(told)]
    text = f"Through {depth} layers {listed(clauses)}." if clauses else ""
    if none := [line.activation for line in lines if line.verdict == "none"]:
        text += f" No gradient passes {listed(none)}: the slope is 0."
    if loose := [line.activation for line in lines if line.deviation_growth > STABLE]:
        text += (
            f" The size predicted for the signal of {listed(loose)} is not stable: what chance adds or takes in a "
            "network of finite width grows from layer to layer, and the gradient with it."
        )
    return text.strip()


def _gradients_of(names: Sequence[str], first: bool) -> str:
    many = len(names) > 1
    noun = f"the gradient{'s' * many}" if first else "those" if many else "that"
    return f"{noun} of {listed(names)}"


def _change(line: Line) -> str:
    rate, ratio = line.measured_rate.mean, line.ratio
    if not (0.0 < ratio < math.inf and rate < math.inf):
        return "shrinks below what float64 holds" if line.verdict == "vanishing" else "grows beyond what float64 holds"
    if ratio < 1:
        return written("shrinks to {ratio:.1g} of its size (a factor of {rate:.2f} a layer)", ratio=ratio, rate=rate)
    return written("grows {ratio:.2g}-fold (a factor of {rate:.2f} a layer)", ratio=ratio, rate=rate)
