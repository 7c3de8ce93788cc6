"""A function of a user's own, named as "package.module:function" or "path/to/file.py:function"."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import SettingError, did_you_mean


def function(name: str, asked: str, kind: str, how: str) -> Callable[..., Any]:
    """Return the function that `name` names, or raise SettingError.

    Of the messages `asked` is the option, `kind` what it shall name, and `how` says how that is written.

    >>> function("math:sqrt", "`target`", "function", "")(9.0)
    3.0
    >>> function("math:sqr", "`target`", "function", "")
    Traceback (most recent call last):
    actscope.errors.SettingError: `target` 'math:sqr': math has nothing called 'sqr', did you mean 'sqrt'?
    """
    place, colon, attribute = name.rpartition(":")
    if not (place and colon and attribute.isidentifier()):
        inside = f"; it has {', '.join(_callables(module(name, asked, how)))}" if name.endswith(".py") else ""
        raise SettingError(f"{asked} {name!r} names no {kind}{inside}; {how}")
    found = module(place, asked, how)
    if not hasattr(found, attribute):
        known = _callables(found)
        near = did_you_mean(attribute, known) or (f"; it has {', '.join(known)}" if known else "")
        raise SettingError(f"{asked} {name!r}: {place} has nothing called {attribute!r}{near}")
    made = getattr(found, attribute)
    if not callable(made):
        raise SettingError(f"{asked} {name!r} is a {type(made).__name__}, not a function; {how}")
    return made  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def module(place: str, asked: str, how: str) -> ModuleType:
    """Return the module of that name or file, or raise SettingError."""
    try:
        if place.endswith(".py"):
            return _from_file(Path(place).expanduser().resolve(), asked, how)
        if "" not in sys.path and str(Path.cwd()) not in sys.path:
            # A command does not look in the folder it is called in, where `python -m` does.
            sys.path.append(str(Path.cwd()))
        return importlib.import_module(place)
    except SettingError:
        raise
    except ModuleNotFoundError as problem:
        if problem.name in (place, place.partition(".")[0]):
            raise SettingError(f"{asked}: there is no module {problem.name!r}; {how}") from problem
        raise SettingError(
            f"{asked}: {place} imports {problem.name!r}, which is not installed here; pip install {problem.name}"
        ) from problem
    except (Exception, SystemExit) as problem:
        raise SettingError(f"{asked}: importing {place} failed with {type(problem).__name__}: {problem}") from problem


def _callables(found: ModuleType) -> list[str]:
    here = [one for one, value in vars(found).items() if getattr(value, "__module__", "") == found.__name__]
    return [one for one in here if callable(vars(found)[one]) and not one.startswith("_")]


def _from_file(path: Path, asked: str, how: str) -> ModuleType:
    if not path.is_file():
        raise SettingError(f"{asked}: there is no file {path}; {how}")
    name = f"actscope_own_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found
