"""Which bin of steps is being written: at most BINS, of one step each at first, twice as wide when all are full."""

import numpy as np
from numpy.typing import NDArray

from .sites import BINS


class Timeline:
    """The bins of a run so far.

    >>> timeline = Timeline()
    >>> [timeline.bin_of(step) for step in (1, 2, 64)], timeline.bin_of(65)
    ([0, 1, 63], None)
    >>> timeline.halve()
    >>> timeline.bin_of(65), timeline.ends(65).tolist()[-2:]
    (32, [64, 65])
    """

    def __init__(self) -> None:
        self.width = 1

    def bin_of(self, step: int) -> int | None:
        """Return the bin of a step, counted from 1; None if all bins are full, so that they must be halved."""
        bin = (step - 1) // self.width
        return bin if bin < BINS else None

    def halve(self) -> None:
        """Make each bin twice as wide."""
        self.width *= 2

    def ends(self, steps: int) -> NDArray[np.int64]:
        """Return the last step of each bin of a run of so many steps."""
        return np.minimum(np.arange(1, -(-steps // self.width) + 1) * self.width, steps)
