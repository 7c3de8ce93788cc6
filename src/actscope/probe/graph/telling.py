"""How findings speak: the user's modules by their names, and code to type."""

import re
from typing import Any

from torch import nn

from ...catalogue import CATALOGUE
from ..records import Finding, Weight

_ALSO = {"softmax": ("Softmax2d",), "hardtanh": ("ReLU6",)}


def found(
    name: str, where: str, evidence: str, advice: tuple[str, ...], *, weight: Weight = "finding", **others: Any
) -> Finding:
    """Return a finding of what was seen once, where nothing should be seen."""
    numbers = {"measured": 1.0, "threshold": 0.0} | others
    return Finding(name=name, where=where, evidence=evidence, advice=advice, weight=weight, **numbers)


def classes(name: str) -> tuple[str, ...]:
    """Return the classes that an activation is as a module.

    >>> classes("hardtanh"), classes("exp")
    (('Hardtanh', 'ReLU6'), ())
    """
    return (CATALOGUE[name].class_name, *_ALSO.get(name, ())) if name in CATALOGUE else ()


def access(path: str, of: str = "model") -> str:
    """Return the code that names a module.

    >>> access("encoder.0.act"), access("")
    ('model.encoder[0].act', 'model')
    """
    return of + re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", f".{path}" if path else "")


def said(path: str) -> str:
    """Return how a module is spoken of in a sentence."""
    return f"`{path}`" if path else "the last layer"


def module_after(model: nn.Module, path: str, names: tuple[str, ...]) -> str | None:
    """Return the path of the first module of one of these classes behind a layer, in the order of declaration."""
    behind = not path
    for name, module in model.named_modules():
        if behind and type(module).__name__ in names:
            return str(name)
        behind = behind or name == path
    return None


def removal(model: nn.Module, path: str, names: tuple[str, ...], call: str) -> tuple[str, ...]:
    """Return the advice to take an activation away behind a layer: a module is replaced, a call is left out."""
    module = module_after(model, path, names) or _only(model, names)
    if module:
        return (f"    {access(module)} = torch.nn.Identity()",)
    return (f"    return logits   # in forward: what {said(path)} gives, without {call}",)


def _only(model: nn.Module, names: tuple[str, ...]) -> str | None:
    """Return the path of the one module of these classes, wherever it is declared; None if there are several."""
    of_them = [name for name, module in model.named_modules() if type(module).__name__ in names]
    return of_them[0] if len(of_them) == 1 else None
