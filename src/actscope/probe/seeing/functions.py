"""Which function acts at a place: one of the catalogue, or a module of a user's own that is a function as a whole."""

from collections.abc import Collection
from dataclasses import dataclass

from torch import Tensor, nn

from ...catalogue import Activation
from ...errors import ParameterError
from ...nn.recognising import recognised
from ..slopes import Ranges, fires
from . import tap
from .elementwise import Curve, curve_of

Parameters = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Function:
    """What acts at a place."""

    name: str
    parameters: Parameters
    fires: Ranges | None
    """Where its slope is not small; None where that is not known."""
    formula: bool = True
    """Whether the catalogue has it."""


def known(activation: Activation, parameters: Parameters) -> Function:
    """Return a function of the catalogue.

    >>> from actscope.catalogue import get
    >>> known(get("relu"), ()).fires
    ((5e-324, inf),)
    """
    try:
        return Function(activation.name, parameters, fires(activation, parameters) if activation.pointwise else None)
    except ParameterError:
        # PyTorch takes numbers that the formula has no room for, as an infinite end of hardtanh.
        return Function(activation.name, parameters, None, formula=False)


class Wholes:
    """What modules are as a whole, each of a user's own tried once."""

    def __init__(self) -> None:
        self._curves: dict[nn.Module, Curve | None] = {}

    def whole(self, module: nn.Module, x: Tensor, inside: Collection[str], is_its_operator: bool) -> Function | None:
        """Return the function that a module is; None if it is none, or those met `inside` say all of it.

        `is_its_operator` tells that all the module did was one operator, which is a place by itself.
        """
        found = recognised(module)
        if found is not None:
            activation, values = found
            if not activation.pointwise or activation.name == "identity" or activation.name in inside:
                return None
            numbers = ((name, float(value)) for name, value in values.items() if not isinstance(value, Tensor))
            return known(activation, tuple(numbers))
        if is_its_operator or type(module).__module__.startswith("torch.nn"):
            return None
        curve = self._curve(module, x)
        return None if curve is None else Function(type(module).__name__, (), curve.fires, formula=False)

    def _curve(self, module: nn.Module, x: Tensor) -> Curve | None:
        if module not in self._curves:
            listening, tap.HERE.listener = tap.HERE.listener, None
            try:
                self._curves[module] = curve_of(module, x)
            finally:
                tap.HERE.listener = listening
        return self._curves[module]
