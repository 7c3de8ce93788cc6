"""Which activation a module, a function or a method is: PyTorch's and ours, by the catalogue's names."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ..catalogue import CATALOGUE, Activation
from .modules import ActivationModule

Values = dict[str, float | Tensor]
"""The parameters of an activation; one that a module learns for several channels is a tensor."""

# What PyTorch calls otherwise than the catalogue.
_FUNCTIONS = {"abs": "absolute", "absolute": "absolute", "atan": "arctan", "sin": "sine", "log_softmax": "log_softmax"}
_CLASSES = {"Softmax2d": "softmax"}


def recognised(layer: nn.Module) -> tuple[Activation, Values] | None:
    """Return the activation that a module applies and its parameters; None for modules that are no activations.

    >>> activation, values = recognised(nn.Hardtanh(-2.0, 2.0))
    >>> activation.name, values
    ('hardtanh', {'min_val': -2.0, 'max_val': 2.0})
    """
    if isinstance(layer, ActivationModule):
        return layer.activation, _values(layer, layer.activation, layer.parameters_given)
    if type(layer) is nn.GELU and layer.approximate == "tanh":
        return CATALOGUE["gelu_tanh"], {}
    found = _OF_TORCH.get(type(layer))
    return (found, _values(layer, found, {})) if found else None


def kin(layer: nn.Module) -> Activation | None:
    """Return the activation of PyTorch whose class a module's own class is made from; it may do anything else."""
    return next((_OF_TORCH[cls] for cls in type(layer).__mro__[1:] if cls in _OF_TORCH), None)


def axis_of(layer: nn.Module) -> int | None:
    """Return the axis along which a row-wise or gated module acts; None where PyTorch chooses one by the shape.

    >>> axis_of(nn.Softmax(dim=1)), axis_of(nn.Softmax2d()), axis_of(nn.Softmax(dim=None)), axis_of(nn.ReLU())
    (1, -3, None, -1)
    """
    axis = -3 if type(layer) is nn.Softmax2d else getattr(layer, "dim", -1)
    return axis if isinstance(axis, int) else None


def named(function: object) -> str | None:
    """Return the name of the activation that PyTorch's or our function is; None for other functions.

    >>> named(nn.functional.leaky_relu), named(nn.functional.linear)
    ('leaky_relu', None)
    """
    if isinstance(function, Activation):
        return function.name
    home = getattr(function, "__module__", None) or "torch"
    if isinstance(function, nn.Module) or not home.startswith(("torch", "_")):
        return None
    return spelled(getattr(function, "__name__", ""))


def spelled(name: str) -> str | None:
    """Return the name of the activation that a function or method of PyTorch has by its own name, in place or not.

    >>> spelled("relu_"), spelled("sin"), spelled("exp")
    ('relu', 'sine', None)
    """
    name = name.removesuffix("_")
    name = _FUNCTIONS.get(name, name)
    return CATALOGUE[name].name if name in _CALLED else None


def called_with(activation: Activation, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, float]:
    """Return the parameters of a call of PyTorch's function, whose order is that of the declaration.

    >>> called_with(CATALOGUE["leaky_relu"], (0.2,), {})
    {'negative_slope': 0.2}
    """
    names = [parameter.name for parameter in activation.parameters]
    given = {**dict(zip(names, args, strict=False)), **{name: kwargs[name] for name in names if name in kwargs}}
    return {name: float(v) for name, v in given.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _values(layer: nn.Module, activation: Activation, given: Mapping[str, Any]) -> Values:
    found: Values = {}
    for parameter in activation.parameters:
        value = getattr(layer, parameter.name, given.get(parameter.name, parameter.default))
        value = value.detach() if isinstance(value, Tensor) else value
        found[parameter.name] = value if isinstance(value, Tensor) and value.numel() > 1 else float(value)
    return found


def _classes() -> dict[type[nn.Module], Activation]:
    found = {getattr(nn, a.class_name): a for a in CATALOGUE if isinstance(getattr(nn, a.class_name, None), type)}
    return found | {getattr(nn, theirs): CATALOGUE[ours] for theirs, ours in _CLASSES.items()}


_OF_TORCH: dict[type[nn.Module], Activation] = _classes()
_CALLED: frozenset[str] = frozenset(
    name for a in CATALOGUE for name in (a.name, *a.aliases) if name not in ("identity", "linear")
)
