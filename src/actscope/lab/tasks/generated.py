"""Points in the plane of two classes, and sequences of symbols: drawn from a seed, as many as wanted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Squares along each side of the checkerboard.
SQUARES = 4
LENGTH = 8
SYMBOLS = 6


def xor(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return clusters around the corners of a square; corners that face each other diagonally share a class."""
    labels = _alternating(samples)
    side = np.where(random.random(samples) < 0.5, 1.0, -1.0)
    corners = np.stack([side, np.where(labels == 1, -side, side)], axis=1)
    return corners + noise * random.standard_normal(corners.shape), labels


def circles(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a ring of class 1 inside a ring of class 0."""
    labels = _alternating(samples)
    angle = random.uniform(0.0, 2 * np.pi, samples)
    points = np.where(labels == 1, 0.5, 1.0)[:, None] * _direction(angle)
    return points + noise * random.standard_normal(points.shape), labels


def moons(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return two half rings that reach into each other."""
    labels = _alternating(samples)
    upper = _direction(random.uniform(0.0, np.pi, samples))
    points = np.where(labels[:, None] == 1, np.array([1.0, 0.5]) - upper, upper)
    return points + noise * random.standard_normal(points.shape), labels


def spirals(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return two arms that wind around each other one and a half times."""
    labels = _alternating(samples)
    # The square root spreads the points evenly along the arm, whose length grows with the square of the angle.
    turned = np.sqrt(random.uniform(0.02, 1.0, samples))
    points = turned[:, None] * _direction(3 * np.pi * turned + np.pi * labels)
    return points + noise * random.standard_normal(points.shape), labels


def shapes(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return circles (class 1) in a triangular region with triangles (class 0) on its three sides.

    No line separates them and no two lines do: three lines cut the region out.
    """
    labels = _alternating(samples)
    corners = _direction(np.pi / 2 + 2 * np.pi / 3 * np.arange(4))
    edge = random.integers(0, 3, samples)
    along = random.random((samples, 1))
    rim = (1 - along) * corners[edge] + along * corners[edge + 1]
    # Areas grow with the square of the size, so even filling is uniform in the square.
    smallest, largest = np.where(labels == 1, 0.0, 1.1), np.where(labels == 1, 0.9, 1.6)
    size = np.sqrt(random.uniform(smallest**2, largest**2))
    points = size[:, None] * rim
    return points + noise * random.standard_normal(points.shape), labels


def checkerboard(
    samples: int, noise: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points on a board of 4 x 4 squares with sides of 1; squares that touch along a side differ in class."""
    labels = _alternating(samples)
    row = random.integers(0, SQUARES, samples)
    # Every second square of a row has the class; rows begin with either in turn.
    column = 2 * random.integers(0, SQUARES // 2, samples) + (row + labels) % 2
    points = np.stack([column, row], axis=1) + random.random((samples, 2)) - SQUARES / 2
    return points + noise * random.standard_normal(points.shape), labels


def sequences(samples: int, noise: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return sequences of 8 symbols out of 6; class 1 are those in which the first symbol comes once more.

    Each symbol is a vector of six, 1 at its own place and 0 elsewhere. Every symbol and every place is as frequent
    in one class as in the other, so only a comparison of places tells them apart.
    """
    labels = _alternating(samples)
    first = random.integers(0, SYMBOLS, (samples, 1))
    others = (first + random.integers(1, SYMBOLS, (samples, LENGTH - 1))) % SYMBOLS
    again = (labels == 1)[:, None] & (np.arange(LENGTH - 1) == random.integers(0, LENGTH - 1, (samples, 1)))
    symbols = np.concatenate([first, np.where(again, first, others)], axis=1)
    vectors = np.eye(SYMBOLS)[symbols].reshape(samples, -1)
    return vectors + noise * random.standard_normal(vectors.shape), labels


def _alternating(samples: int) -> NDArray[np.int64]:
    return np.arange(samples, dtype=np.int64) % 2


def _direction(angle: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
