"""Activations as modules: one class per activation of the catalogue, named as PyTorch names its own.

They take what PyTorch's take, by place and by name, so that a model need not be rewritten. `inplace` changes nothing:
no input is ever overwritten. Nor does Softplus's `threshold`, above which PyTorch's is a line lest exp overflow.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from ..catalogue import CATALOGUE, Activation, get
from ..errors import ArrayTypeError, ParameterError
from . import functional
from .curves import Curve, curve

# PyTorch's names for what we call by the parameter's own name.
_TORCH_NAMES = {
    "prelu": {"num_parameters": "channels", "init": "weight", "device": "device", "dtype": "dtype"},
}
# What they take beside numbers of the formula: what it must be, whether it is that, and what becomes of it.
_BESIDE: dict[str, tuple[str, Callable[[Any], bool], str]] = {
    "inplace": (
        "True or False",
        lambda given: isinstance(given, bool),
        "changes nothing: no input is ever overwritten",
    ),
    "approximate": (
        "'none' or 'tanh'",
        lambda given: isinstance(given, str) and given in ("none", "tanh"),
        "is 'none', or 'tanh' for gelu_tanh",
    ),
    "threshold": (
        "a number",
        lambda given: isinstance(given, int | float) and not isinstance(given, bool),
        "changes nothing: PyTorch's is a straight line from there on, lest exp overflow, which does not happen here",
    ),
}
_TAKEN = {"GELU": ("approximate",), "Softplus": ("threshold",)}


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

    @property
    def curve(self) -> Curve | None:
        """The function of one number that it applies; None if it learns, draws, mixes rows or takes two inputs."""
        return self._curve

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
        if getattr(self, "approximate", "none") != "none":
            shown.append(f"approximate={self.approximate!r}")
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
    beside = _taken_by(activation.class_name)
    by_place += beside

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
        taken = {name: renamed.pop(name) for name in beside if name in renamed}
        for name, value in taken.items():
            expected, fits, _ = _BESIDE[name]
            if not fits(value):
                raise ParameterError(f"{activation.class_name}: `{name}` must be {expected}, but got {value!r}")
        approximate = taken.get("approximate", "none")
        ActivationModule.__init__(self, activation if approximate == "none" else "gelu_tanh", **renamed)
        if "approximate" in beside:
            self.approximate = approximate

    doc = f"{activation.title}: f = {activation.formula}.\n\n{activation.story}\n\n{activation.introduced}."
    doc += "".join(f"\n\n`{name}` {_BESIDE[name][2]}." for name in beside)
    namespace = {"__init__": __init__, "__doc__": doc, "__module__": "actscope.nn"}
    return type(activation.class_name, (ActivationModule,), namespace)


def _taken_by(name: str) -> tuple[str, ...]:
    """Return what a module class takes beside numbers, as PyTorch's of that name does."""
    theirs = getattr(nn, name, None)
    inplace = theirs is not None and "inplace" in inspect.signature(theirs).parameters
    return ("inplace",) if inplace else _TAKEN.get(name, ())


class Softmax2d(ActivationModule):
    """Softmax over the channels at each place of images of shape (channels, height, width) or a batch of them."""

    __module__ = "actscope.nn"

    def __init__(self, **parameters: Any) -> None:
        super().__init__("softmax", dim=-3, **parameters)

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """Return the shares of the channels, shape and dtype as `x`; ArrayTypeError for other than 3 or 4 axes."""
        if isinstance(x, Tensor) and x.dim() not in (3, 4):
            raise ArrayTypeError(f"Softmax2d takes images, a tensor of 3 or 4 dimensions, but got one of {x.dim()}")
        return super().forward(x, *others)


MODULES: dict[str, type[ActivationModule]] = {a.class_name: _class_for(a) for a in CATALOGUE} | {"Softmax2d": Softmax2d}
"""Every module class by its name; `actscope.nn.GELU` looks here."""
