"""A forward pass whose places are known: activations are taken in the order in which they were learned."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from ..session import Session
from . import tap
from .acting import Acting
from .fused import EVERY, look_inside
from .hooks import around
from .lesson import Learned


class Following:
    """The listener of such passes, with hooks on the modules that are places as a whole, or recurrent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[nn.Module, list[Acting]] = {}
        """Of modules that are places, one for each call in a pass."""
        self._groups: dict[nn.Module, dict[str, Acting]] = {}
        """Of recurrent layers, one for each operator."""
        self._fused: set[nn.Module] = set()
        self._stops: list[Callable[[], None]] = []
        self._plan: list[tuple[str, Acting | None]] = []
        self._position = 0
        self._lost = False
        self._group: dict[str, Acting] | None = None
        self._counts: dict[nn.Module, int] = {}

    @property
    def hooked(self) -> int:
        """How many modules have hooks of ours."""
        return len(self._places) + len(self._groups)

    def take(self, learned: Learned) -> None:
        """Put hooks on the modules that a lesson has found."""
        new = [module for module, _ in learned.modules if module not in self._places]
        new_groups = [module for module, _ in learned.recurrent if module not in self._groups]
        self._places.update(learned.modules)
        self._groups.update(learned.recurrent)
        self._fused |= learned.fused
        self._hook(new, new_groups)

    def attach(self) -> None:
        """Put all hooks back."""
        self._hook(self._places, self._groups)

    def _hook(self, places: Iterable[nn.Module], groups: Iterable[nn.Module]) -> None:
        for module in places:
            self._stops += around(module, self._place_begins, self._place_ends)
        for module in groups:
            self._stops += around(module, self._group_begins, self._group_ends)

    def detach(self) -> None:
        """Take all hooks away."""
        while self._stops:
            self._stops.pop()()

    def begin(self, learned: Learned) -> None:
        """Begin a pass."""
        self._plan, self._position, self._lost, self._group = learned.calls, 0, False, None
        self._counts.clear()
        tap.begin(self)

    @property
    def kept_to_the_plan(self) -> bool:
        """Whether the pass called what had been learned, and all of it."""
        return not self._lost and self._position == len(self._plan)

    def before(self, operator: str, x: Tensor, _args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Acting | None:
        """Measure the input of the next place."""
        if self._group is not None:
            acting = self._group.get(operator.rstrip("_"))
        else:
            k = self._position
            if self._lost or k >= len(self._plan) or self._plan[k][0] != operator:
                self._lost = True
                return None
            self._position, acting = k + 1, self._plan[k][1]
        if acting is not None:
            acting.begin(x)
        return acting

    def _place_begins(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if torch.compiler.is_compiling() or not tap.hears(self):
            return
        places, k = self._places[module], self._counts.get(module, 0)
        if args and isinstance(args[0], Tensor) and k < len(places):
            places[k].begin(args[0])

    def _place_ends(self, module: nn.Module, _: tuple[Any, ...], result: Any) -> None:
        if torch.compiler.is_compiling() or not tap.hears(self):
            return
        places, k = self._places[module], self._counts.get(module, 0)
        self._counts[module] = k + 1
        if isinstance(result, Tensor) and k < len(places):
            places[k].after(result)

    def _group_begins(self, module: nn.Module, _: tuple[Any, ...]) -> None:
        if not torch.compiler.is_compiling() and tap.hears(self):
            self._group = self._groups[module]

    def _group_ends(self, module: nn.Module, args: tuple[Any, ...], _: Any) -> None:
        if torch.compiler.is_compiling():
            return
        if module in self._fused and self._group is not None and self._session.tick % EVERY == 0:
            self._look_inside(module, args)
        self._group = None

    def _look_inside(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        session = self._session
        began, counted = perf_counter(), session.in_forward
        try:
            look_inside(module, args)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        # What the places in it have counted is a part of this.
        session.in_forward = counted + perf_counter() - began
