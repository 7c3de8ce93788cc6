"""Who can compute a subject: ours, and those of the other libraries that are installed."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module, metadata
from types import ModuleType

from .. import __version__
from ..errors import SettingError, did_you_mean, missing_extra
from . import by_actscope
from .formats import Array, Format
from .records import Library, Rival
from .subjects import Subject

Implementation = Callable[..., Array]
RIVALS: dict[str, tuple[Library, str]] = {
    "pytorch": ("PyTorch", "torch"),
    "jax": ("JAX", "jax"),
    "scipy": ("SciPy", "scipy"),
}
"""By the name on the command line: the library's own name and its package."""
TIMED: dict[Rival, str] = {"pytorch": "torch", "compile": "torch", "jax": "jax", "scipy": "scipy"}
EXTRAS = {"pytorch": "torch", "compile": "torch", "scipy": "lab"}
"""The extra that brings each, where it is called otherwise."""


def chosen(names: Sequence[str] | None) -> tuple[Library, ...]:
    """Return ours and the named libraries; all that are installed if no names are given.

    Raises SettingError for an unknown name, MissingExtraError for a library that is not installed.

    >>> chosen([])
    ('actscope',)
    """
    if names is None:
        return "actscope", *(library for library, package in RIVALS.values() if importlib.util.find_spec(package))
    for name in names:
        if name not in RIVALS:
            known = ", ".join(RIVALS)
            raise SettingError(f"no library is called {name!r}{did_you_mean(name, RIVALS)}; there are {known}, or none")
        if importlib.util.find_spec(RIVALS[name][1]) is None:
            raise missing_extra(EXTRAS.get(name, name), f"measuring {RIVALS[name][0]}")
    return "actscope", *(RIVALS[name][0] for name in names)


def timed(names: Sequence[str] | None) -> tuple[Rival, ...]:
    """Return what is timed beside ours; all that can be here, but for torch.compile, if no names are given.

    Raises SettingError for an unknown name or without the C++ compiler that torch.compile needs, MissingExtraError for
    a library that is not installed. PyTorch is needed in any case: ours are timed on its tensors.
    """
    if importlib.util.find_spec("torch") is None:
        raise missing_extra("torch", "actscope bench speed")
    if names is None:
        return tuple(rival for rival in TIMED if rival != "compile" and importlib.util.find_spec(TIMED[rival]))
    for name in names:
        if name not in TIMED:
            known = ", ".join(TIMED)
            raise SettingError(
                f"nothing to time is called {name!r}{did_you_mean(name, TIMED)}; there are {known}, none"
            )
        if importlib.util.find_spec(TIMED[name]) is None:
            raise missing_extra(EXTRAS.get(name, name), f"timing {name}")
    if "compile" in names and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "g++", "clang++", "cl"))):
        raise SettingError("torch.compile needs a C++ compiler, and none is here; leave out `compile`")
    return tuple(rival for rival in TIMED if rival in names)


def version(library: str) -> str:
    """Return the version of a library, ours included."""
    packages: dict[str, str] = dict(RIVALS.values())
    return __version__ if library == "actscope" else metadata.version(packages[library])


def implementation(library: Library, subject: Subject, form: Format) -> Implementation | None:
    """Return how the library computes the subject on arrays of the format; None where it has no such function."""
    if library == "actscope":
        return by_actscope.function(subject, form)
    module = _module(library)
    activation = subject.activation
    table = module.HAVE if library == "SciPy" else module.FUNCTIONS
    name = next((name for name in (activation.name, *activation.aliases) if name in table), None)
    if name is None or (library == "SciPy" and (subject.kind != "value" or form.bits == 16)):
        return None
    function = partial(table[name], **dict(activation.defaults))
    found: Implementation
    if subject.kind == "value":
        found = module.value(function, form)
        return found
    if name in module.WITHOUT_SLOPE or (subject.by is not None and subject.by not in activation.inputs):
        return None
    by = activation.inputs.index(subject.by) if subject.by else 0
    found = module.slope(function, form, by)
    return found


def _module(library: str) -> ModuleType:
    return import_module(f".by_{library.lower()}", __package__)
