"""All claims: whoever adds a file to one of the groups has added a claim."""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
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
    found = sorted(_declared(), key=lambda claim: claim.id)
    return MappingProxyType({claim.id: claim for claim in found})


def chosen(ids: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Return the claims of these ids, or groups, each once and in the order of the ids; all of them for none.

    A text may hold several, with spaces or commas between them. Raises UnknownClaimError, and SettingError for what
    names nothing at all.

    >>> [claim.id for claim in chosen(["c25, C26", "C04"])]
    ['C04', 'C25', 'C26']
    """
    asked = list(ids)
    if not all(isinstance(text, str) and text.strip(", ") for text in asked):
        told = ", ".join(map(repr, asked))
        raise SettingError(f"claims are named by id or group, such as C05 or depth, but got {told}")
    every = claims()
    wanted: set[str] = set()
    for word in (word for text in asked for word in text.replace(",", " ").split()):
        named = {claim.id for claim in every.values() if word.upper() == claim.id or word.lower() == claim.group}
        if not named:
            first, last = next(iter(every)), list(every)[-1]
            near = did_you_mean(word, [*every, *GROUPS])
            raise UnknownClaimError(
                f"no claim is called {word!r}{near}; there are {first} to {last} and the groups {', '.join(GROUPS)}"
            )
        wanted |= named
    return tuple(claim for claim in every.values() if not wanted or claim.id in wanted)


def _declared() -> Iterator[Claim]:
    for group in GROUPS:
        package = import_module(f"{__package__}.{group}")
        for module in pkgutil.iter_modules(package.__path__):
            if module.name.startswith("c") and module.name[1:3].isdigit():
                try:
                    found = import_module(f"{package.__name__}.{module.name}")
                except ModuleNotFoundError as error:
                    raise missing_extra("lab", "measuring claims") from error
                yield found.CLAIM
