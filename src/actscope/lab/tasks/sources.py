"""A user's own data as a record that says where they lie and what they held, and the data when they are needed."""

import hashlib
import math
import os
from collections import OrderedDict
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

import numpy as np

from ...errors import DataError, SettingError, did_you_mean
from ..records import Kind, Source
from .arrays import read_arrays
from .bundled import PREFIX, of_sklearn
from .images import files_of, read_images, size_of
from .tables import SUFFIXES, read_table
from .task import Array, Raw, Task

# What was read last, so that many networks on one file read it once.
_RAW: "OrderedDict[Source, Raw]" = OrderedDict()
_KEPT = 4
_LOCK = Lock()


def source_of(
    path: str | os.PathLike[str], target: str | None = None, kind: Kind | None = None, size: object = None
) -> Source:
    """Return the record of a CSV, Parquet or NPZ file, of a folder of images by class, or of "sklearn:NAME".

    Everything is read and checked here. `target` is the column of a table that is to be predicted, `kind` says
    "classification" or "regression" where the values leave it open, `size` is what images are brought to: a side, or
    height and width. Raises DataError or SettingError.

    >>> source_of("sklearn:diabetes").kind
    'regression'
    """
    if kind not in (None, "classification", "regression"):
        raise SettingError(
            f"`kind` must be classification or regression, but got {kind!r}"
            f"{did_you_mean(str(kind), ['classification', 'regression'])}"
        )
    if (text := os.fspath(path)).startswith(PREFIX):
        if not (target is kind is size is None):
            raise SettingError(f"`target`, `kind` and `size` are for files, but {text} brings its own; leave them out")
        where = text
    else:
        where = os.path.abspath(os.path.expanduser(text))
    if size is not None and not Path(where).is_dir():
        raise SettingError(f"`size` is what images of a folder are brought to, but {text} is no folder; leave it out")
    if target is not None and not where.lower().endswith(SUFFIXES):
        raise SettingError(f"`target` names a column of a CSV or Parquet file, but {text} is none; leave it out")
    raw, source = _read(where, target, kind, size_of(size))
    _remember(source, raw)
    return source


def raw_of(source: Source) -> Raw:
    """Return the data of a source; raises DataError if the content is no longer what the source says."""
    raw = _RAW.get(source)
    if raw is None:
        raw, _ = _read(source.path, source.target or None, source.kind, source.size, wanted=source.digest)
    _remember(source, raw)
    return raw


def name_of(source: Source) -> str:
    """Return what a source is called: the name of the file or folder.

    >>> name_of(Source("/data/flowers.csv", ""))
    'flowers.csv'
    """
    return source.path if source.path.startswith(PREFIX) else Path(source.path).name


@lru_cache(maxsize=64)
def own_task(source: Source) -> Task:
    """Return the task of a user's own data: all of them, with noise of 0 on the scaled inputs."""
    raw = raw_of(source)
    shape = raw.inputs.shape[1:]
    return Task(
        name_of(source),
        raw.told,
        partial(_whole, source),
        inputs=math.prod(shape),
        classes=len(raw.labels),
        noise=0.0,
        shape=shape if len(shape) > 1 else (),
        values=1 if raw.labels else raw.targets.shape[1],
        noise_after=True,
        samples=len(raw.targets),
        most_samples=len(raw.targets),
        rarest=int(np.bincount(raw.targets).min()) if raw.labels else None,
        apart=raw.apart,
        together=raw.images or len(shape) == 2,
    )


def _whole(source: Source, samples: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    del samples, noise, random  # a part is chosen, and inputs are disturbed, where the task says how
    raw = raw_of(source)
    return raw.inputs, raw.targets


def _read(
    where: str, target: str | None, kind: Kind | None, size: tuple[int, int] | None, wanted: str | None = None
) -> tuple[Raw, Source]:
    if where.startswith(PREFIX):
        raw = of_sklearn(where.removeprefix(PREFIX))
        digest = hashlib.sha256(raw.inputs.tobytes() + raw.targets.tobytes()).hexdigest()
        _check_digest(where, digest, wanted)
        return raw, Source(where, digest, kind=_kind(raw))
    path = Path(where)
    try:
        if path.is_dir():
            files = files_of(path)
            digest = _digest_of(path, files)
            _check_digest(where, digest, wanted)
            if kind == "regression":
                raise SettingError(f"the images in {path} have classes, not numbers, to be told; leave the kind out")
            raw, size = read_images(path, files, size)
            return raw, Source(where, digest, size=size)
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file or folder {path}{_near(path)}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    digest = hashlib.sha256(content).hexdigest()
    _check_digest(where, digest, wanted)
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        raw, target = read_table(content, suffix, path.name, target, kind)
    elif suffix == ".npz":
        raw = read_arrays(content, path.name, kind)
    else:
        raise DataError(
            f"{path.name} is no kind of data that is read: {', '.join(SUFFIXES)}, .npz, or a folder of images by "
            "class; pandas, for instance, reads much else and writes CSV"
        )
    return raw, Source(where, digest, target or "", _kind(raw))


def _kind(raw: Raw) -> Kind:
    return "classification" if raw.labels else "regression"


def _digest_of(folder: Path, files: list[Path]) -> str:
    """Return the SHA-256 over the names and contents of the files."""
    found = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def _check_digest(where: str, digest: str, wanted: str | None) -> None:
    if wanted is not None and digest != wanted:
        raise DataError(
            f"{where} has changed since this was planned: its SHA-256 was {wanted[:12]}..., now it is {digest[:12]}"
            "...; put the old data back, or start again with the new"
        )


def _near(path: Path) -> str:
    try:
        others = [other.name for other in path.parent.iterdir()]
    except OSError:
        return f"; there is no folder {path.parent} either"
    return did_you_mean(path.name, others)


def _remember(source: Source, raw: Raw) -> None:
    with _LOCK:
        _RAW[source] = raw
        _RAW.move_to_end(source)
        while len(_RAW) > _KEPT:
            _RAW.popitem(last=False)
