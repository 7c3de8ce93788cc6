"""Swapping the activations of a model."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..catalogue import Activation, get
from ..errors import ArrayTypeError
from .calls import Call, calls
from .modules import module
from .recognising import Values, axis_of, kin, named, recognised


@dataclass(frozen=True, slots=True)
class Kept:
    """An activation module that stayed, and why."""

    name: str
    activation: str
    why: str = ""
    """"" where it is simply another activation than the one asked for."""

    def __str__(self) -> str:
        return f"{self.name!r} ({self.activation}{', ' if self.why else ''}{self.why})"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What was swapped and what stayed, by the names that `model.named_modules()` gives."""

    swapped: tuple[str, ...]
    left: tuple[Kept, ...] = ()
    """Activation modules that stayed."""
    calls: tuple[Call, ...] = ()
    """Activations called as functions, which cannot be swapped, as far as the code of the model shows them."""

    def __str__(self) -> str:
        count = len(self.swapped)
        told = f"{count} activation{'s' * (count != 1)} replaced"
        if count:
            told += f": {', '.join(map(repr, self.swapped))}"
        if self.left:
            told += f"; left: {', '.join(map(str, self.left))}"
        if self.calls:
            told += f"; functions stay: {', '.join(map(str, self.calls))}"
        elif not count:
            told += "; only modules are seen, not functions that forward() calls, such as F.relu"
        return told


def replace(
    model: nn.Module, old: str | type[nn.Module], new: str | Activation | nn.Module | Callable[[], nn.Module]
) -> Replacement:
    """Swap, in place, every module of `model` that applies `old` for `new`; return what was swapped and what stayed.

    `old` is an activation's name, which PyTorch's module and ours both answer to, or a module class. `new` is a name, a
    module, of which each place gets a copy, or anything that returns a new module when called. A module used in several
    places stays one module; training mode, device and dtype are those of the module that goes. Named as `new`, an
    activation that is the old one keeps its parameters, learned ones too, and one of rows or halves keeps the axis:
    replace(model, nn.PReLU, "prelu") changes whose code runs and nothing else. Ours never works in place, whatever the
    old module did.

    An activation that is called as a function in `forward` (F.relu) is no module and stays: `calls` tells of those that
    the code shows.

    >>> model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ELU(), nn.Linear(4, 1))
    >>> print(replace(model, "relu", "gelu"))
    1 activation replaced: '1'; left: '3' (elu)
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
    wanted = get(new) if isinstance(new, str | Activation) else None
    make = _maker(wanted or new)
    swapped: list[str] = []
    left: list[Kept] = []
    fresh: dict[nn.Module, nn.Module] = {}
    for path, parent, name, child in _places(model):
        if not matches(child):
            left += _kept(path, child)
        elif wanted is not None and (why := _obstacle(child, wanted)):
            found = recognised(child)
            left.append(Kept(path, found[0].name if found else type(child).__name__, why))
        else:
            if child not in fresh:
                around = _around(child, parent, model)
                made = _made(child, wanted, around) if wanted else _at_home(make(), around)
                fresh[child] = made.train(child.training)
            setattr(parent, name, fresh[child])
            swapped.append(path)
    return Replacement(tuple(swapped), tuple(left), calls(model))


def activation_of(layer: nn.Module) -> tuple[str, Values] | None:
    """Return the catalogue name and the parameters of an activation module, PyTorch's or ours; None for other modules.

    A parameter that the module learns for several channels is a tensor, all others are numbers.

    >>> activation_of(nn.LeakyReLU(0.2))
    ('leaky_relu', {'negative_slope': 0.2})
    """
    found = recognised(layer)
    return (found[0].name, found[1]) if found else None


def _maker(new: Any) -> Callable[[], nn.Module]:
    """Return what makes a new module each time that it is called."""
    if isinstance(new, Activation):
        return partial(module, new)
    if isinstance(new, nn.Module):
        return partial(copy.deepcopy, new)
    called = named(new) if (getattr(new, "__module__", None) or "torch").startswith("torch") else None
    if called or not callable(new):
        remedy = f"; for the activation of that name type {called!r}" if called else ""
        raise ArrayTypeError(
            "replace needs a `new` that is a name, a module, or a class or function that makes one, "
            f"but got {new!r}{remedy}"
        )

    def made() -> nn.Module:
        result = new()
        if not isinstance(result, nn.Module):
            raise ArrayTypeError(f"replace needs a `new` that returns a module when called, but it returned {result!r}")
        return result

    return made


def _matcher(old: str | type[nn.Module]) -> Callable[[nn.Module], bool]:
    if isinstance(old, type):
        return lambda layer: type(layer) is old
    if isinstance(old, nn.Module):
        kind = type(old).__name__
        raise ArrayTypeError(f"replace takes a name or a class for `old`, but got the module {old!r}; pass {kind}")
    name = get(old).name

    def matches(layer: nn.Module) -> bool:
        found = recognised(layer)
        return found is not None and found[0].name == name

    return matches


def _places(model: nn.Module) -> list[tuple[str, nn.Module, str, nn.Module]]:
    """Return where each module is held: its path, its parent, its name there, and itself."""
    return [
        (f"{prefix}.{name}" if prefix else name, parent, name, child)
        for prefix, parent in model.named_modules()
        for name, child in parent._modules.items()  # named_children leaves out a module's second place
        if child is not None
    ]


def _kept(path: str, child: nn.Module) -> list[Kept]:
    if found := recognised(child):
        return [Kept(path, found[0].name)]
    if relative := kin(child):
        return [Kept(path, relative.name, f"in a class of its own, {type(child).__name__}")]
    return []


def _obstacle(child: nn.Module, wanted: Activation) -> str:
    """Return why `wanted` cannot stand where the module does; "" if it can."""
    found = recognised(child)
    if wanted.gated != (found is not None and found[0].gated):
        return f"{wanted.name} takes {'two inputs' if wanted.gated else 'one input'}"
    if not wanted.pointwise and axis_of(child) is None:
        return "its axis depends on the shape that it meets"
    return ""


def _made(child: nn.Module, wanted: Activation, around: Tensor | None) -> nn.Module:
    """Return a new module of `wanted`, with the parameters of the old one where that is the same activation."""
    options: dict[str, Any] = {} if wanted.pointwise else {"dim": axis_of(child)}
    found = recognised(child)
    values = found[1] if found and found[0].name == wanted.name else {}
    learned = {p.name: getattr(child, p.name) for p in wanted.parameters if p.learnable and p.name in values}
    options |= {name: value for name, value in values.items() if name not in learned}
    if learned:
        options["channels"] = max(tensor.numel() for tensor in learned.values())
    made = _at_home(module(wanted, **options), around)
    with torch.no_grad():
        for name, tensor in learned.items():
            getattr(made, name).copy_(tensor).requires_grad_(tensor.requires_grad)
    return made


def _around(child: nn.Module, parent: nn.Module, model: nn.Module) -> Tensor | None:
    """Return the nearest parameter, whose device and dtype a new one must have."""
    found = (tensor for home in (child, parent, model) for tensor in home.parameters())
    return next((tensor for tensor in found if tensor.dtype.is_floating_point), None)


def _at_home(made: nn.Module, around: Tensor | None) -> nn.Module:
    if around is None or next(made.parameters(), None) is None:
        return made
    return made.to(device=around.device, dtype=around.dtype)
