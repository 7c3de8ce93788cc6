"""Activations as modules: one class per activation of the catalogue, named as PyTorch names its own.

They take what PyTorch's take, by place and by name. `inplace` is taken too, so that a model's nn.ReLU(inplace=True)
need not be rewritten, and changes nothing: no input is ever overwritten.
"""

import inspect
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from ..catalogue import CATALOGUE, Activation, get
from ..errors import ParameterError
from . import functional
from .curves import curve

# PyTorch's names for what we call by the parameter's own name.
_TORCH_NAMES = {"prelu": {"num_parameters": "channels", "init": "weight"}}


class ActivationModule(nn.Module):
    """A module that applies one activation. Learnable parameters are torch parameters; the others are fixed numbers."""

    def __init__(
        self,
        activation: str | Activation,
        *,
        dim: int = -1,
        channels: int = 1,
        device: Any = None,
        dtype: Any = None,
        **parameters: Any,
    ) -> None:
        super().__init__()
        self.activation = get(activation)
        self.parameters_given = self.activation.bind(**parameters)
        self.dim = dim
        learnable = [parameter.name for parameter in self.activation.parameters if parameter.learnable]
        if isinstance(channels, bool) or not isinstance(channels, int) or channels < 1:
            raise ParameterError(
                f"{self.activation.name}: `channels` must be a whole number >= 1, but got {channels!r}"
            )
        if isinstance(dim, bool) or not isinstance(dim, int):
            raise ParameterError(f"{self.activation.name}: `dim` must be a whole number, but got {dim!r}")
        if dim != -1 and self.activation.pointwise:
            raise ParameterError(f"{self.activation.name} takes each number by itself, so no `dim`")
        if channels > 1 and not learnable:
            raise ParameterError(f"{self.activation.name} has nothing to learn, so no `channels`")
        for name in learnable:
            start = torch.full((channels,), self.parameters_given.pop(name), device=device, dtype=dtype)
            self.register_parameter(name, nn.Parameter(start))
        self._learnable = tuple(learnable)
        activation = self.activation
        fixed = activation.pointwise and not learnable and not activation.drawn
        self._curve = (
            curve(activation.formula, activation.slope_formula, tuple(self.parameters_given.items())) if fixed else None
        )

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """Return f(x), shape and dtype as `x`; a gated activation takes two tensors, or halves one along `dim`."""
        if self._curve is not None and not others:
            return functional.along(self._curve, x, self.activation, self.parameters_given)
        learned = {name: getattr(self, name) for name in self._learnable}
        training = self.training and self.activation.drawn is not None
        given: dict[str, Any] = self.parameters_given
        return functional.apply(self.activation, x, *others, dim=self.dim, training=training, **given, **learned)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A class that was made for a user's formula has no name by which pickle would find it.
        if type(self) is module_class(self.activation):
            return _unmade, (self.activation,), self.__dict__.copy()
        return super().__reduce_ex__(protocol)

    def extra_repr(self) -> str:
        """Return the parameters as `print(model)` shows them."""
        shown = [f"channels={getattr(self, self._learnable[0]).numel()}"] if self._learnable else []
        shown += [f"{name}={value:g}" for name, value in self.parameters_given.items()]
        return ", ".join(shown if self.activation.pointwise else [*shown, f"dim={self.dim}"])


def module(activation: str | Activation, **options: Any) -> ActivationModule:
    """Return a new module that applies `activation`.

    Options are the activation's parameters; `dim` for row-wise and gated ones; `channels` for learnable parameters, of
    which there is one for each channel along axis 1; `device` and `dtype` of these.

    >>> module("leaky_relu", negative_slope=0.2)
    LeakyReLU(negative_slope=0.2)
    >>> module("prelu", channels=64).weight.shape
    torch.Size([64])
    """
    activation = get(activation)
    built: ActivationModule = module_class(activation)(**options)
    return built


def _unmade(activation: Activation) -> ActivationModule:
    """Return a module without contents, for pickle to fill."""
    made = module_class(activation)
    return made.__new__(made)


def module_class(activation: Activation) -> type[ActivationModule]:
    """Return the module class of a catalogue activation; a user's own gets one of its own."""
    known = MODULES.get(activation.class_name)
    return known if known and CATALOGUE[activation.name] == activation else _class_for(activation)


@cache
def _class_for(activation: Activation) -> type[ActivationModule]:
    own = _TORCH_NAMES.get(activation.name, {})
    by_place = list(own) or [parameter.name for parameter in activation.parameters]
    if not activation.pointwise:
        # As in torch.nn: Softmax(dim), GLU(dim).
        by_place = ["dim", *by_place]
    if _takes_inplace(activation.class_name):
        by_place.append("inplace")

    def __init__(self: ActivationModule, *args: Any, **options: Any) -> None:  # noqa: N807
        if len(args) > len(by_place):
            raise ParameterError(
                f"{activation.class_name} takes {len(by_place)} values by place ({', '.join(by_place) or 'none'}), "
                f"but got {len(args)}"
            )
        given = dict(zip(by_place, args, strict=False))
        if twice := given.keys() & options.keys():
            raise ParameterError(f"{activation.class_name}: `{min(twice)}` is given twice, by place and by name")
        renamed = {own.get(name, name): value for name, value in (given | options).items()}
        if "inplace" in by_place and not isinstance(inplace := renamed.pop("inplace", False), bool):
            raise ParameterError(f"{activation.class_name}: `inplace` must be True or False, but got {inplace!r}")
        ActivationModule.__init__(self, activation, **renamed)

    doc = f"{activation.title}: f = {activation.formula}.\n\n{activation.story}\n\n{activation.introduced}."
    namespace = {"__init__": __init__, "__doc__": doc, "__module__": "actscope.nn"}
    return type(activation.class_name, (ActivationModule,), namespace)


def _takes_inplace(name: str) -> bool:
    theirs = getattr(nn, name, None)
    return theirs is not None and "inplace" in inspect.signature(theirs).parameters


MODULES: dict[str, type[ActivationModule]] = {a.class_name: _class_for(a) for a in CATALOGUE}
"""Every module class by its name; `actscope.nn.GELU` looks here."""
