"""Whether gradients are cleared between the steps of an optimiser: looked at until they are, in its first steps."""

from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor
from torch.optim import Optimizer

from .findings.thresholds import KEPT_STEPS
from .graph.telling import found
from .records import Finding
from .seeing.updating import Held

_FIRST_STEPS = 20
"""Of an optimiser; nobody looks at a later one."""


@dataclass(slots=True)
class _Followed:
    """One weight of an optimiser, which stands for all that it holds."""

    name: str
    weight: Tensor
    version: int
    """How often its gradient had been written to at the last step."""
    steps: int = 1
    kept: int = 0
    """Steps in a row that added to a gradient which had been used before."""
    backwards: int = 0
    """Backward passes since the last step."""


class Clearing:
    """What is known of the optimisers that hold weights of a model."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._followed: dict[int, _Followed] = {}
        self._over: set[int] = set()

    def before_backward(self) -> None:
        """Look whether gradients are still there before a backward pass adds to them."""
        for key, one in tuple(self._followed.items()):
            gradient = one.weight.grad
            # Its numbers are read in one span between steps alone, since on a GPU that is to wait for them.
            if not _is_dense(gradient) or (one.kept == KEPT_STEPS - 1 and not bool(gradient.any())):
                self._forget(key)
            one.backwards += 1

    def before_step(self, optimizer: Optimizer, held: Held) -> None:
        """Count the steps whose gradient was never cleared since the step before."""
        key = id(optimizer)
        if key in self._over:
            return
        one = self._followed.get(key)
        if one is None:
            named = next(((name, weight) for name, weight in held if _is_dense(weight.grad)), None)
            if named is not None and _is_dense(named[1].grad):
                self._followed[key] = _Followed(*named, named[1].grad._version)
            return
        gradient = one.weight.grad
        if not _is_dense(gradient) or one.steps == _FIRST_STEPS:
            self._forget(key)
            return
        # Without a backward pass, or with one that did not reach it, nothing was added.
        if one.backwards and gradient._version > one.version:
            one.kept += 1
        one.version, one.backwards, one.steps = gradient._version, 0, one.steps + 1
        if one.kept == KEPT_STEPS:
            self.findings += (_told(one, type(optimizer).__name__),)
            self._forget(key)

    def _forget(self, key: int) -> None:
        del self._followed[key]
        self._over.add(key)


def _is_dense(gradient: Tensor | None) -> TypeGuard[Tensor]:
    """Return whether there is a gradient whose numbers can be read by this process alone."""
    return (
        type(gradient) is Tensor
        and gradient.layout is torch.strided
        and not gradient.is_meta
        and not gradient.is_inference()
    )


def _told(one: _Followed, optimizer: str) -> Finding:
    return found(
        "kept-gradients",
        one.name,
        f"{optimizer} made {one.kept + 1} steps in a row, and at every backward pass between them `{one.name}` still "
        "had the gradient of the one before: each step follows the sum of all gradients so far.",
        (
            "Clear them once for every step:",
            "    optimizer.zero_grad()   # before loss.backward(), or behind optimizer.step()",
        ),
        measured=float(one.kept),
        threshold=float(KEPT_STEPS),
        since=one.steps - one.kept + 1,
    )
