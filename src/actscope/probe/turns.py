"""Whether optimisers of different weights step by turns, each after a backward pass of its own, as in a game."""

from torch.optim import Optimizer

from .seeing.updating import Held

_TURNS = 3
"""Changes from one optimiser to another, so that a training in two parts is none."""


class Turns:
    """Who stepped last; optimisers that share a backward pass, as one for matrices and one for the rest, are one."""

    def __init__(self) -> None:
        self._held: dict[int, frozenset[int]] = {}
        self._last: frozenset[int] = frozenset()
        self._fresh = False
        self._changes = 0

    @property
    def are_taken(self) -> bool:
        """Whether the losses are of several kinds, which follow one another."""
        return self._changes >= _TURNS

    def before_backward(self) -> None:
        """Take note of a backward pass."""
        self._fresh = True

    def before_step(self, optimizer: Optimizer, held: Held) -> None:
        """Take note of a step; only the first one behind a backward pass counts."""
        if self._fresh and not self.are_taken:
            own = self._held.setdefault(id(optimizer), frozenset(id(parameter) for _, parameter in held))
            self._changes += bool(self._last) and self._last.isdisjoint(own)
            self._last = own
        self._fresh = False
