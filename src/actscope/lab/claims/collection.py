"""All claims: whoever adds a file to one of the groups has added a claim."""

import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from ...errors import SettingError, UnknownClaimError, did_you_mean, missing_extra
from .claim import GROUPS, Claim


@lru_cache(maxsize=1)
def claims() -> Mapping[str, Claim]:
    """Return every claim by its id, in the order of the ids.

    >>> list(claims())[:2]
    ['C01', 'C02']
    """
    return MappingProxyType({id: _declared(id) for id in _places()})


def chosen(ids: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Return the claims of these ids, or groups, each once and in the order of the ids; all of them for none.

    A text may hold several, with spaces or commas between them, and a number need not begin with 0; of the others
    nothing is loaded. Raises UnknownClaimError, and SettingError for what names nothing at all.

    >>> [claim.id for claim in chosen(["c25, C26", "C4"])]
    ['C04', 'C25', 'C26']
    """
    asked = list(ids)
    if not all(isinstance(text, str) and text.strip(", ") for text in asked):
        told = ", ".join(map(repr, asked))
        raise SettingError(f"claims are named by id or group, such as C05 or depth, but got {told}")
    every = _places()
    wanted: set[str] = set()
    for word in (word for text in asked for word in text.replace(",", " ").split()):
        named = {id for id, place in every.items() if _spelled(word) == id or word.lower() == place.group}
        if not named:
            first, last = next(iter(every)), list(every)[-1]
            near = did_you_mean(word, [*every, *GROUPS])
            raise UnknownClaimError(
                f"no claim is called {word!r}{near or ';'} there are {first} to {last} and the groups "
                f"{', '.join(GROUPS)}"
            )
        wanted |= named
    return tuple(_declared(id) for id in every if not wanted or id in wanted)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a claim is written."""

    group: str
    module: str


@lru_cache(maxsize=1)
def _places() -> Mapping[str, _Place]:
    """Return where every claim is written, by its id and in the order of the ids: its file's name begins with it."""
    found = {}
    for group in GROUPS:
        package = import_module(f"{__package__}.{group}")
        for module in pkgutil.iter_modules(package.__path__):
            id = module.name.partition("_")[0].upper()
            if id[0] == "C" and id[1:].isdigit():
                found[id] = _Place(group, f"{package.__name__}.{module.name}")
    return MappingProxyType(dict(sorted(found.items())))


def _spelled(word: str) -> str:
    """Return an id as the claims spell theirs: C05 for c5; another word in capitals."""
    found = re.fullmatch(r"C0*(\d{1,2})", word.upper())
    return f"C{int(found[1]):02}" if found else word.upper()


def _declared(id: str) -> Claim:
    try:
        found: Claim = import_module(_places()[id].module).CLAIM
    except ModuleNotFoundError as error:
        raise missing_extra("lab", "measuring claims") from error
    return found
