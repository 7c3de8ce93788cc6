"""A function of a user's own, named as "package.module:function" or "path/to/file.py:function"."""

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import SettingError, did_you_mean
from ..probe.raised import line_of

# What is a package and no file of a user's: its name in an import and, where that is another, its name for pip.
PACKAGES = """
PIL=pillow accelerate albumentations cv2=opencv-python datasets diffusers einops flax gymnasium h5py
huggingface_hub=huggingface-hub hydra=hydra-core jax kornia librosa lightning matplotlib mlflow monai networkx nibabel
omegaconf optax pandas peft polars pyarrow pytorch_lightning=pytorch-lightning safetensors scipy seaborn
sentence_transformers=sentence-transformers skimage=scikit-image sklearn=scikit-learn soundfile tensorboard tensorflow
timm tokenizers torch_geometric=torch-geometric torchaudio torchmetrics torchvision tqdm transformers wandb xgboost
yaml=pyyaml
"""

_TOLD = 8
"""Functions of a module that a message names."""


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
        inside = _has(_callables(module(name, asked, how))) if name.endswith(".py") else ""
        raise SettingError(f"{asked} {name!r} names no {kind}{inside}; {how}")
    found = module(place, asked, how)
    if not hasattr(found, attribute):
        known = _callables(found)
        near = did_you_mean(attribute, known) or _has(known)
        raise SettingError(f"{asked} {name!r}: {place} has nothing called {attribute!r}{near}")
    made = getattr(found, attribute)
    if not callable(made):
        raise SettingError(f"{asked} {name!r} is of type {type(made).__name__}, not a function; {how}")
    return made  # type: ignore[no-any-return]


def module(place: str, asked: str, how: str) -> ModuleType:
    """Return the module of that name or file, loaded as `running` says, or raise SettingError."""
    with running(place):
        try:
            if place.endswith(".py"):
                return _from_file(_path(place), asked, how)
            return importlib.import_module(place)
        except SettingError:
            raise
        except ModuleNotFoundError as problem:
            missing = problem.name or str(problem)
            if not place.endswith(".py") and missing in (place, place.partition(".")[0]):
                near = did_you_mean(place, [one.stem for one in Path.cwd().glob("*.py")])
                raise SettingError(f"{asked}: there is no module {missing!r}{near}; {how}") from problem
            raise SettingError(f"{asked}: {place} {unfound(place, problem)}") from problem
        except (Exception, SystemExit) as problem:
            raise SettingError(f"{asked}: importing {place} failed with {failure(place, problem)}") from problem


@contextmanager
def running(place: str) -> Iterator[None]:
    """Let the code of a module or file run as `python place.py` and `python -m place` let it.

    Its folder, for a module the folder one is in, is the first that is searched, and it gets no arguments of ours.
    Afterwards the path, the arguments and the working directory are what they were; modules stay loaded, as they do
    after any import, but for those that took the name of one of Python's own.

    >>> import sys
    >>> with running("training.py"):
    ...     sys.argv
    ['training.py']
    """
    arguments, path, here = sys.argv, list(sys.path), Path.cwd()
    # A call within a call, as where a function is looked up and then run.
    if arguments == [place]:
        yield
        return
    sys.argv = [place]
    # The working directory comes last for a file: a script in a folder of its own may use the project it belongs to.
    sys.path[:] = [str(_folder(place)), *path, *([str(here)] if place.endswith(".py") else [])]
    try:
        yield
    finally:
        os.chdir(here)
        for name in hides(place):
            del sys.modules[name]
        sys.argv, sys.path[:] = arguments, path


def unfound(place: str, problem: ModuleNotFoundError) -> str:
    """Return in words that the code of a module or file imports what is not found, where it may be and what to type."""
    missing = problem.name or str(problem)
    if hides(place):
        return f"failed with {failure(place, problem)}"
    return f"imports {missing!r}, {_whereabouts(place, missing)}"


def failure(place: str, problem: BaseException) -> str:
    """Return in words what the code of a module or file failed with, and what is to be changed where that is known."""
    told = f"{type(problem).__name__}: {problem}".removesuffix(": ")
    if line := line_of(problem):
        told += f", in {line}"
    if isinstance(problem, SystemExit):
        return f"{told}: sys.exit() and the like end the whole command; leave it out, or raise an error instead"
    if hidden := hides(place):
        return f"{told}; in {_folder(place)} files hide modules of Python's own: {', '.join(hidden)}; rename them"
    return told


def hides(place: str) -> list[str]:
    """Return the names of Python's own modules for which one beside the user's file was loaded."""
    known = [(name, getattr(sys.modules.get(name), "__file__", None)) for name in sorted(sys.stdlib_module_names)]
    folder = _folder(place)
    return [
        name for name, file in known if file and Path(file) in (folder / f"{name}.py", folder / name / "__init__.py")
    ]


def _path(place: str) -> Path:
    return Path(place).expanduser().resolve()


def _folder(place: str) -> Path:
    return _path(place).parent if place.endswith(".py") else Path.cwd()


def _whereabouts(place: str, missing: str) -> str:
    """Return where a module may be that was not found, and what to type."""
    top = missing.partition(".")[0]
    file = _path(place) if place.endswith(".py") else Path.cwd().joinpath(*place.split(".")).with_suffix(".py")
    for folder in file.parents:
        if folder.name == top and folder.parent != Path.cwd():
            inside = ".".join(file.relative_to(folder.parent).with_suffix("").parts)
            return f"the folder that it lies in: run the command in {folder.parent} and name it {inside}:function"
    for folder in (file.parent, Path.cwd()):
        for found in (folder / f"{top}.py", folder / top):
            if found.exists():
                named = "" if place.endswith(".py") else f", or name the file, {os.path.relpath(file)}:function"
                return f"which is not found, though there is {found}: look whether the import names it right{named}"
    for package in PACKAGES.split():
        name, _, pip = package.partition("=")
        if name == top:
            return f"which is not installed here; pip install {pip or name}"
    return (
        "which is not found: is it a file of your project? run the command in its folder; is it a package? install it "
        "where actscope is"
    )


def _has(known: list[str]) -> str:
    more = f" and {len(known) - _TOLD} more" if len(known) > _TOLD else ""
    return f"; it has {', '.join(known[:_TOLD])}{more}" if known else ""


def _callables(found: ModuleType) -> list[str]:
    here = [one for one, value in vars(found).items() if getattr(value, "__module__", "") == found.__name__]
    return [one for one in here if callable(vars(found)[one]) and not one.startswith("_")]


@lru_cache(maxsize=32)
def _from_file(path: Path, asked: str, how: str) -> ModuleType:
    if not path.is_file():
        near = did_you_mean(path.name, [one.name for one in path.parent.glob("*.py")])
        raise SettingError(f"{asked}: there is no file {path}{near}; {how}")
    name = f"actscope_own_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found
