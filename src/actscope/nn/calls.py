"""Activations that are called as functions, which no module stands for: seen in the code, without running it."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from .modules import ActivationModule
from .recognising import named, spelled

# Other functions have these names too: x.abs() in a loss is no activation.
_AMBIGUOUS = frozenset({"absolute", "sine", "cosine", "arctan", "sign", "threshold", "step", "bilinear"})
_PREFIXES = frozenset({"F", "functional", "torch", "act", "actscope", "special", "_VF"})


@dataclass(frozen=True, slots=True)
class Call:
    """A function that applies an activation, where a module could be."""

    name: str
    """The module whose code calls or holds it, by the name that `model.named_modules()` gives; "" is the model."""
    activation: str
    where: str
    """How it is written there, such as "F.relu" or "self.activation"."""

    def __str__(self) -> str:
        return f"{self.where} in {repr(self.name) if self.name else 'the model'}"


def calls(model: nn.Module) -> tuple[Call, ...]:
    """Return the activations that the modules of `model` call as functions, as far as their code shows it.

    Looked at is the text of each class that PyTorch does not bring (F.relu(x), x.relu(), act.gelu(x)), and functions
    that a module holds as attributes. A function under another name, or in a helper elsewhere, is not seen.
    """
    return tuple(call for name, module in model.named_modules() for call in _calls_of(name, module))


def _calls_of(name: str, module: nn.Module) -> Iterator[Call]:
    if isinstance(module, ActivationModule):
        return
    for attribute, value in vars(module).items():
        if callable(value) and (found := named(value)):
            yield Call(name, found, f"self.{attribute}")
    seen: set[str] = set()
    for cls in type(module).__mro__:
        if cls.__module__.partition(".")[0] in ("torch", "actscope", "builtins"):
            continue
        for activation, where in _in_code_of(cls):
            if where not in seen:
                seen.add(where)
                yield Call(name, activation, where)


def _in_code_of(cls: type) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return  # a class typed at a prompt, or made by code, has no text to look at
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := _activation(node.func)):
            yield found


def _activation(function: ast.expr) -> tuple[str, str] | None:
    if isinstance(function, ast.Name):
        name = spelled(function.id)
        return (name, function.id) if name and name not in _AMBIGUOUS else None
    if not isinstance(function, ast.Attribute) or (name := spelled(function.attr)) is None:
        return None
    base = ast.unparse(function.value)
    if base == "self" or (base.startswith("self.") and base.replace(".", "").isidentifier()):
        return None  # a module or a method of its own
    if name in _AMBIGUOUS and base.rpartition(".")[2] not in _PREFIXES - {"torch"}:
        return None
    return name, f"{base if base.rpartition('.')[2] in _PREFIXES else 'x'}.{function.attr}"
