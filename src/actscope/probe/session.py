"""What all parts of a probe share while it is open: the time, the budget, and what was met on the way."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, Literal

import torch
from torch import nn

from .governor import Governor
from .records import FirstBad

Kind = Literal["in_forward", "in_gradients", "in_parameters"]
"""What seconds are counted as."""
Method = Callable[..., None]


def counted(kind: Kind) -> Callable[[Method], Method]:
    """Have the seconds that a method takes counted, and a mistake of ours end measuring, not the training of a guest.

    Its object has the `session`.
    """

    def decorated(method: Method) -> Method:
        def run(self: Any, *args: Any) -> None:
            session: Session = self.session
            began = perf_counter()
            try:
                method(self, *args)
            except Exception as problem:  # noqa: BLE001  (see Session.breaks)
                session.breaks(problem)
            setattr(session, kind, getattr(session, kind) + perf_counter() - began)

        return run

    return decorated


class Session:
    """The state of an open probe. It holds neither the model nor the graph of a loss."""

    __slots__ = (
        *("_explained", "_handles", "asleep", "broken", "first_bad", "governor", "notes", "step", "tick"),
        *("in_forward", "in_gradients", "in_parameters"),
    )

    def __init__(self, budget: float | None) -> None:
        self.governor = Governor(budget)
        self.step = 0
        """The step that the model is in, from 1."""
        self.asleep = 0
        """How many steps more are not looked at."""
        self.tick = 0
        """Forward passes that were measured."""
        self.in_forward = self.in_gradients = self.in_parameters = 0.0
        """Seconds spent measuring."""
        self.first_bad: FirstBad | None = None
        self.notes: dict[str, None] = {}
        self.broken = ""
        """Why nothing is measured any more."""
        self._handles: list[Any] = []
        self._explained = False

    @property
    def spent(self) -> tuple[float, float, float]:
        """The seconds spent on what is measured forward, on gradients, and on parameters."""
        return self.in_forward, self.in_gradients, self.in_parameters

    def wants_gradient(self, number: int) -> bool:
        """Return whether it is this place's turn to have its gradients measured."""
        return (number + self.tick) % self.governor.gradients == 0

    def keep(self, handle: Any) -> None:
        """Keep the handle of a hook on the graph, to be taken away when the graph has served."""
        self._handles.append(handle)

    def release(self) -> None:
        """Take away the hooks that are left on graphs."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def forget(self) -> None:
        """Let the hooks of graphs that have served go with them."""
        self._handles.clear()

    def met(self, where: str, count: int, step: int = 0) -> None:
        """Take note of numbers that are not finite, in the step that the model is in if none is named."""
        if self.first_bad is None:
            self.first_bad = FirstBad(where, max(step or self.step, 1), count, seen=self.asleep == 0)

    def explain(self, model: nn.Module) -> None:
        """Look, once, whether it was the weights that were no longer finite."""
        if self.first_bad is None or self._explained:
            return
        self._explained = True
        for name, parameter in model.named_parameters():
            if not bool(torch.isfinite(parameter.detach()).all()):
                self.first_bad = replace(self.first_bad, cause=name)
                return

    def note(self, text: str) -> None:
        """Take note of what cannot be seen."""
        self.notes[text] = None

    def breaks(self, problem: Exception) -> None:
        """Measure no more after a mistake of ours: the model is a guest, and trains on."""
        self.broken = f"measuring stopped at step {self.step}: {type(problem).__name__}: {problem}"
        self.note(self.broken)
