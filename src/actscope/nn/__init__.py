"""Activations for PyTorch: functions with autograd, modules, the gain for initialisation, and swapping them in a model.

`actscope.nn.GELU()` and its like are made from the catalogue: every activation there has its module class here.
"""

from typing import Any

from ..errors import missing_extra

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    raise missing_extra("torch", "actscope.nn") from error

from . import functional
from .init import Initialised, gain, init
from .modules import MODULES, ActivationModule, module
from .replace import Replacement, activation_of, replace

__all__ = [
    "ActivationModule",
    "Initialised",
    "Replacement",
    "activation_of",
    "functional",
    "gain",
    "init",
    "module",
    "replace",
]


def __getattr__(name: str) -> Any:
    from ..errors import did_you_mean

    if name in MODULES:
        return MODULES[name]
    raise AttributeError(f"module 'actscope.nn' has no attribute {name!r}{did_you_mean(name, [*MODULES, *__all__])}")


def __dir__() -> list[str]:
    return sorted([*__all__, *MODULES])
