"""Activations as modules: one class per activation of the catalogue, named as PyTorch names its own."""

from typing import Any

from torch import Tensor, nn

from ..catalogue import CATALOGUE, Activation, get
from ..errors import ParameterError
from . import functional


class ActivationModule(nn.Module):
    """A module that applies one activation; its parameters are fixed numbers."""

    def __init__(self, activation: str | Activation, *, dim: int = -1, **parameters: Any) -> None:
        super().__init__()
        self.activation = get(activation)
        self.parameters_given = self.activation.bind(**parameters)
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return f(x), shape and dtype as `x`."""
        return functional.apply(self.activation, x, dim=self.dim, **self.parameters_given)

    def extra_repr(self) -> str:
        """Return the parameters as `print(model)` shows them."""
        shown = [f"{name}={value:g}" for name, value in self.parameters_given.items()]
        return ", ".join([*shown, f"dim={self.dim}"] if self.activation.rowwise else shown)


def module(activation: str | Activation, *, dim: int = -1, **parameters: Any) -> ActivationModule:
    """Return a new module that applies `activation`.

    >>> module("leaky_relu", negative_slope=0.2)
    LeakyReLU(negative_slope=0.2)
    """
    activation = get(activation)
    built: ActivationModule = module_class(activation)(dim=dim, **parameters)
    return built


def module_class(activation: Activation) -> type[ActivationModule]:
    """Return the module class of a catalogue activation; a user's own gets one of its own."""
    return MODULES.get(activation.class_name) or _class_for(activation)


def _class_for(activation: Activation) -> type[ActivationModule]:
    names = [parameter.name for parameter in activation.parameters]

    def __init__(self: ActivationModule, *args: Any, dim: int = -1, **parameters: Any) -> None:  # noqa: N807
        if len(args) > len(names):
            raise ParameterError(f"{activation.class_name} takes {len(names)} parameters, but got {len(args)}")
        given = dict(zip(names, args, strict=False))
        if twice := given.keys() & parameters.keys():
            raise ParameterError(f"{activation.class_name}: `{min(twice)}` is given twice, by place and by name")
        ActivationModule.__init__(self, activation, dim=dim, **given, **parameters)

    doc = f"{activation.title}: f(x) = {activation.formula}.\n\n{activation.story}\n\n{activation.introduced}."
    namespace = {"__init__": __init__, "__doc__": doc, "__module__": "actscope.nn"}
    return type(activation.class_name, (ActivationModule,), namespace)


MODULES: dict[str, type[ActivationModule]] = {a.class_name: _class_for(a) for a in CATALOGUE}
"""Every module class by its name; `actscope.nn.GELU` looks here."""
