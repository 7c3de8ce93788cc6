"""A user's own network: a factory in a module or a file, called once for each network of a comparison."""

import hashlib
import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...catalogue import Activation
from ...errors import ActscopeError, SettingError, missing_extra
from .. import importing
from .plain import Shape

try:
    import torch
    from torch import nn
except ImportError as error:
    raise missing_extra("lab", "training") from error

from ...nn import module, replace
from ...nn.modules import module_class
from ...nn.recognising import recognised

HOW = (
    "a model of your own is named as package.module:factory or path/to/file.py:factory, a function that takes an "
    "activation, as `def factory(activation): return nn.Sequential(nn.Linear(4, 32), activation(), nn.Linear(32, 3))` "
    "does, or that takes nothing and returns a model whose activations are replaced"
)


def factory(name: str) -> Callable[..., Any]:
    """Return the function that "package.module:factory" or "file.py:factory" names, or raise SettingError."""
    made = importing.function(name, "`model`", "factory", HOW)
    if _places(made) > 1:
        raise SettingError(f"`model` {name!r} needs {_places(made)} arguments, but gets an activation alone; {HOW}")
    return made


def digest(name: str) -> str:
    """Return the SHA-256 of the file in which a factory is written: another text may be another network."""
    path = (
        inspect.getsourcefile(inspect.unwrap(factory(name)))
        or importing.module(name.rpartition(":")[0], "`model`", HOW).__file__
    )
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""


def build(name: str, activation: Activation, shape: Shape, seed: int) -> nn.Module:
    """Return a user's network with this activation, drawn from `seed`, after trying that it fits the data.

    The factory draws from PyTorch's generator, which is seeded for it and left as it was. Raises SettingError if the
    factory fails, returns no module, or one that does not fit.
    """
    made = factory(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            with importing.running(name.rpartition(":")[0]):
                model = made(module_class(activation)) if _places(made) else made()
        except ActscopeError:
            raise
        except (Exception, SystemExit) as problem:
            raise SettingError(_failed(name, made, activation, problem)) from problem
        if not isinstance(model, nn.Module):
            raise SettingError(f"`model` {name!r} returned a {type(model).__name__}, not a torch module; {HOW}")
        if not _places(made):
            _swap(name, model, activation)
        elif not any(_applies(layer, activation) for layer in model.modules()):
            raise SettingError(
                f"`model` {name!r} was given {activation.name}, but the {type(model).__name__} that it returns has no "
                "module of it, so nothing would be compared; make one where it belongs, as in `nn.Sequential(nn.Linear("
                "4, 32), activation(), nn.Linear(32, 3))`"
            )
        _try(name, model, shape)
    return model.float()


def _failed(name: str, made: Callable[..., Any], activation: Activation, problem: BaseException) -> str:
    """Return what a factory's error was and where, with what is mostly behind it."""
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.name == made.__name__]
    where = f" in line {lines[-1]}" if lines else ""
    called = f"the activation {activation.name}" if _places(made) else "nothing"
    told = f"`model` {name!r} failed{where} with {type(problem).__name__}: {problem}; it was called with {called}"
    if _places(made) and "is not a Module subclass" in str(problem):
        return f"{told}, which is a class as nn.ReLU is: write activation(), with parentheses, where a module belongs"
    return told


def _applies(layer: nn.Module, activation: Activation) -> bool:
    known = recognised(layer)
    return known is not None and known[0] == activation


def _places(made: Callable[..., Any]) -> int:
    """Return how many arguments a factory must be given; an optional first one counts as the activation's place."""
    try:
        parameters = list(inspect.signature(made).parameters.values())
    except (TypeError, ValueError):
        return 1
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = sum(p.default is p.empty for p in placed)
    return max(needed, 1 if placed else 0)


def _swap(name: str, model: nn.Module, activation: Activation) -> None:
    kinds = {
        type(layer) for layer in model.modules() if (known := recognised(layer)) is not None and known[0].pointwise
    }
    if not kinds:
        raise SettingError(
            f"`model` {name!r} takes no activation, and the {type(model).__name__} that it returns has no activation "
            "modules to replace; functions such as F.relu inside forward cannot be swapped, so let it take one"
        )
    for kind in kinds:
        replace(model, kind, lambda: module(activation))


def _try(name: str, model: nn.Module, shape: Shape) -> None:
    """Raise SettingError unless the model takes two samples and gives what the task needs for each."""
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise SettingError(f"`model` {name!r} returned a {type(model).__name__} without weights to train")
    samples = torch.zeros(2, *shape.sample, dtype=torch.float32)
    try:
        with torch.no_grad():
            outputs = model.float().eval()(samples)
    except (Exception, SystemExit) as problem:
        raise SettingError(
            f"`model` {name!r} cannot take samples of shape {shape.sample}: {type(problem).__name__}: {problem}"
        ) from problem
    given = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
    wanted = [(2, shape.outputs), *([(2,), (2, 2)] if shape.outputs == 1 else [])]
    if given not in wanted:
        raise SettingError(
            f"`model` {name!r} gives {given} for two samples, but the task needs {wanted[0]}: "
            f"{shape.outputs} number{'s' * (shape.outputs != 1)} per sample"
        )
