"""The network of A1: three perceptrons on two inputs, added up by a fourth, in fractions, which have no rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

Coefficients = tuple[Fraction, Fraction, Fraction]
"""Of x1, of x2, and the constant."""


@dataclass(frozen=True, slots=True)
class Perceptrons:
    """Three units on two inputs, and one that adds them up: the network of A1."""

    units: tuple[Coefficients, ...]
    weights: tuple[Fraction, ...]
    """Of the units, in the output."""


def drawn(seed: int) -> Perceptrons:
    """Return a network whose weights are random multiples of 1/7, none of them 0.

    >>> drawn(0).weights
    (Fraction(12, 7), Fraction(10, 7), Fraction(-13, 7))
    """
    random = np.random.default_rng(seed)
    sevenths = random.integers(1, 15, (4, 3)) * random.choice([-1, 1], (4, 3))
    *units, weights = ([Fraction(int(k), 7) for k in row] for row in sevenths)
    return Perceptrons(tuple((a, b, c) for a, b, c in units), tuple(weights))


def output(network: Perceptrons, x1: Fraction, x2: Fraction, activate: Callable[[Fraction], Fraction]) -> Fraction:
    """Return what the network gives, unit by unit.

    >>> one = Fraction(1)
    >>> output(Perceptrons(((one, one, one),), (one,)), one, one, lambda z: z)
    Fraction(3, 1)
    """
    units = (activate(a * x1 + b * x2 + c) for a, b, c in network.units)
    return sum((weight * unit for weight, unit in zip(network.weights, units, strict=True)), Fraction(0))


def collected(network: Perceptrons) -> Coefficients:
    """Return the coefficients of x1 and of x2 and the constant, as A1 collects the terms.

    >>> half = Fraction(1, 2)
    >>> collected(Perceptrons(((half, half, half),) * 3, (half, half, half)))
    (Fraction(3, 4), Fraction(3, 4), Fraction(3, 4))
    """
    a, b, c = (
        sum((weight * unit[k] for weight, unit in zip(network.weights, network.units, strict=True)), Fraction(0))
        for k in range(3)
    )
    return a, b, c
