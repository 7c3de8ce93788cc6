"""A place while it is watched: what it knows of itself, and its memory."""

from time import perf_counter
from typing import Any

from torch import Tensor

from ..records import Place, PlaceHistory, Role
from ..rows.sites import Site
from ..session import Session
from .functions import Function


class Acting:
    """A place that is watched; it is also the visit of one call there."""

    __slots__ = ("function", "layer", "name", "number", "role", "session", "site", "whole")

    def __init__(self, session: Session, number: int, name: str, function: Function, site: Site, layer: str) -> None:
        self.session, self.number, self.name = session, number, name
        self.function, self.site, self.layer = function, site, layer
        self.role: Role = "activation"
        self.whole = False
        """Whether it is a module of several operators: what leaves is then the whole gradient of its input, and so also
        what comes to that by other ways, as around a residual block."""

    def begin(self, x: Tensor) -> None:
        """Measure what arrives."""
        session = self.session
        began = perf_counter()
        try:
            bad = self.site.arrived(x, session.tick)
            if bad:
                session.met(self.name, bad)
            if self.whole and x.grad_fn is not None and session.wants_gradient(self.number):
                session.keep(x.register_hook(self._leaves))  # type: ignore[no-untyped-call]
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        session.in_forward += perf_counter() - began

    def after(self, y: Tensor) -> None:
        """Measure what leaves, and see to it that the gradients are measured where it is their turn."""
        session = self.session
        began = perf_counter()
        try:
            self.site.left(y, session.tick)
            node: Any = y.grad_fn
            if node is not None and session.wants_gradient(self.number):
                session.keep(node.register_hook(self._back))
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        session.in_forward += perf_counter() - began

    def _back(self, leaving: tuple[Any, ...], arriving: tuple[Any, ...]) -> None:
        session = self.session
        began = perf_counter()
        try:
            if arriving and arriving[0] is not None:
                self.site.arriving(arriving[0], session.tick)
            if leaving and leaving[0] is not None and not self.whole:
                self.site.leaving(leaving[0], session.tick)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        session.in_gradients += perf_counter() - began

    def _leaves(self, gradient: Tensor) -> None:
        session = self.session
        began = perf_counter()
        try:
            self.site.leaving(gradient, session.tick)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        session.in_gradients += perf_counter() - began

    def history(self, order: int, used: int) -> PlaceHistory:
        """Return what was seen in the first `used` bins."""
        rows, shown = self.site.taken(used)
        function = self.function
        place = Place(
            self.name,
            function.name,
            function.parameters,
            self.role,
            order,
            self.site.units,
            function.fires,
            function.formula,
            self.layer,
        )
        return PlaceHistory(place, rows, shown)
