"""Names and formulas of activations as they are typed on a command line."""

from collections.abc import Iterable
from dataclasses import replace

from ..catalogue import Activation
from ..catalogue.defining import named


def activations(words: Iterable[str]) -> list[Activation]:
    """Return the activations that words name or have the formula of; a word may hold several, with commas between.

    Raises UnknownActivationError and FormulaError as `named` does.

    >>> [activation.name for activation in activations(["swish,relu", "where(x > 0, x, 0.1x)"])]
    ['swish', 'relu', 'where_x_0_x_0_1x']
    """
    found: list[Activation] = []
    for text in (part for word in words for part in parts(word)):
        activation = named(text)
        # Parentheses do not go into the name that a formula gets: 1/(1 + x*x) and 1/1 + x*x would share one.
        if any(other.name == activation.name and other.formula != activation.formula for other in found):
            activation = replace(activation, name=f"{activation.name}_{len(found) + 1}")
        found.append(activation)
    return found


def parts(text: str) -> list[str]:
    """Return what stands between the commas of a list; those inside parentheses belong to a formula.

    >>> parts("relu, max(x, 0),x*tanh(x)")
    ['relu', 'max(x, 0)', 'x*tanh(x)']
    """
    cuts, depth = [-1], 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            cuts.append(place)
    return [part for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True) if (part := text[a + 1 : b].strip())]
