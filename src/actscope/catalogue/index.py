"""The catalogue itself: every declaration of the families, in their order, and look-up by name."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from ..errors import DeclarationError, UnknownActivationError, did_you_mean
from . import exponential, periodic, piecewise_linear, rowwise, self_gated, sigmoidal
from .activation import Activation

FAMILIES: tuple[ModuleType, ...] = (piecewise_linear, sigmoidal, exponential, self_gated, periodic, rowwise)


def _collect() -> tuple[dict[str, Activation], dict[str, str]]:
    by_name: dict[str, Activation] = {}
    aliases: dict[str, str] = {}
    for family in FAMILIES:
        for activation in vars(family).values():
            if isinstance(activation, Activation):
                for name in (activation.name, *activation.aliases):
                    if name in by_name or name in aliases:
                        raise DeclarationError(f"two activations are called {name!r}")
                by_name[activation.name] = activation
                aliases |= dict.fromkeys(activation.aliases, activation.name)
    return by_name, aliases


_BY_NAME, _ALIASES = _collect()

CATALOGUE: Mapping[str, Activation] = MappingProxyType(_BY_NAME)
"""Every activation by its name, in the order of the families."""


def get(name: str | Activation) -> Activation:
    """Return the activation called `name`, which may be an alias; an Activation is returned as it is.

    >>> get("swish").name
    'silu'
    >>> get("gleu")
    Traceback (most recent call last):
    actscope.errors.UnknownActivationError: no activation is called 'gleu', did you mean 'gelu'? `actscope list` shows them all
    """
    if isinstance(name, Activation):
        return name
    found = CATALOGUE.get(_ALIASES.get(name, name))
    if found is None:
        near = did_you_mean(name, [*CATALOGUE, *_ALIASES])
        raise UnknownActivationError(
            f"no activation is called {name!r}{near}; `actscope list` shows them all".replace("?;", "?")
        )
    return found
