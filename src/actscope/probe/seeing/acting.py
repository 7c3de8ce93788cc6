"""A place while it is watched: what it knows of itself, and its memory."""

from typing import Any

from torch import Tensor

from ..records import Place, PlaceHistory, Role
from ..rows.sites import Site
from ..session import Session, counted
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

    @counted("in_forward")
    def begin(self, x: Tensor) -> None:
        """Measure what arrives."""
        bad = self.site.arrived(x, self.session.tick)
        if bad:
            self.session.met(self.name, bad)
        if self.whole and x.grad_fn is not None and self.session.wants_gradient(self.number):
            self.session.keep(x.register_hook(self._leaves))  # type: ignore[no-untyped-call]

    @counted("in_forward")
    def after(self, y: Tensor) -> None:
        """Measure what leaves, and see to it that the gradients are measured where it is their turn."""
        self.site.left(y, self.session.tick)
        node: Any = y.grad_fn
        if node is not None and self.session.wants_gradient(self.number):
            self.session.keep(node.register_hook(self._back))

    @counted("in_gradients")
    def _back(self, leaving: tuple[Any, ...], arriving: tuple[Any, ...]) -> None:
        if arriving and arriving[0] is not None:
            self.site.arriving(arriving[0], self.session.tick)
        if leaving and leaving[0] is not None and not self.whole:
            self.site.leaving(leaving[0], self.session.tick)

    @counted("in_gradients")
    def _leaves(self, gradient: Tensor) -> None:
        self.site.leaving(gradient, self.session.tick)

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
