"""Swapping the activations of a model."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from ..catalogue import CATALOGUE, Activation, get
from ..errors import ArrayTypeError
from .modules import ActivationModule, module


@dataclass(frozen=True, slots=True)
class Replacement:
    """What was swapped, by the names that `model.named_modules()` gives."""

    swapped: tuple[str, ...]

    def __str__(self) -> str:
        count = len(self.swapped)
        if not count:
            return "0 activations replaced; only modules are seen, not functions that forward() calls, such as F.relu"
        return f"{count} activation{'s' * (count != 1)} replaced" + (": " + ", ".join(self.swapped) if count else "")


def replace(
    model: nn.Module, old: str | type[nn.Module], new: str | Activation | Callable[[], nn.Module]
) -> Replacement:
    """Swap, in place, every module of `model` that applies `old` for `new`, and return what was swapped.

    `old` is an activation's name, which PyTorch's module and ours both answer to, or a module class. `new` is a name,
    or anything that returns a new module when called. A module used in several places stays one module. An activation
    that is called as a function in `forward` (`F.relu`) is not a module and stays: an empty `swapped` says so.

    >>> model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    >>> replace(model, "relu", "gelu").swapped
    ('1',)
    >>> model[1]
    GELU()
    """
    if not isinstance(model, nn.Module):
        raise ArrayTypeError(f"replace needs a torch module, but got {type(model).__name__}")
    matches = _matcher(old)
    if matches(model):
        raise ArrayTypeError(
            "the model itself is the activation; nothing holds it, so make the new one with actscope.nn.module"
        )
    build = (lambda: module(new)) if isinstance(new, str | Activation) else new
    places = [
        (f"{prefix}.{name}" if prefix else name, parent, name, child)
        for prefix, parent in model.named_modules()
        for name, child in parent._modules.items()  # named_children leaves out a module's second place
        if child is not None and matches(child)
    ]
    fresh: dict[nn.Module, nn.Module] = {}
    for _, parent, name, child in places:
        if child not in fresh:
            fresh[child] = build().train(child.training)
        setattr(parent, name, fresh[child])
    return Replacement(tuple(path for path, *_ in places))


def activation_of(layer: nn.Module) -> tuple[str, dict[str, float]] | None:
    """Return the catalogue name and the parameters of an activation module, PyTorch's or ours; None for other modules.

    >>> activation_of(nn.LeakyReLU(0.2))
    ('leaky_relu', {'negative_slope': 0.2})
    """
    if isinstance(layer, ActivationModule):
        return layer.activation.name, layer.parameters_given
    for activation in CATALOGUE:
        if type(layer) is getattr(nn, activation.class_name, None):
            if activation.name == "gelu" and getattr(layer, "approximate", "none") == "tanh":
                return "gelu_tanh", {}
            return activation.name, {p.name: float(getattr(layer, p.name, p.default)) for p in activation.parameters}
    return None


def _matcher(old: str | type[nn.Module]) -> Callable[[nn.Module], bool]:
    if isinstance(old, type):
        return lambda layer: type(layer) is old
    name = get(old).name

    def matches(layer: nn.Module) -> bool:
        found = activation_of(layer)
        return found is not None and found[0] == name

    return matches
