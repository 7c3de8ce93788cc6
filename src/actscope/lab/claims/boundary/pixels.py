"""Drawn images of 100 x 100 pixels: a triangle or a circle on dark noise."""

import math

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
SIDE = 100
INPUTS = SIDE * SIDE * 3


def images(count: int, shift: int, random: np.random.Generator) -> tuple[Pixels, NDArray[np.int64]]:
    """Return images of a triangle (class 0) or a circle (class 1) of equal area, (count, 100, 100, 3), and classes.

    Colour, size and place are random, the place within `shift` pixels of the centre; the ground is dark noise.

    >>> pixels, labels = images(2, 0, np.random.default_rng(0))
    >>> pixels.shape, labels.tolist()
    ((2, 100, 100, 3), [0, 1])
    """
    labels = np.arange(count) % 2
    ground = random.integers(0, 64, (count, SIDE, SIDE, 3), dtype=np.uint8)
    colour = random.integers(100, 256, (count, 1, 1, 3), dtype=np.uint8)
    centre = SIDE / 2 + shift * random.uniform(-1.0, 1.0, (count, 2, 1, 1))
    radius = random.uniform(12.0, 18.0, (count, 1, 1))
    right = np.arange(SIDE)[None, None, :] - centre[:, 0]
    down = np.arange(SIDE)[None, :, None] - centre[:, 1]
    circle = right**2 + down**2 < radius**2
    # An equilateral triangle whose sides are h from its centre has the area 3 sqrt(3) h^2.
    height = radius * math.sqrt(math.pi / (3 * math.sqrt(3)))
    sides = [math.cos(angle) * right + math.sin(angle) * down < height for angle in np.deg2rad([90.0, 210.0, 330.0])]
    shape = np.where(labels[:, None, None] == 1, circle, np.logical_and.reduce(sides))
    return np.where(shape[..., None], colour, ground), labels
