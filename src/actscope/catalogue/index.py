"""The catalogue itself: every declaration of the families, in their order, and look-up by name."""

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Generic, TypeVar

from ..errors import DeclarationError, UnknownActivationError, did_you_mean
from . import (
    exponential,
    gated,
    periodic,
    piecewise_linear,
    radial,
    rowwise,
    self_gated,
    shrinkage,
    sigmoidal,
    smooth_rectifiers,
)
from .activation import Activation

FAMILIES: tuple[ModuleType, ...] = (
    piecewise_linear,
    sigmoidal,
    smooth_rectifiers,
    exponential,
    self_gated,
    shrinkage,
    radial,
    periodic,
    gated,
    rowwise,
)


def _bare(name: str) -> str:
    return name.lower().replace("_", "")


A = TypeVar("A", bound=Activation)


class Catalogue(Generic[A]):
    """Activations in order: iterate over the records, or look one up by its name or an alias.

    >>> "tanh" in [a.name for a in CATALOGUE if a.pointwise and a.properties.symmetry == "odd"]
    True
    >>> CATALOGUE["logistic"].name, "logistic" in CATALOGUE
    ('sigmoid', True)
    """

    def __init__(self, activations: Iterable[A]) -> None:
        self._by_name: dict[str, A] = {}
        self._aliases: dict[str, str] = {}
        for activation in activations:
            for name in (activation.name, *activation.aliases):
                if name in self:
                    raise DeclarationError(f"two activations are called {name!r}")
                self._aliases[name] = activation.name
            self._by_name[activation.name] = activation

    def __iter__(self) -> Iterator[A]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._aliases or name in self._by_name.values()

    def __getitem__(self, name: str) -> A:
        if name not in self._aliases:
            near = did_you_mean(name, self._aliases) or ";"
            raise UnknownActivationError(f"no activation is called {name!r}{near} `actscope list` shows them all")
        return self._by_name[self._aliases[name]]

    def spelled(self, name: str) -> str | None:
        """Return the one name that `name` is but for capitals and underscores; None if there is none, or several."""
        known = [*self._aliases.items(), *((one.class_name, one.name) for one in self)]
        found = {own for written, own in known if _bare(written) == _bare(name)}
        return found.pop() if len(found) == 1 else None

    def __repr__(self) -> str:
        return f"<catalogue of {len(self)} activations: {', '.join(self.names)}>"

    @property
    def names(self) -> list[str]:
        """The names, without the aliases."""
        return list(self._by_name)


CATALOGUE: Catalogue[Activation] = Catalogue(
    value for family in FAMILIES for value in vars(family).values() if isinstance(value, Activation)
)


def get(name: str | Activation) -> Activation:
    """Return the activation called `name`, which may be an alias; an Activation is returned as it is.

    A module class's name is one as well, and capitals and underscores do not matter where one activation is meant.

    >>> get("logistic").name, get("SiLU").name, get("LeakyReLU").name
    ('sigmoid', 'silu', 'leaky_relu')
    >>> get("gleu")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    actscope.errors.UnknownActivationError: no activation is called 'gleu', did you mean 'gelu'?...
    """
    if isinstance(name, Activation):
        return name
    if not isinstance(name, str):
        raise UnknownActivationError(f"an activation is a name such as 'relu', or one of actscope's own, not {name!r}")
    return CATALOGUE[name if name in CATALOGUE else CATALOGUE.spelled(name) or name]
